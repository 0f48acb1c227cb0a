/**
 * Which framework is offered which agent: Mesos' hierarchical allocator with one role for each framework. It goes through the agents in a
 * random order and gives all that is free on each to the first framework that may have it, by share. What is offered counts
 * as the framework's until it is declined.
 *
 * Source: Mesos 0.28, src/master/allocator/mesos/hierarchical.cpp and sorter/drf/sorter.cpp.
 *
 * Divergence from Mesos: no quotas and no reservations; hence one stage of allocation, and not two.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import { LockLedger } from "../../cell/lock-ledger.js";
import type { Random } from "../../engine/random.js";
import { shuffled } from "../../engine/shuffled.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import { PODS, type ResourceList } from "../../objects/resources.js";
import { dominantShare } from "../fair-share.js";
import type { ProcessOptions } from "../scheduler-process.js";

interface Refused {
	/** What was refused, by resource: an offer of no more than that is not made. */
	readonly amounts: Float64Array;
	readonly untilUs: SimTime;
}

interface Framework {
	readonly name: string;
	readonly weight: number;
	readonly sees: ((node: NodeId) => boolean) | null;
	/** What its pods occupy and what it is offered, by resource. */
	readonly used: number[];
	/** Times that it was given an agent. */
	allocations: number;
	readonly filters: Map<NodeId, Refused>;
}

export interface AgentAllocatorOptions {
	readonly weights: Readonly<Record<string, number>>;
	/** An agent is offered if it has as much free of any of these. */
	readonly minimum: ResourceList;
}

export class AgentAllocator {
	readonly ledger: LockLedger;
	readonly #cell: Cell;
	readonly #minimum: ResourceList;
	readonly #random: Random;
	readonly #frameworks: readonly Framework[];

	constructor(
		cell: Cell,
		processes: readonly ProcessOptions[],
		{ weights, minimum }: AgentAllocatorOptions,
		random: Random,
	) {
		this.#cell = cell;
		this.#minimum = minimum;
		this.#random = random;
		this.ledger = new LockLedger(cell);
		this.#frameworks = processes.map(({ name, entry, sees }) => ({
			name,
			sees,
			weight: weights[entry] ?? 1,
			used: [],
			allocations: 0,
			filters: new Map(),
		}));
	}

	/** The agents that each framework is to be offered now, by its index; none for those that are not `eligible`. */
	allocate(eligible: (framework: number) => boolean): ReadonlyMap<number, readonly NodeId[]> {
		const given = new Map<number, NodeId[]>();
		const candidates = [...this.#frameworks.keys()].filter(eligible);
		if (candidates.length === 0) return given;
		for (const node of shuffled(this.#open(), this.#random)) {
			const free = this.ledger.availableOf(node);
			if (!this.#isEnough(free)) continue;
			const framework = this.#sorted(candidates).find((index) => this.#takes(index, node, free));
			if (framework === undefined) continue;
			this.#frameworks[framework]!.allocations++;
			this.count(framework, free, 1);
			const agents = given.get(framework);
			if (agents === undefined) given.set(framework, [node]);
			else agents.push(node);
		}
		return given;
	}

	/** The framework has got (1) or given back (-1) so much. */
	count(framework: number, amounts: ArrayLike<number>, sign: 1 | -1): void {
		const { used } = this.#frameworks[framework]!;
		for (let r = 0; r < amounts.length; r++) used[r] = (used[r] ?? 0) + (r === PODS ? 0 : sign * amounts[r]!);
	}

	countPod(framework: number, { request }: PodClass, sign: 1 | -1): void {
		this.count(framework, request, sign);
	}

	/** The framework does not want so much of a node, nor less. */
	refuse(framework: number, node: NodeId, amounts: Float64Array, untilUs: SimTime): void {
		if (untilUs > this.#cell.nowUs) this.#frameworks[framework]!.filters.set(node, { amounts, untilUs });
	}

	/** It forgets what it has refused. */
	revive(framework: number): void {
		this.#frameworks[framework]!.filters.clear();
	}

	/** Dominant share of a framework, before it is weighed. */
	share(framework: number): number {
		return dominantShare(this.#frameworks[framework]!.used, this.ledger.capacity(), 1);
	}

	/** Agents that are up and take tasks. */
	#open(): NodeId[] {
		const { nodes } = this.#cell;
		const open: NodeId[] = [];
		for (let n = 0; n < nodes.count; n++) if (nodes.ready[n] === 1 && isOpen(nodes.specs[n]!)) open.push(n as NodeId);
		return open;
	}

	#isEnough(free: Float64Array): boolean {
		for (const name in this.#minimum)
			if ((free[this.#cell.resources.index(name)] ?? 0) >= this.#minimum[name]!) return true;
		return false;
	}

	/** By share; among equals who was given less often, then by name. */
	#sorted(candidates: readonly number[]): readonly number[] {
		if (candidates.length === 1) return candidates;
		const capacity = this.ledger.capacity();
		const shares = candidates.map((index) => {
			const { used, weight } = this.#frameworks[index]!;
			return { index, share: dominantShare(used, capacity, weight) };
		});
		shares.sort((a, b) => {
			const [first, second] = [this.#frameworks[a.index]!, this.#frameworks[b.index]!];
			const byName = first.name < second.name ? -1 : 1;
			return a.share - b.share || first.allocations - second.allocations || byName;
		});
		return shares.map(({ index }) => index);
	}

	#takes(framework: number, node: NodeId, free: Float64Array): boolean {
		const { sees, filters } = this.#frameworks[framework]!;
		if (sees !== null && !sees(node)) return false;
		const filter = filters.get(node);
		if (filter === undefined) return true;
		if (filter.untilUs <= this.#cell.nowUs) {
			filters.delete(node);
			return true;
		}
		return !free.every((amount, r) => r === PODS || amount <= (filter.amounts[r] ?? 0));
	}
}

/** Agents that are gone for the master, or in maintenance, are not offered. */
function isOpen({ unschedulable, taints }: Cell["nodes"]["specs"][number]): boolean {
	return !unschedulable && !taints.some(({ effect }) => effect !== "PreferNoSchedule");
}
