/**
 * What an overcommit policy is: it says what pods count for when they are placed, and how much of a node is offered. Scheduling
 * sees nothing but the amounts, so every scheduler works under every policy.
 *
 * What is offered of a node may fall below what its pods count for; they stay, and nobody else fits until it has risen again.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { Definition } from "../../objects/definition.js";
import type { ResourceList } from "../../objects/resources.js";
import type { NodeSpec, PodSpec } from "../../objects/spec.js";

export interface OvercommitPolicy {
	/** What a pod counts for in place of its requests, canonical units; absent: its requests. Pure: asked once a spec. */
	readonly charge?: (pod: PodSpec) => ResourceList;
	/** What a new node offers in place of its allocatable; absent: that. Pure. */
	readonly offer?: (node: NodeSpec) => ResourceList;
	/** What changes while the cell runs; absent: nothing. */
	readonly review?: Review;
	/** What the policy measured of itself, by name, all beginning with `overcommit_`; asked for at the end. */
	readonly metrics?: () => Readonly<Record<string, number>>;
}

export interface Review {
	/** Time between two reviews, above 0. */
	readonly periodUs: SimTime;
	/** Brings what the policy knows of all nodes and their pods up to now. Called before the nodes of a review are asked about. */
	observe(): void;
	/**
	 * How much of what the node's pods count for will not be used, and may be offered again; at least 0, and at most what they count
	 * for.
	 */
	reclaimable(node: NodeId): Reclaimed;
}

export interface Reclaimed {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
}

export interface OvercommitContext {
	readonly cell: Cell;
	/** A stream of its own. */
	readonly random: Random;
}

export interface OvercommitDefinition<Parameters> extends Definition<Parameters, OvercommitPolicy, OvercommitContext> {
	/** Whether it looks at usage, which only full machines have (`spec.node.machine`). */
	readonly readsUsage: boolean;
}

/** A definition with its parameter type erased where it is gathered with others. */
export function defineOvercommit<Parameters>(
	definition: OvercommitDefinition<Parameters>,
): OvercommitDefinition<Parameters> {
	return definition;
}

const COMPRESSIBLE_AND_NOT = ["cpu", "memory"] as const;

/** Requests of a pod with the limits of its containers in their place, where there are any: cpu and memory. */
export function limitsOf({ requests, run }: PodSpec): ResourceList {
	if (run === undefined) return requests;
	const charged: Record<string, number> = { ...requests };
	for (const resource of COMPRESSIBLE_AND_NOT) {
		let sum = 0;
		for (const container of run.containers)
			if (container.kind !== "init") sum += container.limits[resource] ?? container.requests[resource] ?? 0;
		// Init containers and overhead may ask for more than all others together.
		if (sum > (charged[resource] ?? 0)) charged[resource] = sum;
	}
	return charged;
}
