/** What the Omega paper's simulator counts of schedulers and offers, kept beside the product's by looking on at what it does. */
import type { Cell } from "../../../src/cell/cell.js";
import type { Job } from "../../../src/cell/job.js";
import type { CommitResult } from "../../../src/cell/transaction.js";
import type { Engine } from "../../../src/engine/engine.js";
import type { Random } from "../../../src/engine/random.js";
import { CPU, MEMORY } from "../../../src/objects/resources.js";
import type { OfferLoop } from "../../../src/scheduling/offers/offer-loop.js";
import type { Deciding, SchedulerProcess } from "../../../src/scheduling/scheduler-process.js";
import { JavaRandom } from "../../support/java-random.js";
import { type OmegaRun, type OmegaTraceLine, UNITS } from "./golden.js";
import { bookAttempt, bookWait, type JobState, Ledger } from "./reference-jobs.js";

/** `java.util.Random` that counts its draws: those that placed nothing met a machine without room. */
export class CountingRandom implements Random {
	draws = 0;
	readonly #random: JavaRandom;

	constructor(seed: number) {
		this.#random = new JavaRandom(seed);
	}

	next(): number {
		return this.#random.next();
	}

	integer(bound: number): number {
		this.draws++;
		return this.#random.integer(bound);
	}
}

/** The run that is looked at. */
export interface Watched {
	readonly engine: Engine;
	readonly cell: Cell;
	/** Units of its clock in a second. */
	readonly second: number;
	/** By node: claims ever made, as the simulator's sequence numbers. */
	readonly claims: Int32Array;
	readonly stateOf: (job: Job) => JobState;
	/** Hears the lines of the trace. */
	readonly told: (line: OmegaTraceLine) => void;
}

/** What a scheduler of the simulator counts; its process draws from a `CountingRandom`. */
export class SchedulerBook {
	readonly name: string;
	readonly serves: readonly string[];
	readonly ledger = new Ledger();
	readonly queue = new Set<JobState>();
	/** Machines drawn that had no room, up to the last decision that was settled. */
	readonly search = { failedDraws: 0 };
	readonly #watched: Watched;
	readonly #offers: OfferBook | null;
	readonly #kind: "Monolithic" | "Mesos" | "Omega";
	readonly #gang: boolean;
	/** Machines drawn without room in the decision under way. */
	#missed = 0;
	/** By node: its sequence number when the decision under way began. */
	readonly #seen: Int32Array;

	/** Looks on at every step of the process from now on; `offers` with Mesos. */
	constructor(process: SchedulerProcess, { arch }: OmegaRun, watched: Watched, offers: OfferBook | null) {
		const { name } = process;
		this.name = name;
		this.serves = name === "Monolithic" ? ["Batch", "Service"] : [name.includes("Batch") ? "Batch" : "Service"];
		this.#watched = watched;
		this.#offers = offers;
		this.#kind = name.replace(/^(Monolithic|Mesos|Omega).*/, "$1") as "Monolithic" | "Mesos" | "Omega";
		this.#gang = arch.endsWith("gang");
		this.#seen = new Int32Array(watched.claims.length);
		this.#watchQueue(process);
		this.#watchDecisions(process);
	}

	#watchQueue(process: SchedulerProcess): void {
		const { engine, cell, stateOf, claims } = this.#watched;
		const { room } = process;
		const add = room.add.bind(room);
		room.add = (job) => {
			stateOf(job).enqueuedAt = engine.nowUs;
			this.queue.add(stateOf(job));
			add(job);
		};
		const begin = process.begin.bind(process);
		process.begin = (job, ...rest) => {
			this.queue.delete(stateOf(job));
			bookWait(stateOf(job), engine.nowUs);
			if (this.#kind === "Mesos") bookAttempt(stateOf(job));
			if (this.#kind === "Omega") this.#seen.set(claims);
			return begin(job, ...rest);
		};
		const abandon = cell.abandonJob.bind(cell);
		cell.abandonJob = (job, ...rest) => {
			if (process.index === job.scheduler) this.ledger.timedOut++;
			abandon(job, ...rest);
		};
	}

	#watchDecisions(process: SchedulerProcess): void {
		const { stateOf } = this.#watched;
		const random = process.options.random as CountingRandom;
		const decide = process.decide.bind(process);
		process.decide = (deciding, snapshot) => {
			const before = random.draws;
			const decision = decide(deciding, snapshot);
			this.#missed = random.draws - before - decision.placements.length;
			if (this.#kind === "Mesos") this.#found(stateOf(deciding.job), deciding);
			return decision;
		};
		const settle = process.settle.bind(process);
		process.settle = (deciding, result) => {
			if (this.#kind === "Monolithic") this.#placed(stateOf(deciding.job), deciding);
			else if (this.#kind === "Omega") this.#committed(stateOf(deciding.job), deciding, result);
			settle(deciding, result);
		};
	}

	/** Monolithic, when the decision time has passed. */
	#placed(state: JobState, deciding: Deciding): void {
		bookAttempt(state);
		this.#searched(state, deciding, null);
		this.#bookPlaced(state, deciding);
	}

	/** Mesos, when the offer has come: what is found will be placed. */
	#found(state: JobState, deciding: Deciding): void {
		this.#searched(state, deciding, null);
		if (deciding.decision!.placements.length === 0) this.ledger.noResources++;
		this.#bookPlaced(state, deciding);
		this.#offers!.found(deciding.decision!.placements);
	}

	/** A search for machines, as the trace has it; before the tasks placed are taken off the job. */
	#searched(state: JobState, { decision }: Deciding, seen: Int32Array | null): void {
		const { placements } = decision!;
		this.search.failedDraws += this.#missed;
		this.#watched.told({
			...{ k: "place", t: this.#nowS, s: this.name, j: state.job.id, a: state.attempts },
			want: state.unscheduled,
			m: placements.map(({ node }) => node),
			...(seen ? { q: placements.map(({ node }) => seen[node]!++) } : {}),
		});
	}

	#bookPlaced(state: JobState, { decision, takesUs }: Deciding): void {
		const { placements } = decision!;
		state.unscheduled -= placements.length;
		if (placements.length === 0) return;
		this.ledger.txnOk++;
		this.ledger.bookUseful(state, takesUs);
	}

	/** Omega, when the decision time has passed. */
	#committed(state: JobState, deciding: Deciding, { accepted, conflicts }: CommitResult): void {
		const { ledger, name } = this;
		const { placements } = deciding.decision!;
		bookAttempt(state);
		this.#searched(state, deciding, this.#seen);
		state.unscheduled -= accepted.length;
		if (placements.length === 0) {
			ledger.noResources++;
			return;
		}
		// All or nothing: the claims before the conflict were made and taken back.
		const rolledBack =
			conflicts.length > 0 && accepted.length === 0 && this.#gang
				? placements.slice(0, placements.indexOf(conflicts[0]!.placement))
				: [];
		for (const { node } of rolledBack) this.#watched.claims[node]!++;
		const bad = [...conflicts.map(({ placement }) => placement), ...rolledBack].map(({ node }) => node);
		const ok = accepted.map(({ node }) => node);
		this.#watched.told({ k: "commit", t: this.#nowS, s: name, ok, bad });
		ledger.bookTransaction(state, deciding.takesUs, ok.length, bad.length);
	}

	get #nowS(): number {
		return this.#watched.engine.nowUs / this.#watched.second;
	}
}

/** What the simulator's allocator counts, and the lines of the trace about offers. */
export class OfferBook {
	readonly #loop: OfferLoop;
	readonly #minOffer: number;
	readonly #told: (line: OmegaTraceLine) => void;
	/** By id: amounts in offers that have come and are not answered, and what was found on them. */
	readonly #open = new Map<number, { cpu: number; memory: number; machines: number[] }>();
	#came = 0;
	/** The offer that came last. */
	#latest = -1;

	constructor(loop: OfferLoop, { arch }: OmegaRun, told: (line: OmegaTraceLine) => void) {
		this.#loop = loop;
		this.#minOffer = arch === "mesos" ? 100 : 1;
		this.#told = told;
	}

	locked(resource: typeof CPU | typeof MEMORY): number {
		return this.#loop.locked(resource);
	}

	result(): Pick<OmegaRun, "allocTime" | "offersMade" | "offersOutstanding" | "minOffer"> {
		const { offersMade, offersOutstanding } = this.#loop;
		return { allocTime: this.#came / 1000, offersMade, offersOutstanding, minOffer: this.#minOffer };
	}

	/** Before an event's handler runs. */
	event(name: string, id: number, atS: number): void {
		if (name === "offer-made") this.#arrives(id, atS);
		else if (name === "offer-answer") this.#answered(id, atS);
	}

	/** Everything locked is in offers that came before, or in this one: offers are a second apart, and on their way for a millisecond. */
	#arrives(id: number, t: number): void {
		this.#came++;
		const offer = { cpu: this.#loop.locked(CPU), memory: this.#loop.locked(MEMORY), machines: [] };
		for (const other of this.#open.values()) {
			offer.cpu -= other.cpu;
			offer.memory -= other.memory;
		}
		this.#open.set(id, offer);
		this.#latest = id;
		const s = this.#framework(id);
		this.#told({ k: "offer", t, s, o: id, cpus: offer.cpu / UNITS, mem: offer.memory / UNITS });
	}

	#answered(id: number, t: number): void {
		const { machines } = this.#open.get(id)!;
		const s = this.#framework(id);
		this.#open.delete(id);
		this.#told({ k: "respond", t, s, o: id, n: machines.length });
		if (machines.length > 0) this.#told({ k: "commit", t, s, ok: machines, bad: [] });
	}

	#framework(id: number): string {
		return this.#loop.processes[this.#loop.frameworkOf(id)]!.name;
	}

	/** Decisions are made at the instant when an offer comes. */
	found(placements: readonly { readonly node: number }[]): void {
		this.#open.get(this.#latest)!.machines.push(...placements.map(({ node }) => node));
	}
}
