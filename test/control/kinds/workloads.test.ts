import { describe, expect, test } from "vitest";
import { cronJobKind } from "../../../src/control/kinds/cron-job.js";
import { daemonSetKind } from "../../../src/control/kinds/daemon-set.js";
import { jobKind } from "../../../src/control/kinds/job.js";
import type { AnyKind } from "../../../src/control/kinds/kind.js";
import { statefulSetKind } from "../../../src/control/kinds/stateful-set.js";
import { formatPath, validate } from "../../../src/objects/issues.js";
import { JOB_TEMPLATE, SELECTOR, TEMPLATE } from "../../support/api-objects.js";

function complaintsOf(kind: AnyKind, spec: object): readonly string[] {
	const checked = validate(kind.spec, spec);
	return checked.ok ? [] : checked.mistakes.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

const RULE = "podFailurePolicy.rules[0]";
const failurePolicy = (rule: object) => ({ podFailurePolicy: { rules: [{ action: "Count", ...rule }] } });

describe("a Job is refused", () => {
	test.each([
		[{ parallelism: -1 }, "parallelism: must be greater than or equal to 0"],
		[{ completions: -1 }, "completions: must be greater than or equal to 0"],
		[{ backoffLimit: -1 }, "backoffLimit: must be greater than or equal to 0"],
		[{ activeDeadlineSeconds: -5 }, "activeDeadlineSeconds: must be greater than or equal to 0"],
		[{ ttlSecondsAfterFinished: -1 }, "ttlSecondsAfterFinished: must be greater than or equal to 0"],
		[{ template: TEMPLATE }, 'template.spec: missing \'restartPolicy\': valid values: "OnFailure", "Never"'],
		[{ selector: SELECTOR }, "selector: `selector` not auto-generated"],
		[{ completionMode: "Indexed", parallelism: 2 }, ": missing 'completions': when completion mode is Indexed"],
		[{ backoffLimitPerIndex: 1 }, "backoffLimitPerIndex: requires indexed completion mode"],
		[
			{ completionMode: "Indexed", completions: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 3 },
			"maxFailedIndexes: must be less than or equal to completions",
		],
		[
			{ completionMode: "Indexed", completions: 2, maxFailedIndexes: 1 },
			": missing 'backoffLimitPerIndex': when maxFailedIndexes is specified",
		],
		[{ successPolicy: { rules: [{ succeededCount: 1 }] } }, "successPolicy: requires indexed completion mode"],
		[
			{ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{}] } },
			"successPolicy.rules[0]: at least one of succeededCount or succeededIndexes must be specified",
		],
		[
			{ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{ succeededIndexes: "1-" }] } },
			"successPolicy.rules[0].succeededIndexes: must be indexes and ranges of them, such as 0-2,7",
		],
		[
			{ podFailurePolicy: { rules: [{ action: "Count" }] } },
			`${RULE}: specifying one of OnExitCodes and OnPodConditions is required`,
		],
		[
			failurePolicy({ onPodConditions: [{ type: "DisruptionTarget" }], onExitCodes: { operator: "In", values: [1] } }),
			`${RULE}: specifying both OnExitCodes and OnPodConditions is not supported`,
		],
		[
			failurePolicy({ onExitCodes: { operator: "In", values: [0, 1] } }),
			`${RULE}.onExitCodes.values: must not be 0 for the In operator`,
		],
		[failurePolicy({ onExitCodes: { operator: "In", values: [2, 1] } }), `${RULE}.onExitCodes.values: must be ordered`],
		[
			failurePolicy({ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }),
			"podFailurePolicy.rules[0].action: requires the backoffLimitPerIndex to be specified",
		],
		[
			{
				...failurePolicy({ onExitCodes: { operator: "In", values: [1] } }),
				podReplacementPolicy: "TerminatingOrFailed",
			},
			'podReplacementPolicy: supported values: "Failed"',
		],
	])("for %j: %s", (spec, complaint) => {
		expect(complaintsOf(jobKind, { template: JOB_TEMPLATE, ...spec })).toEqual([complaint]);
	});
});

test.each([
	[{}, { parallelism: 1, completions: 1, backoffLimit: 6 }],
	[{ completions: 4 }, { parallelism: 1, completions: 4 }],
	[failurePolicy({ onPodConditions: [{ type: "DisruptionTarget" }] }), { podReplacementPolicy: "Failed" }],
	// A work queue.
	[{ parallelism: 4 }, { parallelism: 4, completions: null }],
	[{ completions: 4, completionMode: "Indexed", backoffLimitPerIndex: 1 }, { backoffLimit: 2 ** 31 - 1 }],
])("a Job that says %j has %j", (spec, full) => {
	expect(jobKind.spec.parse({ template: JOB_TEMPLATE, ...spec })).toMatchObject(full);
});

describe("a CronJob is refused", () => {
	test.each([
		[{ schedule: "* * *" }, "schedule: expected exactly 5 fields, found 3: [* * *], got '* * *'"],
		[{ schedule: "0 0 31 2 *" }, "schedule: never fires: no year has such a date"],
		[{ schedule: "@daily", timeZone: "Mars/Olympus" }, "timeZone: unknown time zone Mars/Olympus"],
		[
			{ schedule: "@daily", startingDeadlineSeconds: -1 },
			"startingDeadlineSeconds: must be greater than or equal to 0",
		],
		[
			{ schedule: "@daily", jobTemplate: { spec: { template: JOB_TEMPLATE, completions: -1 } } },
			"jobTemplate.spec.completions: must be greater than or equal to 0",
		],
	])("for %j: %s", (spec, complaint) => {
		const jobTemplate = { spec: { template: JOB_TEMPLATE } };
		expect(complaintsOf(cronJobKind, { jobTemplate, ...spec })).toEqual([complaint]);
	});

	test("not for a 29 February", () => {
		expect(
			complaintsOf(cronJobKind, { schedule: "0 0 29 2 *", jobTemplate: { spec: { template: JOB_TEMPLATE } } }),
		).toEqual([]);
	});
});

describe("a StatefulSet or DaemonSet is refused", () => {
	const other = { matchLabels: { app: "other" } };
	const never = { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: "Never" } };
	const mismatch = 'template.metadata.labels: `selector` does not match template `labels`: {"app":"web"}';
	test.each([
		[statefulSetKind, { replicas: -1 }, "replicas: must be greater than or equal to 0"],
		[statefulSetKind, { selector: other }, mismatch],
		[statefulSetKind, { template: never }, 'template.spec.restartPolicy: supported values: "Always"'],
		[
			statefulSetKind,
			{ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
			"updateStrategy.rollingUpdate: only allowed for updateStrategy 'RollingUpdate'",
		],
		[daemonSetKind, { minReadySeconds: -1 }, "minReadySeconds: must be greater than or equal to 0"],
		[daemonSetKind, { selector: other }, mismatch],
		[daemonSetKind, { template: never }, 'template.spec.restartPolicy: supported values: "Always"'],
		[
			daemonSetKind,
			{ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
			"updateStrategy.rollingUpdate.maxUnavailable: cannot be 0 when maxSurge is 0",
		],
		[
			daemonSetKind,
			{ updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
			"updateStrategy.rollingUpdate.maxSurge: may not be set when maxUnavailable is non-zero",
		],
	] as const)("%#: %j", (kind, spec, complaint) => {
		expect(complaintsOf(kind as AnyKind, { selector: SELECTOR, template: TEMPLATE, ...spec })).toEqual([complaint]);
	});
});
