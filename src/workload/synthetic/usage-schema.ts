/**
 * What the containers of a synthetic pod use over time, as an experiment file writes it under `sim.usage`. A plain number or a
 * distribution is a mean, one draw a pod; a map with `demand` is a course over time. Its values are fractions of what the container
 * requests (`of: request`, the default) or may use (`of: limit`), or amounts (`of: amount`).
 */
import { z } from "zod";
import {
	durationDistribution,
	type Leaf,
	numberDistribution,
	numberLeaf,
	quantityLeaf,
	valueByShape,
} from "../../objects/distribution-schema.js";
import { durationSchema } from "../../objects/duration.js";
import type { QuantityUnit } from "../../objects/quantity.js";

const positiveDuration = durationSchema.refine((us) => us > 0, { error: "must be more than 0s" });
const FIVE_MINUTES = 300_000_000;
const step = positiveDuration.default(FIVE_MINUTES).describe("how long a value holds; 5m by default");
const after = z.enum(["repeat", "hold"]).default("repeat").describe("after the last value: from the start, or stay");

/** Courses over time whose values `leaf` reads; `of` says what they are fractions of. */
function demandsOf<Of extends z.ZodType>(leaf: Leaf, of: Of) {
	const common = {
		of,
		scale: numberDistribution.default(1).describe("one draw a pod, by which every value is multiplied"),
	};
	const risingPoints = z
		.array(z.tuple([durationSchema, leaf]))
		.min(1)
		.describe("[time, value] from the start of the container, times rising from 0s")
		.superRefine((points, context) => {
			points.forEach(([timeUs], i) => {
				const before = points[i - 1]?.[0];
				if (i === 0 ? timeUs === 0 : timeUs > before!) return;
				const message =
					i === 0
						? "the first time must be 0s"
						: "the series is not sorted: each time must be later than the one before";
				context.addIssue({ code: "custom", path: [i, 0], message });
			});
		});
	return z.discriminatedUnion("demand", [
		z.strictObject({ demand: z.literal("constant"), value: leaf, ...common }).describe("always the same"),
		z
			.strictObject({
				demand: z.literal("diurnal"),
				mean: leaf,
				amplitude: z.number().min(0).max(1).describe("swing around the mean: 0 none, 1 from nothing to twice the mean"),
				period: positiveDuration.default(86_400_000_000).describe("24h by default"),
				peakAt: durationSchema.default(43_200_000_000).describe("first instant of the highest value, 12h by default"),
				step,
				...common,
			})
			.describe("a cosine on the clock of the cell"),
		z
			.strictObject({
				demand: z.literal("phases"),
				phases: z.array(z.strictObject({ for: positiveDuration, value: leaf })).min(1),
				after,
				...common,
			})
			.describe("one value after the other, from the start of the container"),
		z
			.strictObject({ demand: z.literal("points"), points: risingPoints, ...common })
			.describe("a measured series by its changes; the last value stays"),
		z
			.strictObject({
				demand: z.literal("series"),
				values: z.array(leaf).min(1),
				step,
				clock: z
					.enum(["pod", "cell"])
					.default("pod")
					.describe("pod: from the start of the container; cell: from that of the run"),
				after,
				...common,
			})
			.describe("a measured series in equal steps"),
		z
			.strictObject({ demand: z.literal("drawn"), value: numberDistribution, step, ...common })
			.describe("a new draw every step"),
	]);
}

const ofRequest = z
	.literal("request", { error: ({ input }) => `expected request or amount, got '${String(input)}'` })
	.default("request")
	.describe("the values are fractions of the request");
const ofEither = z.enum(["request", "limit"]).default("request").describe("what the values are fractions of");
const ofAmount = z.literal("amount").describe("the values are amounts");

function amountOverTime<Of extends z.ZodType>(amount: Leaf, ofFraction: Of) {
	const fractions = demandsOf(numberLeaf, ofFraction);
	const amounts = demandsOf(amount, ofAmount);
	return valueByShape([numberDistribution, fractions, amounts], (map) =>
		map === null || !Object.hasOwn(map, "demand") ? 0 : map["of"] === "amount" ? 2 : 1,
	);
}

/** Of what nobody requests: always a number. */
function countOverTime() {
	const counts = demandsOf(numberLeaf, ofAmount.default("amount"));
	return valueByShape([numberDistribution, counts], (map) => (map === null || !Object.hasOwn(map, "demand") ? 0 : 1));
}

const milliOrBytes = (unit: QuantityUnit) => amountOverTime(quantityLeaf(unit), ofEither);

const containerShape = {
	cpu: milliOrBytes("milli")
		.describe("CPU wanted; the whole request where absent, and all threads where there is work")
		.optional(),
	memory: milliOrBytes("unit").describe("memory that cannot be reclaimed; the whole request where absent").optional(),
	cache: milliOrBytes("unit")
		.describe("page cache, which is reclaimed before anything is killed; none where absent")
		.optional(),
	storage: milliOrBytes("unit")
		.describe("disk for logs, writable layer and emptyDir volumes; none where absent")
		.optional(),
	pids: countOverTime()
		.describe(
			"process ids, of processes and their threads, rounded: a number, one draw a pod, or a course; none where absent",
		)
		.optional(),
	gpuMemory: amountOverTime(numberLeaf, ofRequest)
		.describe(
			"memory of the pod's devices, as a fraction of its share of them; amounts in thousandths of a device. None where absent",
		)
		.optional(),
	threads: numberDistribution
		.describe("runnable threads, rounded, at least 1; one draw a pod. Enough for the demand where absent")
		.optional(),
	work: durationDistribution.describe("CPU time after which it has finished, of one CPU; one draw a pod").optional(),
	startup: durationDistribution.describe("CPU time until it serves, of one CPU: its probes fail before").optional(),
	burst: durationSchema
		.refine((us) => us >= 1000 && us <= 1_000_000, { error: "must be from 1ms to 1s" })
		.describe(
			"the work of each such period comes at once to all threads, which a CPU limit throttles; evenly where absent",
		)
		.optional(),
	ioShare: z
		.number()
		.min(0)
		.max(1)
		.describe("share of its CPU time that serves I/O, which costs more in a virtual machine; 0 where absent")
		.optional(),
	latencySensitive: z.boolean().default(false).describe("whether its waits for a CPU count as latency"),
};

export const usageSchema = z
	.strictObject({
		...containerShape,
		containers: z
			.record(z.string(), z.strictObject(containerShape))
			.describe("by container, in place of what stands above")
			.optional(),
	})
	.describe("what the containers use, each of them: means as fractions of the request, or courses over time");

export type UsageSpec = z.output<typeof usageSchema>;
export type ContainerUsageSpec = Omit<UsageSpec, "containers">;
export type AmountOverTime = NonNullable<ContainerUsageSpec["cpu"]>;
export type DemandSpec = Extract<AmountOverTime, { readonly demand: string }>;

/** Where a usage speaks of GPU memory. */
export function gpuMemoryPaths(usage: UsageSpec | undefined): readonly (readonly string[])[] {
	const { gpuMemory, containers = {} } = usage ?? {};
	const own = Object.entries(containers).filter(([, container]) => container.gpuMemory !== undefined);
	return [
		...(gpuMemory === undefined ? [] : [["gpuMemory"]]),
		...own.map(([name]) => ["containers", name, "gpuMemory"]),
	];
}
