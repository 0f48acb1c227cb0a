/**
 * A run of the Omega paper's simulator on cellsim: the product's cell, schedulers and architectures, wired so that its event
 * queue and its source of randomness are the simulator's, and what happens counted in the simulator's way.
 *
 * `order: "upstream"` schedules what the simulator has in its agenda, in its order: an event for each end of a task, all
 * arrivals from the start, a sampler. `order: "product"` is cellsim's own: its queue, its phases, one event a node.
 */
import { Cell } from "../../../src/cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../../src/cell/ids.js";
import type { Job } from "../../../src/cell/job.js";
import type { CommitResult } from "../../../src/cell/transaction.js";
import { Engine } from "../../../src/engine/engine.js";
import type { EventQueue } from "../../../src/engine/event-queue.js";
import { LadderQueue } from "../../../src/engine/ladder-queue.js";
import type { Random } from "../../../src/engine/random.js";
import { NodeAgent } from "../../../src/node/node-agent.js";
import type { JobArrival, PodArrival } from "../../../src/objects/arrival.js";
import { CPU, MEMORY } from "../../../src/objects/resources.js";
import { type NodeSpec, PLAIN_FACTS, type PodFacts, type PodSpec } from "../../../src/objects/spec.js";
import type { Architecture } from "../../../src/scheduling/architecture.js";
import { omegaSimulator } from "../../../src/scheduling/architectures/omega-simulator.js";
import { OfferLoop } from "../../../src/scheduling/offers/offer-loop.js";
import type { Deciding, DecisionCost, SchedulerProcess } from "../../../src/scheduling/scheduler-process.js";
import { randomFitScheduler } from "../../../src/scheduling/schedulers/random-fit.js";
import { JavaRandom } from "../../support/java-random.js";
import { ScalaHeapQueue } from "../../support/scala-heap-queue.js";
import {
	type OmegaGolden,
	type OmegaJobOutcome,
	type OmegaResult,
	type OmegaRun,
	type OmegaTraceLine,
	nanoseconds as ticks,
	UNITS,
	units,
} from "./golden.js";
import {
	bookAttempt,
	bookWait,
	type JobState,
	jobOutcome,
	Ledger,
	newJob,
	schedulerResult,
	workloadResult,
} from "./reference-jobs.js";

export interface ProductOptions {
	readonly order: "upstream" | "product";
	readonly onDecision?: (line: OmegaTraceLine) => void;
}

/** `java.util.Random` that counts its draws: those that placed nothing met a machine without room. */
class CountingRandom implements Random {
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

/** Repeats a run: its parameters, on the job list and prefill of its cell and seed. Its metrics are not looked at. */
export function simulateProduct(golden: OmegaGolden, parameters: OmegaRun, options: ProductOptions): OmegaResult {
	const run = new ProductRun(golden, parameters, options);
	const error = run.go();
	return { run: run.result(error), outcomes: run.outcomes() };
}

/**
 * The product's clock counts integers; here they are nanoseconds, so that rounding changes no run: with microseconds two of the
 * golden runs decide otherwise.
 */
const SECOND = 1e9;
/** The order of cellsim's own runs; the simulator's heap knows no phases. */
const PHASES = { due: 1, arrival: 2, retry: 3, commit: 4, wake: 5, other: 6 };
/** Kinds of events that the simulator has none for: it calls at once what they announce. */
const IMMEDIATE = new Set(["scheduler-wake"]);

class ProductRun {
	readonly #golden: OmegaGolden;
	readonly #parameters: OmegaRun;
	readonly #options: ProductOptions;
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #books: SchedulerBook[];
	readonly #states: readonly JobState[];
	readonly #byJob = new Map<Job, JobState>();
	readonly #endUs: number;
	readonly #held = { cpu: 0, memory: 0 };
	readonly #prefilled: { readonly cpu: number; readonly memory: number };
	readonly #samples = { count: 0, cpu: 0, memory: 0, lockedCpu: 0, lockedMemory: 0 };
	readonly #offers: OfferBook | null;
	/** By node: claims ever made, as the simulator's sequence numbers. */
	readonly #claims: Int32Array;
	#events = 0;
	#arriving: JobState | null = null;
	/** Whether the event queue would fire an event that the simulator has none for. */
	#immediateNext: () => boolean = () => false;

	constructor(golden: OmegaGolden, parameters: OmegaRun, options: ProductOptions) {
		this.#golden = golden;
		this.#parameters = parameters;
		this.#options = options;
		const { machines, cpus, mem, runTime } = golden.cells.get(parameters.cell)!;
		this.#endUs = ticks(runTime);
		this.#claims = new Int32Array(machines);
		this.#engine = options.order === "upstream" ? this.#upstreamEngine() : new Engine(new LadderQueue());
		this.#engine.watch((timeUs, { name }, subject) => {
			if (!IMMEDIATE.has(name)) this.#events++;
			this.#offers?.event(name, subject, timeUs / SECOND);
		});
		this.#cell = new Cell(this.#engine);
		this.#watchCell();
		for (let i = 0; i < machines; i++) this.#cell.addNode(machineSpec(i, cpus, mem));
		this.#prefill();
		this.#prefilled = { ...this.#held };
		const { seed } = parameters;
		this.#states = golden.jobs(parameters.cell, seed).map((job) => newJob(job, ticks(job.taskDuration)));
		const architecture = this.#startSchedulers();
		this.#offers = architecture instanceof OfferLoop ? new OfferBook(architecture, parameters, this.#told) : null;
		this.#books = architecture.processes.map((process) => this.#keepBook(process));
		this.#scheduleArrivals();
		this.#scheduleSamples();
	}

	/** Runs one event past the end, as the simulator does. The message of what stopped it early, if anything. */
	go(): string | null {
		const engine = this.#engine;
		try {
			while (engine.nowUs <= this.#endUs && engine.step());
			// What the last event announced for its own instant belongs to it.
			while (this.#immediateNext()) engine.step();
		} catch (error) {
			if (error instanceof Error && error.message.includes("the simulator stops here")) return error.message;
			throw error;
		}
		return null;
	}

	result(error: string | null): OmegaRun {
		const { cell, seed, arch, tJobService, tJobBatch, tTask, nBatchSched, blackListFrac } = this.#parameters;
		const { machines, cpus, mem } = this.#golden.cells.get(cell)!;
		const { count } = this.#samples;
		const world = { now: this.#engine.nowUs, second: SECOND, parameters: this.#parameters };
		const ofWorkload = (name: string) => this.#states.filter(({ job }) => job.workload === name);
		return {
			...{ cell, seed, arch, tJobService, tJobBatch, tTask, nBatchSched, blackListFrac },
			ok: error === null,
			error,
			endTime: this.#engine.nowUs / SECOND,
			events: this.#events,
			cpuUtil: this.#samples.cpu / (machines * cpus * UNITS) / count,
			memUtil: this.#samples.memory / (machines * mem * UNITS) / count,
			cpuLocked: this.#samples.lockedCpu / (machines * cpus * UNITS) / count,
			memLocked: this.#samples.lockedMemory / (machines * mem * UNITS) / count,
			numSamples: count,
			prefillCpus: this.#prefilled.cpu / UNITS,
			prefillMem: this.#prefilled.memory / UNITS,
			finalOccupiedCpus: this.#held.cpu / UNITS,
			finalOccupiedMem: this.#held.memory / UNITS,
			...this.#offers?.result(),
			workloads: ["Batch", "Service"].map((name) => workloadResult(name, ofWorkload(name), SECOND)),
			schedulers: [...this.#books]
				.sort((a, b) => (a.name < b.name ? -1 : 1))
				.map((book) => schedulerResult(book, world)),
		};
	}

	outcomes(): readonly OmegaJobOutcome[] {
		return this.#states.map((state) => jobOutcome(state, SECOND));
	}

	#upstreamEngine(): Engine {
		const immediate = new Set<number>();
		const queue: EventQueue = new ScalaHeapQueue({ immediate: (kind) => immediate.has(kind) });
		this.#immediateNext = () => queue.peek() && immediate.has(queue.headKind);
		const engine = new Engine(queue);
		const register = engine.kind.bind(engine);
		engine.kind = (name, phase, handle) => {
			const kind = register(name, phase, handle);
			if (IMMEDIATE.has(name)) immediate.add(kind.id);
			return kind;
		};
		return engine;
	}

	/** What runs on the machines: under the simulator's order each task has an event of its own for its end. */
	#watchCell(): void {
		const cell = this.#cell;
		const hold = (pod: PodId, sign: 1 | -1) => {
			const { cpu = 0, memory = 0 } = cell.pods.classes[rowOf(pod)]!.spec.requests;
			this.#held.cpu += sign * cpu;
			this.#held.memory += sign * memory;
		};
		cell.watch({
			podBound: (pod, node) => {
				this.#claims[node]!++;
				hold(pod, 1);
			},
			podEnded: (pod, node) => {
				if (node >= 0) hold(pod, -1);
			},
			jobSubmitted: (job) => {
				if (this.#arriving) this.#byJob.set(job, this.#arriving);
			},
		});
		if (this.#options.order === "product") {
			new NodeAgent(this.#engine, cell, PHASES.due, { startDelayUs: null, onLoss: "fail" });
			return;
		}
		const end = this.#engine.kind("task-end", PHASES.due, (pod) => cell.endPod(pod as PodId, "succeeded"));
		cell.watch({
			podBound: (pod) => {
				cell.startPod(pod);
				this.#engine.schedule(this.#engine.nowUs + cell.pods.arrivals[rowOf(pod)]!.durationUs, end, pod);
			},
		});
	}

	#prefill(): void {
		const { cell, seed } = this.#parameters;
		const specs = new PodSpecs("prefill");
		for (const { machine, cpus, mem, endTime } of this.#golden.prefillClaims(cell, seed)) {
			const spec = specs.of(cpus, mem);
			const job = this.#cell.submit(jobArrival("prefill", spec, 1, 0, ticks(endTime)));
			const placement = { pod: job.pending[0]!, node: machine as NodeId, devices: 0, nodeVersion: 0 };
			const transaction = { preemptions: [], conflictRule: "fit", atomicity: "all-or-nothing" } as const;
			this.#cell.commit({ placements: [placement], ...transaction });
		}
	}

	#startSchedulers(): Architecture {
		const parameters = this.#parameters;
		const names = schedulerNames(parameters);
		const blacklisted = Math.floor(parameters.blackListFrac * this.#cell.nodes.count);
		const pool = this.#cell.nodes.count - blacklisted;
		const randoms = names.map(() => new CountingRandom(parameters.seed));
		const times = { Batch: parameters.tJobBatch, Service: parameters.tJobService };
		const byClass = new Map<string, DecisionCost>(
			Object.entries(times).map(([name, seconds]) => [
				name,
				{ perJobUs: ticks(seconds), perPodUs: ticks(parameters.tTask) },
			]),
		);
		// Round robin over a counter that all workloads share and that is raised before use; batch jobs are counted first.
		const batch = names.flatMap((name, i) => (name.includes("Batch") ? [i] : []));
		const service = names.length - 1;
		let batchJobs = 0;
		return omegaSimulator.create(schemeOf(parameters.arch), {
			engine: this.#engine,
			cell: this.#cell,
			phases: PHASES,
			random: { stream: () => randoms[0]! },
			router: ({ className }) =>
				names.length === 1 ? 0 : className === "Batch" ? batch[++batchJobs % batch.length]! : service,
			processes: names.map((name, index) => ({
				index,
				name,
				entry: name,
				scheduler: randomFitScheduler.create({ order: "kept" }),
				decisionTime: { perJobUs: 0, perPodUs: 0, byClass },
				queue: { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } },
				random: randoms[index]!,
				sees: blacklisted === 0 ? null : (node) => node < pool,
			})),
		});
	}

	/** Looks on at every step of a process, and counts as the simulator does. */
	#keepBook(process: SchedulerProcess): SchedulerBook {
		const book = new SchedulerBook(process.name);
		const random = process.options.random as CountingRandom;
		const kind = process.name.replace(/^(Monolithic|Mesos|Omega).*/, "$1");
		const { room } = process;
		const seen = new Int32Array(this.#claims.length);
		const state = (job: Job) => this.#byJob.get(job)!;
		const add = room.add.bind(room);
		room.add = (job) => {
			state(job).enqueuedAt = this.#engine.nowUs;
			book.queue.add(state(job));
			add(job);
		};
		const begin = process.begin.bind(process);
		process.begin = (job, ...rest) => {
			book.queue.delete(state(job));
			bookWait(state(job), this.#engine.nowUs);
			if (kind === "Mesos") bookAttempt(state(job));
			if (kind === "Omega") seen.set(this.#claims);
			return begin(job, ...rest);
		};
		const decide = process.decide.bind(process);
		process.decide = (deciding, snapshot) => {
			const before = random.draws;
			const decision = decide(deciding, snapshot);
			book.missed = random.draws - before - decision.placements.length;
			if (kind === "Mesos") this.#found(book, state(deciding.job), deciding);
			return decision;
		};
		const abandon = this.#cell.abandonJob.bind(this.#cell);
		this.#cell.abandonJob = (job, ...rest) => {
			if (process.index === job.scheduler) book.ledger.timedOut++;
			abandon(job, ...rest);
		};
		const settle = process.settle.bind(process);
		process.settle = (deciding, result) => {
			if (kind === "Monolithic") this.#placed(book, state(deciding.job), deciding);
			else if (kind === "Omega") this.#committed(book, state(deciding.job), deciding, result, seen);
			settle(deciding, result);
		};
		return book;
	}

	readonly #told = (line: OmegaTraceLine): void => this.#options.onDecision?.(line);

	/** A search for machines, as the trace has it; before the tasks placed are taken off the job. */
	#searched(book: SchedulerBook, state: JobState, { decision }: Deciding, seen: Int32Array | null): void {
		const { placements } = decision!;
		book.search.failedDraws += book.missed;
		this.#told({
			...{ k: "place", t: this.#engine.nowUs / SECOND, s: book.name, j: state.job.id, a: state.attempts },
			want: state.unscheduled,
			m: placements.map(({ node }) => node),
			...(seen ? { q: placements.map(({ node }) => seen[node]!++) } : {}),
		});
	}

	/** Monolithic, when the decision time has passed. */
	#placed(book: SchedulerBook, state: JobState, deciding: Deciding): void {
		bookAttempt(state);
		this.#searched(book, state, deciding, null);
		this.#bookPlaced(book, state, deciding);
	}

	/** Mesos, when the offer has come: what is found will be placed. */
	#found(book: SchedulerBook, state: JobState, deciding: Deciding): void {
		this.#searched(book, state, deciding, null);
		if (deciding.decision!.placements.length === 0) book.ledger.noResources++;
		this.#bookPlaced(book, state, deciding);
		this.#offers!.found(deciding.decision!.placements);
	}

	#bookPlaced({ ledger }: SchedulerBook, state: JobState, { decision, takesUs }: Deciding): void {
		const { placements } = decision!;
		state.unscheduled -= placements.length;
		if (placements.length === 0) return;
		ledger.txnOk++;
		ledger.bookUseful(state, takesUs);
	}

	/** Omega, when the decision time has passed. */
	#committed(
		book: SchedulerBook,
		state: JobState,
		deciding: Deciding,
		{ accepted, conflicts }: CommitResult,
		seen: Int32Array,
	): void {
		const { ledger, name } = book;
		const { placements } = deciding.decision!;
		bookAttempt(state);
		this.#searched(book, state, deciding, seen);
		state.unscheduled -= accepted.length;
		if (placements.length === 0) {
			ledger.noResources++;
			return;
		}
		// All or nothing: the claims before the conflict were made and taken back.
		const rolledBack =
			conflicts.length > 0 && accepted.length === 0 && this.#parameters.arch.endsWith("gang")
				? placements.slice(0, placements.indexOf(conflicts[0]!.placement))
				: [];
		for (const { node } of rolledBack) this.#claims[node]!++;
		const bad = [...conflicts.map(({ placement }) => placement), ...rolledBack].map(({ node }) => node);
		const ok = accepted.map(({ node }) => node);
		this.#told({ k: "commit", t: this.#engine.nowUs / SECOND, s: name, ok, bad });
		if (state.attempts > 1) ledger.txnRetried++;
		ledger.taskTxnOk += ok.length;
		ledger.taskTxnFailed += bad.length;
		if (bad.length > 0) {
			ledger.txnFailed++;
			ledger.bookWasted(state, deciding.takesUs);
		} else {
			ledger.txnOk++;
			ledger.bookUseful(state, deciding.takesUs);
		}
	}

	#scheduleArrivals(): void {
		const { cell, seed } = this.#parameters;
		const jobs = this.#golden.jobs(cell, seed);
		const specs = { Batch: new PodSpecs("Batch"), Service: new PodSpecs("Service") } as Record<string, PodSpecs>;
		const arrival = this.#engine.kind("arrival", PHASES.arrival, (i) => {
			const job = jobs[i]!;
			const spec = specs[job.workload]!.of(job.cpusPerTask, job.memPerTask);
			const durationUs = ticks(job.taskDuration);
			this.#arriving = this.#states[i]!;
			this.#cell.submit(jobArrival(`job-${job.id}`, spec, job.numTasks, ticks(job.submitted), durationUs));
		});
		for (const [i, { submitted }] of jobs.entries()) this.#engine.schedule(ticks(submitted), arrival, i);
	}

	#scheduleSamples(): void {
		const engine = this.#engine;
		const sample = () => {
			this.#samples.count++;
			this.#samples.cpu += this.#held.cpu;
			this.#samples.memory += this.#held.memory;
			this.#samples.lockedCpu += this.#offers?.locked(CPU) ?? 0;
			this.#samples.lockedMemory += this.#offers?.locked(MEMORY) ?? 0;
		};
		if (this.#options.order === "product") {
			engine.every(SECOND, sample);
			return;
		}
		const kind = engine.kind("sample", PHASES.other, () => {
			sample();
			engine.schedule(engine.nowUs + SECOND, kind, 0);
		});
		engine.schedule(0, kind, 0);
		engine.schedule(
			0,
			engine.kind("start", PHASES.other, () => {}),
			0,
		);
	}
}

/** What a scheduler of the simulator counts. */
class SchedulerBook {
	readonly name: string;
	readonly serves: readonly string[];
	readonly ledger = new Ledger();
	readonly queue = new Set<JobState>();
	/** Machines drawn that had no room, up to the last decision that was settled, and in the one under way. */
	readonly search = { failedDraws: 0 };
	missed = 0;

	constructor(name: string) {
		this.name = name;
		this.serves = name === "Monolithic" ? ["Batch", "Service"] : [name.includes("Batch") ? "Batch" : "Service"];
	}
}

/** What the simulator's allocator counts, and the lines of the trace about offers. */
class OfferBook {
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

function schedulerNames({ arch, nBatchSched }: OmegaRun): readonly string[] {
	if (arch.startsWith("mono")) return ["Monolithic"];
	if (arch.startsWith("mesos")) return ["MesosBatch", "MesosService"];
	return [...Array.from({ length: nBatchSched }, (_, i) => `OmegaBatch-${i + 1}`), "OmegaService-1"];
}

function schemeOf(arch: OmegaRun["arch"]): Parameters<typeof omegaSimulator.create>[0] {
	if (arch.startsWith("mono")) return { scheme: "monolithic", retryDelay: SECOND };
	if (arch.startsWith("mesos"))
		return {
			scheme: "two-level",
			retryDelay: SECOND,
			batching: SECOND,
			allocatorTime: SECOND / 1000,
			minimumOffer: { cpu: units(arch === "mesos" ? 100 : 1) },
			units: { cpu: UNITS, memory: UNITS },
		};
	return {
		scheme: "shared-state",
		retryDelay: SECOND,
		conflict: arch.includes("coarse") ? "node-version" : "fit",
		atomicity: arch.endsWith("gang") ? "all-or-nothing" : "incremental",
	};
}

function machineSpec(index: number, cpus: number, mem: number): NodeSpec {
	const allocatable = { cpu: units(cpus), memory: units(mem), pods: 1_000_000 };
	return { name: `m${index}`, labels: {}, taints: [], unschedulable: false, allocatable, gpu: null };
}

/** Tasks of one shape share one spec. */
class PodSpecs {
	readonly #facts: PodFacts;
	readonly #specs = new Map<string, PodSpec>();

	constructor(className: string) {
		this.#facts = { ...PLAIN_FACTS, className };
	}

	of(cpus: number, mem: number): PodSpec {
		const key = `${cpus}/${mem}`;
		let spec = this.#specs.get(key);
		if (!spec) {
			spec = { facts: this.#facts, requests: { cpu: units(cpus), memory: units(mem) }, gpu: null };
			this.#specs.set(key, spec);
		}
		return spec;
	}
}

function jobArrival(name: string, spec: PodSpec, pods: number, timeUs: number, durationUs: number): JobArrival {
	const pod = {
		name: null,
		spec,
		durationUs,
		exit: "succeeded" as const,
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
	};
	return { timeUs, name, pods: new Array<PodArrival>(pods).fill(pod), gang: false };
}
