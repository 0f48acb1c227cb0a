/** The `strategy` of an experiment file: which combinations of values are run. */
import { z } from "zod";
import { deepEqual } from "../../objects/plain-data.js";
import { suggest } from "../../objects/suggest.js";

/** One value of an axis: a scalar, or a map (whose `name`, if it has one, is what people see). */
export type AxisValue = unknown;

/** One combination: a value by axis. */
export type Variant = Readonly<Record<string, AxisValue>>;

export interface Strategy {
	/** Values by axis, in the order of the file. */
	readonly matrix: Readonly<Record<string, readonly AxisValue[]>>;
	/** Combinations to add, or values to add to matching combinations. */
	readonly include: readonly Variant[];
	/** Combinations to leave out: all that hold these values. */
	readonly exclude: readonly Variant[];
	/** Most runs (combinations x seeds) that the experiment may have. */
	readonly maxRuns: number;
}

/** The name of an axis. */
export const axisName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
	error: (issue) => `'${String(issue.input)}' is not a name for expressions: write letters, digits and '_'`,
});
const axisValue = z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())]);

/** The values of one axis. */
export const axisSchema = z.array(axisValue).min(1);

/** An entry of `include` or `exclude`. */
export const variantSchema = z
	.record(axisName, axisValue)
	.refine((values) => Object.keys(values).length > 0, { error: "names no axis" });

export const strategySchema: z.ZodType<Strategy> = z
	.strictObject({
		matrix: z
			.record(axisName, axisSchema.describe("Values of the axis: scalars or maps"))
			.prefault({})
			.describe("Axes: every combination of their values is run; expressions read them as `${{ matrix.axis }}`"),
		include: z
			.array(variantSchema)
			.prefault([])
			.describe("Adds its other values to every combination that holds its axis values, or else a combination"),
		exclude: z.array(variantSchema).prefault([]).describe("Leaves out every combination that holds these values"),
		maxRuns: z.int().min(1).default(1000).describe("Most runs, combinations x seeds; more are an error"),
	})
	.superRefine((strategy, context) => {
		refuseRepeatedValues(strategy, context);
		refuseUnknownAxes(strategy, context);
	})
	.describe("Which variants of the experiment are run");

function refuseRepeatedValues(strategy: Strategy, context: z.RefinementCtx): void {
	for (const [axis, values] of Object.entries(strategy.matrix)) {
		values.forEach((value, i) => {
			if (values.findIndex((other) => deepEqual(other, value)) === i) return;
			context.addIssue({ code: "custom", path: ["matrix", axis, i], message: "the axis has this value already" });
		});
	}
}

function refuseUnknownAxes(strategy: Strategy, context: z.RefinementCtx): void {
	const axes = Object.keys(strategy.matrix);
	strategy.exclude.forEach((values, i) => {
		for (const axis of Object.keys(values)) {
			if (axes.includes(axis)) continue;
			const hint = suggest(axis, axes, "axes");
			const path = ["exclude", i, axis];
			context.addIssue({ code: "custom", path, message: `unknown axis '${axis}'`, params: { at: "key", hint } });
		}
	});
}
