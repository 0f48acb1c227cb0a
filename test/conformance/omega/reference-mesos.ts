/** The simulator's model of Mesos: an allocator that offers everything free to one framework at a time. */
import type { Claim, ReferenceCell } from "./reference-cell.js";
import { bookAttempt, type JobState } from "./reference-jobs.js";
import { Desk, type ReferenceScheduler, retry, type World } from "./reference-world.js";

const BATCHING_S = 1;
const THINK_TIME_S = 0.001;
/** An offer with less than this of a resource is not looked at any further. */
const NOTHING_LEFT = 1e-6;

interface Offer {
	readonly id: number;
	/** The cell as it was before everything free was locked for this offer. */
	readonly view: ReferenceCell;
	readonly locks: readonly Claim[];
}

export class Allocator {
	/** Free cpus from which on an offer is made. */
	readonly minOffer: number;
	offersMade = 0;
	offersOutstanding = 0;
	thinkTime = 0;
	readonly #world: World;
	readonly #requesters = new Set<Framework>();
	#roundPending = false;

	constructor(world: World, minOffer: number) {
		this.#world = world;
		this.minOffer = minOffer;
	}

	/** The framework wants offers until it leaves. */
	join(framework: Framework): void {
		this.#requesters.add(framework);
		this.requestRound();
	}

	leave(framework: Framework): void {
		this.#requesters.delete(framework);
	}

	/** One round is pending at most; requests meanwhile are absorbed. */
	requestRound(): void {
		if (this.#roundPending) return;
		this.#roundPending = true;
		const world = this.#world;
		world.after(world.time(BATCHING_S), "offer round", 0, () => {
			this.#roundPending = false;
			this.#offer();
		});
	}

	respond(framework: Framework, offer: Offer, accepted: readonly { state: JobState; claim: Claim }[]): void {
		const world = this.#world;
		this.offersOutstanding--;
		world.cell.unlock(offer.locks);
		world.decided({ k: "respond", t: world.nowS, s: framework.desk.name, o: offer.id, n: accepted.length });
		if (accepted.length > 0) {
			const ok = accepted.map(({ claim }) => claim.machine);
			world.decided({ k: "commit", t: world.nowS, s: framework.desk.name, ok, bad: [] });
		}
		for (const { claim } of accepted) {
			world.cell.apply(claim, framework.desk.name);
			framework.hold(claim, 1);
		}
		for (const { state, claim } of accepted) {
			world.after(state.duration, "task end", claim.machine, () => {
				world.cell.release(claim);
				framework.hold(claim, -1);
				this.requestRound();
			});
		}
		this.requestRound();
	}

	/** Nothing is armed again when nobody asks or too little is free. */
	#offer(): void {
		const world = this.#world;
		const { cell } = world;
		const framework = this.#mostDeserving();
		if (!framework || cell.freeCpus < this.minOffer) return;
		const view = cell.snapshot();
		const offer = { id: this.offersMade++, view, locks: cell.lockFree() };
		this.offersOutstanding++;
		world.after(world.time(THINK_TIME_S), "offer", offer.id, () => {
			this.thinkTime += world.time(THINK_TIME_S);
			framework.consider(offer);
		});
	}

	/** The one with the smallest dominant share of running tasks; of equals the first by name. */
	#mostDeserving(): Framework | undefined {
		return [...this.#requesters].sort(
			(a, b) => a.dominantShare() - b.dominantShare() || (a.desk.name < b.desk.name ? -1 : 1),
		)[0];
	}
}

export class Framework implements ReferenceScheduler {
	readonly desk: Desk;
	readonly #world: World;
	readonly #allocator: Allocator;
	#runningCpus = 0;
	#runningMem = 0;

	constructor(world: World, name: string, serves: readonly string[], allocator: Allocator) {
		this.#world = world;
		this.desk = new Desk(world, name, serves);
		this.#allocator = allocator;
	}

	submit(state: JobState): void {
		this.desk.enqueue(state);
		this.#allocator.join(this);
	}

	dominantShare(): number {
		const { cell } = this.#world;
		return Math.max(this.#runningCpus / cell.totalCpus, this.#runningMem / cell.totalMem);
	}

	/** Counts a task as running (`sign` 1) or not any more (-1). */
	hold({ cpus, mem }: Claim, sign: 1 | -1): void {
		this.#runningCpus += sign * cpus;
		this.#runningMem += sign * mem;
	}

	/** Decides on the whole queue at one instant; the think times of its jobs pass together before the response. */
	consider(offer: Offer): void {
		const world = this.#world;
		const { view } = offer;
		world.decided({
			k: "offer",
			t: world.nowS,
			s: this.desk.name,
			o: offer.id,
			cpus: view.freeCpus,
			mem: view.freeMem,
		});
		const accepted: { state: JobState; claim: Claim }[] = [];
		let thinkTime = 0;
		while (view.freeCpus > NOTHING_LEFT && view.freeMem > NOTHING_LEFT && this.desk.queue.length > 0) {
			const state = this.desk.next()!;
			const own = world.thinkTime(state);
			thinkTime += own;
			bookAttempt(state);
			for (const claim of this.#searchFor(state, view, own)) accepted.push({ state, claim });
			retry(world, this, state);
		}
		if (this.desk.queue.length === 0) this.#allocator.leave(this);
		world.after(thinkTime, "response", offer.id, () => this.#allocator.respond(this, offer, accepted));
	}

	#searchFor(state: JobState, view: ReferenceCell, thinkTime: number): readonly Claim[] {
		const { cpusPerTask } = state.job;
		// The simulator compares free memory with cpus. Such a refusal is not counted anywhere.
		if (!(view.freeCpus > cpusPerTask && view.freeMem > cpusPerTask)) return [];
		const claims = this.desk.place(state, view, false);
		const { ledger } = this.desk;
		if (claims.length === 0) {
			ledger.noResources++;
			return claims;
		}
		ledger.txnOk++;
		ledger.bookUseful(state, thinkTime);
		state.unscheduled -= claims.length;
		return claims;
	}
}
