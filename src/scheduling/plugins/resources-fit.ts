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
		const { needs, request } = pod;
		// Four resources a pass; where fewer are left, the last of them stands in for the missing.
		for (let first = 0; first < needs.length; first += 4) {
			const [a, b, c, d] = [0, 1, 2, 3].map((k) => needs[Math.min(first + k, needs.length - 1)]!);
			const [freeA, freeB, freeC, freeD] = [nodes.free[a!], nodes.free[b!], nodes.free[c!], nodes.free[d!]];
			if (!freeA || !freeB || !freeC || !freeD) {
				candidates.count = 0;
				return;
			}
			const [needA, needB, needC, needD] = [request[a!]!, request[b!]!, request[c!]!, request[d!]!];
			const list = candidates.nodes;
			let kept = 0;
			for (let i = 0; i < candidates.count; i++) {
				const n = list[i]!;
				list[kept] = n;
				if (freeA[n]! >= needA && freeB[n]! >= needB && freeC[n]! >= needC && freeD[n]! >= needD) kept++;
			}
			candidates.count = kept;
		}
	},
};
