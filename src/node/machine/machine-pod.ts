/** What a machine knows of a pod and its containers: records that the machine changes. */
import type { PodId } from "../../cell/ids.js";
import type { Random } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { PodArrival } from "../../objects/arrival.js";
import type { ContainerRun, PodRun } from "../../objects/pod-run.js";
import type { PodSpec } from "../../objects/spec.js";
import type { ContainerUsage, Demand } from "../../objects/usage.js";
import { DemandCursor } from "../demand/demand-cursor.js";
import { type LifecycleOptions, PodLifecycle } from "../kubelet/lifecycle.js";
import { oomScoreAdj, type QosClass, qosClass, requestOf } from "../kubelet/qos.js";
import { type OtherDemands, otherDemands } from "./other-demands.js";
import { VirtualMachine, type VirtualMachineOptions } from "./virtual-machines.js";

const NEVER = Number.POSITIVE_INFINITY;
const NONE = Number.POSITIVE_INFINITY;
const NO_GROUP = -1;
/** CPU time below which work counts as done, microseconds: times are whole microseconds, work is not. */
const DONE_US = 1e-3;

export class MachineContainer {
	readonly pod: MachinePod;
	/** Position among the pod's containers. */
	readonly index: number;
	readonly run: ContainerRun;
	readonly usage: ContainerUsage;
	readonly cpu: DemandCursor;
	readonly memory: DemandCursor;
	readonly cache: DemandCursor | null;
	readonly others: OtherDemands | null;
	readonly oomScoreAdj: number;
	/** As of its usage, where it may be absent: looking for what is not there costs memory each time. */
	readonly burstPeriodUs: SimTime | undefined;
	/** CPU time of the machine for CPU time of its own: more than 1 in a virtual machine. */
	readonly cpuFactor: number;
	/** In the CPU tree, while it runs; -1 else. */
	group = NO_GROUP;
	/** CPUs that it has alone while it runs, milli-CPU; 0: it shares those of the machine. */
	exclusiveMilli = 0;
	/** When it ends by time, and when one of its demands changes. */
	endUs: SimTime = NEVER;
	changeUs: SimTime = NEVER;
	/** When it obeys SIGTERM. */
	obeysUs: SimTime = NEVER;
	/** Until when it waits for memory above its memory.high, and does nothing. */
	stalledUs: SimTime = 0;
	/** The pace of its work, milli-CPU of a machine of its own, and since when. */
	workMilli = 0;
	sinceUs: SimTime = 0;
	/** CPU that the requests that come to it want, milli-CPU, in place of its demand; null if nobody says. */
	servedMilli: number | null = null;
	/** CPU time until its work is done, and until it serves, microseconds of one CPU. */
	workLeftUs = NEVER;
	startupLeftUs = 0;
	/** Whether it has started up, so that its probes succeed. */
	serves = false;
	/** Requests and limits now: a resize moves them. */
	requestMilli: number;
	limitMilli: number;
	memoryRequestBytes: number;
	memoryLimitBytes: number;

	constructor(pod: MachinePod, index: number, usage: ContainerUsage, oomScoreAdj: number, random: PodStreams) {
		const run = pod.run.containers[index]!;
		const draws = (what: string) => () => random(`${run.name}/${what}`);
		this.pod = pod;
		this.index = index;
		this.run = run;
		this.usage = usage;
		this.burstPeriodUs = usage.burstPeriodUs;
		this.cpu = new DemandCursor(usage.cpuMilli, draws("cpu"));
		this.memory = new DemandCursor(usage.memoryBytes, draws("memory"));
		this.cache = usage.cacheBytes === null ? null : new DemandCursor(usage.cacheBytes, draws("cache"));
		this.others = otherDemands(usage, draws);
		this.requestMilli = requestOf(run, "cpu");
		this.limitMilli = run.limits["cpu"] ?? NONE;
		this.memoryRequestBytes = requestOf(run, "memory");
		const room = pod.guest === null ? NONE : this.memoryRequestBytes;
		this.memoryLimitBytes = run.limits["memory"] ?? room;
		this.oomScoreAdj = oomScoreAdj;
		this.cpuFactor = pod.guest?.cpuFactor(usage.ioShare ?? 0) ?? 1;
	}

	get runs(): boolean {
		return this.group !== NO_GROUP;
	}

	/** Begins to run in a group of the CPU tree. */
	begin(group: number, nowUs: SimTime): void {
		const { workCpuUs, startupCpuUs } = this.usage;
		const timed = this.run.kind === "main" && workCpuUs === NEVER && !this.pod.livesForATime;
		this.group = group;
		this.endUs = timed ? nowUs + this.pod.durationUs : NEVER;
		this.workLeftUs = workCpuUs;
		this.startupLeftUs = startupCpuUs;
		this.obeysUs = NEVER;
		this.serves = startupCpuUs === 0;
		this.workMilli = 0;
		this.sinceUs = nowUs;
		this.stalledUs = 0;
		this.cpu.begin(nowUs);
		this.memory.begin(nowUs);
		this.cache?.begin(nowUs);
		this.others?.begin(nowUs);
	}

	/** Runs no more. */
	end(): void {
		this.group = NO_GROUP;
	}

	/** Its work goes on up to now, at its last pace. */
	work(nowUs: SimTime): void {
		const doneUs = (this.workMilli / 1000) * (nowUs - this.sinceUs);
		this.sinceUs = nowUs;
		this.workLeftUs -= doneUs;
		this.startupLeftUs -= doneUs;
	}

	/** By time or by work. */
	isDone(nowUs: SimTime): boolean {
		return this.endUs <= nowUs || this.workLeftUs <= DONE_US;
	}

	get hasStartedUp(): boolean {
		return this.startupLeftUs <= DONE_US;
	}

	/** When its work will be done or it will have started up at its pace: the first whole microsecond after it. */
	workedUs(nowUs: SimTime): SimTime {
		const leftUs = this.serves ? this.workLeftUs : Math.min(this.startupLeftUs, this.workLeftUs);
		if (leftUs === NEVER || this.workMilli === 0) return NEVER;
		return Math.max(nowUs + 1, Math.ceil(nowUs + (leftUs * 1000) / this.workMilli));
	}
}

export class MachinePod {
	readonly id: PodId;
	/** Of the pod table. */
	readonly row: number;
	readonly spec: PodSpec;
	readonly run: PodRun;
	readonly qos: QosClass;
	readonly durationUs: SimTime;
	readonly containers: readonly MachineContainer[];
	readonly lifecycle: PodLifecycle;
	/** Its virtual machine; null without. */
	readonly guest: VirtualMachine | null;
	/** It ran already when the simulation began: its images are there. */
	readonly ranBefore: boolean;
	/** In the CPU tree. */
	group = NO_GROUP;
	/** When its first container may start; Infinity once it could. */
	beginUs: SimTime = NEVER;
	/** When it ends by time, whatever its containers do. */
	endUs: SimTime = NEVER;
	/** Why it ends, if its kubelet ends it: its time is over, the node is short of something, or it was told to go. */
	endedFor: "lifetime" | "eviction" | "told" | null = null;
	/** Time that its containers take over SIGTERM. */
	obeysAfterUs: SimTime = 0;
	/** Whether the last of its containers that was killed was so for want of memory. */
	oomKilled = false;
	/** Process ids that it has, and wants beside and may not have. */
	pids = 0;
	missingPids = 0;
	/** Whether its usage must be written anew when the machine is settled. */
	changed = false;

	constructor(id: PodId, row: number, arrival: PodArrival, context: PodContext) {
		this.id = id;
		this.row = row;
		this.spec = arrival.spec;
		this.durationUs = arrival.durationUs;
		this.run = arrival.spec.run ?? soleContainer(arrival.spec);
		const runs = this.run.containers;
		this.qos = qosClass(runs);
		const { virtualMachines } = context;
		this.guest = virtualMachines === null ? null : new VirtualMachine(runs, virtualMachines);
		this.ranBefore = context.ranBefore;
		this.lifecycle = new PodLifecycle(this.run, context.lifecycle);
		const options = { nodeCritical: arrival.spec.facts.priority >= NODE_CRITICAL };
		this.containers = runs.map((run, i) => {
			const usage = arrival.usage?.containers[i] ?? constantUsage(run, arrival);
			const adj = oomScoreAdj(runs, run, context.memoryCapacityBytes, options);
			return new MachineContainer(this, i, usage, adj, context.random);
		});
	}

	/** Of the pod's own cgroup: a sum over main containers and sidecars; what init containers ask for beyond is not counted. */
	get requestMilli(): number {
		if (this.guest !== null) return this.guest.vcpuMilli;
		let sum = 0;
		for (const { run, requestMilli } of this.containers) if (run.kind !== "init") sum += requestMilli;
		return sum;
	}

	/** Of the pod's own cgroup: a sum, or none as soon as one container has none. */
	get limitMilli(): number {
		if (this.guest !== null) return this.guest.vcpuMilli;
		let sum = 0;
		for (const { limitMilli } of this.containers) sum += limitMilli;
		return sum;
	}

	/** A pod that is kept running has a life span; others run each container for that long, or until its work is done. */
	get livesForATime(): boolean {
		if (this.run.restartPolicy !== "Always" || this.durationUs === NEVER) return false;
		return this.containers.some(({ run, usage }) => run.kind === "main" && usage.workCpuUs === NEVER);
	}

	/** Of a priority that Kubernetes keeps for its own: system-cluster-critical or above. */
	get isCritical(): boolean {
		return this.spec.facts.priority >= CLUSTER_CRITICAL;
	}
}

/** A stream of draws for something of a pod. */
export type PodStreams = (what: string) => Random;

export interface PodContext {
	readonly memoryCapacityBytes: number;
	readonly lifecycle: LifecycleOptions;
	readonly ranBefore: boolean;
	readonly virtualMachines: VirtualMachineOptions | null;
	readonly random: PodStreams;
}

const CLUSTER_CRITICAL = 2_000_000_000;
const NODE_CRITICAL = 2_000_001_000;

/** A pod of which only the sum of the requests is known, as in most traces: one container, no limits, never started again. */
function soleContainer({ requests }: PodSpec): PodRun {
	const container: ContainerRun = {
		name: "main",
		kind: "main",
		image: "",
		imagePullPolicy: "IfNotPresent",
		requests,
		limits: {},
		startupProbe: null,
		readinessProbe: null,
		livenessProbe: null,
		preStopUs: 0,
	};
	return { containers: [container], restartPolicy: "Never", terminationGraceUs: 30_000_000 };
}

/** Without usage of its own a container uses the same fractions of its requests all the time; init containers are done at once. */
function constantUsage(container: ContainerRun, arrival: PodArrival): ContainerUsage {
	const cpuMilli = requestOf(container, "cpu") * arrival.cpuUsageFraction;
	return {
		cpuMilli: constant(cpuMilli),
		memoryBytes: constant(requestOf(container, "memory") * arrival.memoryUsageFraction),
		cacheBytes: null,
		threads: Math.max(1, Math.ceil(cpuMilli / 1000)),
		workCpuUs: container.kind === "init" ? 0 : NEVER,
		startupCpuUs: 0,
		latencySensitive: false,
	};
}

function constant(value: number): Demand {
	return { kind: "constant", value };
}
