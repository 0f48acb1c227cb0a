import { PODS } from "../../objects/resources.js";
import type { FilterPlugin } from "../plugin.js";

/** Every requested amount must fit what is free, as Kubernetes' NodeResourcesFit; all resources that lack are named. */
export const resourcesFit: FilterPlugin = {
	name: "resources-fit",
	accepts(pod, node) {
		const reasons: string[] = [];
		for (const resource of pod.needs) {
			if (node.free(resource) >= pod.request[resource]!) continue;
			reasons.push(resource === PODS ? "Too many pods" : `Insufficient ${node.columns.resources.names[resource]!}`);
		}
		return reasons.length === 0 ? null : { plugin: "resources-fit", reasons };
	},
	narrow(pod, nodes, candidates) {
		for (const resource of pod.needs) {
			const free = nodes.free[resource];
			const request = pod.request[resource]!;
			const list = candidates.nodes;
			let kept = 0;
			if (free !== undefined) {
				for (let i = 0; i < candidates.count; i++) {
					const node = list[i]!;
					list[kept] = node;
					kept += free[node]! >= request ? 1 : 0;
				}
			}
			candidates.count = kept;
		}
	},
};
