import { describe, expect, test } from "vitest";
import { NO_FAILURES } from "../../../../src/control/controllers/job/backoff.js";
import { factsOf } from "../../../../src/control/controllers/job/facts.js";
import { endOf, isComplete, planOf, wantedPods } from "../../../../src/control/controllers/job/plan.js";
import type { Pod } from "../../../../src/control/pod.js";
import { SECOND } from "../../../../src/engine/time.js";
import { apiJob, apiPod } from "../../../support/api-objects.js";

const NOBODY: ReadonlySet<number> = new Set();
const facts = (job: Parameters<typeof apiJob>, pods: readonly Pod[] = []) => factsOf(apiJob(...job), pods, NOBODY);
const running = (count: number) => Array.from({ length: count }, (_, i) => apiPod({ uid: i + 1 }));

describe("how many pods run", () => {
	test.each([
		// [parallelism, completions, succeeded, running now, wanted]
		[2, 5, 0, 0, 2],
		[2, 5, 4, 0, 1],
		[2, 5, 5, 1, 0],
		[10, 3, 0, 0, 3],
		[0, 3, 0, 2, 0],
		// A work queue: all until the first success, then those that run.
		[3, null, 0, 1, 3],
		[3, null, 1, 2, 2],
	])("%i at a time of %s, %i done, %i running: %i", (parallelism, completions, succeeded, now, wanted) => {
		expect(wantedPods(facts([{ parallelism, completions }, { succeeded }], running(now)))).toBe(wanted);
	});
});

describe("what is done", () => {
	test("what is missing is made", () => {
		expect(planOf(facts([{ parallelism: 4, completions: 9 }], running(1)), NO_FAILURES, 0)).toEqual({
			action: "create",
			count: 3,
			indexes: [],
		});
	});

	test("nothing is made while the Job backs off", () => {
		const record = { failuresSinceSuccess: 2, lastFailureUs: 5 * SECOND };
		expect(planOf(facts([{}]), record, 9 * SECOND)).toEqual({ action: "wait", delayUs: 16 * SECOND });
	});

	test("at most 500 are made at once", () => {
		expect(planOf(facts([{ parallelism: 900, completions: 900 }]), NO_FAILURES, 0)).toMatchObject({ count: 500 });
	});

	test("the lowest indexes that have neither ended nor a pod are made", () => {
		const job = apiJob({ completionMode: "Indexed", completions: 8, parallelism: 4 }, { completedIndexes: "0,1" });
		const pods = [apiPod({ uid: 1, index: 3 }), apiPod({ uid: 2, index: 2, phase: "Succeeded" })];
		expect(planOf(factsOf(job, pods, NOBODY), NO_FAILURES, 0)).toEqual({
			action: "create",
			count: 3,
			indexes: [4, 5, 6],
		});
	});

	test("of two pods of an index the lesser goes, and those of indexes that there are not", () => {
		const job = apiJob({ completionMode: "Indexed", completions: 3, parallelism: 3 });
		const kept = apiPod({ uid: 1, index: 0, node: "n", ready: true, readyUs: 0 });
		const second = apiPod({ uid: 2, index: 0, phase: "Pending" });
		const beyond = apiPod({ uid: 3, index: 7 });
		const plan = planOf(factsOf(job, [kept, second, beyond], NOBODY), NO_FAILURES, SECOND);
		expect(plan.action === "delete" && plan.pods.map(({ metadata }) => metadata.uid).sort()).toEqual([2, 3]);
	});

	test("each index backs off by itself where failures are counted by index", () => {
		const spec = { completionMode: "Indexed", completions: 3, parallelism: 3, backoffLimitPerIndex: 5 };
		const failed = (uid: number, index: number, failures: number) =>
			apiPod({ uid, index, failures, phase: "Failed", finishedUs: 100 * SECOND });
		// Index 0 waits 10 s, index 1, which had failed twice before, 40 s.
		const two = [failed(1, 0, 0), failed(2, 1, 2)];
		const at = (seconds: number, pods: readonly Pod[]) => planOf(facts([spec], pods), NO_FAILURES, seconds * SECOND);
		expect(at(105, two)).toEqual({ action: "create", count: 1, indexes: [2] });
		expect(at(105, [...two, apiPod({ uid: 3, index: 2 })])).toEqual({ action: "wait", delayUs: 5 * SECOND });
		expect(at(110, two)).toEqual({ action: "create", count: 2, indexes: [0, 2] });
		expect(at(140, two)).toEqual({ action: "create", count: 3, indexes: [0, 1, 2] });
	});

	test("a pod on its way out is replaced at once, or, with podReplacementPolicy Failed, when it has ended", () => {
		const leaving = [apiPod({ uid: 1, deletedUs: 0 })];
		expect(planOf(facts([{}], leaving), NO_FAILURES, 0)).toMatchObject({ action: "create", count: 1 });
		const later = facts([{ podReplacementPolicy: "Failed" }], leaving);
		expect(planOf(later, NO_FAILURES, 0)).toEqual({ action: "none" });
		expect(later.failed).toBe(0);
		expect(facts([{}], leaving).failed).toBe(1);
	});

	test("a Job that rests has no pods", () => {
		const pods = running(2);
		expect(planOf(facts([{ suspend: true, parallelism: 2 }], pods), NO_FAILURES, 0)).toEqual({
			action: "delete",
			pods,
		});
	});
});

describe("a Job fails", () => {
	const reason = (job: Parameters<typeof apiJob>, pods: readonly Pod[] = [], seconds = 0) =>
		endOf(facts(job, pods), seconds * SECOND)?.reason;
	const failed = (uid: number, index?: number) =>
		apiPod({ uid, phase: "Failed", failures: 1, ...(index !== undefined && { index }) });

	test("when more pods have failed than backoffLimit", () => {
		expect(reason([{ backoffLimit: 1 }], [failed(1)])).toBeUndefined();
		expect(reason([{ backoffLimit: 1 }], [failed(1), failed(2)])).toBe("BackoffLimitExceeded");
		expect(reason([{ backoffLimit: 1 }, { failed: 1, uncountedFailed: [2] }], [failed(2)])).toBe(
			"BackoffLimitExceeded",
		);
	});

	test("when its time is over, counted from its start; not while it rests", () => {
		const started = { startUs: 5 * SECOND };
		expect(reason([{ activeDeadlineSeconds: 10 }, started], [], 14)).toBeUndefined();
		expect(reason([{ activeDeadlineSeconds: 10 }, started], [], 15)).toBe("DeadlineExceeded");
		expect(reason([{ activeDeadlineSeconds: 10, suspend: true }, started], [], 15)).toBeUndefined();
	});

	test("when all indexes are decided and one has failed, or too many have", () => {
		const spec = { completionMode: "Indexed", completions: 3, backoffLimitPerIndex: 1 };
		expect(reason([spec, { completedIndexes: "0" }], [failed(1, 1)])).toBeUndefined();
		expect(reason([spec, { completedIndexes: "0,2" }], [failed(1, 1)])).toBe("FailedIndexes");
		expect(reason([{ ...spec, maxFailedIndexes: 1 }], [failed(1, 1), failed(2, 2)])).toBe("MaxFailedIndexesExceeded");
	});
});

test("a Job is complete when enough pods have succeeded and none runs; a work queue needs one", () => {
	expect(isComplete(facts([{ completions: 2 }, { succeeded: 1 }]), 0)).toBe(false);
	expect(isComplete(facts([{ completions: 2 }, { succeeded: 2 }]), 0)).toBe(true);
	expect(isComplete(facts([{ completions: 2 }, { succeeded: 2 }]), 1)).toBe(false);
	expect(isComplete(facts([{ parallelism: 2 }, { succeeded: 1 }]), 1)).toBe(false);
	expect(isComplete(facts([{ parallelism: 2 }, { succeeded: 1 }]), 0)).toBe(true);
});

describe("an Indexed Job with a success policy has succeeded", () => {
	test.each<[string, object, string, string | undefined]>([
		["when so many indexes have", { succeededCount: 2 }, "1,4", "Matched rules at index 0"],
		["not with fewer", { succeededCount: 3 }, "1,4", undefined],
		["when all of those listed have", { succeededIndexes: "0,2-3" }, "0,2,3", "Matched rules at index 0"],
		["not when one of them has not", { succeededIndexes: "0,2-3" }, "0,2", undefined],
		[
			"when enough of those listed have",
			{ succeededIndexes: "0,2-3", succeededCount: 2 },
			"2,3",
			"Matched rules at index 0",
		],
		["listed ones beyond its completions left out", { succeededIndexes: "1,9" }, "1", "Matched rules at index 0"],
		["not by others than those listed", { succeededIndexes: "0", succeededCount: 1 }, "1-4", undefined],
		["not before any has", { succeededCount: 1 }, "", undefined],
	])("%s", (_, rule, completedIndexes, message) => {
		const spec = { completionMode: "Indexed", completions: 6, parallelism: 6, successPolicy: { rules: [rule] } };
		expect(endOf(facts([spec, { completedIndexes }]), 0)?.message).toBe(message);
	});

	test("the first rule that is met is named, and a failure goes before", () => {
		const rules = [{ succeededIndexes: "5" }, { succeededCount: 1 }];
		const spec = { completionMode: "Indexed", completions: 6, backoffLimit: 0, successPolicy: { rules } };
		expect(endOf(facts([spec, { completedIndexes: "0" }]), 0)).toMatchObject({
			type: "SuccessCriteriaMet",
			reason: "SuccessPolicy",
			message: "Matched rules at index 1",
		});
		expect(endOf(facts([spec, { completedIndexes: "0", failed: 1 }]), 0)?.reason).toBe("BackoffLimitExceeded");
	});
});
