/**
 * Who gets the next offer, and what is in it: the framework with the smallest weighted dominant share of what its pods occupy
 * (DRF), and everything that is free and not locked, or a fair share of that.
 */
import type { Cell } from "../../cell/cell.js";
import { type Lock, LockLedger } from "../../cell/lock-ledger.js";
import { Snapshot } from "../../cell/snapshot.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import { PODS, type ResourceList } from "../../objects/resources.js";
import { dominantShare, leastServed } from "../fair-share.js";
import type { ProcessOptions } from "../scheduler-process.js";

/** Resources lent to a framework, for it to decide on. */
export interface Offer {
	readonly id: number;
	/** Index of the process. */
	readonly framework: number;
	readonly lock: Lock;
	readonly madeUs: SimTime;
	/** What it holds, less the placements decided on it. To be ended before the lock. */
	readonly snapshot: Snapshot;
	/** The same summed up by resource. */
	readonly rest: Float64Array;
	/** Whether it holds all that the cell has free: a job that finds no room in it would find none at all. */
	readonly complete: boolean;
}

export interface AllocatorOptions {
	/** `all`: everything available; `fair-share`: at most the framework's part, by weight, of all that no pod occupies. */
	readonly offers: "all" | "fair-share";
	/** By entry; 1 where it says nothing. */
	readonly weights: Readonly<Record<string, number>>;
	/** No offer is made of less than this. */
	readonly minimumOffer: ResourceList;
}

interface Framework {
	/** Requests of its pods that have a node, by resource; places for pods stay 0. */
	readonly used: number[];
	readonly weight: number;
	/**
	 * What it is shown of an offer of everything, of one of what others have left, and of a smaller one: three, since each follows few
	 * changes. One framework at a time has everything, and one the rest, so those that see every node need no copy of these.
	 */
	readonly whole: Snapshot;
	readonly rest: Snapshot;
	readonly part: Snapshot;
}

export class Allocator {
	/** Offers made so far. */
	made = 0;
	readonly ledger: LockLedger;
	readonly #cell: Cell;
	readonly #options: AllocatorOptions;
	readonly #frameworks: readonly Framework[];
	readonly #weightSum: number;
	readonly #minimum: readonly (readonly [name: string, amount: number])[];
	/** Where the next offer of a part begins, so that everybody sees other nodes in time. */
	#next = 0;

	constructor(cell: Cell, processes: readonly ProcessOptions[], options: AllocatorOptions) {
		this.#cell = cell;
		this.#options = options;
		const ledger = new LockLedger(cell);
		this.ledger = ledger;
		this.#frameworks = processes.map(({ entry, sees }) => ({
			used: [],
			weight: options.weights[entry] ?? 1,
			whole: sees === null ? ledger.wholeInPlace : new Snapshot(cell, sees, ledger.whole),
			rest: sees === null ? ledger.restInPlace : new Snapshot(cell, sees, ledger.rest),
			part: new Snapshot(cell, sees, ledger.part),
		}));
		this.#minimum = Object.entries(options.minimumOffer);
		this.#weightSum = this.#frameworks.reduce((sum, { weight }) => sum + weight, 0);
	}

	/** Whether there is enough to make an offer of. */
	hasEnough(): boolean {
		const available = this.ledger.available();
		for (const [name, amount] of this.#minimum)
			if ((available[this.#cell.resources.index(name)] ?? 0) < amount) return false;
		return available.some((amount, r) => r !== PODS && amount > 0);
	}

	/** Index of the eligible framework to be served next, the first of equals; -1 if none is eligible. */
	leastServed(eligible: (framework: number) => boolean): number {
		return leastServed(this.#frameworks, this.ledger.capacity(), eligible);
	}

	/** Dominant share of a framework, before it is weighed. */
	share(framework: number): number {
		return dominantShare(this.#frameworks[framework]!.used, this.ledger.capacity(), 1);
	}

	/** Makes an offer of what there is. `undivided` forgets about fair shares. */
	offerTo(framework: number, undivided: boolean): Offer {
		const { ledger } = this;
		const alone = ledger.count === 0;
		const divided = this.#options.offers === "fair-share" && !undivided;
		const lock = divided ? this.#lockPart(framework) : ledger.lockAll();
		const { whole, rest, part } = this.#frameworks[framework]!;
		const snapshot = lock.source === ledger.whole ? whole : lock.source === ledger.rest ? rest : part;
		snapshot.refresh();
		ledger.clearPart(lock);
		return {
			id: this.made++,
			framework,
			lock,
			madeUs: this.#cell.nowUs,
			snapshot,
			rest: lock.amounts.slice(),
			complete: alone && lock.everything,
		};
	}

	/** So many pods of the framework have got a node, or left theirs if negative. */
	count(framework: number, { needs, request }: PodClass, pods: number): void {
		const { used } = this.#frameworks[framework]!;
		while (used.length < request.length) used.push(0);
		for (let n = 0; n < needs.length; n++) {
			const r = needs[n]!;
			if (r !== PODS) used[r]! += pods * request[r]!;
		}
	}

	#lockPart(framework: number): Lock {
		const part = this.#frameworks[framework]!.weight / this.#weightSum;
		const { locked } = this.ledger;
		const limits = this.ledger.available().map((amount, r) => (amount + locked[r]!) * part);
		const lock = this.ledger.lockUpTo(limits, this.#next);
		const last = lock.nodes.at(-1);
		if (last !== undefined) this.#next = (last + 1) % this.#cell.nodes.count;
		return lock;
	}
}
