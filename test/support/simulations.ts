/** Whole simulations in a few lines, with what happened as a list of words. */
import type { Cell } from "../../src/cell/cell.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import type { Attempt } from "../../src/cell/transaction.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import {
	type Prefilled,
	type SchedulerOptions,
	Simulation,
	type SimulationOptions,
} from "../../src/experiment/simulation.js";
import { machinesOf } from "../../src/node/machine/machine-agent.js";
import type { MachineOptions } from "../../src/node/machine/machine-options.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import type { NodeSpec } from "../../src/objects/spec.js";
import type { ArchitectureContext } from "../../src/scheduling/architecture.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import type { ElasticPolicy } from "../../src/scheduling/elastic.js";
import { elasticPolicies } from "../../src/scheduling/elastic-policies.js";
import type { Scheduler } from "../../src/scheduling/scheduler.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { cellOf, commit, job, node, snapshotOf } from "./cells.js";

/** A scheduler of the registry with default parameters. */
export function schedulerNamed(name: string, params: object = {}): Scheduler {
	const definition = schedulers.all.get(name)!;
	return definition.create(definition.params?.parse(params));
}

/** An architecture of the registry with default parameters. */
export function architectureNamed(name: string, params: object = {}): SimulationOptions["architecture"] {
	const definition = architectures.all.get(name)!;
	const given = { ...CONTRACT_PARAMS[name], ...params };
	return (context: ArchitectureContext) => definition.create(definition.params?.parse(given), context);
}

/** An elastic policy of the registry with default parameters. */
export function elasticNamed(name: string, params: object = {}): ElasticPolicy {
	const definition = elasticPolicies.all.get(name)!;
	return definition.create(definition.params?.parse(params));
}

/** Shared state in which the name of a job says whose it is: `p1-web` belongs to scheduler 1. */
export function routedByName(params: object = {}): SimulationOptions["architecture"] {
	return (context) => architectureNamed("shared-state", params)({ ...context, router: ({ name }) => Number(name[1]) });
}

/** Parameters with which the contract tests run an architecture of three schedulers, where its defaults do not do. */
export const CONTRACT_PARAMS: Readonly<Record<string, object>> = {
	"omega-simulator": { scheme: "shared-state" },
	// Messages within the short time that the workloads take.
	sparrow: { delay: "1us" },
	hawk: { delay: "1us" },
	"static-partition": { slices: { "scheduler-0": 0.4, "scheduler-1": 0.4, "scheduler-2": 0.2 } },
};

/** How many schedulers an architecture runs with here: three, or one if it refuses more. */
export function replicasOf(name: string, given: object = {}): number {
	const definition = architectures.all.get(name)!;
	const params = definition.params?.parse({ ...CONTRACT_PARAMS[name], ...given }) as never;
	const processes = [0, 1, 2].map((i) => ({ name: `scheduler-${i}`, entry: `scheduler-${i}` }));
	return definition.refuses?.(params, processes) ? 1 : 3;
}

/** Those of the jobs that fit the empty nodes one after the other, each pod on the first node that takes it, as jobs that run already. */
export function prefillOf(nodes: readonly NodeSpec[], jobs: readonly JobArrival[]): Prefilled[] {
	const cell = cellOf(nodes);
	return jobs.flatMap((arrival): Prefilled[] => {
		const job = cell.submit({ ...arrival, gang: true });
		const pods = job.pending.map((pod) => cell.pod(pod));
		const { placements } = schedulerNamed("first-fit").decide(
			pods,
			snapshotOf(cell),
			new SeededRandomSource("1").stream("prefill"),
		);
		commit(cell, placements);
		return placements.length === 0
			? []
			: [{ job: { ...arrival, name: `old-${arrival.name}` }, nodes: placements.map(({ node }) => node) }];
	});
}

export interface SimulateOptions extends Partial<Omit<SimulationOptions, "schedulers" | "arrivals" | "machine">> {
	/** Machines in full; absent, pods run undisturbed. */
	readonly machine?: MachineOptions;
	/** In order of time. */
	readonly jobs?: readonly JobArrival[];
	/** Name or instance; `replicas` of it, each on its own stream. */
	readonly scheduler?: string | (() => Scheduler);
	readonly replicas?: number;
	readonly perJobUs?: number;
	readonly perPodUs?: number;
	/** What the schedulers do with elastic jobs; default nothing. */
	readonly elastic?: ElasticPolicy;
	/** One by one, in place of `replicas` equal ones: what differs from the options above. */
	readonly schedulers?: readonly Partial<SchedulerOptions>[];
	/** Keeps no log and checks no invariants, for long runs. */
	readonly quiet?: boolean;
	/** Runs before the run, on the finished simulation. */
	readonly prepare?: (simulation: Simulation) => void;
}

/**
 * Scheduler 1 decides on b for 5 x 10 us, while placements of scheduler 0 change the only node at 10, 50 and 90: it conflicts at 50
 * and 100, at the first of five pods each, and is placed at 150.
 */
export const CONFLICTS: SimulateOptions = {
	nodes: [node("n", { cpu: 8000 })],
	jobs: [
		job("p0-a", { durationUs: Number.POSITIVE_INFINITY }),
		job("p1-b", { durationUs: Number.POSITIVE_INFINITY, pods: 5 }),
		job("p0-c", { durationUs: Number.POSITIVE_INFINITY, timeUs: 40 }),
		job("p0-d", { durationUs: Number.POSITIVE_INFINITY, timeUs: 80 }),
	],
	architecture: routedByName({ conflict: "node-version", atomicity: "all-or-nothing" }),
	replicas: 2,
	perPodUs: 10,
	endUs: 200,
};

export interface Simulated {
	readonly simulation: Simulation;
	/** "time what pod node" for everything that happened to pods and nodes. */
	readonly log: readonly string[];
	/** The lines of the log that bind pods. */
	readonly bindings: readonly string[];
	readonly attempts: readonly Attempt[];
	readonly endedUs: number;
}

/** Runs a simulation: one monolithic first-fit scheduler that decides at once, unless told otherwise. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
	const log: string[] = [];
	const attempts: Attempt[] = [];
	const watchEverything = (_engine: unknown, cell: Cell) => {
		cell.watch(logger(cell, log));
		cell.watch({
			attempted(attempt) {
				attempts.push(attempt);
				checkInvariants(cell);
			},
		});
	};
	const { machine, ...others } = options;
	const simulation = new Simulation({
		random: new SeededRandomSource("1"),
		nodes: [],
		architecture: architectureNamed("monolithic"),
		queue: { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } },
		startDelayUs: null,
		onLoss: "resubmit",
		faults: [],
		endUs: Number.POSITIVE_INFINITY,
		...others,
		machine: machine === undefined ? null : machinesOf(machine),
		observers: [...(options.quiet ? [] : [watchEverything]), ...(options.observers ?? [])],
		schedulers: processes(options),
		arrivals: [options.jobs ?? []],
	});
	options.prepare?.(simulation);
	const endedUs = await simulation.run();
	checkInvariants(simulation.cell);
	return { simulation, log, bindings: log.filter((line) => line.includes(" bound ")), attempts, endedUs };
}

function processes({
	scheduler = "first-fit",
	replicas = 1,
	perJobUs = 0,
	perPodUs = 0,
	elastic,
	schedulers: differing = Array.from({ length: replicas }, () => ({})),
}: SimulateOptions): SchedulerOptions[] {
	return differing.map((differs, i) => ({
		name: `scheduler-${i}`,
		scheduler: typeof scheduler === "string" ? schedulerNamed(scheduler) : scheduler(),
		decisionTime: { perJobUs, perPodUs },
		...(elastic && { elastic }),
		...differs,
	}));
}

function logger(cell: Cell, log: string[]): Parameters<Cell["watch"]>[0] {
	const write = (words: string) => log.push(`${cell.nowUs} ${words}`);
	return {
		nodeChanged: (node, change) => write(`${change} ${cell.node(node).name}`),
		podBound: (pod, node) => write(`bound ${cell.pod(pod).name} ${cell.node(node).name}`),
		podStarted: (pod) => write(`started ${cell.pod(pod).name}`),
		podEnded: (pod, _node, reason) => write(`${reason} ${cell.pod(pod).name}`),
		podRequeued: (pod, _node, reason) => write(`requeued ${cell.pod(pod).name} ${reason}`),
	};
}
