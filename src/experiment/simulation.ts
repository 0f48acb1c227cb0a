/**
 * The one place where the rooms meet: makes the engine, the cell, the node agent and the schedulers, and runs them over a
 * workload. It wires and holds no logic of its own.
 */
import { Cell } from "../cell/cell.js";
import { NODE_CHANGES } from "../cell/changes.js";
import { rowOf } from "../cell/ids.js";
import { type DistributionSpec, sampler } from "../engine/distributions.js";
import { Engine } from "../engine/engine.js";
import type { EventQueue } from "../engine/event-queue.js";
import type { RandomSource } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import { type Fault, scheduleFaults } from "../node/faults.js";
import { type LossRule, NodeAgent } from "../node/node-agent.js";
import type { NodeSpec } from "../objects/spec.js";
import type { Architecture, ArchitectureContext } from "../scheduling/architecture.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import type { DecisionTime } from "../scheduling/scheduler-process.js";
import { Scheduling } from "../scheduling/scheduling.js";
import type { QueueOptions } from "../scheduling/waiting-room.js";
import { ArrivalCursor } from "../workload/arrival-cursor.js";
import type { ArrivalStream } from "../workload/arrivals.js";

/**
 * The order of events within one instant: what comes to the cell, what ends on its nodes, what is submitted, what was
 * decided, who decides next, what leaves the cell.
 */
const PHASES = { arriving: 0, nodeDue: 1, arrival: 2, backoff: 3, commit: 4, wake: 5, leaving: 6 } as const;
/** Events between two looks at the outside: reading, writing, progress, interruption. */
const SLICE = 50_000;

export interface SchedulerOptions {
	readonly name: string;
	/** What the placement policy is called, for messages. */
	readonly policy?: string;
	readonly scheduler: Scheduler;
	readonly decisionTime: DecisionTime;
}

export interface SimulationOptions {
	readonly random: RandomSource;
	readonly nodes: readonly NodeSpec[];
	readonly arrivals: ArrivalStream;
	readonly architecture: (context: ArchitectureContext) => Architecture;
	/** One entry per scheduler process. */
	readonly schedulers: readonly SchedulerOptions[];
	readonly queue: QueueOptions;
	/** Time from binding to start, microseconds; null for none. */
	readonly startDelayUs: DistributionSpec | null;
	readonly onLoss: LossRule;
	readonly faults: readonly Fault[];
	/** End of the run; Infinity runs until nothing is left to do. */
	readonly endUs: SimTime;
	/** Those that look on: called once, before anything that acts on the cell is made. They may change nothing. */
	readonly observers: readonly ((engine: Engine, cell: Cell) => void)[];
	/** Another event queue than the built-in one. */
	readonly eventQueue?: EventQueue;
}

/** What the outside does between slices of a run. */
export interface RunHooks {
	/** Writes out what has been collected. */
	drain?(): Promise<void>;
	/** Hears how far the run is: simulated time and events fired. */
	progress?(nowUs: SimTime, fired: number): void;
	/** Ends the run early when aborted. */
	readonly signal?: AbortSignal;
}

export class Simulation {
	readonly engine: Engine;
	readonly cell: Cell;
	readonly scheduling: Scheduling;
	readonly #cursor: ArrivalCursor;
	readonly #endUs: SimTime;

	constructor(options: SimulationOptions) {
		const { random, schedulers, queue, startDelayUs } = options;
		this.engine = new Engine(options.eventQueue);
		this.cell = new Cell(this.engine);
		this.#endUs = options.endUs;
		const { engine, cell } = this;
		// Runs that end at different times differ, even if nothing happens in between.
		engine.digest.number(options.endUs === Number.POSITIVE_INFINITY ? -1 : options.endUs);
		cell.watch({
			nodeChanged: (node, change) => {
				engine.digest.number(node);
				engine.digest.word(NODE_CHANGES.indexOf(change));
			},
			podBound: (pod, node) => {
				engine.digest.number(cell.pods.ordinal[rowOf(pod)]!);
				engine.digest.word(node);
			},
		});
		for (const observe of options.observers) observe(engine, cell);
		const delay = startDelayUs === null ? null : sampler(startDelayUs, random.stream("node/start-delay"));
		new NodeAgent(engine, cell, PHASES.nodeDue, { startDelayUs: delay, onLoss: options.onLoss });
		const architecture = options.architecture({ cell, schedulers: schedulers.length });
		const processes = schedulers.map((scheduler, index) => ({
			...scheduler,
			index,
			queue,
			random: random.stream(`scheduler/${scheduler.name}`),
		}));
		this.scheduling = new Scheduling(engine, cell, architecture, processes, PHASES);
		scheduleFaults(engine, cell, PHASES, options.faults);
		this.#cursor = new ArrivalCursor(
			options.arrivals,
			engine.kind("job-arrival", PHASES.arrival, () => cell.submit(this.#cursor.taken!)),
		);
		engine.attach(this.#cursor);
		for (const node of options.nodes) cell.addNode(node);
	}

	/** Runs to the end. Resolves with the time at which the run ended. */
	async run(hooks: RunHooks = {}): Promise<SimTime> {
		const { engine } = this;
		try {
			for (;;) {
				await this.#read();
				const untilUs = Math.min(this.#endUs, this.#cursor.readUntilUs);
				const done = engine.runUntil(untilUs, SLICE);
				await hooks.drain?.();
				hooks.progress?.(engine.nowUs, engine.fired);
				hooks.signal?.throwIfAborted();
				if (done && untilUs === this.#endUs) break;
			}
		} finally {
			await this.#cursor.close();
		}
		const endedUs = this.#endUs === Number.POSITIVE_INFINITY ? engine.nowUs : this.#endUs;
		engine.sampleUntil(endedUs);
		return endedUs;
	}

	/** Fires one event, reading the workload as needed; false when the run is over. */
	async step(): Promise<boolean> {
		await this.#read();
		return this.engine.peek() <= this.#endUs && this.engine.step();
	}

	/** Stops reading the workload, for callers of `step` who leave before the end. */
	async close(): Promise<void> {
		await this.#cursor.close();
	}

	/** Reads the workload until the next event is known to be the next. */
	async #read(): Promise<void> {
		while (this.#cursor.readUntilUs < Math.min(this.engine.peek(), this.#endUs)) await this.#cursor.read();
	}
}
