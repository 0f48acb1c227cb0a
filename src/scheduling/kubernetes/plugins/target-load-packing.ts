import { z } from "zod";
import type { NodeView } from "../../../cell/node-view.js";
import { orAbsent } from "../../../objects/absent.js";
import type { PodClass } from "../../../objects/pod-class.js";
import { podResourceListSchema } from "../../../objects/resource-list.js";
import { CPU } from "../../../objects/resources.js";
import type { KubernetesPlugin } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { loadOf, METRICS_ARGS } from "../trimaran.js";

export interface TargetLoadPackingArgs {
	/** Percent of the CPU of a node that should be in use, 1..100. */
	readonly targetUtilization: number;
	/** What a container without request and limit is taken to use, milli-CPU. */
	readonly defaultCpuMilli: number;
	/** How many times its request a container without a limit is taken to use. */
	readonly multiplier: number;
}

const multiplier = z
	.string({ error: 'expected a number in quotes, such as "1.5"' })
	.regex(/^\d+(\.\d+)?$/, { error: "expected a number from 0" })
	.transform(Number);

export const targetLoadPackingDefinition = definePlugin({
	name: "TargetLoadPacking",
	summary: "Packs nodes up to a target of measured CPU utilisation, and spreads pods beyond it.",
	byDefault: false,
	args: argsObject({
		...METRICS_ARGS,
		targetUtilization: orAbsent(z.int().min(1).max(100), 40),
		defaultRequests: orAbsent(podResourceListSchema, { cpu: 1000 }),
		defaultRequestsMultiplier: orAbsent(multiplier, 1.5),
	}).transform(
		({ targetUtilization, defaultRequests, defaultRequestsMultiplier }): TargetLoadPackingArgs => ({
			targetUtilization,
			defaultCpuMilli: defaultRequests["cpu"] ?? 0,
			multiplier: defaultRequestsMultiplier,
		}),
	),
	make: makeTargetLoadPacking,
});

/** A pod bound so shortly before the end of the window, or after it, is not in the metrics yet. */
const REPORTING_INTERVAL_US = 60_000_000;

/**
 * Packs nodes up to a target of measured CPU utilisation, and spreads pods over those that are beyond it (pkg/trimaran/
 * targetloadpacking). A node that nobody has measured gets 0.
 *
 * Divergence from Trimaran: times are not cut to whole seconds, a pod that has ended is gone from what is missing at once, and
 * utilisation is of what pods may request, not of the node's capacity.
 */
function makeTargetLoadPacking(args: TargetLoadPackingArgs): KubernetesPlugin {
	const { targetUtilization: target } = args;
	return {
		name: "TargetLoadPacking",
		looksAt: "node",
		readsLoad: true,
		score({ pod }) {
			const own = predictedCpu(pod, args);
			return {
				score(node) {
					const { cpuMean } = node.load;
					if (Number.isNaN(cpuMean)) return 0;
					const capacity = node.allocatable(CPU);
					const used = cpuMean * capacity + own + missingCpu(node, args);
					const percent = capacity === 0 ? 0 : (100 * used) / capacity;
					if (percent > 100) return 0;
					if (percent > target) return Math.round((target * (100 - percent)) / (100 - target));
					return Math.round(((100 - target) * percent) / target + target);
				},
			};
		},
	};
}

/** What pods are taken to use that the metrics do not show yet, milli-CPU. */
function missingCpu({ pods, load }: NodeView, args: TargetLoadPackingArgs): number {
	let missing = 0;
	for (const { podClass, sinceUs } of pods)
		if (sinceUs > load.untilUs - REPORTING_INTERVAL_US) missing += predictedCpu(podClass, args);
	return missing;
}

/** What a pod is taken to use, milli-CPU: its limit, or else a multiple of its request, container by container. */
function predictedCpu(pod: PodClass, { multiplier, defaultCpuMilli }: TargetLoadPackingArgs): number {
	const { cpu, cpuOverhead } = loadOf(pod);
	let predicted = cpuOverhead;
	for (const { request, limit } of cpu)
		predicted += limit ?? (request === null ? defaultCpuMilli : Math.round(request * multiplier));
	return predicted;
}
