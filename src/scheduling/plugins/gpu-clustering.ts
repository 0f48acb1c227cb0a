import { DEVICE_MILLI } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import { GPU } from "../../objects/resources.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Puts pods that ask for GPU in the same way on the same nodes: parts of a device beside parts, pods of k devices beside pods of k
 * devices. The GpuClustering baseline of Weng et al., "Beware of Fragmentation", USENIX ATC 2023 (after Gandiva), in its integer
 * arithmetic: how much GPU of the largest node of the cell is not free here, up to 25, and 75 where all GPU pods ask in this way,
 * 50 where some do, 25 where there is none. A pod without GPU scores 0 everywhere.
 */
export const gpuClustering: ScorePlugin = {
	name: "gpu-clustering",
	summary: "Prefers nodes whose pods ask for GPU in the same way: parts of a device, or so many devices.",
	readsPods: true,
	score(pod, node) {
		if (pod.gpuCount === 0) return 0;
		const yardstick = node.columns.largest[GPU]!;
		const full = Math.floor((25 * (yardstick - node.free(GPU))) / yardstick);
		const kinds = new Set<number>();
		for (const { podClass } of node.pods) if (podClass.gpuCount > 0) kinds.add(kindOf(podClass));
		if (kinds.size === 0) return full + 25;
		if (!kinds.has(kindOf(pod))) return full;
		return full + (kinds.size === 1 ? 75 : 50);
	},
};

/** The number of devices; 0 for part of one. */
function kindOf({ gpuCount, gpuMilli }: PodClass): number {
	return gpuMilli < DEVICE_MILLI ? 0 : gpuCount;
}
