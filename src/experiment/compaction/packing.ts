/**
 * Packs a workload from scratch: a simulation of one instant, in which every job is there and the scheduler of the experiment decides
 * on one after the other, highest priority first, and nothing takes time. Whatever finds no node stays pending.
 *
 * Several scheduler processes would each see their own part; a packing has one.
 */
import { setImmediate } from "node:timers/promises";
import type { Cell } from "../../cell/cell.js";
import type { Job } from "../../cell/job.js";
import type { PodView } from "../../cell/pod-view.js";
import { SeededRandomSource } from "../../engine/random.js";
import type { JobArrival } from "../../objects/arrival.js";
import { InputError } from "../../objects/input-error.js";
import type { NodeSpec } from "../../objects/spec.js";
import { monolithic } from "../../scheduling/architectures/monolithic.js";
import { type Assembled, makeSchedulers } from "../assemble.js";
import type { RunPlan } from "../plan.js";
import type { Spec } from "../registries.js";
import { Simulation } from "../simulation.js";

/** What becomes of a packing that cannot succeed any more: it need not be made to its end. */
export interface Verdict {
	/** A pod found no node. False: whatever comes, the packing has failed. */
	unplaced(pod: PodView): boolean;
}

export interface Packing {
	/** In order of submission. */
	readonly jobs: readonly Job[];
	/** Pods without a node, by job; of a packing broken off, those so far. */
	readonly pending: ReadonlyMap<Job, number>;
	readonly brokenOff: boolean;
	/** The cell as it is packed. */
	readonly cell: Cell;
	/** Hash over every event and placement. */
	readonly digest: string;
}

/** Queues that try pods again after a while, for ever: this is how long. */
const RETRIES_US = 60_000_000;
const AT_ONCE = { perJobUs: 0, perPodUs: 0 };

/** Makes packings for one run of an experiment: always with a scheduler that has seen nothing yet. */
export class Packer {
	readonly #plan: RunPlan;
	readonly #spec: Spec;
	readonly #assembled: Assembled;
	readonly #seed: string;
	readonly #signal: AbortSignal | undefined;
	/** Packings made so far. */
	made = 0;

	/** InputError if there is not exactly one scheduler. `seed` is that of what the scheduler draws; `signal` ends the packing of anything. */
	constructor(plan: RunPlan, assembled: Assembled, seed: string, signal?: AbortSignal) {
		const { schedulers } = assembled;
		if (schedulers.length !== 1)
			throw new InputError(
				`a cell is packed by one scheduler, not by ${schedulers.length} (${schedulers.map(({ name }) => name).join(", ")}): leave one in spec.scheduling.schedulers, with replicas: 1`,
			);
		this.#plan = plan;
		this.#spec = assembled.spec;
		this.#assembled = assembled;
		this.#seed = seed;
		this.#signal = signal;
	}

	/**
	 * Packs jobs onto nodes. Jobs of time 0 come first; jobs with a later time come one after the other when those are placed. With a
	 * verdict, the packing may be broken off.
	 */
	async pack(
		nodes: readonly NodeSpec[],
		jobs: readonly JobArrival[],
		verdict: Verdict | null = null,
	): Promise<Packing> {
		// A packing is one long event: interruptions are heard before it.
		await setImmediate();
		this.#signal?.throwIfAborted();
		this.made++;
		const { backoff: _, retry: __, giveUp: ___, ...queue } = this.#assembled.queue;
		const [scheduler] = await makeSchedulers(this.#spec, this.#plan);
		const random = new SeededRandomSource(this.#seed);
		const retries = queue.discipline === "kubernetes";
		// Pods that are tried again may yet be placed: such a packing is made to its end.
		const watch = new Watch(retries ? null : verdict);
		const simulation = new Simulation({
			random,
			nodes,
			objects: this.#assembled.objects!,
			arrivals: [jobs],
			architecture: (context) => monolithic.create({}, context),
			schedulers: [{ ...scheduler!, classes: null, decisionTime: AT_ONCE }],
			queue: { ...queue, backoff: { initialUs: 0, maxUs: 0 } },
			startDelayUs: null,
			onLoss: "resubmit",
			faults: [],
			endUs: (jobs.at(-1)?.timeUs ?? 0) + (retries ? RETRIES_US : 0),
			observers: [(_engine, cell) => watch.attach(cell)],
		});
		let brokenOff = false;
		try {
			await simulation.run();
		} catch (error) {
			if (!(error instanceof HasFailed)) throw error;
			brokenOff = true;
		}
		const pending = new Map(watch.jobs.flatMap((job) => (job.pending.length > 0 ? [[job, job.pending.length]] : [])));
		return {
			jobs: watch.jobs,
			pending: brokenOff ? watch.unplaced : pending,
			brokenOff,
			cell: simulation.cell,
			digest: simulation.engine.digest.hex(),
		};
	}
}

/** Thrown out of a packing that cannot succeed any more. */
class HasFailed extends Error {}

class Watch {
	readonly jobs: Job[] = [];
	/** Pods that found no node, by job. */
	readonly unplaced = new Map<Job, number>();
	readonly #verdict: Verdict | null;

	constructor(verdict: Verdict | null) {
		this.#verdict = verdict;
	}

	attach(cell: Cell): void {
		cell.watch({
			jobSubmitted: (job) => this.jobs.push(job),
			attempted: ({ job, unplaced }) => {
				if (unplaced === 0 || this.#verdict === null) return;
				this.unplaced.set(job, job.pending.length);
				for (const pod of job.pending) if (!this.#verdict.unplaced(cell.pod(pod))) throw new HasFailed();
			},
		});
	}
}
