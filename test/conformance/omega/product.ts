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
import { type NodeSpec, PLAIN_FACTS, type PodFacts, type PodSpec } from "../../../src/objects/spec.js";
import { omegaSimulator } from "../../../src/scheduling/architectures/omega-simulator.js";
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
	readonly #samples = { count: 0, cpu: 0, memory: 0 };
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
		this.#engine.watch((_timeUs, { name }) => {
			if (!IMMEDIATE.has(name)) this.#events++;
		});
		this.#cell = new Cell(this.#engine);
		for (let i = 0; i < machines; i++) this.#cell.addNode(machineSpec(i, cpus, mem));
		this.#watchCell();
		this.#prefill();
		this.#prefilled = { ...this.#held };
		const { seed } = parameters;
		this.#states = golden.jobs(parameters.cell, seed).map((job) => newJob(job, ticks(job.taskDuration)));
		this.#books = this.#startSchedulers();
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
			cpuLocked: 0,
			memLocked: 0,
			numSamples: count,
			prefillCpus: this.#prefilled.cpu / UNITS,
			prefillMem: this.#prefilled.memory / UNITS,
			finalOccupiedCpus: this.#held.cpu / UNITS,
			finalOccupiedMem: this.#held.memory / UNITS,
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

	#startSchedulers(): SchedulerBook[] {
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
		const batch = names.flatMap((name, i) => (name.startsWith("OmegaBatch") ? [i] : []));
		const service = names.indexOf("OmegaService-1");
		let batchJobs = 0;
		const { processes } = omegaSimulator.create(schemeOf(parameters.arch), {
			engine: this.#engine,
			cell: this.#cell,
			phases: PHASES,
			random: { stream: () => randoms[0]! },
			router: ({ className }) =>
				batch.length === 0 ? 0 : className === "Batch" ? batch[++batchJobs % batch.length]! : service,
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
		return processes.map((process, i) => this.#keepBook(process, randoms[i]!));
	}

	/** Looks on at every step of a process, and counts as the simulator does. */
	#keepBook(process: SchedulerProcess, random: CountingRandom): SchedulerBook {
		const monolithic = process.name === "Monolithic";
		const book = new SchedulerBook(process.name, monolithic);
		const seen = new Int32Array(this.#claims.length);
		const { room } = process;
		const add = room.add.bind(room);
		room.add = (job) => {
			const state = this.#byJob.get(job)!;
			state.enqueuedAt = this.#engine.nowUs;
			book.queue.add(state);
			add(job);
		};
		const begin = process.begin.bind(process);
		process.begin = (job) => {
			const state = this.#byJob.get(job)!;
			book.queue.delete(state);
			bookWait(state, this.#engine.nowUs);
			seen.set(this.#claims);
			return begin(job);
		};
		const decide = process.decide.bind(process);
		process.decide = (deciding, snapshot) => {
			const before = random.draws;
			const decision = decide(deciding, snapshot);
			book.missed = random.draws - before - decision.placements.length;
			return decision;
		};
		const settle = process.settle.bind(process);
		process.settle = (deciding, result) => {
			const state = this.#byJob.get(deciding.job)!;
			this.#settled(book, state, deciding, result, monolithic ? null : seen);
			settle(deciding, result);
			if (!Number.isNaN(deciding.job.abandonedUs)) book.ledger.timedOut++;
		};
		return book;
	}

	#settled(
		book: SchedulerBook,
		state: JobState,
		{ decision, takesUs }: Deciding,
		{ accepted, conflicts }: CommitResult,
		seen: Int32Array | null,
	): void {
		const { ledger, name } = book;
		const { placements } = decision!;
		const t = this.#engine.nowUs / SECOND;
		const { onDecision } = this.#options;
		bookAttempt(state);
		book.search.failedDraws += book.missed;
		onDecision?.({
			...{ k: "place", t, s: name, j: state.job.id, a: state.attempts, want: state.unscheduled },
			m: placements.map(({ node }) => node),
			...(seen ? { q: placements.map(({ node }) => seen[node]!++) } : {}),
		});
		state.unscheduled -= accepted.length;
		if (placements.length === 0) {
			if (seen) ledger.noResources++;
			return;
		}
		// All or nothing: the claims before the conflict were made and taken back.
		const rolledBack =
			conflicts.length > 0 && accepted.length === 0 && this.#parameters.arch.endsWith("gang")
				? placements.slice(0, placements.indexOf(conflicts[0]!.placement))
				: [];
		for (const { node } of rolledBack) this.#claims[node]!++;
		if (seen) {
			const bad = [...conflicts.map(({ placement }) => placement), ...rolledBack].map(({ node }) => node);
			onDecision?.({ k: "commit", t, s: name, ok: accepted.map(({ node }) => node), bad });
			if (state.attempts > 1) ledger.txnRetried++;
			ledger.taskTxnOk += accepted.length;
			ledger.taskTxnFailed += bad.length;
		}
		if (conflicts.length > 0) {
			ledger.txnFailed++;
			ledger.bookWasted(state, takesUs);
		} else {
			ledger.txnOk++;
			ledger.bookUseful(state, takesUs);
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

	constructor(name: string, monolithic: boolean) {
		this.name = name;
		this.serves = monolithic ? ["Batch", "Service"] : [name.includes("Batch") ? "Batch" : "Service"];
	}
}

function schedulerNames({ arch, nBatchSched }: OmegaRun): readonly string[] {
	if (arch.startsWith("mono")) return ["Monolithic"];
	return [...Array.from({ length: nBatchSched }, (_, i) => `OmegaBatch-${i + 1}`), "OmegaService-1"];
}

function schemeOf(arch: OmegaRun["arch"]): Parameters<typeof omegaSimulator.create>[0] {
	if (arch.startsWith("mono")) return { scheme: "monolithic", retryDelay: SECOND };
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
