/** The machines of all NodePools: which there are, of what type, and what may be added. */
import { sampler } from "../../../engine/distributions.js";
import type { Random } from "../../../engine/random.js";
import type { SimTime } from "../../../engine/time.js";
import { nodeFromTemplate } from "../../../objects/node.js";
import type { ResourceList } from "../../../objects/resources.js";
import { matchesTerm } from "../../../objects/selector.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { Cloud } from "../../autoscaling/cloud.js";
import type { InstanceType, KarpenterOptions, NodePool } from "./schema.js";

export interface Machine {
	readonly name: string;
	readonly pool: NodePool;
	readonly type: InstanceType;
	readonly launchedUs: SimTime;
}

export class Fleet {
	readonly options: KarpenterOptions;
	/** By name, the oldest first. */
	readonly machines = new Map<string, Machine>();
	/** Those that are on their way out: whoever takes over goes on with them. */
	readonly going = new Set<string>();
	/** The one of the highest weight first. */
	readonly pools: readonly NodePool[];
	readonly #cloud: Cloud;
	readonly #takesUs: () => SimTime;
	readonly #types = new Map<NodePool, readonly InstanceType[]>();
	#count = 0;

	constructor(options: KarpenterOptions, cloud: Cloud, random: Random) {
		this.options = options;
		this.#cloud = cloud;
		this.#takesUs = sampler(options.provisioningTime, random);
		this.pools = [...options.nodePools].sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
		for (const pool of this.pools) this.#types.set(pool, this.#allowedIn(pool));
	}

	/** What a pool may have, the cheapest first. */
	typesOf(pool: NodePool): readonly InstanceType[] {
		return this.#types.get(pool)!;
	}

	of(pool: NodePool): readonly Machine[] {
		return [...this.machines.values()].filter((machine) => machine.pool === pool);
	}

	/** What a pool may still add of what it limits; Infinity where it does not. */
	room(pool: NodePool, resource: string): number {
		const most = pool.limits[resource];
		if (most === undefined) return Number.POSITIVE_INFINITY;
		return this.of(pool).reduce((left, { type }) => left - (offerOf(type)[resource] ?? 0), most);
	}

	launch(pool: NodePool, type: InstanceType, nowUs: SimTime): Machine {
		const machine = { name: `${pool.name}-${this.#count++}`, pool, type, launchedUs: nowUs };
		this.machines.set(machine.name, machine);
		this.#cloud.order(nodeOf(pool, type, machine.name), this.#takesUs());
		return machine;
	}

	#allowedIn({ requirements, ...pool }: NodePool): readonly InstanceType[] {
		const allowed = this.options.instanceTypes.filter(
			(type) => requirements === undefined || matchesTerm(requirements, "", nodeOf(pool, type, "").labels),
		);
		return allowed.sort((a, b) => a.price - b.price || (a.name < b.name ? -1 : 1));
	}
}

export function offerOf({ template }: InstanceType): ResourceList {
	return template.status.allocatable;
}

/** A node of a type in a pool. */
export function nodeOf(pool: Omit<NodePool, "requirements">, type: InstanceType, name: string): NodeSpec {
	const node = nodeFromTemplate(type.template, name);
	const labels = {
		"kubernetes.io/hostname": name,
		"node.kubernetes.io/instance-type": type.name,
		"karpenter.sh/nodepool": pool.name,
		...node.labels,
		...pool.labels,
	};
	return { ...node, labels, taints: [...node.taints, ...pool.taints], price: type.price };
}
