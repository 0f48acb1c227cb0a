/**
 * Memory of one machine: who has how much, who is killed when a limit or the machine is full, and which pods the kubelet evicts
 * before it comes to that.
 *
 * Divergence from Kubernetes: the kubelet's rounds are at full ten seconds of simulated time, on all machines at once.
 */
import type { SimTime } from "../../engine/time.js";
import type { NodeSpec } from "../../objects/spec.js";
import { type EvictablePod, EvictionManager, type EvictionOptions, type NodeCondition } from "../kubelet/eviction.js";
import { memoryHigh, memoryMin } from "../kubelet/qos.js";
import {
	amountOf,
	capacityOf,
	DEFAULT_THRESHOLDS,
	MONITORING_PERIOD_US,
	type Signals,
	type Threshold,
} from "../kubelet/thresholds.js";
import { borgVictims } from "../memory/borg-kill.js";
import { highStallUs } from "../memory/memory-high.js";
import { type ChooseVictim, settleMemory } from "../memory/settle-memory.js";
import type { MachineColumns } from "./machine-columns.js";
import type { MachineContext } from "./machine-context.js";
import { MachinePids } from "./machine-pids.js";
import type { MachineContainer, MachinePod } from "./machine-pod.js";
import { MachineStorage } from "./machine-storage.js";
import type { LeafColumns, MemoryProtection, Protect } from "./memory-leaves.js";

const NEVER = Number.POSITIVE_INFINITY;
const NO_CONDITIONS: readonly NodeCondition[] = [];
const NOBODY: readonly MachineContainer[] = [];
const NO_EVICTIONS: readonly PodEviction[] = [];

/** A pod that the kubelet evicts, and how long it has to end. */
export interface PodEviction {
	readonly pod: MachinePod;
	readonly graceUs: SimTime;
}

export class MachineMemory {
	/** Whether anybody's memory may have changed since it was settled. */
	changed = false;
	/** Whether anybody's use of the disk may have changed since the kubelet looked. */
	storageChanged = false;
	/** Whether anybody may have begun or ended processes since then. */
	pidsChanged = false;
	/** When the kubelet looks at its thresholds next; Infinity while none is near. */
	nextCheckUs: SimTime = NEVER;
	/** What the kubelet reports about its node. */
	conditions: readonly NodeCondition[] = NO_CONDITIONS;
	/** Bytes; Infinity on a node that does not say. */
	readonly capacityBytes: number;
	/** What all pods together may use: the limit of the cgroup kubepods. */
	readonly #podsBytes: number;
	readonly #systemBytes: number;
	readonly #columns: MachineColumns;
	readonly #storage: MachineStorage;
	readonly #pids: MachinePids;
	readonly #leaves: LeafColumns;
	readonly #protect: Protect;
	/** Absent: the kernel's score. */
	readonly #choose: ChooseVictim | undefined;
	readonly #eviction: EvictionOptions | null;
	/** While pods use no more than this, no threshold is met. */
	readonly #safeBytes: number;
	/** Made when a threshold is met for the first time. */
	#manager: EvictionManager | null = null;
	/** When its last round was, and whether it waits for the pod that it evicted then. */
	#roundUs: SimTime = -1;
	#cleaning = false;
	/** What pods use that cannot be reclaimed. */
	#usedBytes = 0;

	constructor(node: number, spec: NodeSpec, columns: MachineColumns, { options, leaves, usage }: MachineContext) {
		const { eviction, reserved, systemUsage, memoryQos, memoryKills } = options;
		const allocatableBytes = (spec.backed ?? spec.allocatable)["memory"] ?? NEVER;
		const all = eviction === null ? [] : (eviction.thresholds ?? DEFAULT_THRESHOLDS);
		const thresholds = all.filter(isAboutMemory);
		const capacityBytes = capacityOf(allocatableBytes + reserved.memoryBytes, "memory.available", thresholds);
		this.capacityBytes = capacityBytes;
		this.#podsBytes = Math.min(capacityBytes - reserved.memoryBytes, capacityBytes - systemUsage.memoryBytes);
		this.#systemBytes = systemUsage.memoryBytes;
		this.#columns = columns;
		this.#storage = new MachineStorage(spec, all, columns);
		this.#pids = new MachinePids(options, all, (pod, forks) => usage.forksRefused(pod, node, forks));
		this.#leaves = leaves;
		this.#choose = memoryKills === "borg" ? borgVictims((leaf) => leaves.taskOf(leaf)) : undefined;
		this.#eviction = eviction;
		this.#protect = memoryQos ? (container) => protectionOf(container, allocatableBytes) : null;
		this.#safeBytes = safeBytes(thresholds, this.#podsBytes, capacityBytes, systemUsage.memoryBytes);
	}

	/** Gives everybody the memory that they want as far as it is there; who is killed instead, in order. */
	settle(pods: readonly MachinePod[]): readonly MachineContainer[] {
		if (!this.changed) return NOBODY;
		this.changed = false;
		if (this.#protect === null && this.#giveAll()) return NOBODY;
		const leaves = this.#leaves;
		leaves.fill(pods, this.#columns, this.#protect);
		const killed = settleMemory(leaves, leaves.podLimitBytes, this.#podsBytes, this.#choose);
		leaves.apply(this.#columns);
		this.#usedBytes = 0;
		for (let leaf = 0; leaf < leaves.count; leaf++) this.#usedBytes += leaves.anonymousBytes[leaf]!;
		return killed.flatMap((leaf) => leaves.containersOf(leaf));
	}

	/** How long a container waits that has grown by so much to so much: not at all below its memory.high. */
	stallUs(container: MachineContainer, bytes: number, grownBytes: number): SimTime {
		if (this.#protect === null || grownBytes <= 0) return 0;
		return highStallUs(bytes, this.#protect(container).highBytes, grownBytes);
	}

	/** A round of the kubelet, if one is due: names the pods that it evicts, which end when it says, and announces the next. */
	check(nowUs: SimTime, pods: readonly MachinePod[]): readonly PodEviction[] {
		if (this.storageChanged) {
			this.storageChanged = false;
			this.#storage.look(pods);
		}
		if (this.pidsChanged) {
			this.pidsChanged = false;
			this.#pids.look(pods);
		}
		const othersShort = (this.#storage.short || this.#pids.short) && this.#eviction !== null;
		const short = this.#usedBytes > this.#safeBytes || othersShort;
		if (short && !this.#cleaning) {
			const roundUs = Math.ceil(nowUs / MONITORING_PERIOD_US) * MONITORING_PERIOD_US;
			if (roundUs > this.#roundUs) this.nextCheckUs = Math.min(this.nextCheckUs, roundUs);
		}
		return this.nextCheckUs <= nowUs ? this.#round(nowUs, pods) : NO_EVICTIONS;
	}

	/** A pod that a round named is gone. */
	evicted(nowUs: SimTime): void {
		this.nextCheckUs = Math.max(nowUs, this.#manager!.cleanedUp(nowUs));
	}

	/** Gives everybody all that they want, if that is there for all: the usual case. */
	#giveAll(): boolean {
		const columns = this.#columns;
		const { size, wantedBytes, wantedCacheBytes, limitBytes } = columns;
		let wanted = 0;
		let cache = 0;
		for (let group = 0; group < size; group++) {
			if (wantedBytes[group]! + wantedCacheBytes[group]! > limitBytes[group]!) return false;
			wanted += wantedBytes[group]!;
			cache += wantedCacheBytes[group]!;
		}
		if (wanted + cache > this.#podsBytes) return false;
		for (let group = 0; group < size; group++) columns.haveMemory(group, wantedBytes[group]!, wantedCacheBytes[group]!);
		this.#usedBytes = wanted;
		return true;
	}

	#round(nowUs: SimTime, pods: readonly MachinePod[]): readonly PodEviction[] {
		this.#manager ??= new EvictionManager(this.#eviction!);
		const candidates = pods.filter(({ endedFor }) => endedFor === null).map((pod) => this.#evictable(pod));
		const round = this.#manager.check(nowUs, this.#signals(), candidates);
		this.conditions = round.conditions;
		this.nextCheckUs = round.nextCheckUs;
		this.#cleaning = round.evict.length > 0;
		this.#roundUs = nowUs;
		return round.evict.map(({ pod, graceUs }) => ({ pod: pods.find(({ row }) => row === pod)!, graceUs }));
	}

	#evictable(pod: MachinePod): EvictablePod {
		let memoryBytes = this.#columns.memoryBytes[pod.group]!;
		let memoryRequestBytes = 0;
		for (const { run, runs, group, memoryRequestBytes: own } of pod.containers) {
			if (runs) memoryBytes += this.#columns.memoryBytes[group]!;
			if (run.kind !== "init") memoryRequestBytes += own;
		}
		return {
			id: pod.row,
			priority: pod.spec.facts.priority,
			critical: pod.isCritical,
			memoryBytes,
			memoryRequestBytes,
			...this.#storage.of(pod),
			processes: pod.pids,
			terminationGraceUs: pod.run.terminationGraceUs,
		};
	}

	#signals(): Signals {
		const { nodefs } = this.#storage;
		return {
			...(nodefs !== null && { "nodefs.available": nodefs }),
			"pid.available": this.#pids.available,
			"memory.available": {
				available: this.capacityBytes - this.#systemBytes - this.#usedBytes,
				capacity: this.capacityBytes,
			},
			"allocatableMemory.available": { available: this.#podsBytes - this.#usedBytes, capacity: this.#podsBytes },
		};
	}
}

function isAboutMemory({ signal }: Threshold): boolean {
	return signal === "memory.available" || signal === "allocatableMemory.available";
}

function safeBytes(thresholds: readonly Threshold[], podsBytes: number, capacityBytes: number, system: number): number {
	let safe = NEVER;
	for (const { signal, value } of thresholds) {
		const [all, others] = signal === "memory.available" ? [capacityBytes, system] : [podsBytes, 0];
		if (all !== NEVER) safe = Math.min(safe, all - others - amountOf(value, all));
	}
	return safe;
}

function protectionOf({ run }: MachineContainer, allocatableBytes: number): MemoryProtection {
	return { highBytes: memoryHigh(run, allocatableBytes), minBytes: memoryMin(run) };
}
