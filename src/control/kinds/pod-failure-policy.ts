/** What a Job makes of a pod that has failed, by how it failed (batch/v1 PodFailurePolicy). */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";

export interface PodFailurePolicy {
	/** The first that matches counts; none: the pod counts as failed. */
	readonly rules: readonly PodFailureRule[];
}

export interface PodFailureRule {
	readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
	readonly onExitCodes: {
		/** Null for any. */
		readonly containerName: string | null;
		readonly operator: "In" | "NotIn";
		readonly values: readonly number[];
	} | null;
	readonly onPodConditions: readonly { readonly type: string; readonly status: string }[] | null;
}

const exitCodesSchema = z
	.strictObject({
		containerName: orAbsent(z.string(), null),
		operator: z.enum(["In", "NotIn"]),
		values: z.array(z.int()).min(1, { error: "at least one value is required" }),
	})
	.superRefine(({ operator, values }, context) => {
		const wrong = (message: string) => context.addIssue({ code: "custom", path: ["values"], message });
		if (operator === "In" && values.includes(0)) wrong("must not be 0 for the In operator");
		if (values.some((value, i) => i > 0 && value < values[i - 1]!)) wrong("must be ordered");
		if (new Set(values).size < values.length) wrong("must not have the same value twice");
	});

const ruleSchema = z
	.strictObject({
		action: z.enum(["FailJob", "FailIndex", "Ignore", "Count"]),
		onExitCodes: orAbsent(exitCodesSchema, null),
		onPodConditions: orAbsent(
			z.array(z.strictObject({ type: z.string(), status: orAbsent(z.string(), "True") })),
			null,
		),
	})
	.superRefine(({ onExitCodes, onPodConditions }, context) => {
		if (onExitCodes !== null && onPodConditions !== null)
			context.addIssue({ code: "custom", message: "specifying both OnExitCodes and OnPodConditions is not supported" });
		if (onExitCodes === null && onPodConditions === null)
			context.addIssue({ code: "custom", message: "specifying one of OnExitCodes and OnPodConditions is required" });
	});

export const podFailurePolicySchema: z.ZodType<PodFailurePolicy> = z.strictObject({
	rules: z.array(ruleSchema).max(20, { error: "must have at most 20 items" }),
});
