/** Small nodes, pods, jobs and cells, so that a test says only what it is about. Amounts are canonical units. */
import { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import type { Job } from "../../src/cell/job.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import type { CommitResult, Placement, Transaction } from "../../src/cell/transaction.js";
import type { JobArrival, PodArrival } from "../../src/objects/arrival.js";
import {
	type GpuRequest,
	type NodeSpec,
	PLAIN_FACTS,
	type PodFacts,
	type PodSpec,
	type Taint,
} from "../../src/objects/spec.js";

export interface NodeOptions {
	readonly cpu?: number;
	readonly memory?: number;
	/** Room for pods; the kubelet's default when absent. */
	readonly pods?: number;
	readonly extended?: Readonly<Record<string, number>>;
	readonly labels?: Readonly<Record<string, string>>;
	readonly taints?: readonly Taint[];
	readonly unschedulable?: boolean;
	readonly gpus?: number;
	readonly gpuModel?: string;
}

/** A node of 4000 milli-cpu and 1000 bytes of memory unless told otherwise. */
export function node(name: string, options: NodeOptions = {}): NodeSpec {
	const { cpu = 4000, memory = 1000, pods, extended = {}, labels = {}, taints = [] } = options;
	return {
		name,
		labels,
		taints,
		unschedulable: options.unschedulable ?? false,
		allocatable: { cpu, memory, ...extended, ...(pods === undefined ? {} : { pods }) },
		gpu: options.gpus ? { count: options.gpus, model: options.gpuModel ?? "" } : null,
	};
}

export interface PodOptions {
	readonly cpu?: number;
	readonly memory?: number;
	readonly extended?: Readonly<Record<string, number>>;
	readonly gpu?: Partial<GpuRequest>;
	readonly facts?: Partial<PodFacts>;
}

/** A pod that asks for 1000 milli-cpu and 100 bytes unless told otherwise. */
export function podSpec({ cpu = 1000, memory = 100, extended = {}, gpu, facts }: PodOptions = {}): PodSpec {
	const requests: Record<string, number> = {};
	for (const [name, amount] of Object.entries({ cpu, memory, ...extended })) if (amount > 0) requests[name] = amount;
	return {
		facts: facts ? { ...PLAIN_FACTS, ...facts } : PLAIN_FACTS,
		requests,
		gpu: gpu ? { count: 1, milli: 1000, models: [], ...gpu } : null,
	};
}

export interface PodArrivalOptions extends PodOptions {
	readonly name?: string;
	readonly durationUs?: number;
	readonly exit?: "succeeded" | "failed";
}

/** A pod that runs for one second unless told otherwise. */
export function podArrival({ name, durationUs = 1_000_000, exit, ...options }: PodArrivalOptions = {}): PodArrival {
	return { ...arrivalOf(podSpec(options), durationUs, name), ...(exit && { exit }) };
}

/** A pod of this declaration that uses what it requests, as far as anybody knows. */
export function arrivalOf(spec: PodSpec, durationUs: number, name: string | null = null): PodArrival {
	return {
		name,
		spec,
		durationUs,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
	};
}

export interface JobOptions extends PodArrivalOptions {
	readonly timeUs?: number;
	readonly gang?: boolean;
	readonly maxWorkers?: number;
	/** Number of equal pods, 1 by default; or the pods themselves. */
	readonly pods?: number | readonly PodArrival[];
}

/** A job of equal pods. */
export function job(name: string, options: JobOptions = {}): JobArrival {
	const {
		pods = 1,
		timeUs = 0,
		gang = false,
		maxWorkers,
		name: _podName,
		...rest
	} = options as JobOptions & { name?: string };
	const list = typeof pods === "number" ? Array.from({ length: pods }, () => podArrival(rest)) : pods;
	return { timeUs, name, pods: list, gang, ...(maxWorkers === undefined ? {} : { maxWorkers }) };
}

/** A clock that tests move by hand. */
export class HandClock {
	nowUs = 0;
}

/** A cell with these nodes, and its clock. */
export function cellOf(nodes: readonly NodeSpec[], clock = new HandClock()): Cell {
	const cell = new Cell(clock);
	for (const spec of nodes) cell.addNode(spec);
	return cell;
}

/** The only pod of a job, or its pod at an index, while it waits. */
export function pendingPod(of: Job, index = 0): PodId {
	return of.pending[index]!;
}

/** A placement as a scheduler would make it now: devices chosen, version of the node noted. */
export function placementOf(cell: Cell, pod: PodId, node: NodeId | number): Placement {
	const podClass = cell.pod(pod).podClass;
	const id = node as NodeId;
	return { pod, node: id, devices: cell.nodes.chooseDevices(podClass, id), nodeVersion: cell.nodes.version[id]! };
}

/** Commits placements, incrementally and by fit unless told otherwise. */
export function commit(
	cell: Cell,
	placements: readonly Placement[],
	options: Partial<Omit<Transaction, "placements">> = {},
): CommitResult {
	return cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental", ...options });
}

/** Submits a job of one pod and binds it; the id of the pod. */
export function bindNew(cell: Cell, nodeId: NodeId | number, options: PodArrivalOptions = {}): PodId {
	const pod = pendingPod(cell.submit(job(options.name ?? `job-${cell.jobsSubmitted}`, options)));
	const { conflicts } = commit(cell, [placementOf(cell, pod, nodeId)]);
	if (conflicts.length > 0) throw new Error(`pod does not go on node ${nodeId}: ${conflicts[0]!.reason}`);
	return pod;
}

/** A fresh snapshot of the cell. */
export function snapshotOf(cell: Cell): Snapshot {
	const snapshot = new Snapshot(cell);
	snapshot.refresh();
	return snapshot;
}
