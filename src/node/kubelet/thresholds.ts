/**
 * Eviction thresholds: how little of a node's memory, disk or process ids may be left before its kubelet acts.
 *
 * Source: Kubernetes "Node-pressure Eviction", pkg/kubelet/eviction.
 *
 * Divergence from Kubernetes: inodes are not simulated, and a separate file system for containers is not either.
 */
import { SECOND, type SimTime } from "../../engine/time.js";

export const EVICTION_SIGNALS = [
	"memory.available",
	"allocatableMemory.available",
	"nodefs.available",
	"imagefs.available",
	"pid.available",
] as const;
/** `allocatableMemory.available`: what all pods together may still use under the limit of the cgroup `kubepods`. */
export type EvictionSignal = (typeof EVICTION_SIGNALS)[number];

/** Bytes (process ids), or a share of the capacity, 0 to 1. */
export type ThresholdAmount = { readonly amount: number } | { readonly share: number };

/** Met while less than `value` is available. */
export interface Threshold {
	readonly signal: EvictionSignal;
	readonly value: ThresholdAmount;
	/** 0: a hard threshold. Above: a soft one, which evicts only when it was met for so long, microseconds. */
	readonly graceUs: SimTime;
	/** Once it has evicted: how much more than `value` must be available until it is content. */
	readonly minReclaim: ThresholdAmount;
}

/** What is left of something, and of how much; same unit. */
export interface Observation {
	readonly available: number;
	readonly capacity: number;
}

/**
 * What a node shows. Memory in use is the working set: page cache that nobody uses counts as available. A signal that is
 * absent is not observed: its thresholds are never met.
 */
export type Signals = { readonly [S in EvictionSignal]?: Observation };

const NOTHING: ThresholdAmount = { amount: 0 };

/** A hard threshold. */
export function hard(signal: EvictionSignal, value: ThresholdAmount, minReclaim = NOTHING): Threshold {
	return { signal, value, graceUs: 0, minReclaim };
}

/** A soft threshold. */
export function soft(
	signal: EvictionSignal,
	value: ThresholdAmount,
	graceUs: SimTime,
	minReclaim = NOTHING,
): Threshold {
	return { signal, value, graceUs, minReclaim };
}

const HUNDRED_MEBIBYTES: ThresholdAmount = { amount: 100 * 2 ** 20 };

/** Of a kubelet that nobody configured, as far as the signals go. */
export const DEFAULT_THRESHOLDS: readonly Threshold[] = [
	hard("memory.available", HUNDRED_MEBIBYTES),
	hard("nodefs.available", { share: 0.1 }),
	hard("imagefs.available", { share: 0.15 }),
	// Copied from memory.available by a kubelet that enforces node allocatable on pods, as it does by default.
	hard("allocatableMemory.available", HUNDRED_MEBIBYTES),
];

/** How often thresholds are checked. */
export const MONITORING_PERIOD_US: SimTime = 10 * SECOND;

/** In the unit of the capacity; a share is rounded down. */
export function amountOf(value: ThresholdAmount, capacity: number): number {
	return "amount" in value ? value.amount : Math.floor(value.share * capacity);
}

/** What a node has, by what it has without its hard threshold: allocatable leaves that out. Infinity stays. */
export function capacityOf(bytes: number, signal: EvictionSignal, thresholds: readonly Threshold[]): number {
	const kept = thresholds.find((threshold) => threshold.signal === signal && threshold.graceUs === 0);
	if (kept === undefined || bytes === Number.POSITIVE_INFINITY) return bytes;
	return "amount" in kept.value ? bytes + kept.value.amount : Math.ceil(bytes / (1 - kept.value.share));
}

/** Whether less is available than the threshold wants, or, if `withReclaim`, than it wants to be content again. */
export function isMet(threshold: Threshold, signals: Signals, withReclaim = false): boolean {
	const observed = signals[threshold.signal];
	if (observed === undefined) return false;
	const { available, capacity } = observed;
	const reclaim = withReclaim ? amountOf(threshold.minReclaim, capacity) : 0;
	return available < amountOf(threshold.value, capacity) + reclaim;
}
