/**
 * What a Job writes down of pods that have ended. Each is counted once, though controller and API server may fail in between: its uid is
 * written, then its finalizer taken away, then it is counted and its uid forgotten. Source: pkg/controller/job (job_controller.go,
 * trackJobStatusAndRemoveFinalizers).
 */
import type { JobCondition, JobStatus } from "../../kinds/job.js";
import type { Pod } from "../../pod.js";
import { countsAsFailed, type Facts, isCounted, isIndexed, isTracked } from "./facts.js";
import { judge } from "./failure-policy.js";
import { formatIndexes, indexOf } from "./indexes.js";

/** Pods that wait to be counted at a time. */
const MOST_UNCOUNTED = 500;

export interface Tally {
	readonly status: JobStatus;
	/** Those whose finalizer goes now. */
	readonly released: readonly Pod[];
	/** Some have to wait for the next sync. */
	readonly more: boolean;
}

/**
 * Writes uids and indexes of ended pods into `status`. `finished`: how the Job ends, FailureTarget or SuccessCriteriaMet, null if it does
 * not: a Job that fails counts all its pods as failed.
 */
export function tallyOf(
	facts: Facts,
	status: JobStatus,
	settled: ReadonlySet<number>,
	finished: JobCondition | null,
): Tally {
	const { job } = facts;
	const indexed = isIndexed(job);
	const succeeded = [...status.uncountedSucceeded];
	const failed = [...status.uncountedFailed];
	const indexes = new Set(facts.writtenIndexes);
	const released: Pod[] = [];
	let news = 0;
	const byIndex = indexed ? [...facts.pods].sort((a, b) => indexOf(a) - indexOf(b)) : facts.pods;
	let more = false;
	for (const pod of byIndex) {
		if (!isTracked(pod, settled)) continue;
		const { uid } = pod.metadata;
		const isFailed = countsAsFailed(job, pod);
		if (!isReleased(facts, pod, isFailed, finished)) continue;
		released.push(pod);
		if (pod.status.phase === "Succeeded" && !failed.includes(uid)) {
			if (!indexed) {
				if (!succeeded.includes(uid)) succeeded.push(uid);
			} else if (isCounted(job, pod) && !indexes.has(indexOf(pod))) {
				indexes.add(indexOf(pod));
				news++;
			}
		} else if (isFailed || finished?.type === "FailureTarget") {
			const ignored = isFailed && judge(job, pod).action === "Ignore";
			if (!failed.includes(uid) && !ignored && isCounted(job, pod)) failed.push(uid);
		}
		more = news + succeeded.length + failed.length >= MOST_UNCOUNTED;
		if (more) break;
	}
	const counted = {
		...status,
		uncountedSucceeded: succeeded,
		uncountedFailed: failed,
		...(indexed && {
			succeeded: indexes.size,
			completedIndexes: formatIndexes(indexes),
			failedIndexes: formatIndexes(facts.failedIndexes),
		}),
	};
	return { status: counted, released, more };
}

function isReleased(facts: Facts, pod: Pod, isFailed: boolean, finished: JobCondition | null): boolean {
	if (facts.job.metadata.deletedUs !== null || finished !== null || pod.status.phase === "Succeeded") return true;
	return isFailed && facts.awaited.get(indexOf(pod))?.metadata.uid !== pod.metadata.uid;
}

/** Counts those that have no finalizer any more. `tracked`: the uids of those that have. */
export function countReleased(status: JobStatus, tracked: ReadonlySet<number>): JobStatus {
	const { uncountedSucceeded, uncountedFailed } = status;
	const stillSucceeded = uncountedSucceeded.filter((uid) => tracked.has(uid));
	const stillFailed = uncountedFailed.filter((uid) => tracked.has(uid));
	const news = uncountedSucceeded.length - stillSucceeded.length + uncountedFailed.length - stillFailed.length;
	if (news === 0) return status;
	return {
		...status,
		succeeded: status.succeeded + uncountedSucceeded.length - stillSucceeded.length,
		failed: status.failed + uncountedFailed.length - stillFailed.length,
		uncountedSucceeded: stillSucceeded,
		uncountedFailed: stillFailed,
	};
}

/** `conditions` with this one in the place of its type. */
export function withCondition(conditions: readonly JobCondition[], next: JobCondition): readonly JobCondition[] {
	return [...conditions.filter(({ type }) => type !== next.type), next];
}
