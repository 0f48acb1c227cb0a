import { comparedResources } from "../compared-resources.js";
import type { ScorePlugin } from "../plugin.js";

/** Prefers the node with the least left over after placing: per resource against the largest node of the cell, then the mean. */
export const bestFit: ScorePlugin = {
	name: "best-fit",
	summary: "Prefers the node with the least left over after placing, against the largest node of the cell.",
	score(pod, node) {
		const { largest } = node.columns;
		const compared = comparedResources(node.columns);
		let left = 0;
		for (const r of compared) left += (node.free(r) - (pod.request[r] ?? 0)) / largest[r]!;
		return 100 * (1 - left / Math.max(1, compared.length));
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const compared = comparedResources(nodes);
		for (let i = 0; i < count; i++) scores[i]! += 100 * weight;
		for (const r of compared) {
			const free = nodes.free[r]!;
			const request = pod.request[r] ?? 0;
			const scale = (100 * weight) / (compared.length * nodes.largest[r]!);
			for (let i = 0; i < count; i++) scores[i]! -= (free[list[i]!]! - request) * scale;
		}
	},
};
