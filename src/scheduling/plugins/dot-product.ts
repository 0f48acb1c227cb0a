import { comparedResources } from "../compared-resources.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers the node whose free resources point the way the request points: the dot product of request and free amounts, each
 * against the largest node of the cell (Grandl et al., "Multi-resource packing for cluster schedulers", SIGCOMM 2014).
 */
export const dotProduct: ScorePlugin = {
	name: "dot-product",
	summary: "Prefers the node whose free resources point the way the request points, as Tetris.",
	score(pod, node) {
		const { largest } = node.columns;
		const compared = comparedResources(node.columns);
		let product = 0;
		for (const r of compared) product += ((pod.request[r] ?? 0) / largest[r]!) * (node.free(r) / largest[r]!);
		return (100 * product) / Math.max(1, compared.length);
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const compared = comparedResources(nodes);
		for (const r of compared) {
			const free = nodes.free[r]!;
			const largest = nodes.largest[r]!;
			const scale = (100 * weight * (pod.request[r] ?? 0)) / (compared.length * largest * largest);
			if (scale === 0) continue;
			for (let i = 0; i < count; i++) scores[i]! += free[list[i]!]! * scale;
		}
	},
};
