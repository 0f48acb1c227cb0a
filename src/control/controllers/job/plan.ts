/** How many pods a Job makes or ends now, which, and whether it is over. Source: pkg/controller/job (job_controller.go). */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { JobCondition } from "../../kinds/job.js";
import { isTrue } from "../../kinds/job.js";
import type { SuccessRule } from "../../kinds/success-policy.js";
import type { Pod } from "../../pod.js";
import { firstToDelete } from "../deletion-order.js";
import { type BackoffRecord, endedUs, remainingUs, wholeSecond } from "./backoff.js";
import { type Facts, isIndexed } from "./facts.js";
import { endsBefore, firstFree, indexOf, parseIndexes } from "./indexes.js";

/** Pods that one sync makes or ends at most. */
const MOST_AT_ONCE = 500;

export type Plan =
	| { readonly action: "delete"; readonly pods: readonly Pod[] }
	/** `indexes`: those of the pods, of an Indexed Job. */
	| { readonly action: "create"; readonly count: number; readonly indexes: readonly number[] }
	/** Pods are missing, and made after that time. */
	| { readonly action: "wait"; readonly delayUs: SimTime }
	| { readonly action: "none" };

/** Deletes go first; it is either deletes or creates. */
export function planOf(facts: Facts, record: BackoffRecord, nowUs: SimTime): Plan {
	const { job, active, terminating } = facts;
	if (job.spec.suspend) return { action: "delete", pods: active };
	const wanted = wantedPods(facts);
	const surplus = surplusPods(facts, Math.max(0, active.length - wanted), nowUs).slice(0, MOST_AT_ONCE);
	if (surplus.length > 0) return { action: "delete", pods: surplus };
	const leaving = job.spec.podReplacementPolicy === "Failed" ? terminating : 0;
	const missing = Math.min(MOST_AT_ONCE, wanted - leaving - active.length);
	if (missing <= 0) return { action: "none" };
	const perIndex = job.spec.backoffLimitPerIndex !== null;
	const delayUs = perIndex ? 0 : remainingUs(record, nowUs);
	if (delayUs > 0) return { action: "wait", delayUs };
	if (!isIndexed(job)) return { action: "create", count: missing, indexes: [] };
	const indexes = firstFree(takenIndexes(facts), missing, job.spec.completions ?? 0);
	return perIndex ? afterOwnBackoff(facts, indexes, nowUs) : { action: "create", count: indexes.length, indexes };
}

/** Pods that shall run now. */
export function wantedPods({ job: { spec }, succeeded, active }: Facts): number {
	if (spec.completions === null) return succeeded > 0 ? active.length : spec.parallelism;
	return Math.max(0, Math.min(spec.parallelism, spec.completions - succeeded));
}

/** Second pods of an index and those without one, whatever is wanted; then as ReplicaSets choose. */
function surplusPods(facts: Facts, atLeast: number, nowUs: SimTime): readonly Pod[] {
	const { job, active } = facts;
	if (!isIndexed(job)) return atLeast === 0 ? [] : firstToDelete(active, [], nowUs).slice(0, atLeast);
	const kept = new Map<number, Pod>();
	const surplus: Pod[] = [];
	// The best of each index comes last.
	for (const pod of firstToDelete(active, [], nowUs)) {
		const index = indexOf(pod);
		const worse = kept.get(index);
		if (index < 0 || index >= (job.spec.completions ?? 0)) surplus.push(pod);
		else {
			if (worse !== undefined) surplus.push(worse);
			kept.set(index, pod);
		}
	}
	const more = Math.max(0, atLeast - surplus.length);
	return more === 0 ? surplus : [...surplus, ...firstToDelete([...kept.values()], [], nowUs).slice(0, more)];
}

function takenIndexes({ job, pods, active, succeededIndexes, failedIndexes }: Facts): ReadonlySet<number> {
	const taken = new Set([...succeededIndexes, ...failedIndexes, ...active.map(indexOf)]);
	if (job.spec.podReplacementPolicy === "Failed")
		for (const pod of pods) if (pod.metadata.deletedUs !== null) taken.add(indexOf(pod));
	return taken;
}

/** Each index waits for itself; if all do, until the first may go on. */
function afterOwnBackoff({ awaited }: Facts, indexes: readonly number[], nowUs: SimTime): Plan {
	const waits = indexes.map((index) => {
		const failed = awaited.get(index);
		if (failed === undefined) return 0;
		const record = { failuresSinceSuccess: endsBefore(failed) + 1, lastFailureUs: endedUs(failed) };
		return remainingUs(record, nowUs);
	});
	const due = indexes.filter((_, i) => waits[i] === 0);
	if (due.length === 0 && indexes.length > 0) return { action: "wait", delayUs: Math.min(...waits) };
	return { action: "create", count: due.length, indexes: due };
}

/** Why the Job is over now, as the condition FailureTarget or SuccessCriteriaMet, though pods of it may run yet; null if it goes on. */
export function endOf(facts: Facts, nowUs: SimTime): JobCondition | null {
	const met = facts.job.status.conditions.find((condition) => isTrue(condition, "SuccessCriteriaMet"));
	return met ?? failureOf(facts, nowUs) ?? earlySuccessOf(facts, nowUs);
}

/** The first rule of its success policy that is met. */
function earlySuccessOf({ job: { spec }, succeededIndexes }: Facts, nowUs: SimTime): JobCondition | null {
	if (succeededIndexes.size === 0) return null;
	const met = (spec.successPolicy?.rules ?? []).findIndex((rule) =>
		isMet(rule, succeededIndexes, spec.completions ?? 0),
	);
	if (met < 0) return null;
	return {
		type: "SuccessCriteriaMet",
		status: "True",
		reason: "SuccessPolicy",
		message: `Matched rules at index ${met}`,
		changedUs: wholeSecond(nowUs),
	};
}

function isMet(
	{ succeededIndexes: listed, succeededCount }: SuccessRule,
	succeeded: ReadonlySet<number>,
	completions: number,
): boolean {
	if (listed === null) return succeeded.size >= (succeededCount ?? 0);
	const asked = parseIndexes(listed).filter((index) => index < completions);
	const done = asked.filter((index) => succeeded.has(index)).length;
	return asked.length > 0 && (done === asked.length || (succeededCount !== null && done >= succeededCount));
}

/** Why the Job fails now, as the condition FailureTarget; null if it does not. */
function failureOf(facts: Facts, nowUs: SimTime): JobCondition | null {
	const { job, fatal, failed, failedIndexes, succeededIndexes } = facts;
	const { spec, status } = job;
	const earlier = status.conditions.find((condition) => isTrue(condition, "FailureTarget"));
	if (earlier !== undefined) return earlier;
	const because = (reason: string, message: string): JobCondition => ({
		type: "FailureTarget",
		status: "True",
		reason,
		message,
		changedUs: wholeSecond(nowUs),
	});
	if (fatal !== null) return because("PodFailurePolicy", fatal);
	if (failed > spec.backoffLimit) return because("BackoffLimitExceeded", "Job has reached the specified backoff limit");
	const leftUs = deadlineUs(facts, nowUs);
	if (leftUs !== null && leftUs <= 0)
		return because("DeadlineExceeded", "Job was active longer than specified deadline");
	if (spec.backoffLimitPerIndex === null) return null;
	if (spec.maxFailedIndexes !== null && failedIndexes.size > spec.maxFailedIndexes)
		return because("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
	const decided = failedIndexes.size + succeededIndexes.size >= (spec.completions ?? 0);
	return failedIndexes.size > 0 && decided ? because("FailedIndexes", "Job has failed indexes") : null;
}

/** Time left until activeDeadlineSeconds are over; null where they do not count. */
export function deadlineUs({ job: { spec, status } }: Facts, nowUs: SimTime): SimTime | null {
	if (spec.activeDeadlineSeconds === null || spec.suspend || status.startUs === null) return null;
	return status.startUs + spec.activeDeadlineSeconds * SECOND - nowUs;
}

/** Whether it has succeeded, `active` pods running on. */
export function isComplete({ job: { spec }, succeeded }: Facts, active: number): boolean {
	if (active > 0) return false;
	return spec.completions === null ? succeeded > 0 : succeeded >= spec.completions;
}
