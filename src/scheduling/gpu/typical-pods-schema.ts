/** Typical pods as experiment files give them: shapes and how many pods have each, or a trace to count them in. */
import { z } from "zod";
import { type CountedShape, type TypicalPod, typicalPods } from "../../cell/gpu-fragmentation.js";
import { DEVICE_MILLI, MAX_DEVICES } from "../../cell/node-columns.js";
import { formatQuantity, parseQuantity, quantityText } from "../../objects/quantity.js";

const cpu = quantityText.transform((text, context) => {
	try {
		return parseQuantity(text, "milli");
	} catch (error) {
		context.addIssue({ code: "custom", message: (error as Error).message });
		return z.NEVER;
	}
});

const shape = z
	.strictObject({
		pods: z.int().min(1).describe("How many pods have this shape"),
		cpu: cpu.describe("What each requests"),
		gpu: z
			.strictObject({
				count: z.int().min(1).max(MAX_DEVICES).prefault(1).describe("Devices"),
				milli: z.int().min(1).max(DEVICE_MILLI).prefault(DEVICE_MILLI).describe("Thousandths of each device"),
				models: z.array(z.string().min(1)).prefault([]).describe("Accepted card models; any without it"),
			})
			.describe("GPU that each requests; none without it")
			.optional(),
	})
	.transform(
		({ pods, cpu: cpuMilli, gpu }): CountedShape => ({
			pods,
			cpuMilli,
			gpuCount: gpu?.count ?? 0,
			gpuMilli: gpu?.milli ?? 0,
			models: gpu?.models ?? [],
		}),
	);

/** Output: the shapes with their counts, or what names a trace, which somebody has to read before the policy is made. */
export const typicalPodsSchema = z
	.union([
		z.array(shape),
		z
			.looseObject({ format: z.string().describe("A trace format") })
			.describe("A trace, with the parameters of its format"),
	])
	.optional()
	.describe(
		"The pods that fragmentation is measured for: shapes with the number of pods of each, or a trace ({format: openb, pods: ...}) of which all pods are counted. Shapes that stand for 95 % of the pods count, the most frequent first. Default: those of outputs.gpuFragmentation, or else the first 10,000 pods of the experiment's own workloads",
	);

export type TypicalPodsParam = z.output<typeof typicalPodsSchema>;

/** The typical pods of a parameter in which no trace is named any more; none where there is nothing. */
export function typicalOf(param: TypicalPodsParam): readonly TypicalPod[] {
	if (param === undefined) return [];
	// No trace is read here: whoever prepares a run puts what is in it in the place of its name.
	if (!Array.isArray(param)) throw new Error(`nobody has read the typical pods of the trace '${param.format}'`);
	return typicalPods(param);
}

/** Shapes as an experiment file gives them: the input of `typicalPodsSchema`. */
export function writtenShapes(shapes: readonly CountedShape[]): readonly z.input<typeof shape>[] {
	return shapes.map(({ pods, cpuMilli, gpuCount, gpuMilli, models }) => ({
		pods,
		cpu: formatQuantity(cpuMilli, "cpu"),
		...(gpuCount > 0 && { gpu: { count: gpuCount, milli: gpuMilli, models: [...models] } }),
	}));
}
