/**
 * Elastic jobs: work that can be shared among more pods than the job asks for, as that of MapReduce jobs (Omega paper, section
 * 6). The scheduler looks at what is free when it first decides on such a job, and gives it more pods by one of
 * `elastic-policies.ts`; k pods in place of n run for n / k of the time (`Cell.growJob`).
 *
 * Divergence from the paper: a job is given its workers once, at the first decision, and keeps their number and run times. If not all
 * of them find a node (a conflict at commit, or filters of a policy of one's own), those that did run as if all had,
 * and the others run later: the job ends later than the speed-up says. There is no data locality, no difference between map
 * and reduce, and no cost of starting workers. Where decisions are made at their end (`omega-simulator`), the
 * time for the added pods has already passed and is only counted as busy.
 */
import type { NodeId } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import { DEVICE_MILLI, MAX_DEVICES, type NodeColumns } from "../cell/node-columns.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { PodClass } from "../objects/pod-class.js";
import { FilterSet } from "./plugin.js";
import { defaultFilters, nodeReady, resourcesFit } from "./plugins/index.js";

/**
 * Workers that a job may have at most, by the policy alone; `asked` is how many it asks for. What the job can make use of and
 * what is free limit it further, and it never gets fewer than it asks for.
 */
export type ElasticPolicy = (asked: number, podClass: PodClass, nodes: NodeColumns) => number;

/** How many pods the elastic job is to have, decided on what `snapshot` shows. */
export function workersFor(job: Job, podClass: PodClass, { nodes }: Snapshot, policy: ElasticPolicy): number {
	const asked = job.podCount;
	const most = Math.min(job.maxWorkers ?? asked, policy(asked, podClass, nodes));
	return most <= asked ? asked : Math.max(asked, placeable(podClass, nodes, most));
}

/** How many pods of the class fit on the nodes together, counted up to `limit`. */
function placeable(podClass: PodClass, nodes: NodeColumns, limit: number): number {
	// Health and amounts are counted here.
	const others = new FilterSet(defaultFilters.filter((filter) => filter !== nodeReady && filter !== resourcesFit));
	let count = 0;
	for (let n = 0; n < nodes.count && count < limit; n++) {
		if (nodes.ready[n] === 0) continue;
		const here = placeableOn(podClass, nodes, n as NodeId);
		if (here > 0 && others.accept(podClass, nodes, n as NodeId)) count += here;
	}
	return Math.min(count, limit);
}

/** How many pods of the class fit on the node together. */
function placeableOn({ needs, request, gpuCount, gpuMilli }: PodClass, nodes: NodeColumns, node: NodeId): number {
	let count = Number.POSITIVE_INFINITY;
	for (let i = 0; i < needs.length; i++) {
		const resource = needs[i]!;
		count = Math.min(count, Math.floor((nodes.free[resource]?.[node] ?? 0) / request[resource]!));
	}
	if (gpuCount === 0) return count;
	let shares = 0;
	for (let d = 0; d < nodes.deviceCount[node]!; d++) {
		const free = nodes.deviceFree[node * MAX_DEVICES + d]!;
		shares += gpuMilli === DEVICE_MILLI ? Number(free === DEVICE_MILLI) : Math.floor(free / gpuMilli);
	}
	return Math.min(count, Math.floor(shares / gpuCount));
}
