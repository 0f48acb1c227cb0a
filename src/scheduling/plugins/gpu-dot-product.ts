import { CPU, GPU } from "../../objects/resources.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers the node with the smallest dot product of what is asked for and what is free, of cpu and GPU, both against the largest
 * node of the cell: the DotProd baseline of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, cut to whole numbers as
 * there. A node's GPU counts as a whole, and memory not at all.
 */
export const gpuDotProduct: ScorePlugin = {
	name: "gpu-dot-product",
	summary: "Prefers the node with the smallest dot product of request and free amounts, of cpu and GPU.",
	score(pod, node) {
		const { largest } = node.columns;
		const product = (resource: typeof CPU | typeof GPU) =>
			largest[resource]! > 0
				? (node.free(resource) / largest[resource]!) * (pod.request[resource]! / largest[resource]!)
				: 0;
		return Math.trunc(100 * (1 - (product(CPU) + product(GPU)) / 2));
	},
};
