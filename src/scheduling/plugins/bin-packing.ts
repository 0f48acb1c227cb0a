/**
 * Packs pods by named resources, as NodeResourcesFit does with RequestedToCapacityRatio: how full each resource of the node would
 * be becomes 0..100 by a shape, and the mean by weight is the score (kubernetes.io, "Resource Bin Packing").
 *
 * cpu and memory count for every pod, other resources for pods that ask for them; a resource that the node does not have, or
 * that scores 0, is left out of the mean.
 *
 * Divergence from Kubernetes: a pod that requests no cpu or memory counts as nothing there, not as 100m and 200Mi.
 */
import type { NodeColumns } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import { CPU, MEMORY, type ResourceIndex } from "../../objects/resources.js";
import { type ShapePoint, shapedShare } from "../capacity-shape.js";
import type { ScorePlugin } from "../plugin.js";

/** A resource by name: `cpu`, `memory`, `gpu`, `nvidia.com/gpu`. */
export interface PackedResource {
	readonly name: string;
	/** More than 0. */
	readonly weight: number;
}

export interface BinPackingOptions {
	readonly resources: readonly PackedResource[];
	readonly shape: readonly ShapePoint[];
}

/** The fuller the better, every resource alike. */
export const PACKED_TIGHT: readonly ShapePoint[] = [
	{ utilization: 0, score: 0 },
	{ utilization: 100, score: 10 },
];

export function makeBinPacking({ resources, shape }: BinPackingOptions): ScorePlugin {
	return {
		name: "bin-packing",
		summary: "Prefers full nodes, by weights and a function of how full, as Kubernetes' RequestedToCapacityRatio.",
		score(pod, node) {
			let sum = 0;
			let weights = 0;
			for (const { resource, weight } of counted(resources, pod, node.columns)) {
				const allocatable = node.allocatable(resource);
				if (allocatable === 0) continue;
				const share = shapedShare(shape, node.requested(resource) + (pod.request[resource] ?? 0), allocatable);
				if (share === 0) continue;
				sum += weight * share;
				weights += weight;
			}
			return weights === 0 ? 0 : Math.round(sum / weights);
		},
		scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
			const sums = new Float64Array(count);
			const weights = new Float64Array(count);
			for (const { resource, weight: own } of counted(resources, pod, nodes)) {
				const [allocatable, free] = [nodes.allocatable[resource], nodes.free[resource]];
				if (allocatable === undefined || free === undefined) continue;
				const request = pod.request[resource] ?? 0;
				for (let i = 0; i < count; i++) {
					const offered = allocatable[list[i]!]!;
					if (offered === 0) continue;
					const share = shapedShare(shape, offered - free[list[i]!]! + request, offered);
					if (share === 0) continue;
					sums[i]! += own * share;
					weights[i]! += own;
				}
			}
			for (let i = 0; i < count; i++) if (weights[i]! > 0) scores[i]! += weight * Math.round(sums[i]! / weights[i]!);
		},
	};
}

/** Packs cpu and memory, as far as nobody says otherwise. */
export const binPacking = makeBinPacking({
	resources: [
		{ name: "cpu", weight: 1 },
		{ name: "memory", weight: 1 },
	],
	shape: PACKED_TIGHT,
});

interface Counted {
	readonly resource: ResourceIndex;
	readonly weight: number;
}

/** Of the named resources those that count for the pod; one that the cell has never heard of cannot. */
function counted(resources: readonly PackedResource[], pod: PodClass, { resources: table }: NodeColumns): Counted[] {
	return resources.flatMap(({ name, weight }) => {
		const resource = table.names.indexOf(name);
		const counts = resource === CPU || resource === MEMORY || (pod.request[resource] ?? 0) > 0;
		return counts ? { resource, weight } : [];
	});
}
