import { z } from "zod";
import { type NodeId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import { durationSchema } from "../../objects/duration.js";
import { type Architecture, type ArchitectureContext, defineArchitecture } from "../architecture.js";
import { dealtAt } from "../dealing.js";
import type { Dispatcher, DispatchRules } from "../distributed/dispatcher.js";
import { NodeSampler } from "../distributed/node-sampler.js";
import { DistributedSchedulers } from "../distributed/schedulers.js";
import { WorkStealing } from "../distributed/work-stealing.js";
import { type Router, routerOf } from "../router.js";
import { probeFields } from "./sparrow.js";

const paramsSchema = z.strictObject({
	central: z.string().min(1).describe("The scheduler of the long jobs; default the first. The others probe").optional(),
	longerThan: durationSchema
		.describe(
			"Jobs whose pods run longer than this on average are long; without it, the classes of the schedulers say who is",
		)
		.optional(),
	shortPartition: z
		.number()
		.min(0)
		.max(0.99)
		.default(0.17)
		.describe("Fraction of the nodes on which no long job runs, dealt out evenly in order of addition"),
	steals: z
		.int()
		.min(0)
		.max(1000)
		.default(10)
		.describe("Nodes that an idle node contacts to steal short tasks; 0 for none"),
	...probeFields,
});

/**
 * A hybrid (Delgado et al., "Hawk", USENIX ATC 2015): short jobs are probed for over the whole cell, by batch sampling with late
 * binding; long jobs go to one central scheduler, which places them on the general partition; idle nodes steal short
 * tasks from behind long ones.
 *
 * Divergence from Hawk: the central scheduler is any placement policy with a waiting room and places on what is free now; in
 * the paper it keeps an estimate of the wait of each node and queues long tasks there. Where both want the same room, the queue of short
 * tasks on the node goes first. The run time by which `longerThan` tells long jobs from short ones is the true mean, an
 * estimate without error. Of pods that run at the start, those count as long that have longer left than that; none does where
 * the classes tell.
 */
export const hawk = defineArchitecture({
	name: "hawk",
	summary:
		"Short jobs are probed for as in Sparrow, long jobs have a central scheduler and most of the nodes; idle nodes steal (Hawk).",
	params: paramsSchema,
	refuses({ central }, processes) {
		const entry = central ?? processes[0]!.entry;
		const count = processes.filter((process) => process.entry === entry).length;
		if (count === 0) return `the central scheduler '${entry}' is not among the schedulers`;
		if (count > 1) return `the central scheduler is alone: set replicas of '${entry}' to 1`;
		return processes.length > 1 ? null : "Hawk needs a scheduler for short jobs beside the central one: add one";
	},
	create(params, context) {
		const { longerThan, shortPartition, steals, probeRatio, delay, cancellation } = params;
		const { cell, random } = context;
		const rules: DispatchRules = {
			sampling: "batch",
			lateBinding: true,
			probeRatio,
			delayUs: delay,
			cancels: cancellation,
		};
		const central =
			params.central === undefined ? 0 : context.processes.findIndex(({ entry }) => entry === params.central);
		const general = (node: NodeId) => dealtAt(node) >= shortPartition;
		const processes = context.processes.map((process) => {
			const { index, sees } = process;
			return index === central
				? { ...process, sees: (node: NodeId) => general(node) && (sees?.(node) ?? true) }
				: process;
		});
		const samplers = processes.map(
			({ name, sees }) => new NodeSampler(cell, random.stream(`hawk/probes/${name}`), sees),
		);
		const router = longerThan === undefined ? context.router : byRunTime(context, longerThan, central);
		const architecture = new DistributedSchedulers({ ...context, processes, router }, { rules, samplers, central });
		const stealing = new WorkStealing(context, architecture.dispatcher, {
			contacts: steals,
			delayUs: delay,
			random: random.stream("hawk/steals"),
			general,
			samplers,
			isLong: (pod) => {
				const { jobs, durationUs } = cell.pods;
				const { scheduler } = jobs[rowOf(pod)]!;
				if (scheduler >= 0) return scheduler === central;
				return longerThan !== undefined && durationUs[rowOf(pod)]! > longerThan;
			},
		});
		const { dispatcher } = architecture;
		return { processes: architecture.processes, dispatcher, stealing } satisfies HawkArchitecture;
	},
});

/** With what only Hawk has, for whoever wants to know how much was stolen. */
export interface HawkArchitecture extends Architecture {
	readonly dispatcher: Dispatcher;
	readonly stealing: WorkStealing;
}

/** Long jobs to the central process; short ones dealt out among the others. */
function byRunTime({ cell, processes }: ArchitectureContext, longerThanUs: number, central: number): Router {
	const others = processes.map(({ index }) => index).filter((index) => index !== central);
	const short = routerOf([{ name: "short", classes: null, spread: "hash", processes: others }]);
	const meanUs = ({ pending }: Job) =>
		pending.reduce((sum, pod) => sum + cell.pods.durationUs[rowOf(pod)]!, 0) / pending.length;
	return (job) => (meanUs(job) > longerThanUs ? central : short(job, ""));
}
