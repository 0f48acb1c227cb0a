/** Draws what the containers of synthetic pods use over time. */
import { type DistributionSpec, mean } from "../../engine/distributions.js";
import type { ContainerRun, PodRun } from "../../objects/pod-run.js";
import type { GpuRequest, PodSpec } from "../../objects/spec.js";
import type { ContainerUsage, Demand, PodUsage } from "../../objects/usage.js";
import type { AmountOverTime, ContainerUsageSpec, DemandSpec, UsageSpec } from "./usage-schema.js";

/** Makes a source of draws for one attribute. */
export type Draw = (attribute: string, spec: DistributionSpec) => () => number;

/** What a pod uses: means as fractions of its request, and a course over time if the file says more than means. */
export interface DrawnUsage {
	readonly cpuFraction: number;
	readonly memoryFraction: number;
	readonly usage: PodUsage | null;
}

const FOREVER = Number.POSITIVE_INFINITY;

/** Whether only a full machine can make something of it: all but means. */
export function needsMachine({ containers, ...common }: UsageSpec): boolean {
	return [common, ...Object.values(containers ?? {})].some(saysMoreThanMeans) || containers !== undefined;
}

/**
 * A drawer of usages, one a pod, in the order of the pods. Every attribute draws from a stream of its own; `drawn` courses draw
 * while the simulation runs.
 */
export function usageDrawer(given: UsageSpec | undefined, draw: Draw): (spec: PodSpec) => DrawnUsage {
	const spec = given ?? { latencySensitive: false };
	const { containers: named = {}, ...common } = spec;
	const ofPod = containerDrawer(common, "usage", draw);
	const own = new Map(
		Object.entries(named).map(([name, usage]) => [name, containerDrawer(usage, `usage/${name}`, draw)] as const),
	);
	const full = needsMachine(spec);
	return (pod) => {
		const [cpuFraction, memoryFraction] = ofPod.means();
		if (!full) return { cpuFraction, memoryFraction, usage: null };
		const containers = runOf(pod).map((container) => {
			const drawer = own.get(container.name);
			const means = drawer?.means() ?? ([cpuFraction, memoryFraction] as const);
			return (drawer ?? ofPod).usage(container, pod.gpu, means);
		});
		return { cpuFraction, memoryFraction, usage: { containers } };
	};
}

function saysMoreThanMeans({
	cpu,
	memory,
	cache,
	storage,
	pids,
	gpuMemory,
	threads,
	work,
	startup,
	burst,
	ioShare,
	latencySensitive,
}: ContainerUsageSpec): boolean {
	const others = [cache, storage, pids, gpuMemory, threads, work, startup, burst, ioShare];
	return isCourse(cpu) || isCourse(memory) || others.some((part) => part !== undefined) || latencySensitive;
}

function isCourse(amount: AmountOverTime | undefined): amount is DemandSpec {
	return typeof amount === "object" && "demand" in amount;
}

/** Containers of a pod; one of the whole request where only the sum is known. */
function runOf({ run, requests }: PodSpec): readonly Pick<ContainerRun, "name" | "kind" | "requests" | "limits">[] {
	return run?.containers ?? [{ name: "main", kind: "main", requests, limits: {} }];
}

type Sized = Pick<PodRun["containers"][number], "kind" | "requests" | "limits">;

/** What the values of an amount are fractions of. */
interface Whole {
	readonly request: number;
	readonly limit: number;
}

/** Of what nobody requests: values are amounts. */
const AMOUNT: Whole = { request: 1, limit: 1 };

function containerDrawer(spec: ContainerUsageSpec, streams: string, draw: Draw) {
	const amount = (name: string, given: AmountOverTime | undefined) => amountDrawer(given, `${streams}/${name}`, draw);
	const cpu = amount("cpu", spec.cpu);
	const memory = amount("memory", spec.memory);
	const optionalAmount = (name: "cache" | "storage" | "pids" | "gpuMemory") => {
		const given = spec[name];
		if (given === undefined) return () => null;
		const drawer = amount(name, given);
		return (whole: Whole) => drawer.over(whole, drawer.mean());
	};
	const cache = optionalAmount("cache");
	const storage = optionalAmount("storage");
	const pids = optionalAmount("pids");
	const gpuMemory = optionalAmount("gpuMemory");
	const optional = (attribute: "threads" | "work" | "startup") => {
		const given = spec[attribute];
		return given === undefined ? null : draw(`${streams}/${attribute}`, given);
	};
	const threads = optional("threads");
	const work = optional("work");
	const startup = optional("startup");
	return {
		/** Mean use of CPU and memory as a fraction of the request, one draw each. */
		means: (): readonly [number, number] => [cpu.mean(), memory.mean()],
		usage(container: Sized, gpu: GpuRequest | null, [cpuFraction, memoryFraction]: readonly [number, number]) {
			const drawnThreads = threads === null ? null : Math.max(1, Math.round(threads()));
			const all: Demand = { kind: "constant", value: 1000 * (drawnThreads ?? 1) };
			const busy = work !== null && spec.cpu === undefined;
			const cpuMilli = busy ? all : cpu.over(wholeOf(container, "cpu"), cpuFraction);
			const wholeMemory = wholeOf(container, "memory");
			const usage: ContainerUsage = {
				cpuMilli,
				memoryBytes: memory.over(wholeMemory, memoryFraction),
				cacheBytes: cache(wholeMemory),
				threads: drawnThreads ?? Math.max(1, Math.ceil(peakOf(cpuMilli) / 1000)),
				workCpuUs: work === null ? (container.kind === "init" ? 0 : FOREVER) : Math.round(work()),
				startupCpuUs: startup === null ? 0 : Math.round(startup()),
				latencySensitive: spec.latencySensitive,
				...(spec.burst !== undefined && { burstPeriodUs: spec.burst }),
				...(spec.ioShare !== undefined && { ioShare: spec.ioShare }),
			};
			const storageBytes = storage(wholeOf(container, "ephemeral-storage"));
			const processes = pids(AMOUNT);
			const gpuMemoryMilli = gpuMemory(wholeOfDevices(gpu));
			return {
				...usage,
				...(storageBytes !== null && { storageBytes }),
				...(processes !== null && { pids: processes }),
				...(gpuMemoryMilli !== null && { gpuMemoryMilli }),
			};
		},
	};
}

function wholeOf({ requests, limits }: Sized, resource: "cpu" | "memory" | "ephemeral-storage"): Whole {
	const request = requests[resource] ?? 0;
	return { request, limit: limits[resource] ?? request };
}

/** Devices are the pod's: each of its containers may use all that it has of them. */
function wholeOfDevices(gpu: GpuRequest | null): Whole {
	const milli = gpu === null ? 0 : gpu.count * gpu.milli;
	return { request: milli, limit: milli };
}

/** `given` as a mean, and as a course over time of a container that has a size. */
function amountDrawer(given: AmountOverTime | undefined, stream: string, draw: Draw) {
	if (!isCourse(given)) {
		const mean = draw(stream, given ?? 1);
		return {
			mean,
			over: ({ request }: Whole, fraction: number): Demand => ({
				kind: "constant",
				value: Math.round(request * fraction),
			}),
		};
	}
	const scale = draw(`${stream}/scale`, given.scale);
	let factor = 1;
	return {
		mean() {
			factor = scale();
			return given.of === "amount" ? 1 : meanOf(given) * factor;
		},
		over({ request, limit }: Whole): Demand {
			const whole = given.of === "limit" ? limit : request;
			return courseOf(given, given.of === "amount" ? factor : factor * whole);
		},
	};
}

function courseOf(spec: DemandSpec, factor: number): Demand {
	switch (spec.demand) {
		case "constant":
			return { kind: "constant", value: spec.value * factor };
		case "diurnal": {
			const { period: periodUs, peakAt: peakAtUs, step: stepUs } = spec;
			const mean = spec.mean * factor;
			return { kind: "diurnal", mean, amplitude: spec.amplitude * mean, periodUs, peakAtUs, stepUs };
		}
		case "phases": {
			const phases = spec.phases.map(({ for: durationUs, value }) => ({ durationUs, value: value * factor }));
			return { kind: "phases", phases, after: spec.after };
		}
		case "points": {
			const { points } = spec;
			const until = (i: number) => points[i + 1]?.[0] ?? FOREVER;
			const phases = points.map(([fromUs, value], i) => ({ durationUs: until(i) - fromUs, value: value * factor }));
			return { kind: "phases", phases, after: "hold" };
		}
		case "series":
			return { kind: "series", values: spec.values, factor, stepUs: spec.step, clock: spec.clock, after: spec.after };
		case "drawn":
			return { kind: "drawn", distribution: spec.value, factor, stepUs: spec.step };
	}
}

/** Mean of a course before it is scaled; 1 where nobody knows. */
function meanOf(spec: DemandSpec): number {
	switch (spec.demand) {
		case "constant":
			return spec.value;
		case "diurnal":
			return spec.mean;
		case "phases": {
			const wholeUs = spec.phases.reduce((sum, phase) => sum + phase.for, 0);
			return spec.phases.reduce((sum, phase) => sum + phase.for * phase.value, 0) / wholeUs;
		}
		case "points":
			return spec.points.at(-1)![1];
		case "series":
			return spec.values.reduce((sum, value) => sum + value, 0) / spec.values.length;
		case "drawn":
			return mean(spec.value) ?? 1;
	}
}

/** The most that a course wants; Infinity where that is not known. */
function peakOf(demand: Demand): number {
	switch (demand.kind) {
		case "constant":
			return demand.value;
		case "diurnal":
			return demand.mean + demand.amplitude;
		case "phases":
			return demand.phases.reduce((peak, { value }) => Math.max(peak, value), 0);
		case "series": {
			let peak = 0;
			for (let i = 0; i < demand.values.length; i++) peak = Math.max(peak, demand.values[i]!);
			return peak * (demand.factor ?? 1);
		}
		case "drawn":
			return FOREVER;
	}
}
