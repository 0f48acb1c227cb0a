import { describe, expect, test } from "vitest";
import { factsOf } from "../../../../src/control/controllers/job/facts.js";
import { judge } from "../../../../src/control/controllers/job/failure-policy.js";
import { apiJob, apiPod } from "../../../support/api-objects.js";

const NOBODY: ReadonlySet<number> = new Set();
const jobWith = (...rules: readonly object[]) => apiJob({ podFailurePolicy: { rules } });
const failed = (exitCode: number, disruption = "") => apiPod({ uid: 1, phase: "Failed", exitCode, disruption });

describe("the first rule that matches counts", () => {
	const rules = [
		{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
		{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } },
		{ action: "Ignore", onExitCodes: { containerName: "other", operator: "NotIn", values: [1] } },
		{ action: "Ignore", onExitCodes: { operator: "NotIn", values: [1, 2] } },
	];
	test.each([
		[42, "", "FailJob"],
		[42, "DeletionByTaintManager", "Ignore"],
		[1, "", "Count"],
		[2, "", "Count"],
		[3, "", "Ignore"],
		// Not known.
		[Number.NaN, "", "Count"],
	])("exit code %s, disruption '%s': %s", (exitCode, disruption, action) => {
		expect(judge(jobWith(...rules), failed(exitCode, disruption)).action).toBe(action);
	});
});

test("ignored failures do not count for the Job", () => {
	const job = jobWith({ action: "Ignore", onExitCodes: { operator: "In", values: [3] } });
	const pods = [3, 3, 4].map((exitCode, i) => apiPod({ uid: i + 1, phase: "Failed", exitCode }));
	expect(factsOf(job, pods, NOBODY)).toMatchObject({ failed: 1, fatal: null });
});

test("FailIndex fails the index of the pod, however many failures are left to it", () => {
	const rules = [{ action: "FailIndex", onExitCodes: { operator: "In", values: [9] } }];
	const spec = { completionMode: "Indexed", completions: 3, backoffLimitPerIndex: 5, podFailurePolicy: { rules } };
	const pods = [8, 9].map((exitCode, index) => apiPod({ uid: index + 1, index, phase: "Failed", exitCode }));
	expect([...factsOf(apiJob(spec), pods, NOBODY).failedIndexes]).toEqual([1]);
});
