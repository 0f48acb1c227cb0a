import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { defineArchitecture } from "../architecture.js";
import { type DispatchRules, SAMPLINGS } from "../distributed/dispatcher.js";
import { NodeSampler } from "../distributed/node-sampler.js";
import { DistributedSchedulers } from "../distributed/schedulers.js";

/** Fields that Hawk's short jobs share. */
export const probeFields = {
	probeRatio: z.number().min(1).max(100).default(2).describe("Nodes probed per task"),
	delay: durationSchema.prefault("500us").describe("Time of a message between scheduler and node, half a round trip"),
	cancellation: z
		.boolean()
		.default(true)
		.describe("Cancels reservations that are no longer needed; without it their nodes ask for a task in vain"),
};

const params = z
	.strictObject({
		sampling: z
			.enum(SAMPLINGS)
			.default("batch")
			.describe(
				"random: no probes, any node; per-task: each task to the shortest queue of its probes; batch: the tasks of a job to the shortest queues of all their probes",
			),
		lateBinding: z
			.boolean()
			.describe(
				"Probes wait in the queues, and tasks go to the nodes that have room first; default true, but with random",
			)
			.optional(),
		...probeFields,
	})
	.refine(({ sampling, lateBinding }) => !(sampling === "random" && lateBinding), {
		error: "random placement has no probes to bind late: set lateBinding to false, or sampling to per-task or batch",
		path: ["lateBinding"],
	});

/**
 * Many schedulers without shared state that probe a few nodes per task; tasks wait in queues on the nodes (Ousterhout et al., "Sparrow",
 * SOSP 2013). How it differs from the paper stands in `distributed/dispatcher.ts`.
 */
export const sparrow = defineArchitecture({
	name: "sparrow",
	summary:
		"N schedulers probe random nodes and queue tasks there (Sparrow); their placement policies are asked for gangs only.",
	params,
	create({ sampling, lateBinding = sampling !== "random", probeRatio, delay, cancellation }, context) {
		const rules: DispatchRules = { sampling, lateBinding, probeRatio, delayUs: delay, cancels: cancellation };
		const samplers = context.processes.map(
			({ name, sees }) => new NodeSampler(context.cell, context.random.stream(`sparrow/probes/${name}`), sees),
		);
		return new DistributedSchedulers(context, { rules, samplers, central: -1 });
	},
});
