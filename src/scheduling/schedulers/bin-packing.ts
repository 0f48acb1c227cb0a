import { z } from "zod";
import { shapeSchema } from "../capacity-shape-schema.js";
import { pipeline } from "../pipeline.js";
import { makeBinPacking, PACKED_TIGHT } from "../plugins/bin-packing.js";
import { defineScheduler } from "../scheduler.js";
import { pipelineParams } from "./pipeline-params.js";

const resource = z.strictObject({
	name: z
		.string()
		.refine((name) => /^(cpu|memory|gpu|ephemeral-storage|hugepages-.+)$/.test(name) || name.includes("/"), {
			error: ({ input }) =>
				`'${input}' is not a resource: write cpu, memory, gpu, ephemeral-storage, hugepages-<size> or a name with a domain`,
		})
		.describe("cpu, memory, gpu (shared devices), or a name with a domain such as nvidia.com/gpu"),
	weight: z.int().min(1).max(100).default(1).describe("How much it counts beside the others"),
});

export const binPackingScheduler = defineScheduler({
	name: "bin-packing",
	summary:
		"The node where the named resources get fullest, each by its weight (Kubernetes' RequestedToCapacityRatio), extended resources included.",
	params: pipelineParams.extend({
		resources: z
			.array(resource)
			.min(1)
			.superRefine((resources, context) => {
				resources.forEach(({ name }, i) => {
					if (resources.findIndex((other) => other.name === name) === i) return;
					context.addIssue({ code: "custom", path: [i, "name"], message: `'${name}' is there already` });
				});
			})
			.prefault([{ name: "cpu" }, { name: "memory" }])
			.describe("What is packed. Resources besides cpu and memory count for pods that ask for them"),
		shape: shapeSchema
			.prefault([...PACKED_TIGHT])
			.describe("Points of a piecewise linear function: utilization 0..100 of a resource to its score 0..10"),
	}),
	create: ({ top, ...options }) => pipeline({ scores: [{ plugin: makeBinPacking(options) }], top }),
});
