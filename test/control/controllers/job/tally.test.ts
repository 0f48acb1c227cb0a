import { expect, test } from "vitest";
import { factsOf } from "../../../../src/control/controllers/job/facts.js";
import { countReleased, tallyOf } from "../../../../src/control/controllers/job/tally.js";
import type { JobCondition } from "../../../../src/control/kinds/job.js";
import type { Pod } from "../../../../src/control/pod.js";
import { apiJob, apiPod } from "../../../support/api-objects.js";

const ENDING: JobCondition = { type: "FailureTarget", status: "True", reason: "r", message: "m", changedUs: 0 };
const NOBODY: ReadonlySet<number> = new Set();
const uids = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid);

const pods = [
	apiPod({ uid: 1, phase: "Succeeded" }),
	apiPod({ uid: 2, phase: "Failed" }),
	apiPod({ uid: 3 }),
	apiPod({ uid: 4, phase: "Succeeded", tracked: false }),
];

test("pods that have ended are written down once, and let go", () => {
	const job = apiJob({ completions: 5 }, { uncountedFailed: [2] });
	const { status, released, more } = tallyOf(factsOf(job, pods, NOBODY), job.status, NOBODY, null);
	expect(status).toMatchObject({ uncountedSucceeded: [1], uncountedFailed: [2], succeeded: 0, failed: 0 });
	expect(uids(released)).toEqual([1, 2]);
	expect(more).toBe(false);
});

test("those whose finalizer is on its way off are left alone", () => {
	const job = apiJob({ completions: 5 });
	const settled = new Set([1]);
	const { status, released } = tallyOf(factsOf(job, pods, settled), job.status, settled, null);
	expect(status).toMatchObject({ uncountedSucceeded: [], uncountedFailed: [2] });
	expect(uids(released)).toEqual([2]);
});

test("a Job that fails counts pods that run as failed", () => {
	const job = apiJob({ completions: 5 });
	const { status, released } = tallyOf(factsOf(job, pods, NOBODY), job.status, NOBODY, ENDING);
	expect(status).toMatchObject({ uncountedSucceeded: [1], uncountedFailed: [2, 3] });
	expect(uids(released)).toEqual([1, 2, 3]);
});

test("of an Indexed Job indexes are written down, and count at once", () => {
	const job = apiJob({ completionMode: "Indexed", completions: 4 }, { completedIndexes: "0", succeeded: 1 });
	const ended = [
		apiPod({ uid: 1, index: 2, phase: "Succeeded" }),
		apiPod({ uid: 2, index: 0, phase: "Succeeded" }),
		apiPod({ uid: 3, index: 9, phase: "Succeeded" }),
	];
	const { status, released } = tallyOf(factsOf(job, ended, NOBODY), job.status, NOBODY, null);
	expect(status).toMatchObject({ completedIndexes: "0,2", succeeded: 2, uncountedSucceeded: [] });
	expect(uids(released)).toEqual([2, 1, 3]);
});

test("at most 500 wait to be counted", () => {
	const many = Array.from({ length: 600 }, (_, i) => apiPod({ uid: i + 1, phase: "Succeeded" }));
	const job = apiJob({ completions: 600 });
	const { released, more } = tallyOf(factsOf(job, many, NOBODY), job.status, NOBODY, null);
	expect(released.length).toBe(500);
	expect(more).toBe(true);
});

test("they count when they have no finalizer any more", () => {
	const { status } = apiJob({}, { succeeded: 1, failed: 1, uncountedSucceeded: [1, 2], uncountedFailed: [3] });
	expect(countReleased(status, new Set([2]))).toMatchObject({
		succeeded: 2,
		failed: 2,
		uncountedSucceeded: [2],
		uncountedFailed: [],
	});
	expect(countReleased(status, new Set([1, 2, 3]))).toBe(status);
});
