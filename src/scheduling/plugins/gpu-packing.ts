import { DEVICE_MILLI, MAX_DEVICES } from "../../cell/node-columns.js";
import type { NodeView } from "../../cell/node-view.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers devices in use on nodes in use, then idle devices on nodes in use, then idle nodes, small ones first: the
 * GpuPacking baseline of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, in its integer arithmetic. A pod without
 * GPU scores 0 everywhere, so it takes the node added first.
 */
export const gpuPacking: ScorePlugin = {
	name: "gpu-packing",
	summary: "Prefers devices in use on nodes in use, then idle devices there, then idle nodes.",
	score(pod, node) {
		if (pod.gpuCount === 0) return 0;
		const free = devicesByFree(node);
		if (free.every((milli) => milli === DEVICE_MILLI)) return Math.max(33 - free.length, free.length);
		let idle = 0;
		let freePercent = 0;
		for (const milli of free.filter((left) => left >= pod.gpuMilli).slice(0, pod.gpuCount)) {
			if (milli === DEVICE_MILLI) idle++;
			freePercent += Math.floor((milli * 100) / DEVICE_MILLI);
		}
		return idle > 0 ? Math.max(50 - idle, 33) : Math.max(100 - Math.floor(freePercent / 10), 50);
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		if (pod.gpuCount === 0) return;
		const { deviceCount, deviceFree } = nodes;
		const free = new Int16Array(MAX_DEVICES);
		for (let i = 0; i < count; i++) {
			const first = list[i]! * MAX_DEVICES;
			const devices = deviceCount[list[i]!]!;
			let used = 0;
			// Insertion sort, ascending: a handful of devices, mostly in order already.
			for (let d = 0; d < devices; d++) {
				const milli = deviceFree[first + d]!;
				if (milli < DEVICE_MILLI) used++;
				let at = d;
				for (; at > 0 && free[at - 1]! > milli; at--) free[at] = free[at - 1]!;
				free[at] = milli;
			}
			if (used === 0) {
				scores[i]! += weight * Math.max(33 - devices, devices);
				continue;
			}
			let idle = 0;
			let freePercent = 0;
			for (let d = 0, taken = 0; d < devices && taken < pod.gpuCount; d++) {
				const milli = free[d]!;
				if (milli < pod.gpuMilli) continue;
				taken++;
				if (milli === DEVICE_MILLI) idle++;
				freePercent += Math.floor((milli * 100) / DEVICE_MILLI);
			}
			scores[i]! += weight * (idle > 0 ? Math.max(50 - idle, 33) : Math.max(100 - Math.floor(freePercent / 10), 50));
		}
	},
};

function devicesByFree(node: NodeView): number[] {
	const { deviceCount, deviceFree } = node.columns;
	const first = node.id * MAX_DEVICES;
	return [...deviceFree.subarray(first, first + deviceCount[node.id]!)].sort((a, b) => a - b);
}
