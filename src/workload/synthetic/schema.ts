/** A synthetic workload as an experiment file writes it: arrivals, a PodTemplateSpec, and under `sim` what Kubernetes has no field for. */
import { z } from "zod";
import {
	distributionSchema,
	numberDistribution,
	quantityLeaf,
	runTimeDistribution,
} from "../../objects/distribution-schema.js";
import { durationSchema } from "../../objects/duration.js";
import { ALIBABA_GPU_MILLI, gpuRequestOf } from "../../objects/gpu.js";
import { podTemplateSpecSchema } from "../../objects/pod.js";
import { unitOf } from "../../objects/quantity.js";
import { podResourceListSchema } from "../../objects/resource-list.js";
import { arrivalSchema } from "./arrival.js";
import { gpuMemoryPaths, usageSchema } from "./usage-schema.js";

const milliQuantity = distributionSchema(quantityLeaf("milli"));
const unitQuantity = distributionSchema(quantityLeaf("unit"));

const roundToSchema = z
	.record(z.string(), z.union([z.string(), z.number()]))
	.transform((list, context) => {
		const steps: Record<string, number> = {};
		for (const [resource, text] of Object.entries(list)) {
			const step = quantityLeaf(unitOf(resource)).safeParse(text);
			if (step.success && step.data > 0) steps[resource] = step.data;
			else
				context.addIssue({ code: "custom", path: [resource], message: `'${text}' is not a step such as 250m or 64Mi` });
		}
		return steps;
	})
	.describe("step by resource: drawn amounts become the nearest multiple, at least one step");

const drawnGpuSchema = z.strictObject({
	count: numberDistribution.describe("devices, rounded; 0 asks for no GPU"),
	milli: numberDistribution
		.default(1000)
		.describe("milli of the device, rounded, 1..1000; several devices are always whole"),
	models: z.array(z.string()).default([]).describe("card models the pod accepts; empty accepts any"),
});

/** Distributions that replace requests of the template, by resource; one draw a job, since its pods have one template. */
const drawnRequestsSchema = z
	.object({
		cpu: milliQuantity.optional(),
		gpu: drawnGpuSchema.optional(),
		roundTo: roundToSchema.optional(),
	})
	.catchall(unitQuantity)
	.superRefine((requests, context) => {
		for (const resource of Object.keys(requests)) {
			if (/^(cpu|memory|gpu|roundTo|ephemeral-storage|hugepages-.+)$/.test(resource) || resource.includes("/"))
				continue;
			const message = `'${resource}' is not a resource: write cpu, memory, gpu, ephemeral-storage, hugepages-<size> or a name with a domain`;
			context.addIssue({ code: "custom", path: [resource], message, params: { at: "key" } });
		}
	});

const shapeSchema = z.strictObject({
	weight: z.number().nonnegative(),
	requests: podResourceListSchema.default({}).describe("replace those of the template, resource by resource"),
	gpu: z
		.strictObject({
			count: z.int().positive(),
			milli: z.int().min(1).max(1000).default(1000),
			models: z.array(z.string()).default([]),
		})
		.refine(({ count, milli }) => count === 1 || milli === 1000, {
			error: "several devices are taken whole: leave milli out, or ask for one device",
			path: ["milli"],
		})
		.optional(),
	className: z.string().describe("workload class in metrics").optional(),
	duration: runTimeDistribution.describe("run time of this shape; `sim.duration` where absent").optional(),
});

const limitFactor = z.number().min(1).describe("1 or more; no limit where absent").optional();

const simSchema = z
	.strictObject({
		duration: runTimeDistribution.describe("run time once started: a duration, a distribution or forever"),
		requests: drawnRequestsSchema.optional(),
		shapes: z
			.array(shapeSchema)
			.min(1)
			.refine((shapes) => shapes.some(({ weight }) => weight > 0), { error: "at least one weight must be more than 0" })
			.describe("concrete shapes, drawn by weight, one a job: a joint distribution of requests, class and run time")
			.optional(),
		usage: usageSchema.optional(),
		limits: z
			.strictObject({ cpu: limitFactor, memory: limitFactor })
			.describe("limits as multiples of the requests, of pods with one container; those of the template where absent")
			.optional(),
		exit: z
			.strictObject({ failedFraction: z.number().min(0).max(1) })
			.describe("fraction of pods whose run ends in failure")
			.optional(),
		allocSet: z
			.string()
			.min(1)
			.describe(
				"the pods are allocs of this set: they reserve what they request, and pods of other workloads run in it",
			)
			.optional(),
		inAllocSet: z.string().min(1).describe("the pods run in the allocs of this set, and nowhere else").optional(),
		gang: z.boolean().default(false).describe("all pods of a job start at once or none does"),
		elastic: z
			.strictObject({
				maxWorkers: numberDistribution.describe("pods that a job can make use of, rounded; one draw a job"),
			})
			.describe(
				"more pods than asked for share the work of a job, if its scheduler gives it some; the run time is then one draw a job",
			)
			.optional(),
	})
	.refine(({ allocSet, inAllocSet }) => allocSet === undefined || inAllocSet === undefined, {
		error: "an alloc is on a machine, not in another alloc: write allocSet or inAllocSet",
		path: ["inAllocSet"],
	})
	.refine(
		({ allocSet, requests, shapes = [] }) => allocSet === undefined || !(requests?.gpu ?? shapes.some((s) => s.gpu)),
		{
			error: "allocs have no GPU devices to offer: leave gpu out",
			path: ["allocSet"],
		},
	)
	.refine(({ requests, shapes }) => requests === undefined || shapes === undefined, {
		error: "requests and shapes exclude each other: put the amounts into the shapes",
		path: ["requests"],
	});

/**
 * Schema of a synthetic workload. Output: canonical integers, the template as `podTemplateSpecSchema` reads it. At least one of
 * `count`, `until` and the experiment's end must bound the stream; `syntheticJobs` checks that.
 */
export const syntheticWorkloadSchema = z
	.strictObject({
		name: z
			.string()
			.regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, { error: "a name has lower-case letters, digits, '-' and '.' only" })
			.describe("names the jobs (`<name>-<number>`) and the random streams"),
		arrival: arrivalSchema,
		count: z.int().nonnegative().describe("jobs at most").optional(),
		until: durationSchema.describe("no job arrives at or after this instant").optional(),
		pods: numberDistribution.default(1).describe("pods per job, rounded, at least 1"),
		template: podTemplateSpecSchema,
		sim: simSchema,
	})
	.refine(({ arrival, count }) => arrival.at === undefined || count !== undefined, {
		error: "arrival: {at: ...} needs count, the number of jobs",
		path: ["count"],
	})
	.superRefine(({ template, sim }, context) => {
		const drawn = sim.requests?.gpu ?? sim.shapes?.find(({ gpu }) => gpu !== undefined);
		if (drawn !== undefined || gpuRequestOf(template.metadata.annotations) !== null) return;
		const message = `no pod of this workload has a share of a GPU: give the template the annotation ${ALIBABA_GPU_MILLI}, or requests or shapes a gpu`;
		for (const path of gpuMemoryPaths(sim.usage))
			context.addIssue({ code: "custom", path: ["sim", "usage", ...path], message });
	});

export type SyntheticWorkload = z.output<typeof syntheticWorkloadSchema>;
export type Shape = z.output<typeof shapeSchema>;
export type DrawnRequests = z.output<typeof drawnRequestsSchema>;
