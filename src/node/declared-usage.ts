/**
 * What pods use according to their workload: each that runs uses the same fraction of its request all the time
 * (`PodArrival.cpuUsageFraction`, `memoryUsageFraction`).
 */
import type { Cell } from "../cell/cell.js";
import { rowOf } from "../cell/ids.js";
import { RUNNING } from "../cell/pod-table.js";
import { CPU, MEMORY } from "../objects/resources.js";
import type { UsageSource } from "./load-watcher.js";

/** Adds up the pods that run on a node, whenever it is asked. */
export function declaredUsage(cell: Cell): UsageSource {
	return (node) => {
		const { phase, classes, arrivals } = cell.pods;
		let cpuMilli = 0;
		let memoryBytes = 0;
		for (const pod of cell.podsOn(node)) {
			const row = rowOf(pod);
			if (phase[row] !== RUNNING) continue;
			const { request } = classes[row]!;
			cpuMilli += request[CPU]! * arrivals[row]!.cpuUsageFraction;
			memoryBytes += request[MEMORY]! * arrivals[row]!.memoryUsageFraction;
		}
		return { cpuMilli, memoryBytes };
	};
}
