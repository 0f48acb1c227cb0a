/** What machines are like: the part of a node's behaviour that is the same for all nodes of a cell. */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { ImageSpec } from "../images/image-catalogue.js";
import type { PullOptions } from "../images/pull-options.js";
import type { EvictionOptions } from "../kubelet/eviction.js";
import type { InterferenceName } from "./interference.js";
import type { VirtualMachineOptions } from "./virtual-machines.js";

export const EVICTION_RULES = ["resubmit", "fail"] as const;
/** What becomes of pods that are evicted, or killed with nobody to start them again: back to the queue, or failed for good. */
export type EvictionRule = (typeof EVICTION_RULES)[number];

export const CPU_WEIGHTS = ["linear", "log"] as const;
/** How the container runtime turns cpu.shares into cpu.weight: `log` since runc 1.3.2 and crun 1.23. */
export type CpuWeights = (typeof CPU_WEIGHTS)[number];

export const CPU_MANAGER_POLICIES = ["none", "static"] as const;
/** The kubelet's --cpu-manager-policy: `static` gives whole CPUs alone to containers of Guaranteed pods that request whole CPUs. */
export type CpuManagerPolicy = (typeof CPU_MANAGER_POLICIES)[number];

export const MEMORY_KILLS = ["oom-score", "borg"] as const;
/** Who is killed on a machine that is out of memory: by the score of Linux (`oom-kill.ts`), or by Borg's rules (`borg-kill.ts`). */
export type MemoryKills = (typeof MEMORY_KILLS)[number];

/** An amount of what a machine has. */
export interface MachineAmount {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	/** Process ids; absent is none. */
	readonly pids?: number;
}

/** The images of an experiment, and how machines get them. */
export interface MachineImages {
	/** Those that are not listed are everywhere. */
	readonly images: readonly ImageSpec[];
	readonly pulls: PullOptions;
	/** Of each node, for images. */
	readonly diskBytes: number;
	/** Of each node: the smaller of its link and its disk's writing speed. */
	readonly bytesPerS: number;
}

export interface MachineOptions {
	/** Default log. */
	readonly cpuWeights: CpuWeights;
	/** The kubelet's --cpu-cfs-quota-period; default 100 ms. */
	readonly cfsPeriodUs: SimTime;
	/** How much of its quota a container may save up for later periods, 0 to 1 of it (cpu.cfs_burst_us); default 0. */
	readonly cfsBurst: number;
	/** Default none. */
	readonly cpuManagerPolicy: CpuManagerPolicy;
	/** Whether memory.min and memory.high are set (the kubelet's feature gate MemoryQoS); default false. */
	readonly memoryQos: boolean;
	/** Default oom-score. */
	readonly memoryKills: MemoryKills;
	/** Default resubmit, as a controller would. */
	readonly onEviction: EvictionRule;
	/** Thresholds of the kubelet's eviction, default those of a kubelet that nobody configured; null never evicts. */
	readonly eviction: EvictionOptions | null;
	/** The kubelet's podPidsLimit: process ids that a pod may have at most; default Infinity, for no limit. */
	readonly podPidsLimit: number;
	/** Process ids of a machine: the smaller of kernel.pid_max and kernel.threads-max. Default 4194304, which 64-bit systemd sets. */
	readonly pidMax: number;
	/** kube-reserved and system-reserved: what a node has beyond its allocatable; default nothing. */
	readonly reserved: MachineAmount;
	/** What the system daemons use of it, all the time; default nothing. */
	readonly systemUsage: MachineAmount;
	/** How long until a kubelet hears that a container has ended (PLEG relist period); default 1 s. */
	readonly relistUs: SimTime;
	/** Default null: every image is on every node. */
	readonly images: MachineImages | null;
	/** Default null: containers run on the node itself, not in a virtual machine for each pod. */
	readonly virtualMachines: VirtualMachineOptions | null;
	/** How much slower work goes for what else runs on the node; default none. */
	readonly interference: InterferenceName;
}

const NOTHING: MachineAmount = { cpuMilli: 0, memoryBytes: 0 };

export const DEFAULT_MACHINE: MachineOptions = {
	cpuWeights: "log",
	cfsPeriodUs: 100_000,
	cfsBurst: 0,
	cpuManagerPolicy: "none",
	memoryQos: false,
	memoryKills: "oom-score",
	onEviction: "resubmit",
	eviction: {},
	podPidsLimit: Number.POSITIVE_INFINITY,
	pidMax: 2 ** 22,
	reserved: NOTHING,
	systemUsage: NOTHING,
	relistUs: SECOND,
	images: null,
	virtualMachines: null,
	interference: "none",
};
