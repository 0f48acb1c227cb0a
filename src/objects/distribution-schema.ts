/**
 * Distributions as an experiment file writes them: a plain value, or a tagged map whose values carry the same units, such as
 * `{dist: lognormal, median: 30s, sigma: 1.2, max: 1h}`. Read to canonical integers (microseconds, milli-CPU, bytes).
 */
import { z } from "zod";
import type { DistributionSpec } from "../engine/distributions.js";
import { durationFromText, durationSchema, durationText } from "./duration.js";
import { InputError } from "./input-error.js";
import { parseQuantity, type QuantityUnit, quantityText } from "./quantity.js";

/** How a value with a unit is read: its output is 0 or more. */
export type Leaf = z.ZodType<number>;

/** A number without a unit: counts, fractions. */
export const numberLeaf: Leaf = z.number().nonnegative();

/** A quantity: cpu in milli-CPU (`milli`), memory in bytes and everything else in whole units (`unit`). */
export function quantityLeaf(unit: QuantityUnit): Leaf {
	return quantityText.transform((text, context) => {
		try {
			return parseQuantity(text, unit);
		} catch (error) {
			if (!(error instanceof InputError)) throw error;
			context.addIssue({ code: "custom", message: error.message });
			return z.NEVER;
		}
	});
}

/** A duration, or a distribution of durations. */
export const durationDistribution = distributionSchema(durationSchema);

/** A duration, or `forever` (Infinity). */
export const runTimeLeaf: Leaf = durationText.transform((text, context) =>
	text === "forever" ? Infinity : durationFromText(text, context),
);

/** A duration, a distribution of durations, or `forever` (Infinity), which may also be part of a mixture. */
export const runTimeDistribution = distributionSchema(durationSchema, runTimeLeaf);

/** A number or a distribution of numbers. */
export const numberDistribution = distributionSchema(numberLeaf);

/**
 * A value or a distribution of values. `leaf` reads mean, median, min, max, scale and quantile values; `constant`, where it
 * differs, reads a value that stands alone. What is wrong is reported at its own path, not as a union that failed.
 */
export function distributionSchema(leaf: Leaf, constant: Leaf = leaf): z.ZodType<DistributionSpec> {
	const simple = simpleDistributions(leaf, constant);
	const part = valueOrMap(constant, tagged(simple));
	const mixture = z
		.strictObject({
			dist: z.literal("mixture"),
			of: z
				.array(z.strictObject({ weight: z.number().nonnegative(), value: part }))
				.min(1)
				.refine((parts) => parts.some(({ weight }) => weight > 0), { error: "at least one weight must be more than 0" })
				.describe("parts, each {weight, value}; a value may be a distribution, but no mixture"),
			...clamp(leaf),
		})
		.describe("one of several values or distributions, drawn by weight");
	return valueOrMap(constant, tagged([...simple, mixture.superRefine(checkBounds)]));
}

/** A schema that reads maps by one schema and everything else by another, and so never hides which one failed. */
export function valueOrMap<Value, Mapped>(
	value: z.ZodType<Value>,
	map: z.ZodType<Mapped>,
): z.ZodType<Value | Mapped, unknown> {
	return valueByShape([value, map], (given) => (given === null ? 0 : 1));
}

/**
 * A schema that reads its input by one of several, whichever `choose` names by its index; it is given the input if that is a map,
 * null if not. What is wrong is reported by the chosen one alone.
 */
export function valueByShape<const Schemas extends readonly z.ZodType[]>(
	schemas: Schemas,
	choose: (map: Readonly<Record<string, unknown>> | null) => number,
): z.ZodType<z.output<Schemas[number]>, unknown> {
	const schema = z.unknown().transform((input, context): z.output<Schemas[number]> => {
		const isMap = typeof input === "object" && input !== null && !Array.isArray(input);
		const result = schemas[choose(isMap ? (input as Record<string, unknown>) : null)]!.safeParse(input);
		if (result.success) return result.data as z.output<Schemas[number]>;
		for (const issue of result.error.issues) context.issues.push({ ...issue, input } as z.core.$ZodRawIssue);
		return z.NEVER;
	});
	schema._zod.toJSONSchema = () => ({ anyOf: schemas.map(inputSchema) });
	// `describe` clones what it is called on, and a clone forgets the line above: let it clone the wrapper.
	return z.nonoptional(schema);
}

function inputSchema(schema: z.ZodType): unknown {
	const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
	return json;
}

function clamp(leaf: Leaf) {
	return {
		min: leaf.describe("least value; draws below it become it").optional(),
		max: leaf.describe("largest value; draws above it become it").optional(),
	};
}

type Tagged = z.core.$ZodTypeDiscriminable & z.ZodType<Exclude<DistributionSpec, number>>;

function tagged(options: readonly Tagged[]): z.ZodType<Exclude<DistributionSpec, number>> {
	const names = options.flatMap((option) => [...(option._zod.propValues?.["dist"] ?? [])].map(String));
	return z.discriminatedUnion("dist", options as [Tagged, ...Tagged[]], {
		error: (issue) => (issue.code === "invalid_union" ? `dist must be one of ${names.join(", ")}` : undefined),
	});
}

function simpleDistributions(leaf: Leaf, constant: Leaf): readonly Tagged[] {
	const positive = leaf.refine((value) => value > 0, { error: "must be more than 0" });
	const bounds = clamp(leaf);
	return [
		z
			.strictObject({ dist: z.literal("constant"), value: constant.describe("the value") })
			.describe("always the same value"),
		z
			.strictObject({
				dist: z.literal("uniform"),
				min: leaf.describe("least value"),
				max: leaf.describe("largest value"),
			})
			.superRefine(checkBounds)
			.describe("every value between two bounds alike"),
		z
			.strictObject({ dist: z.literal("exponential"), mean: positive.describe("mean before bounds"), ...bounds })
			.superRefine(checkBounds)
			.describe("times between independent events"),
		z
			.strictObject({
				dist: z.literal("lognormal"),
				median: positive.describe("median before bounds; this or mean").optional(),
				mean: positive.describe("mean before bounds; this or median").optional(),
				sigma: z.number().nonnegative().describe("standard deviation of the logarithm"),
				...bounds,
			})
			.describe("a logarithm that is normal: skewed to the right")
			.superRefine(checkBounds)
			.refine(({ median, mean }) => (median === undefined) !== (mean === undefined), {
				error: "a lognormal takes either median or mean",
			}),
		...shapedDistributions(leaf, positive, bounds),
	];
}

function shapedDistributions(leaf: Leaf, positive: Leaf, bounds: ReturnType<typeof clamp>): readonly Tagged[] {
	const shape = z.number().positive();
	return [
		z
			.strictObject({
				dist: z.literal("pareto"),
				shape: shape.describe("tail index; the smaller, the heavier the tail"),
				min: positive.describe("least value"),
				max: positive.describe("largest value: the tail is cut there"),
			})
			.superRefine(checkBounds)
			.describe("a heavy tail between two bounds"),
		z
			.strictObject({
				dist: z.literal("weibull"),
				shape: shape.describe("below 1 a heavier tail than the exponential, above 1 a lighter one"),
				scale: positive.describe("63 % of the values are below it"),
				...bounds,
			})
			.superRefine(checkBounds)
			.describe("life times"),
		z
			.strictObject({
				dist: z.literal("beta"),
				a: shape.describe("weight of the upper end"),
				b: shape.describe("weight of the lower end"),
				scale: positive.describe("upper end; 1 where the values are plain numbers").optional(),
				...bounds,
			})
			.describe("fractions, from 0 to scale")
			.superRefine(checkBounds)
			.superRefine(({ scale }, context) => {
				if (scale !== undefined || leaf === numberLeaf) return;
				context.addIssue({ code: "custom", path: ["scale"], message: "a beta of amounts with units needs a scale" });
			}),
		z
			.strictObject({
				dist: z.literal("geometric"),
				mean: leaf
					.refine((value) => value >= 1, { error: "must be 1 or more" })
					.describe("mean before bounds, at least 1"),
				...bounds,
			})
			.superRefine(checkBounds)
			.describe("whole numbers from 1, falling by one factor"),
		z
			.strictObject({
				dist: z.literal("empirical"),
				quantiles: z
					.array(z.tuple([z.number().min(0).max(1), leaf]))
					.min(1)
					.describe("measured quantiles, each [p, value], rising to p = 1"),
				interpolation: z
					.enum(["linear", "step"])
					.default("linear")
					.describe("linear: every value between two quantiles; step: the quantiles themselves"),
				...bounds,
			})
			.describe("measured values, by their quantiles")
			.superRefine(checkBounds)
			.superRefine(checkQuantiles),
	];
}

function checkBounds(
	{ min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
	context: z.RefinementCtx,
): void {
	if ((min ?? 0) > (max ?? Infinity))
		context.addIssue({ code: "custom", path: ["max"], message: "max must not be less than min" });
}

function checkQuantiles(
	given: { readonly quantiles: readonly (readonly [number, number])[]; readonly interpolation: "linear" | "step" },
	context: z.RefinementCtx,
): void {
	const { quantiles, interpolation } = given;
	const refuse = (index: number, message: string) =>
		context.addIssue({ code: "custom", path: ["quantiles", index], message });
	if (interpolation === "linear" && quantiles[0]![0] !== 0) refuse(0, "the first quantile must be at p = 0");
	if (quantiles.at(-1)![0] !== 1) refuse(quantiles.length - 1, "the last quantile must be at p = 1");
	for (let i = 1; i < quantiles.length; i++) {
		if (quantiles[i]![0] <= quantiles[i - 1]![0]) refuse(i, "p must rise from one quantile to the next");
		if (quantiles[i]![1] < quantiles[i - 1]![1]) refuse(i, "values must not fall from one quantile to the next");
	}
}
