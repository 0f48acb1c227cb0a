import { CPU, GPU } from "../../objects/resources.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers the node with the least cpu and GPU left over after placing, both against the largest node of the cell: the BestFit
 * baseline of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, cut to whole numbers as there. A node's GPU counts as a
 * whole, and memory not at all.
 *
 * Divergence from the paper's simulator: it stretches the scores of the nodes that a pod fits on to 0..100, in whole numbers. Only
 * the best of them get 100 then, or all get 0 if they are equal, so that the same node wins.
 */
export const gpuBestFit: ScorePlugin = {
	name: "gpu-best-fit",
	summary: "Prefers the node with the least cpu and GPU left over after placing, against the largest node of the cell.",
	score(pod, node) {
		const { largest } = node.columns;
		const left = (resource: typeof CPU | typeof GPU) =>
			largest[resource]! > 0 ? (node.free(resource) - pod.request[resource]!) / largest[resource]! : 0;
		return Math.trunc(100 * (1 - 0.5 * left(CPU) - 0.5 * left(GPU)));
	},
};
