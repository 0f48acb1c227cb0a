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
import { Engine } from "../../../src/engine/engine.js";
import type { EventQueue } from "../../../src/engine/event-queue.js";
import { LadderQueue } from "../../../src/engine/ladder-queue.js";
import { NodeAgent } from "../../../src/node/node-agent.js";
import type { JobArrival, PodArrival } from "../../../src/objects/arrival.js";
import { CPU, MEMORY } from "../../../src/objects/resources.js";
import { type NodeSpec, PLAIN_FACTS, type PodFacts, type PodSpec } from "../../../src/objects/spec.js";
import type { Architecture } from "../../../src/scheduling/architecture.js";
import { omegaSimulator } from "../../../src/scheduling/architectures/omega-simulator.js";
import { OfferLoop } from "../../../src/scheduling/offers/offer-loop.js";
import type { DecisionCost } from "../../../src/scheduling/scheduler-process.js";
import { randomFitScheduler } from "../../../src/scheduling/schedulers/random-fit.js";
import { arrivalOf } from "../../support/cells.js";
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
import { CountingRandom, OfferBook, SchedulerBook } from "./product-books.js";
import { type JobState, jobOutcome, newJob, schedulerResult, workloadResult } from "./reference-jobs.js";

export interface ProductOptions {
	readonly order: "upstream" | "product";
	readonly onDecision?: (line: OmegaTraceLine) => void;
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
		const counted = {
			engine: this.#engine,
			cell: this.#cell,
			second: SECOND,
			claims: this.#claims,
			stateOf: (job: Job) => this.#byJob.get(job)!,
			told: (line: OmegaTraceLine) => options.onDecision?.(line),
		};
		this.#offers = architecture instanceof OfferLoop ? new OfferBook(architecture, parameters, counted.told) : null;
		this.#books = architecture.processes.map(
			(process) => new SchedulerBook(process, parameters, counted, this.#offers),
		);
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
				this.#engine.schedule(this.#engine.nowUs + cell.pods.durationUs[rowOf(pod)]!, end, pod);
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
	const pod = arrivalOf(spec, durationUs);
	return { timeUs, name, pods: new Array<PodArrival>(pods).fill(pod), gang: false };
}
