/**
 * What can be said of a packing without making it: machines that offer less in all than the tasks ask for in all cannot take them.
 */
import type { JobArrival } from "../../objects/arrival.js";
import type { ResourceList } from "../../objects/resources.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";

/** The kubelet's default for pods on a node, where the node does not say. */
const DEFAULT_MAX_PODS = 110;
/** Sums beyond 2^53 are rounded; a bound must not fail for that. */
const SLACK = 1 - 1e-12;

/** What a workload asks for at least if some of its tasks may stay out, whichever they are. */
export class Demand {
	readonly #least = new Map<string, number>();

	/** `spared`: how many tasks may stay out; for each resource, those that ask for the most. */
	constructor(jobs: readonly JobArrival[], spared: number) {
		const amounts = new Map<string, number[]>();
		for (const { pods } of jobs)
			for (const { spec } of pods)
				for (const [resource, amount] of Object.entries(requestOf(spec))) {
					const list = amounts.get(resource);
					if (list) list.push(amount);
					else amounts.set(resource, [amount]);
				}
		for (const [resource, list] of amounts) {
			const kept = spared === 0 ? list : list.sort((a, b) => b - a).slice(spared);
			this.#least.set(
				resource,
				kept.reduce((sum, amount) => sum + amount, 0),
			);
		}
	}

	/** Adds a job, all of it. */
	add({ pods }: JobArrival): void {
		for (const { spec } of pods)
			for (const [resource, amount] of Object.entries(requestOf(spec)))
				this.#least.set(resource, (this.#least.get(resource) ?? 0) + amount);
	}

	/** What requests make up, times a factor; the count of pods stays. */
	times(factor: number): Demand {
		const scaled = new Demand([], 0);
		for (const [resource, amount] of this.#least)
			scaled.#least.set(resource, RESIZED(resource) ? amount * factor : amount);
		return scaled;
	}

	/** Whether nodes that offer so much in all are too few for sure. */
	exceeds(offered: ReadonlyMap<string, number>): boolean {
		for (const [resource, amount] of this.#least) if ((offered.get(resource) ?? 0) < amount * SLACK) return true;
		return false;
	}

	/** The shortest beginning of the list of nodes that might take the workload; null if all of them cannot. */
	fewest(nodes: readonly NodeSpec[]): number | null {
		const offered = new Map<string, number>();
		for (let count = 0; count <= nodes.length; count++) {
			if (!this.exceeds(offered)) return count;
			if (count < nodes.length) addTo(offered, capacityOf(nodes[count]!));
		}
		return null;
	}
}

const RESIZED = (resource: string) => resource !== "pods" && resource !== "gpu";

/** What nodes offer in all. */
export function offeredBy(nodes: readonly NodeSpec[]): ReadonlyMap<string, number> {
	const offered = new Map<string, number>();
	for (const node of nodes) addTo(offered, capacityOf(node));
	return offered;
}

function addTo(sums: Map<string, number>, amounts: ResourceList): void {
	for (const [resource, amount] of Object.entries(amounts)) sums.set(resource, (sums.get(resource) ?? 0) + amount);
}

/** By resource, pods and GPUs (milli) included. */
export function capacityOf({ allocatable, gpu }: NodeSpec): ResourceList {
	return { pods: DEFAULT_MAX_PODS, ...allocatable, ...(gpu && { gpu: 1000 * gpu.count }) };
}

function requestOf({ requests, gpu }: PodSpec): ResourceList {
	return { ...requests, pods: 1, ...(gpu && { gpu: gpu.count * gpu.milli }) };
}
