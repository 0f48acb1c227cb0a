/**
 * What becomes of the memory of a node full of pods: the fast form of `memory-groups.ts` for a tree of three levels, containers
 * in pods on a node. It allocates nothing unless somebody is killed.
 *
 * Divergence from the readable form: one process a container, no memory.low; what pods protect is what their containers do.
 */
import { oomScore } from "./oom-kill.js";

/** The running containers of a node, by leaf 0 to `count` - 1. Columns may be longer. Bytes, whole numbers. */
export interface MemoryLeaves {
	readonly count: number;
	/** Index into the pods' limits. Containers of a pod stand together. */
	readonly pod: Int32Array;
	/** Cannot be reclaimed: anonymous and shared memory, page tables counted in. 0 for a victim afterwards. */
	readonly anonymousBytes: Float64Array;
	/** Page cache: before, what is there or wanted; afterwards, what is left. */
	readonly cacheBytes: Float64Array;
	/** memory.max, memory.high: Infinity for none. memory.min: 0 for none. */
	readonly limitBytes: Float64Array;
	readonly highBytes: Float64Array;
	readonly minBytes: Float64Array;
	/** -999 to 1000. */
	readonly oomScoreAdj: Int16Array;
}

/** Names who dies of the leaves `from` to `to` - 1, those in `dead` left out, because `limit` bytes are not enough; -1 for nobody. */
export type ChooseVictim = (
	leaves: MemoryLeaves,
	from: number,
	to: number,
	limit: number,
	dead: readonly number[],
) => number;

const NOBODY: readonly number[] = Object.freeze([]);
const NONE = -1;

/**
 * Brings containers below their limits, then their pods, then all of them below `capacityBytes` (what pods as a whole may use):
 * shrinks `cacheBytes`, and where that is not enough, kills. Returns the killed leaves in order. Cache above memory.high
 * goes, too; how long what stays above makes a container wait is `highStallUs`. `choose` says who is killed for a pod's limit or the
 * capacity; the kernel's score unless told otherwise.
 */
export function settleMemory(
	leaves: MemoryLeaves,
	podLimitBytes: Float64Array,
	capacityBytes: number,
	choose: ChooseVictim = highestScore,
): readonly number[] {
	const { count, pod, anonymousBytes, cacheBytes, limitBytes, highBytes } = leaves;
	let victims = NOBODY;
	let total = 0;
	for (let from = 0, to = 0; from < count; from = to) {
		let podUsage = 0;
		for (; to < count && pod[to] === pod[from]; to++) {
			if (anonymousBytes[to]! + cacheBytes[to]! > limitBytes[to]!) victims = bringLeafBelow(leaves, to, victims);
			const above = anonymousBytes[to]! + cacheBytes[to]! - highBytes[to]!;
			if (above > 0) cacheBytes[to]! -= Math.min(above, cacheBytes[to]!);
			podUsage += anonymousBytes[to]! + cacheBytes[to]!;
		}
		const podLimit = podLimitBytes[pod[from]!]!;
		if (podUsage > podLimit) {
			victims = bringBelow(leaves, from, to, podLimit, victims, choose);
			podUsage = usageOf(leaves, from, to);
		}
		total += podUsage;
	}
	return total > capacityBytes ? bringBelow(leaves, 0, count, capacityBytes, victims, choose) : victims;
}

/** Brings a container below its own limit, against which its own protection does not count; returns the victims, with those before. */
function bringLeafBelow(
	{ anonymousBytes, cacheBytes, limitBytes }: MemoryLeaves,
	leaf: number,
	before: readonly number[],
): readonly number[] {
	cacheBytes[leaf] = Math.max(0, limitBytes[leaf]! - anonymousBytes[leaf]!);
	if (anonymousBytes[leaf]! <= limitBytes[leaf]!) return before;
	anonymousBytes[leaf] = 0;
	return [...before, leaf];
}

/** Brings a pod's containers, or all, below a limit; returns the victims, with those before. */
function bringBelow(
	leaves: MemoryLeaves,
	from: number,
	to: number,
	limit: number,
	before: readonly number[],
	choose: ChooseVictim,
): readonly number[] {
	let missing = usageOf(leaves, from, to) - limit;
	missing -= reclaim(leaves, from, to, missing, true);
	if (missing <= 0) return before;
	const victims = [...before];
	while (missing > 0) {
		const victim = choose(leaves, from, to, limit, victims);
		if (victim === NONE) {
			reclaim(leaves, from, to, missing, false);
			break;
		}
		missing -= leaves.anonymousBytes[victim]!;
		leaves.anonymousBytes[victim] = 0;
		victims.push(victim);
	}
	return victims;
}

function usageOf({ anonymousBytes, cacheBytes }: MemoryLeaves, from: number, to: number): number {
	let usage = 0;
	for (let leaf = from; leaf < to; leaf++) usage += anonymousBytes[leaf]! + cacheBytes[leaf]!;
	return usage;
}

/** Takes cache of each leaf in proportion to what it has unprotected; returns how much it was. */
function reclaim(leaves: MemoryLeaves, from: number, to: number, wanted: number, protects: boolean): number {
	let available = 0;
	for (let leaf = from; leaf < to; leaf++) available += unprotected(leaves, leaf, protects);
	const total = Math.min(wanted, available);
	let left = total;
	for (let leaf = from; left > 0; leaf++) {
		const bytes = unprotected(leaves, leaf, protects);
		if (bytes === 0) continue;
		const taken = Math.min(bytes, left, Math.round((left * bytes) / available));
		leaves.cacheBytes[leaf]! -= taken;
		left -= taken;
		available -= bytes;
	}
	return total;
}

function unprotected({ anonymousBytes, cacheBytes, minBytes }: MemoryLeaves, leaf: number, protects: boolean): number {
	const cache = cacheBytes[leaf]!;
	if (!protects) return cache;
	return Math.min(cache, Math.max(0, anonymousBytes[leaf]! + cache - minBytes[leaf]!));
}

function highestScore(
	{ anonymousBytes, oomScoreAdj }: MemoryLeaves,
	from: number,
	to: number,
	limit: number,
	dead: readonly number[],
): number {
	let highest = NONE;
	let score = Number.NEGATIVE_INFINITY;
	for (let leaf = from; leaf < to; leaf++) {
		if (dead.includes(leaf)) continue;
		const own = oomScore(anonymousBytes[leaf]!, 0, oomScoreAdj[leaf]!, limit);
		if (own <= score) continue;
		highest = leaf;
		score = own;
	}
	return highest;
}
