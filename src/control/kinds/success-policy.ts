/** When an Indexed Job has succeeded before all of its indexes have (batch/v1 SuccessPolicy). */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";

export interface SuccessPolicy {
	/** One that is met is enough. */
	readonly rules: readonly SuccessRule[];
}

/** One of the two may be null. */
export interface SuccessRule {
	/** Of these indexes, `0-2,7`, all have to succeed, or so many; null: of any. */
	readonly succeededIndexes: string | null;
	readonly succeededCount: number | null;
}

const INDEXES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

const ruleSchema = z
	.strictObject({
		succeededIndexes: orAbsent(
			z.string().regex(INDEXES, { error: "must be indexes and ranges of them, such as 0-2,7" }),
			null,
		),
		succeededCount: orAbsent(z.int().min(1, { error: "must be greater than 0" }), null),
	})
	.superRefine(({ succeededIndexes, succeededCount }, context) => {
		if (succeededIndexes !== null || succeededCount !== null) return;
		const message = "at least one of succeededCount or succeededIndexes must be specified";
		context.addIssue({ code: "custom", message });
	});

export const successPolicySchema: z.ZodType<SuccessPolicy> = z.strictObject({
	rules: z
		.array(ruleSchema)
		.min(1, { error: "at least one rules must be specified when the successPolicy is specified" })
		.max(20, { error: "must have at most 20 items" }),
});
