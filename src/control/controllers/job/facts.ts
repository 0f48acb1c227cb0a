/** What a sync of a Job sees of its pods. Source: pkg/controller/job (job_controller.go, indexed_job_utils.go). */

import { type Job, TRACKING } from "../../kinds/job.js";
import { isActive, isTerminal, type Pod } from "../../pod.js";
import { judge } from "./failure-policy.js";
import { endsBefore, failuresBefore, indexOf, parseIndexes } from "./indexes.js";

export interface Facts {
	readonly job: Job;
	readonly pods: readonly Pod[];
	readonly active: readonly Pod[];
	/** Ended, and not written down as that yet. */
	readonly newSucceeded: readonly Pod[];
	readonly newFailed: readonly Pod[];
	/** Of all failed pods, the one that the Job fails with, as its policy says: what it says; null for none. */
	readonly fatal: string | null;
	readonly succeeded: number;
	readonly failed: number;
	readonly terminating: number;
	/** Of Indexed Jobs: those that the status names, and those that it will. */
	readonly writtenIndexes: ReadonlySet<number>;
	readonly succeededIndexes: ReadonlySet<number>;
	readonly failedIndexes: ReadonlySet<number>;
	/** Failed pods, by index, that are to be replaced: they are kept to say when. */
	readonly awaited: ReadonlyMap<number, Pod>;
}

/** `settled`: uids of pods whose finalizer was taken away, though it may not be seen yet. */
export function factsOf(job: Job, pods: readonly Pod[], settled: ReadonlySet<number>): Facts {
	const { status } = job;
	const isOpen = (pod: Pod) => isTracked(pod, settled) && isCounted(job, pod);
	const written = new Set([...status.uncountedSucceeded, ...status.uncountedFailed]);
	const isNew = (pod: Pod) => isOpen(pod) && !written.has(pod.metadata.uid);
	const newSucceeded = pods.filter((pod) => isNew(pod) && pod.status.phase === "Succeeded");
	const newFailed = pods.filter((pod) => isNew(pod) && countsAsFailed(job, pod));
	const active = pods.filter(isActive);
	// A Job that has become smaller has lost the others.
	const indexesIn = (text: string) => parseIndexes(text).filter((index) => index < (job.spec.completions ?? 0));
	const writtenIndexes = new Set(indexesIn(status.completedIndexes));
	const succeededIndexes = new Set(writtenIndexes);
	const failedIndexes = new Set(indexesIn(status.failedIndexes));
	if (isIndexed(job)) {
		for (const pod of pods.filter(isOpen)) {
			if (pod.status.phase === "Succeeded") succeededIndexes.add(indexOf(pod));
			else if (isLastFailure(job, pod)) failedIndexes.add(indexOf(pod));
		}
	}
	const counted = status.succeeded + newSucceeded.length + status.uncountedSucceeded.length;
	return {
		job,
		pods,
		active,
		newSucceeded,
		newFailed,
		succeeded: isIndexed(job) ? succeededIndexes.size : counted,
		fatal: fatalFailure(job, pods),
		failed:
			status.failed +
			newFailed.filter((pod) => judge(job, pod).action !== "Ignore").length +
			status.uncountedFailed.length,
		terminating: pods.filter((pod) => pod.metadata.deletedUs !== null && !isTerminal(pod.status.phase)).length,
		writtenIndexes,
		succeededIndexes,
		failedIndexes,
		awaited: awaitedPods(job, pods.filter(isOpen), active, failedIndexes),
	};
}

export function isIndexed({ spec }: Job): boolean {
	return spec.completionMode === "Indexed";
}

export function isTracked({ metadata }: Pod, settled: ReadonlySet<number>): boolean {
	return metadata.finalizers.includes(TRACKING) && !settled.has(metadata.uid);
}

/** A pod on its way out has failed already, where the Job does not wait for its end. */
export function countsAsFailed({ spec }: Job, { metadata, status: { phase } }: Pod): boolean {
	if (phase === "Failed") return true;
	return spec.podReplacementPolicy !== "Failed" && metadata.deletedUs !== null && phase !== "Succeeded";
}

/** Of an Indexed Job only pods with one of its indexes count. */
export function isCounted(job: Job, pod: Pod): boolean {
	if (!isIndexed(job)) return true;
	const index = indexOf(pod);
	return index >= 0 && index < (job.spec.completions ?? 0);
}

/** Its index has failed for good with it. */
function isLastFailure(job: Job, pod: Pod): boolean {
	const limit = job.spec.backoffLimitPerIndex;
	if (limit === null || !countsAsFailed(job, pod)) return false;
	const { action } = judge(job, pod);
	return action === "FailIndex" || (action !== "Ignore" && failuresBefore(pod) >= limit);
}

function fatalFailure(job: Job, pods: readonly Pod[]): string | null {
	for (const pod of pods) {
		if (!countsAsFailed(job, pod)) continue;
		const { action, message } = judge(job, pod);
		if (action === "FailJob") return message;
	}
	return null;
}

function awaitedPods(
	job: Job,
	open: readonly Pod[],
	active: readonly Pod[],
	failedIndexes: ReadonlySet<number>,
): ReadonlyMap<number, Pod> {
	const awaited = new Map<number, Pod>();
	if (job.spec.backoffLimitPerIndex === null) return awaited;
	const replaced = new Set(active.map(indexOf));
	for (const pod of open) {
		const index = indexOf(pod);
		if (!countsAsFailed(job, pod) || replaced.has(index) || failedIndexes.has(index)) continue;
		const known = awaited.get(index);
		if (known === undefined || endsBefore(known) <= endsBefore(pod)) awaited.set(index, pod);
	}
	return awaited;
}
