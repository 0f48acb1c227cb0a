/**
 * The search for a machine for tasks with identical requirements, within one decision. Machines are examined in an order drawn at random
 * until there are enough feasible ones (relaxed randomization), or all are; the best of those examined is taken. What was found out
 * holds as long as a machine does not change, so that after a placement one machine is looked at again.
 *
 * Where small changes are ignored, nothing is decided on what no longer holds: the machine that is chosen is looked at again if the task
 * does not fit there after all, and before a task is left without, all machines are that have changed at all.
 */
import { NO_NODE, type NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { Random } from "../../engine/random.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { NodeScore } from "../job-score.js";
import { REJECTED } from "../ranked-totals.js";
import { besides, type Claims } from "./claims.js";
import type { Examination } from "./examination.js";
import type { NodeScores } from "./kept-scores.js";
import type { NodeChanges } from "./node-changes.js";
import { NodeDraws } from "./node-draws.js";

/** One task that looks for a machine, with what holds for it alone. */
export interface Seeker {
	/** The score by its job, or null. */
	readonly byJob: NodeScore | null;
	/** Machines that it does not go back to. */
	readonly barred: ReadonlySet<NodeId>;
	readonly claims: Claims;
}

export interface SearchOptions {
	readonly pod: PodClass;
	readonly nodes: NodeColumns;
	readonly changes: NodeChanges;
	readonly scores: NodeScores;
	readonly examination: Examination;
	/** Feasible machines that are enough; Infinity looks at all. */
	readonly enough: number;
	readonly random: Random;
}

export class MachineSearch {
	#options!: SearchOptions;
	readonly #draws = new NodeDraws();
	/** Machines examined so far; those before `#count`. */
	#examined = new Int32Array(0);
	#count = 0;
	/** Machines to look at now. */
	#batch = new Int32Array(0);
	/** By machine: 1 if it was the answer to one task already. */
	#taken = new Uint8Array(0);
	/** Whether even small changes count, since no machine was found otherwise. */
	#exact = false;

	/** Begins another search, with no machine examined. */
	begin(options: SearchOptions): void {
		const { nodes, enough } = options;
		this.#options = options;
		this.#count = 0;
		if (this.#examined.length < nodes.count) {
			this.#examined = new Int32Array(nodes.ready.length);
			this.#batch = new Int32Array(nodes.ready.length);
			this.#taken = new Uint8Array(nodes.ready.length);
		} else this.#taken.fill(0);
		if (enough === Number.POSITIVE_INFINITY)
			for (let node = 0; node < nodes.count; node++) this.#examined[this.#count++] = node;
		else this.#draws.begin(nodes.count);
	}

	/** The machine with the highest total, of equals the one added first; -1 if there is none. */
	best(seeker: Seeker): NodeId {
		this.#exact = false;
		for (;;) {
			const node = this.#choose(seeker);
			if (node === NO_NODE) {
				if (this.#exact || !this.#anyIgnored()) return NO_NODE;
				this.#exact = true;
			} else if (this.#holds(node)) {
				this.#taken[node] = 1;
				return node;
			} else this.#options.scores.at[node] = 0;
		}
	}

	/** Whether what was found out about the chosen machine can be relied on. */
	#holds(node: NodeId): boolean {
		const { pod, nodes, changes, scores } = this.#options;
		return scores.at[node] === changes.count[node] || scores.at[node] === 0 || nodes.fits(pod, node);
	}

	#anyIgnored(): boolean {
		const { changes, scores } = this.#options;
		for (let i = 0; i < this.#count; i++) {
			const node = this.#examined[i]!;
			if (scores.at[node]! < changes.count[node]!) return true;
		}
		return false;
	}

	#choose(seeker: Seeker): NodeId {
		const { enough, random } = this.#options;
		const draws = this.#draws;
		this.#refresh(0);
		this.#reserve(seeker, 0);
		if (enough === Number.POSITIVE_INFINITY) return this.#bestOf(seeker);
		let feasible = this.#countFeasible(seeker, 0);
		while (feasible < enough && draws.left > 0) {
			const first = this.#count;
			for (let wanted = Math.min(enough - feasible, draws.left); wanted > 0; wanted--)
				this.#examined[this.#count++] = draws.draw(random);
			this.#refresh(first);
			this.#reserve(seeker, first);
			feasible += this.#countFeasible(seeker, first);
		}
		return this.#bestOf(seeker);
	}

	/** Where there is no machine with room, those where others would have to leave are told apart. */
	#bestOf(seeker: Seeker): NodeId {
		const { pod, nodes, examination, scores } = this.#options;
		const node = this.#argmax(seeker);
		if (node === NO_NODE || !examination.isLastResort(scores.totals[node]!)) return node;
		examination.scoreRest(pod, nodes, this.#examined, this.#count, scores.totals);
		return this.#argmax(seeker);
	}

	/** Looks again at those that have changed, of the examined from `first` on. */
	#refresh(first: number): void {
		const { pod, nodes, changes, scores, examination } = this.#options;
		const { at, totals } = scores;
		const holdsFrom = this.#exact ? changes.count : changes.since;
		const examined = this.#examined;
		const batch = this.#batch;
		let stale = 0;
		for (let i = first; i < this.#count; i++) {
			const node = examined[i]!;
			if (at[node]! < holdsFrom[node]!) batch[stale++] = node;
		}
		if (stale === 0) return;
		examination.examine(pod, nodes, batch, stale, totals);
		for (let i = 0; i < stale; i++) at[batch[i]!] = changes.count[batch[i]!]!;
	}

	/** Looks at machines that others wait for, as they will be then; that holds for this task only. */
	#reserve({ claims }: Seeker, first: number): void {
		const { pod, nodes, scores, examination } = this.#options;
		for (const node of claims.nodes) {
			if (claims.on(node).length === 0 || !this.#examined.subarray(first, this.#count).includes(node)) continue;
			this.#batch[0] = node;
			besides(claims, nodes, node, () => examination.examine(pod, nodes, this.#batch, 1, scores.totals, true));
			scores.at[node] = 0;
		}
	}

	/** Machines that a task of the group has taken do not count: a large group would otherwise fill the first few one after the other. */
	#countFeasible({ barred }: Seeker, first: number): number {
		const { scores } = this.#options;
		let feasible = 0;
		for (let i = first; i < this.#count; i++) {
			const node = this.#examined[i]! as NodeId;
			if (this.#taken[node] === 1 || scores.totals[node] === REJECTED) continue;
			if (barred.size === 0 || !barred.has(node)) feasible++;
		}
		return feasible;
	}

	#argmax({ byJob, barred }: Seeker): NodeId {
		const { totals } = this.#options.scores;
		const examined = this.#examined;
		let best = NO_NODE;
		let most = REJECTED;
		for (let i = 0; i < this.#count; i++) {
			const node = examined[i]! as NodeId;
			let total = totals[node]!;
			if (total === REJECTED || (barred.size > 0 && barred.has(node))) continue;
			if (byJob !== null) total += byJob(node);
			if (total < most || (total === most && node > best)) continue;
			most = total;
			best = node;
		}
		return best;
	}
}
