/**
 * The frame of Kubernetes' LeastAllocated and MostAllocated: a share of 0..100 per resource, rounded down, and the mean of
 * the shares, rounded down. cpu and memory count always, other resources when the pod asks for them; a resource that the
 * node does not have is left out (kubernetes.io, "Resource Bin Packing"; pkg/scheduler/framework/plugins/noderesources).
 */
import type { NodeColumns } from "../cell/node-columns.js";
import type { NodeView } from "../cell/node-view.js";
import type { PodClass } from "../objects/pod-class.js";
import { CPU, MEMORY, PODS } from "../objects/resources.js";
import type { Candidates } from "./plugin.js";

/** 0..100 for one resource; `used` counts the pod in. */
export type Share = (allocatable: number, used: number) => number;

export function allocationScore(pod: PodClass, node: NodeView, share: Share): number {
	let sum = 0;
	let counted = 0;
	for (const r of countedResources(pod)) {
		const allocatable = node.allocatable(r);
		if (allocatable === 0) continue;
		sum += share(allocatable, node.requested(r) + (pod.request[r] ?? 0));
		counted++;
	}
	return counted === 0 ? 0 : Math.floor(sum / counted);
}

/** The same for every candidate, by columns. */
export function allocationScores(
	pod: PodClass,
	nodes: NodeColumns,
	candidates: Candidates,
	scores: Float64Array,
	weight: number,
	share: Share,
): void {
	const resources = countedResources(pod);
	const { nodes: list, count } = candidates;
	for (let i = 0; i < count; i++) {
		const node = list[i]!;
		let sum = 0;
		let counted = 0;
		for (let k = 0; k < resources.length; k++) {
			const r = resources[k]!;
			const allocatable = nodes.allocatable[r]?.[node] ?? 0;
			if (allocatable === 0) continue;
			sum += share(allocatable, allocatable - nodes.free[r]![node]! + (pod.request[r] ?? 0));
			counted++;
		}
		if (counted > 0) scores[i]! += weight * Math.floor(sum / counted);
	}
}

function countedResources(pod: PodClass): readonly number[] {
	const counted = [CPU, MEMORY];
	for (const r of pod.needs) if (r !== CPU && r !== MEMORY && r !== PODS) counted.push(r);
	return counted;
}
