/** Pods with containers that use something, so that a test says only what it is about. Amounts are canonical units, times microseconds. */
import { DEFAULT_MACHINE, type MachineOptions } from "../../src/node/machine/machine-options.js";
import type { PodArrival } from "../../src/objects/arrival.js";
import type { ContainerRun, PodRun, Probe } from "../../src/objects/pod-run.js";
import type { ResourceList } from "../../src/objects/resources.js";
import { type GpuRequest, PLAIN_FACTS, type PodFacts } from "../../src/objects/spec.js";
import type { ContainerUsage, Demand } from "../../src/objects/usage.js";

export interface ContainerOptions {
	readonly name?: string;
	readonly kind?: ContainerRun["kind"];
	readonly requests?: ResourceList;
	readonly limits?: ResourceList;
	/** What it wants; a number is constant. CPU 1000 milli and no memory unless told otherwise. */
	readonly cpu?: Demand | number;
	readonly memory?: Demand | number;
	readonly cache?: Demand | number;
	readonly storage?: Demand | number;
	readonly pids?: Demand | number;
	/** Thousandths of a device. */
	readonly gpuMemory?: Demand | number;
	readonly threads?: number;
	/** CPU time after which it is done; none unless told otherwise. */
	readonly workUs?: number;
	/** CPU time until it serves; none unless told otherwise. */
	readonly startupUs?: number;
	/** Its work comes at once at the beginning of each such period; evenly unless told otherwise. */
	readonly burstUs?: number;
	readonly latencySensitive?: boolean;
	readonly image?: string;
	readonly livenessProbe?: Probe;
}

export interface RunningPodOptions extends ContainerOptions {
	/** Several, in place of the one that the other options describe. */
	readonly containers?: readonly ContainerOptions[];
	readonly restartPolicy?: PodRun["restartPolicy"];
	/** None unless told otherwise. */
	readonly gpu?: GpuRequest;
	/** For ever unless told otherwise. */
	readonly durationUs?: number;
	readonly facts?: Partial<PodFacts>;
}

/** A pod that runs one container, restart policy Never. */
export function runningPod(options: RunningPodOptions = {}): PodArrival {
	const { containers = [options], restartPolicy = "Never", facts = {}, gpu = null } = options;
	const requests: Record<string, number> = {};
	for (const { kind, requests: own = {} } of containers)
		for (const [name, amount] of Object.entries(own))
			if (kind !== "init") requests[name] = (requests[name] ?? 0) + amount;
	const run: PodRun = { containers: containers.map(containerRun), restartPolicy, terminationGraceUs: 30_000_000 };
	return {
		name: null,
		spec: { facts: { ...PLAIN_FACTS, ...facts }, requests, gpu, run },
		durationUs: options.durationUs ?? Number.POSITIVE_INFINITY,
		exit: "succeeded",
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
		usage: { containers: containers.map(containerUsage) },
	};
}

/** Machines with both conversions of weights linear, so that shares are easy to say, whose kubelets hear of everything at once. */
export function machineOf(options: Partial<MachineOptions> = {}): MachineOptions {
	return { ...DEFAULT_MACHINE, cpuWeights: "linear", relistUs: 0, ...options };
}

/** Two values, the second from `atUs` on. */
export function stepTo(first: number, atUs: number, second: number): Demand {
	const phases = [
		{ durationUs: atUs, value: first },
		{ durationUs: 1, value: second },
	];
	return { kind: "phases", phases, after: "hold" };
}

function containerRun(options: ContainerOptions, i: number): ContainerRun {
	const { name = `c${i}`, kind = "main", requests = {}, limits = {}, image = "", livenessProbe = null } = options;
	return {
		name,
		kind,
		image,
		imagePullPolicy: "IfNotPresent",
		requests,
		limits,
		startupProbe: null,
		readinessProbe: null,
		livenessProbe,
		preStopUs: 0,
	};
}

function containerUsage(options: ContainerOptions): ContainerUsage {
	const { cpu = 1000, memory = 0, cache, threads = 8, workUs = Number.POSITIVE_INFINITY } = options;
	return {
		cpuMilli: demand(cpu),
		memoryBytes: demand(memory),
		cacheBytes: cache === undefined ? null : demand(cache),
		threads,
		workCpuUs: workUs,
		startupCpuUs: options.startupUs ?? 0,
		latencySensitive: options.latencySensitive ?? false,
		...(options.storage !== undefined && { storageBytes: demand(options.storage) }),
		...(options.pids !== undefined && { pids: demand(options.pids) }),
		...(options.gpuMemory !== undefined && { gpuMemoryMilli: demand(options.gpuMemory) }),
		...(options.burstUs !== undefined && { burstPeriodUs: options.burstUs }),
	};
}

function demand(amount: Demand | number): Demand {
	return typeof amount === "number" ? { kind: "constant", value: amount } : amount;
}
