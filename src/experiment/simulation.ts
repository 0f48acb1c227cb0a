/**
 * The one place where the rooms meet: makes the engine, the cell, the node agent and the schedulers, and runs them over a
 * workload. It wires and holds no logic of its own.
 */
import { Cell } from "../cell/cell.js";
import { NODE_CHANGES } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import { type DistributionSpec, sampler } from "../engine/distributions.js";
import { Engine } from "../engine/engine.js";
import type { EventQueue } from "../engine/event-queue.js";
import type { RandomSource } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import { Allocs } from "../node/allocs.js";
import type { RecommenderPolicy } from "../node/autoscaling/recommender.js";
import { VerticalAutoscaler } from "../node/autoscaling/vertical-autoscaler.js";
import { type ContainerRuntimeOptions, ContainerRuntimes } from "../node/container-runtime.js";
import { declaredUsage } from "../node/declared-usage.js";
import { type FailureOptions, simulateFailures } from "../node/failures/failures.js";
import { type Fault, scheduleFaults } from "../node/faults.js";
import { LoadWatcher, type LoadWatcherOptions } from "../node/load-watcher.js";
import type { MachineMaker } from "../node/machine/machine-agent.js";
import { measuredUsage } from "../node/machine/measured-usage.js";
import { type LossRule, NodeAgent } from "../node/node-agent.js";
import { Overcommit } from "../node/overcommit/overcommit.js";
import type { OvercommitContext, OvercommitPolicy } from "../node/overcommit/policy.js";
import { type Termination, terminationOf } from "../node/termination.js";
import type { JobArrival } from "../objects/arrival.js";
import type { ClusterObjects } from "../objects/cluster-objects.js";
import type { NodeSpec } from "../objects/spec.js";
import type { Admission } from "../scheduling/admission/quota.js";
import type { Architecture, ArchitectureContext } from "../scheduling/architecture.js";
import type { ElasticPolicy } from "../scheduling/elastic.js";
import { routerOf, type SchedulerEntry, type Spread } from "../scheduling/router.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import type { DecisionTime } from "../scheduling/scheduler-process.js";
import type { QueueOptions } from "../scheduling/waiting-room.js";
import { ArrivalCursor } from "../workload/arrival-cursor.js";
import type { ArrivalStream } from "../workload/arrivals.js";
import type { MakeTraffic } from "./traffic.js";

/**
 * The order of events within one instant: what comes to the cell, what ends on its nodes, what is submitted, what was
 * decided, who decides next, what leaves the cell.
 */
const PHASES = { arriving: 0, nodeDue: 1, arrival: 2, retry: 3, commit: 4, wake: 5, leaving: 6 } as const;
/** Events between two looks at the outside: reading, writing, progress, interruption. */
const SLICE = 50_000;

/** One scheduler process. */
export interface SchedulerOptions {
	readonly name: string;
	/** The entry of the experiment file that it is a replica of; default its own name. */
	readonly entry?: string;
	/** Job classes that the entry is for; default null, whatever no other entry is for. */
	readonly classes?: readonly string[] | null;
	/** How jobs are dealt out among the processes of the entry; default hash. */
	readonly spread?: Spread;
	/** Nodes it may use; default all. The answer for a node never changes. */
	readonly sees?: ((node: NodeSpec) => boolean) | null;
	/** What the placement policy is called, for messages. */
	readonly policy?: string;
	readonly scheduler: Scheduler;
	readonly decisionTime: DecisionTime;
	/** What it does with elastic jobs; default nothing. */
	readonly elastic?: ElasticPolicy;
}

/** A job that runs already when the simulation begins. */
export interface Prefilled {
	/** Its `timeUs` is not looked at; run times are those that are left. */
	readonly job: JobArrival;
	/** The node of each pod, by position in `SimulationOptions.nodes`. */
	readonly nodes: readonly number[];
}

export interface SimulationOptions {
	readonly random: RandomSource;
	readonly nodes: readonly NodeSpec[];
	/** What there is besides nodes and pods; default nothing. */
	readonly objects?: ClusterObjects;
	/** What runs at time 0, before anything is submitted; a pod for which its node has no room is an error. Default nothing. */
	readonly prefill?: Iterable<Prefilled>;
	readonly arrivals: ArrivalStream;
	readonly architecture: (context: ArchitectureContext) => Architecture;
	/** One entry per scheduler process. */
	readonly schedulers: readonly SchedulerOptions[];
	readonly queue: QueueOptions;
	/** Who decides which jobs are taken in; default null, whatever comes is. */
	readonly admission?: ((cell: Cell) => Admission) | null;
	/** Time from binding to start, microseconds; null for none. */
	readonly startDelayUs: DistributionSpec | null;
	/** What starts the containers of a node, after that time; default null, as many at once as there are. */
	readonly runtime?: ContainerRuntimeOptions | null;
	readonly onLoss: LossRule;
	/** How pods leave that are deleted or preempted; default null, at once. */
	readonly termination?: { readonly takesUs: DistributionSpec; readonly noticeDelivered: number } | null;
	/** What nodes are like inside; default null, nodes that only start pods and end them. */
	readonly machine?: MachineMaker | null;
	/** What pods count for, and what nodes offer; null for requests and allocatable. */
	readonly overcommit?: ((context: OvercommitContext) => OvercommitPolicy) | null;
	/** Changes requests and limits of what runs, on full machines only; null for nobody. */
	readonly verticalAutoscaler?: RecommenderPolicy | null;
	/** How load is measured, where a scheduler looks at it. */
	readonly load?: Omit<LoadWatcherOptions, "usage">;
	readonly faults: readonly Fault[];
	/** What fails by chance and what is taken down by plan; default null, nothing. */
	readonly failures?: FailureOptions | null;
	/** Makes the control plane, whose pods come beside those that arrive; default null, nobody. */
	readonly controlPlane?: ((engine: Engine, cell: Cell, phase: number) => unknown) | null;
	/** Makes who sends requests to the services of the control plane; default null, nobody. */
	readonly traffic?: MakeTraffic | null;
	/** Whether pods may be allocs, in which others run; default no. */
	readonly allocs?: boolean;
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
	readonly architecture: Architecture;
	/** What the overcommit policy measured of itself, and what failed. */
	readonly nodeMetrics: () => Readonly<Record<string, number>>;
	readonly #cursor: ArrivalCursor;
	readonly #endUs: SimTime;

	constructor(options: SimulationOptions) {
		const { random, schedulers, queue } = options;
		this.engine = new Engine(options.eventQueue);
		this.cell = new Cell(this.engine);
		if (options.objects !== undefined) this.cell.api.declared = options.objects;
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
		const { machines, offered, counted, nodeMetrics } = simulateNodes(engine, cell, options);
		this.nodeMetrics = nodeMetrics;
		this.architecture = options.architecture({
			engine,
			cell,
			phases: PHASES,
			random,
			router: routerOf(entriesOf(schedulers)),
			processes: schedulers.map(({ sees = null, ...scheduler }, index) => ({
				entry: scheduler.name,
				...scheduler,
				index,
				queue,
				random: random.stream(`scheduler/${scheduler.name}`),
				sees: sees === null ? null : (node) => sees(cell.nodes.specs[node]!),
			})),
		});
		// After what starts and ends, before anybody decides.
		options.controlPlane?.(engine, cell, PHASES.retry);
		options.traffic?.(engine, cell, PHASES.retry, machines);
		if (schedulers.some(({ scheduler }) => scheduler.readsLoad)) {
			const usage = machines === null ? declaredUsage(cell) : measuredUsage(cell);
			// After what starts and ends, before anybody decides.
			const watcher = new LoadWatcher(engine, cell, PHASES.retry, { usage, ...options.load });
			if (machines !== null) machines.usageChanged = () => watcher.wake();
		}
		const faults = options.faults.map((fault) =>
			fault.action === "add" ? { ...fault, nodes: fault.nodes.map(offered) } : fault,
		);
		scheduleFaults(engine, cell, PHASES, faults);
		const admission = options.admission?.(cell) ?? null;
		const arrive = (job: JobArrival) =>
			admission === null ? cell.enter(counted(job)) : admission.submit(job, counted(job));
		this.#cursor = new ArrivalCursor(
			options.arrivals,
			engine.kind("job-arrival", PHASES.arrival, () => arrive(this.#cursor.taken!)),
		);
		engine.attach(this.#cursor);
		const ids = options.nodes.map((node) => cell.addNode(offered(node)));
		for (const { job, nodes } of options.prefill ?? [])
			cell.place(
				counted(job),
				nodes.map((node) => ids[node]!),
			);
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

/** What happens on machines, and what is offered of them. */
function simulateNodes(engine: Engine, cell: Cell, options: SimulationOptions) {
	const { random, onLoss, machine = null, overcommit: makePolicy, verticalAutoscaler = null } = options;
	const reportsReady = (options.controlPlane ?? null) !== null;
	const agent = {
		startDelayUs: startDelayOf(engine, cell, options),
		onLoss,
		termination: terminationFor(options),
		reportsReady,
	};
	const machines = machine === null ? null : machine(engine, cell, PHASES.nodeDue, { ...agent, random });
	if (machines === null) new NodeAgent(engine, cell, PHASES.nodeDue, agent);
	const policy = makePolicy?.({ cell, random: random.stream("node/overcommit") });
	// After what starts and ends, before anybody decides.
	const overcommit = policy === undefined ? null : new Overcommit(engine, cell, PHASES.retry, policy);
	if (verticalAutoscaler !== null && machines !== null)
		new VerticalAutoscaler(engine, cell, PHASES.retry, {
			policy: verticalAutoscaler,
			charge: policy?.charge ?? (({ requests }) => requests),
			resize: (pod, container, size) => machines.resize(pod, container, size),
		});
	const allocs = options.allocs ? new Allocs(cell) : null;
	const inside = (pod: PodId) => allocs?.inside(pod) ?? [];
	const failed =
		options.failures && simulateFailures(engine, cell, PHASES, options.failures, { random, onLoss, inside });
	return {
		machines,
		offered: (node: NodeSpec) => overcommit?.node(node) ?? node,
		counted: (job: JobArrival) => overcommit?.job(job) ?? job,
		nodeMetrics: () => ({ ...policy?.metrics?.(), ...failed?.() }),
	};
}

/** How long pods take to start on a node; null if they do at once. */
function startDelayOf(engine: Engine, cell: Cell, options: SimulationOptions): ((node: NodeId) => number) | null {
	const { random, startDelayUs, runtime = null } = options;
	const drawn = startDelayUs === null ? null : sampler(startDelayUs, random.stream("node/start-delay"));
	if (runtime === null) return drawn;
	const runtimes = new ContainerRuntimes(engine, cell.nodes, runtime);
	return (node) => runtimes.startDelayUs(node, Math.max(0, Math.round(drawn?.() ?? 0)));
}

function terminationFor({ random, termination = null }: SimulationOptions): Termination | null {
	if (termination === null) return null;
	const notice = random.stream("node/preemption-notice");
	return terminationOf({
		takesUs: sampler(termination.takesUs, random.stream("node/termination")),
		noticeDelivered: termination.noticeDelivered,
		notice: () => notice.next(),
	});
}

/** Entries in order of their first process. */
function entriesOf(schedulers: readonly SchedulerOptions[]): readonly SchedulerEntry[] {
	const names = [...new Set(schedulers.map(({ name, entry = name }) => entry))];
	return names.map((name) => {
		const processes = [...schedulers.keys()].filter((i) => (schedulers[i]!.entry ?? schedulers[i]!.name) === name);
		const { classes = null, spread = "hash", scheduler } = schedulers[processes[0]!]!;
		const { schedulerNames: names } = scheduler;
		return { name, classes, spread, processes, ...(names && { names }) };
	});
}
