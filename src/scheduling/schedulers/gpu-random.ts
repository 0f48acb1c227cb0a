import { NO_NODE, type NodeId } from "../../cell/ids.js";
import { DEVICE_MILLI, MAX_DEVICES } from "../../cell/node-columns.js";
import { defaultFilters } from "../plugins/index.js";
import { type ChooseDevices, type PickNode, podByPod } from "../pod-by-pod.js";
import { REJECTED } from "../ranked-totals.js";
import { defineScheduler } from "../scheduler.js";
import { TotalCache } from "../total-cache.js";

/** Random of the FGD study (Weng et al., "Beware of Fragmentation", USENIX ATC 2023): node and device drawn uniformly. */
export const gpuRandomScheduler = defineScheduler({
	name: "gpu-random",
	summary: "A node drawn uniformly, and a device likewise for part of one, as Random of the FGD study.",
	create: () => {
		const fitting = new TotalCache(defaultFilters, []);
		const pick: PickNode = (pod, { nodes }, random) => {
			const { totals } = fitting.totals(pod, nodes);
			let found = 0;
			for (let n = 0; n < nodes.count; n++) if (totals[n] !== REJECTED) found++;
			if (found === 0) return NO_NODE;
			let left = random.integer(found);
			for (let n = 0; ; n++) if (totals[n] !== REJECTED && left-- === 0) return n as NodeId;
		};
		return podByPod(defaultFilters, pick, drawnDevices);
	},
});

const drawnDevices: ChooseDevices = (pod, nodes, node, random) => {
	const { gpuCount, gpuMilli } = pod;
	if (gpuCount !== 1 || gpuMilli === DEVICE_MILLI) return nodes.chooseDevices(pod, node);
	let left = random.integer(nodes.fittingDevices(node, gpuMilli));
	for (let d = 0; ; d++) if (nodes.deviceFree[node * MAX_DEVICES + d]! >= gpuMilli && left-- === 0) return 1 << d;
};
