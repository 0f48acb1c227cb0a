/** Jobs: pods that run to completion. */
import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { lenientObject } from "../../objects/kubernetes-object.js";
import type { LabelSelector } from "../../objects/selector.js";
import { labelSelectorSchema } from "../../objects/selector-schemas.js";
import type { ApiObject } from "../api-object.js";
import type { ApiError } from "../api-server.js";
import type { PodTemplate } from "../pod.js";
import { defineKind } from "./kind.js";
import { type PodFailurePolicy, podFailurePolicySchema } from "./pod-failure-policy.js";
import { podTemplateSchema } from "./pod-template.js";
import { count } from "./replica-set.js";
import { type SuccessPolicy, successPolicySchema } from "./success-policy.js";

export interface JobSpec {
	readonly parallelism: number;
	/** Null for a work queue: done when one pod has succeeded and none runs. */
	readonly completions: number | null;
	readonly completionMode: "NonIndexed" | "Indexed";
	readonly activeDeadlineSeconds: number | null;
	readonly backoffLimit: number;
	readonly backoffLimitPerIndex: number | null;
	readonly maxFailedIndexes: number | null;
	readonly suspend: boolean;
	readonly ttlSecondsAfterFinished: number | null;
	/** Null for none: each failed pod counts. */
	readonly podFailurePolicy: PodFailurePolicy | null;
	/** Null for none: all indexes must have succeeded. */
	readonly successPolicy: SuccessPolicy | null;
	/** Who else sees to it; null for the Job controller. */
	readonly managedBy: string | null;
	readonly podReplacementPolicy: "TerminatingOrFailed" | "Failed";
	readonly manualSelector: boolean;
	readonly selector: LabelSelector | null;
	readonly template: PodTemplate;
}

export interface JobCondition {
	readonly type: "Suspended" | "FailureTarget" | "SuccessCriteriaMet" | "Complete" | "Failed";
	readonly status: "True" | "False";
	readonly reason: string;
	readonly message: string;
	/** Of the last change of `status`, whole seconds. */
	readonly changedUs: SimTime;
}

export interface JobStatus {
	/** When it was first seen, or last resumed; null before. Whole seconds. */
	readonly startUs: SimTime | null;
	readonly completionUs: SimTime | null;
	readonly active: number;
	/** Null until it was looked at. */
	readonly ready: number | null;
	/** Null until it was looked at. */
	readonly terminating: number | null;
	readonly succeeded: number;
	readonly failed: number;
	/** `0-3,5`, "" for none. */
	readonly completedIndexes: string;
	readonly failedIndexes: string;
	/** Uids of pods that ended, are not in the counts yet, and may still have their finalizer. */
	readonly uncountedSucceeded: readonly number[];
	readonly uncountedFailed: readonly number[];
	readonly conditions: readonly JobCondition[];
}

export type Job = ApiObject<JobSpec, JobStatus>;

/** Pods of Jobs stay, however deleted, until they are counted. */
export const TRACKING = "batch.kubernetes.io/job-tracking";

export const jobSpecSchema: z.ZodType<JobSpec> = z
	.strictObject({
		parallelism: orAbsent(count, null),
		completions: orAbsent(count, null),
		completionMode: orAbsent(z.enum(["NonIndexed", "Indexed"]), "NonIndexed"),
		activeDeadlineSeconds: orAbsent(count, null),
		backoffLimit: orAbsent(count, null),
		backoffLimitPerIndex: orAbsent(count, null),
		maxFailedIndexes: orAbsent(count, null),
		suspend: orAbsent(z.boolean(), false),
		ttlSecondsAfterFinished: orAbsent(count, null),
		podFailurePolicy: orAbsent(podFailurePolicySchema, null),
		successPolicy: orAbsent(successPolicySchema, null),
		managedBy: orAbsent(z.string(), null),
		podReplacementPolicy: orAbsent(z.enum(["TerminatingOrFailed", "Failed"]), null),
		manualSelector: orAbsent(z.boolean(), false),
		selector: orAbsent(labelSelectorSchema(lenientObject), null),
		template: podTemplateSchema,
	})
	.transform(withDefaults)
	.superRefine(checkJob);

export const jobKind = defineKind<JobSpec, JobStatus>({
	kind: "Job",
	summary: "Pods that run to completion, so many at a time, tried again as its policies say.",
	apiVersion: "batch/v1",
	names: ["job", "jobs"],
	namespaced: true,
	spec: jobSpecSchema,
	replicas: ({ parallelism }, { active, ready }) => ({
		declared: parallelism,
		current: active,
		updated: active,
		ready: ready ?? 0,
		available: ready ?? 0,
	}),
	status: {
		startUs: null,
		completionUs: null,
		active: 0,
		ready: null,
		terminating: null,
		succeeded: 0,
		failed: 0,
		completedIndexes: "",
		failedIndexes: "",
		uncountedSucceeded: [],
		uncountedFailed: [],
		conditions: [],
	},
});

/** How a Job ended; null while it has not. */
export function finishOf({ status }: Job): JobCondition | null {
	return status.conditions.find((condition) => isTrue(condition, "Complete") || isTrue(condition, "Failed")) ?? null;
}

export function isTrue({ type, status }: JobCondition, wanted: JobCondition["type"]): boolean {
	return type === wanted && status === "True";
}

/** What the API server has against a status. */
export function refusedStatus({ metadata, status: { active, ready } }: Job): ApiError | null {
	if ((ready ?? 0) <= active) return null;
	return {
		code: 422,
		message: `Job.batch "${metadata.name}" is invalid: status.ready: Invalid value: ${ready}: cannot set more ready pods than active`,
	};
}

type Given = Omit<JobSpec, "parallelism" | "backoffLimit" | "podReplacementPolicy"> & {
	readonly podReplacementPolicy: JobSpec["podReplacementPolicy"] | null;
	readonly parallelism: number | null;
	readonly backoffLimit: number | null;
};

/** What is not said follows from what is: neither of two numbers means one pod, a limit for each index none for all. */
function withDefaults(given: Given): JobSpec {
	const { parallelism, completions, backoffLimit, backoffLimitPerIndex } = given;
	return {
		...given,
		parallelism: parallelism ?? 1,
		completions: completions === null && parallelism === null ? 1 : completions,
		backoffLimit: backoffLimit ?? (backoffLimitPerIndex === null ? 6 : MOST),
		podReplacementPolicy:
			given.podReplacementPolicy ?? (given.podFailurePolicy === null ? "TerminatingOrFailed" : "Failed"),
	};
}

const MOST = 2 ** 31 - 1;

function checkJob(spec: JobSpec, context: z.RefinementCtx): void {
	const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes, template } = spec;
	const wrong = (path: readonly (string | number)[], message: string) =>
		context.addIssue({ code: "custom", path: [...path], message });
	const restartPolicy = template?.spec?.["restartPolicy"] ?? "Always";
	if (restartPolicy !== "Never" && restartPolicy !== "OnFailure")
		wrong(["template", "spec", "restartPolicy"], 'valid values: "OnFailure", "Never"');
	if (spec.selector !== null && !spec.manualSelector) wrong(["selector"], "`selector` not auto-generated");
	if (completionMode === "Indexed" && completions === null) wrong(["completions"], "when completion mode is Indexed");
	if (completionMode !== "Indexed" && backoffLimitPerIndex !== null)
		wrong(["backoffLimitPerIndex"], "requires indexed completion mode");
	if (completionMode !== "Indexed" && spec.successPolicy !== null)
		wrong(["successPolicy"], "requires indexed completion mode");
	if (spec.podFailurePolicy !== null) checkFailurePolicy(spec, restartPolicy, wrong);
	if (maxFailedIndexes === null) return;
	if (backoffLimitPerIndex === null) wrong(["backoffLimitPerIndex"], "when maxFailedIndexes is specified");
	if (completions !== null && maxFailedIndexes > completions)
		wrong(["maxFailedIndexes"], "must be less than or equal to completions");
}

function checkFailurePolicy(
	{ podFailurePolicy, podReplacementPolicy, backoffLimitPerIndex }: JobSpec,
	restartPolicy: unknown,
	wrong: (path: readonly (string | number)[], message: string) => void,
): void {
	if (restartPolicy !== "Never")
		wrong(["template", "spec", "restartPolicy"], 'only "Never" is supported when podFailurePolicy is specified');
	if (podReplacementPolicy !== "Failed") wrong(["podReplacementPolicy"], 'supported values: "Failed"');
	podFailurePolicy!.rules.forEach(({ action }, i) => {
		if (action === "FailIndex" && backoffLimitPerIndex === null)
			wrong(["podFailurePolicy", "rules", i, "action"], "requires the backoffLimitPerIndex to be specified");
	});
}
