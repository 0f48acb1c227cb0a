/**
 * Node-pressure eviction: when memory, disk or process ids of a node run short, its kubelet ends pods, one a round, in an order
 * that spares those that keep to their requests.
 *
 * Source: Kubernetes "Node-pressure Eviction", pkg/kubelet/eviction (eviction_manager.go, helpers.go).
 *
 * Divergence from Kubernetes: what is observed is true at the moment of the round, where a kubelet reads statistics that are up
 * to 10 s old; of equal pods the one with the lowest id goes first; notifications of the kernel, which a kubelet can be told
 * to use, do not exist.
 */
import { MINUTE, SECOND, type SimTime } from "../../engine/time.js";
import type { Taint } from "../../objects/spec.js";
import {
	DEFAULT_THRESHOLDS,
	type EvictionSignal,
	isMet,
	MONITORING_PERIOD_US,
	type Signals,
	type Threshold,
} from "./thresholds.js";

export const NODE_CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;
export type NodeCondition = (typeof NODE_CONDITIONS)[number];

/** A pod that runs on the node, as far as an eviction looks at it. Bytes. */
export interface EvictablePod {
	readonly id: number;
	readonly priority: number;
	/** Of a system-critical priority class: never evicted. */
	readonly critical: boolean;
	/** Working set: without page cache that nobody uses. */
	readonly memoryBytes: number;
	readonly memoryRequestBytes: number;
	/** Logs, writable layers and emptyDir volumes. */
	readonly storageBytes: number;
	readonly storageRequestBytes: number;
	/** Infinity for none. */
	readonly storageLimitBytes: number;
	readonly processes: number;
	readonly terminationGraceUs: SimTime;
}

export interface Eviction {
	readonly pod: number;
	/** `storage-limit`: the pod used more ephemeral storage than it may. */
	readonly cause: EvictionSignal | "storage-limit";
	readonly graceUs: SimTime;
}

export interface EvictionRound {
	/** At most one for a threshold; beside that, all pods that exceed their own ephemeral-storage limit. */
	readonly evict: readonly Eviction[];
	/** Held conditions, in the order of NODE_CONDITIONS. */
	readonly conditions: readonly NodeCondition[];
	/**
	 * When the next round can matter, if the signals do not change before; Infinity if never. After an eviction: 30 s later,
	 * or earlier as `cleanedUp` says.
	 */
	readonly nextCheckUs: SimTime;
}

export interface EvictionOptions {
	readonly thresholds?: readonly Threshold[];
	/** Longest time that a soft eviction leaves a pod, microseconds (`evictionMaxPodGracePeriod`). */
	readonly maxPodGraceUs?: SimTime;
	/** How long a condition stays after its threshold was last met (`evictionPressureTransitionPeriod`). */
	readonly transitionUs?: SimTime;
}

/** Time that a hard eviction leaves a pod. */
const HARD_GRACE_US = SECOND;
/** How long a round waits for the pod that it evicted, and how often it looks. */
const CLEANUP_TIMEOUT_US = 30 * SECOND;
const CLEANUP_POLL_US = SECOND;

const CONDITION_OF: Readonly<Record<EvictionSignal, NodeCondition>> = {
	"memory.available": "MemoryPressure",
	"allocatableMemory.available": "MemoryPressure",
	"nodefs.available": "DiskPressure",
	"imagefs.available": "DiskPressure",
	"pid.available": "PIDPressure",
};

const TAINT_OF: Readonly<Record<NodeCondition, Taint>> = {
	MemoryPressure: { key: "node.kubernetes.io/memory-pressure", value: "", effect: "NoSchedule" },
	DiskPressure: { key: "node.kubernetes.io/disk-pressure", value: "", effect: "NoSchedule" },
	PIDPressure: { key: "node.kubernetes.io/pid-pressure", value: "", effect: "NoSchedule" },
};

/** The eviction manager of one node. It changes nothing but itself: the caller ends the pods that it names. */
export class EvictionManager {
	readonly #thresholds: readonly Threshold[];
	readonly #maxPodGraceUs: SimTime;
	readonly #transitionUs: SimTime;
	/** Thresholds that are met, and since when; in the order in which the thresholds are given. */
	#metSinceUs: ReadonlyMap<Threshold, SimTime> = new Map();
	/** Met for their whole grace at the last round: content only with their minimum reclaim. */
	#driving: readonly Threshold[] = [];
	readonly #lastSeenUs = new Map<NodeCondition, SimTime>();
	#evictedUs: SimTime = Number.NEGATIVE_INFINITY;

	constructor({ thresholds = DEFAULT_THRESHOLDS, maxPodGraceUs = 0, transitionUs = 5 * MINUTE }: EvictionOptions = {}) {
		this.#thresholds = thresholds;
		this.#maxPodGraceUs = maxPodGraceUs;
		this.#transitionUs = transitionUs;
	}

	/** Whether a round could do anything: a threshold is met. A node of which this is false needs no rounds but those announced. */
	concerned(signals: Signals): boolean {
		for (const threshold of this.#thresholds) if (isMet(threshold, signals)) return true;
		return false;
	}

	/**
	 * One round. `reclaimNode`, where disk is short, frees what no pod needs (images, dead containers) and answers what the
	 * node shows then; pods are evicted only if that is not enough.
	 */
	check(
		nowUs: SimTime,
		signals: Signals,
		pods: readonly EvictablePod[],
		reclaimNode: ((signal: EvictionSignal) => Signals) | null = null,
	): EvictionRound {
		this.#observe(nowUs, signals);
		const conditions = this.#heldConditions(nowUs);
		const overLimit = pods.filter((pod) => pod.storageBytes > pod.storageLimitBytes && !pod.critical);
		const evict =
			overLimit.length > 0
				? overLimit.sort((a, b) => a.id - b.id).map((pod) => endedAtOnce(pod.id, "storage-limit"))
				: this.#evictOne(pods, reclaimNode);
		if (evict.length > 0) this.#evictedUs = nowUs;
		return { evict, conditions, nextCheckUs: this.#nextCheckUs(nowUs, evict.length > 0) };
	}

	/** A pod that the last round evicted is gone: when the next round is, now that nothing is waited for. */
	cleanedUp(nowUs: SimTime): SimTime {
		const polls = Math.max(1, Math.ceil((nowUs - this.#evictedUs) / CLEANUP_POLL_US));
		return this.#evictedUs + Math.min(polls * CLEANUP_POLL_US, CLEANUP_TIMEOUT_US);
	}

	#observe(nowUs: SimTime, signals: Signals): void {
		const met = new Map<Threshold, SimTime>();
		for (const threshold of this.#thresholds) {
			const unresolved = this.#driving.includes(threshold) && isMet(threshold, signals, true);
			if (!unresolved && !isMet(threshold, signals)) continue;
			met.set(threshold, this.#metSinceUs.get(threshold) ?? nowUs);
			this.#lastSeenUs.set(CONDITION_OF[threshold.signal], nowUs);
		}
		this.#metSinceUs = met;
		this.#driving = [...met].filter(([{ graceUs }, sinceUs]) => nowUs - sinceUs >= graceUs).map(([met]) => met);
	}

	#heldConditions(nowUs: SimTime): readonly NodeCondition[] {
		return NODE_CONDITIONS.filter((condition) => {
			const seenUs = this.#lastSeenUs.get(condition);
			return seenUs !== undefined && nowUs - seenUs < this.#transitionUs;
		});
	}

	#evictOne(pods: readonly EvictablePod[], reclaimNode: ((s: EvictionSignal) => Signals) | null): readonly Eviction[] {
		const threshold = this.#driving.find(isAboutMemory) ?? this.#driving[0];
		if (threshold === undefined) return [];
		if (CONDITION_OF[threshold.signal] === "DiskPressure" && reclaimNode !== null) {
			const signals = reclaimNode(threshold.signal);
			if (!this.#thresholds.some((each) => isMet(each, signals, true))) return [];
		}
		const victim = rankForEviction(pods, threshold.signal).find(({ critical }) => !critical);
		if (victim === undefined) return [];
		if (threshold.graceUs === 0) return [endedAtOnce(victim.id, threshold.signal)];
		const graceUs = Math.min(victim.terminationGraceUs, this.#maxPodGraceUs);
		return [{ pod: victim.id, cause: threshold.signal, graceUs }];
	}

	#nextCheckUs(nowUs: SimTime, evicted: boolean): SimTime {
		if (evicted) return nowUs + CLEANUP_TIMEOUT_US;
		if (this.#metSinceUs.size > 0) return nowUs + MONITORING_PERIOD_US;
		let nextUs = Number.POSITIVE_INFINITY;
		for (const seenUs of this.#lastSeenUs.values()) {
			const leftUs = seenUs + this.#transitionUs - nowUs;
			if (leftUs > 0) nextUs = Math.min(nextUs, nowUs + roundUp(leftUs, MONITORING_PERIOD_US));
		}
		return nextUs;
	}
}

/**
 * Pods in the order in which they would be evicted. Memory and disk: first those that use more than they request, then by lower
 * priority, then by how far usage exceeds the request. Process ids: by lower priority, then by number of processes.
 */
export function rankForEviction(pods: readonly EvictablePod[], signal: EvictionSignal): readonly EvictablePod[] {
	const condition = CONDITION_OF[signal];
	if (condition === "PIDPressure")
		return [...pods].sort((a, b) => a.priority - b.priority || b.processes - a.processes || a.id - b.id);
	const excess =
		condition === "MemoryPressure"
			? (pod: EvictablePod) => pod.memoryBytes - pod.memoryRequestBytes
			: (pod: EvictablePod) => pod.storageBytes - pod.storageRequestBytes;
	const exceeds = (pod: EvictablePod) => (excess(pod) > 0 ? 1 : 0);
	return [...pods].sort(
		(a, b) => exceeds(b) - exceeds(a) || a.priority - b.priority || excess(b) - excess(a) || a.id - b.id,
	);
}

/** The taints of a node with these conditions: nothing is scheduled to it that does not tolerate them. */
export function pressureTaints(conditions: readonly NodeCondition[]): readonly Taint[] {
	return conditions.map((condition) => TAINT_OF[condition]);
}

/**
 * Whether a kubelet with these conditions takes a pod that was bound to its node. Critical pods always; under memory pressure
 * alone, all but BestEffort pods, and those too if they tolerate its taint.
 */
export function admitsUnderPressure(
	conditions: readonly NodeCondition[],
	pod: { readonly critical: boolean; readonly bestEffort: boolean; readonly toleratesMemoryPressure: boolean },
): boolean {
	if (conditions.length === 0 || pod.critical) return true;
	if (conditions.some((condition) => condition !== "MemoryPressure")) return false;
	return !pod.bestEffort || pod.toleratesMemoryPressure;
}

function endedAtOnce(pod: number, cause: Eviction["cause"]): Eviction {
	return { pod, cause, graceUs: HARD_GRACE_US };
}

function isAboutMemory({ signal }: Threshold): boolean {
	return CONDITION_OF[signal] === "MemoryPressure";
}

function roundUp(valueUs: SimTime, stepUs: SimTime): SimTime {
	return Math.ceil(valueUs / stepUs) * stepUs;
}
