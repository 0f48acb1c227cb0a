import { comparedResources } from "../compared-resources.js";
import type { ScorePlugin } from "../plugin.js";

/** Prefers the node with the most left over after placing, so that pods spread: the opposite of best fit. */
export const worstFit: ScorePlugin = {
	name: "worst-fit",
	summary: "Prefers the node with the most left over after placing, so that pods spread.",
	score(pod, node) {
		const { largest } = node.columns;
		const compared = comparedResources(node.columns);
		let left = 0;
		for (const r of compared) left += (node.free(r) - (pod.request[r] ?? 0)) / largest[r]!;
		return (100 * left) / Math.max(1, compared.length);
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const compared = comparedResources(nodes);
		for (const r of compared) {
			const free = nodes.free[r]!;
			const request = pod.request[r] ?? 0;
			const scale = (100 * weight) / (compared.length * nodes.largest[r]!);
			for (let i = 0; i < count; i++) scores[i]! += (free[list[i]!]! - request) * scale;
		}
	},
};
