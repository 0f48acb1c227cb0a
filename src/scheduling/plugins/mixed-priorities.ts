import type { NodeColumns } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { PodClass } from "../../objects/pod-class.js";
import { isProduction } from "../../objects/priority-band.js";
import { CPU, MEMORY } from "../../objects/resources.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers nodes where production and other work come together, "to allow the high-priority ones to expand in a load spike" (Borg paper,
 * section 3.2). Of what is requested on the node once the pod is there, with p the share of production (mean of cpu and memory): 100 for
 * halves, 0 where all is of one kind, 200 x min(p, 1 - p) between.
 */
export const mixedPriorities: ScorePlugin = {
	name: "mixed-priorities",
	summary: "Prefers the node where requests of production and of other bands come closest to halves.",
	readsPods: true,
	score: (pod, node) => scoreOf(pod, sumsOver(node.pods)),
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const known = knownOf(nodes);
		for (let i = 0; i < count; i++) {
			const node = list[i]!;
			const pods = nodes.placed[node]!;
			let sums = known[node];
			if (sums?.pods !== pods) {
				sums = sumsOver(pods);
				// One node alone may be a trial, with a list that is gone again next time.
				if (count > 1) known[node] = sums;
			}
			scores[i]! += weight * scoreOf(pod, sums);
		}
	},
};

/** Requests of the pods on a node, and of those that are production. */
interface Sums {
	readonly pods: readonly PlacedPod[];
	readonly cpu: number;
	readonly productionCpu: number;
	readonly memory: number;
	readonly productionMemory: number;
}

/** By node: the sums over its list of pods, good as long as that is its list. */
const knownSums = new WeakMap<NodeColumns, Sums[]>();

function knownOf(nodes: NodeColumns): Sums[] {
	let known = knownSums.get(nodes);
	if (known === undefined) knownSums.set(nodes, (known = []));
	return known;
}

function sumsOver(pods: readonly PlacedPod[]): Sums {
	const sums = { pods, cpu: 0, productionCpu: 0, memory: 0, productionMemory: 0 };
	for (const { podClass } of pods) {
		const cpu = podClass.request[CPU] ?? 0;
		const memory = podClass.request[MEMORY] ?? 0;
		sums.cpu += cpu;
		sums.memory += memory;
		if (!isProduction(podClass.spec.facts.priority)) continue;
		sums.productionCpu += cpu;
		sums.productionMemory += memory;
	}
	return sums;
}

function scoreOf({ request, spec }: PodClass, { cpu, memory, productionCpu, productionMemory }: Sums): number {
	const own = isProduction(spec.facts.priority) ? 1 : 0;
	const ownCpu = request[CPU] ?? 0;
	const ownMemory = request[MEMORY] ?? 0;
	const counted = (cpu + ownCpu > 0 ? 1 : 0) + (memory + ownMemory > 0 ? 1 : 0);
	if (counted === 0) return 0;
	let share = 0;
	if (cpu + ownCpu > 0) share += (productionCpu + own * ownCpu) / (cpu + ownCpu);
	if (memory + ownMemory > 0) share += (productionMemory + own * ownMemory) / (memory + ownMemory);
	share /= counted;
	return 200 * Math.min(share, 1 - share);
}
