/**
 * Elastic jobs: work that can be shared among more pods than the job asks for, as that of MapReduce jobs (Omega paper, section
 * 6). The scheduler looks at what is free when it first decides on such a job, and gives it more pods by one of the policies
 * here; k pods in place of n run for n / k of the time (`Cell.growJob`).
 *
 * Divergence from the paper: a job is given its workers once, at the first decision, and keeps their number and run times. If not all
 * of them find a node (a conflict at commit, or filters of a policy of one's own), those that did run as if all had,
 * and the others run later: the job ends later than the speed-up says. There is no data locality, no difference between map
 * and reduce, and no cost of starting workers. Where decisions are made at their end (`omega-simulator`), the
 * time for the added pods has already passed and is only counted as busy.
 */
import { z } from "zod";
import type { NodeId } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import { DEVICE_MILLI, MAX_DEVICES, type NodeColumns } from "../cell/node-columns.js";
import type { Snapshot } from "../cell/snapshot.js";
import { type AnyDefinition, type Definition, registry } from "../objects/definition.js";
import type { PodClass } from "../objects/pod-class.js";
import { CPU, MEMORY, type ResourceIndex } from "../objects/resources.js";
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

const none: Definition<void, ElasticPolicy> = {
	name: "none",
	summary: "Elastic jobs get what they ask for.",
	create: () => (asked) => asked,
};

const maxParallelism: Definition<void, ElasticPolicy> = {
	name: "max-parallelism",
	summary: "As many workers as the job can make use of and the cell has room for.",
	create: () => () => Number.POSITIVE_INFINITY,
};

const globalCapParams = z.strictObject({
	threshold: z
		.number()
		.gt(0)
		.max(1)
		.default(0.6)
		.describe("Requested over allocatable, of cpu or memory whichever is more; beyond it no worker is added"),
});

const globalCap: Definition<z.output<typeof globalCapParams>, ElasticPolicy> = {
	name: "global-cap",
	summary: "More workers only up to a utilisation of the cell.",
	params: globalCapParams,
	create:
		({ threshold }) =>
		(asked, podClass, nodes) =>
			Math.min(...[CPU, MEMORY].map((resource) => roomBelow(threshold, resource, asked, podClass, nodes))),
};

const relativeSizeParams = z.strictObject({
	factor: z.number().min(1).default(4).describe("Workers at most, as a multiple of what the job asks for"),
});

const relativeSize: Definition<z.output<typeof relativeSizeParams>, ElasticPolicy> = {
	name: "relative-size",
	summary: "At most so many times the workers that the job asks for.",
	params: relativeSizeParams,
	create:
		({ factor }) =>
		(asked) =>
			Math.floor(factor * asked),
};

/** What a scheduler can do with elastic jobs; the three policies are those of the Omega paper, section 6.1. */
export const elasticPolicies = registry<AnyDefinition<ElasticPolicy>>("elastic policy", [
	none,
	maxParallelism,
	globalCap,
	relativeSize,
]);

/** Workers with which the requested share of a resource stays below the threshold; those asked for are not refused. */
function roomBelow(
	threshold: number,
	resource: ResourceIndex,
	asked: number,
	{ request }: PodClass,
	nodes: NodeColumns,
): number {
	const need = request[resource] ?? 0;
	const all = nodes.allocatable[resource];
	if (all === undefined) return Number.POSITIVE_INFINITY;
	const free = nodes.free[resource]!;
	let allocatable = 0;
	let requested = 0;
	for (let n = 0; n < nodes.count; n++) {
		if (nodes.ready[n] === 0) continue;
		allocatable += all[n]!;
		requested += all[n]! - free[n]!;
	}
	const room = threshold * allocatable - requested;
	if (need === 0) return room > 0 || allocatable === 0 ? Number.POSITIVE_INFINITY : asked;
	return Math.floor(room / need);
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
