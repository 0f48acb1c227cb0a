/**
 * How the kernel divides CPU time among groups of threads: the readable definition. `CpuDivision` is the fast form of
 * `divideCpu`; `dividePerCpu` (per-cpu.ts) is for threads that are tied to CPUs.
 *
 * From the root down, what a group gets is divided among its children and its own threads by weight. Nobody gets more than it can
 * use: a thread its demand, a group its quota and what all below it can use; what it leaves is shared by its siblings first and
 * only then goes up. Source: the fair scheduler's group scheduling and bandwidth control (Documentation/scheduler of Linux).
 *
 * Divergence from Linux: one pool of CPU time. Which thread runs on which CPU is left out, and so is time in slices. On the
 * measured scenarios (test/conformance/cgroup) the median error of a group is 0.0006 CPU; the cases where it shows are
 * - b03: several placements of the threads are stable, and the kernel keeps the one that it comes to. Two burstable pods with
 *   four threads each next to a mostly idle guaranteed one: measured 1.19 and 0.68 CPU, by weight 1.25 and 0.63;
 * - d22: threads do not rotate enough. The only thread of a group shares its CPU with two of the four threads of another, which
 *   weigh half of their group's shares there: 0.67 + 0.82 CPU instead of 0.74 + 0.74, as long as a sleeper moves about;
 * - e12: a quota over children with 1 and 8 threads is used up on both CPUs at the same time, so the single thread can never
 *   get half of it: 0.21 + 0.29 CPU instead of 0.25 + 0.25;
 * - shares near the minimum: in a window of seconds such a group gets a few slices of 3 ms or none.
 * All of them move CPU time between groups of one node, by at most 0.08 CPU there; none changes how much the node gives in all.
 */
import { SHARES_PER_CPU } from "./weights.js";

/** At most `quotaUs` of CPU time in each period; what is left over is kept for later periods up to `burstUs`. */
export interface CpuQuota {
	readonly quotaUs: number;
	readonly periodUs: number;
	readonly burstUs: number;
}

export interface CpuGroup {
	readonly name: string;
	/** Above 0; shares or cpu.weight, the same for all groups of a tree. */
	readonly weight: number;
	readonly quota: CpuQuota | null;
	readonly children: readonly CpuGroup[];
	readonly threads: readonly CpuThreads[];
}

/** Equal threads. */
export interface CpuThreads {
	readonly count: number;
	/** CPUs that each of them wants, 0 to 1; 1 is a busy loop. */
	readonly demand: number;
	/** Indices of the CPUs that they may run on; null is all. */
	readonly cpus: readonly number[] | null;
	/** A job of demand x period of CPU time is released every period; absent: the demand is spread evenly. */
	readonly periodUs?: number;
}

export interface CpuGrant {
	readonly group: CpuGroup;
	/** CPUs that the group gets with all below it. */
	readonly total: number;
	/** CPUs that its own threads get. */
	readonly own: number;
	/** In the order of `group.children`. */
	readonly children: readonly CpuGrant[];
}

/** One that takes part in a division: never gets more than `limit`. */
export interface Sharer {
	readonly weight: number;
	readonly limit: number;
}

/**
 * Divides `capacity` CPUs among the threads of the tree. `threadWeight` is the weight of a thread that shares its group with
 * children, in the scale of the tree's weights: 1024 in shares, 100 in cpu.weight.
 */
export function divideCpu(root: CpuGroup, capacity: number, threadWeight: number = SHARES_PER_CPU): CpuGrant {
	const sharers: Sharer[] = [
		...root.children.map((child) => ({ weight: child.weight, limit: usableCpu(child) })),
		...root.threads.map((threads) => ({ weight: threadWeight * threads.count, limit: threadDemand(threads) })),
	];
	const grants = shareByWeight(sharers, Math.min(capacity, quotaCpu(root)));
	const own = sum(grants.slice(root.children.length));
	const children = root.children.map((child, i) => divideCpu(child, grants[i]!, threadWeight));
	return { group: root, total: own + sum(children.map(({ total }) => total)), own, children };
}

/** The most CPUs that a group can use: its quota, or what the threads below want. */
export function usableCpu(group: CpuGroup): number {
	return Math.min(quotaCpu(group), sum(group.children.map(usableCpu)) + sum(group.threads.map(threadDemand)));
}

/** CPUs that a quota allows over time; infinite without one. A burst moves time between periods and adds none. */
export function quotaCpu({ quota }: CpuGroup): number {
	return quota === null ? Number.POSITIVE_INFINITY : quota.quotaUs / quota.periodUs;
}

/** CPUs that equal threads want together. */
export function threadDemand({ count, demand }: CpuThreads): number {
	return count * Math.min(1, demand);
}

/**
 * Weighted max-min: amounts in proportion to weight, but to nobody more than its limit; what that leaves goes to the others,
 * again by weight. All of `amount` is given as long as somebody can use it.
 */
export function shareByWeight(sharers: readonly Sharer[], amount: number): number[] {
	const shares = new Array<number>(sharers.length).fill(0);
	const order = sharers.map((_, i) => i);
	// Whoever needs the smallest rate for its limit reaches it first.
	order.sort((a, b) => sharers[a]!.limit / sharers[a]!.weight - sharers[b]!.limit / sharers[b]!.weight || a - b);
	const weightFrom = order.map((i) => sharers[i]!.weight);
	for (let k = order.length - 2; k >= 0; k--) weightFrom[k]! += weightFrom[k + 1]!;
	let left = amount;
	for (const [k, i] of order.entries()) {
		const { weight, limit } = sharers[i]!;
		shares[i] = Math.min(limit, (left * weight) / weightFrom[k]!);
		left = Math.max(0, left - shares[i]);
	}
	return shares;
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
