/**
 * What a CPU quota does to those who wait for their time: cpu.stat's nr_periods, nr_throttled, throttled_time, nr_bursts and
 * burst_time over a stretch in which wants and rivals stay the same.
 *
 * Threads run until the period's quota is used up, then all of the group stands still until the next period: a pool of threads whose mean
 * demand is far below its quota is throttled when it works in bursts, while the node idles. Source: CPU bandwidth
 * control (kernel/sched/fair.c of Linux and its documentation).
 *
 * Divergence from Linux: quota is taken exactly as it is used, not in slices of 5 ms that a CPU may overdraw until its next tick. With quotas
 * of the size of a slice (c03: 5 ms of 10 ms) some periods end unthrottled and the throttled time is a fifth shorter;
 * the CPU time used is the same. One group at a time: among nested quotas that are used up together, the kernel books the throttled time
 * to the one that it meets first, which differs from run to run; here each counts as if it were the only one.
 */
import { type CpuQuota, type CpuThreads, threadDemand } from "./cpu-tree.js";

/** Threads below a quota; `phaseUs`: when a job is released, after the beginning of a quota period. 0 when absent. */
export type ThrottledThreads = CpuThreads & { readonly phaseUs?: number };

export interface ThrottledGroup {
	readonly quota: CpuQuota;
	readonly threads: readonly ThrottledThreads[];
	/** CPUs that its threads may run on. */
	readonly cpus: number;
	/** CPUs that the group's rivals leave it while it runs; Infinity without rivals. */
	readonly fairCpus: number;
}

/** Means over the stretch, so not whole. */
export interface ThrottleCounters {
	/** Periods in which something ran or waited, and the first idle one after them. */
	readonly nrPeriods: number;
	/** Those that ended with threads waiting for quota. */
	readonly nrThrottled: number;
	/** Time that threads waited for quota, summed over the CPUs that they would have run on. */
	readonly throttledUs: number;
	/** Periods that used more than the quota, from what earlier ones left, and how much more. */
	readonly nrBursts: number;
	readonly burstUs: number;
}

/** Jobs and quota periods meet in the same way again after their common period; beyond so many periods the mean is taken. */
const LONGEST_COMMON_PERIODS = 100;
/** What was left over at the beginning is forgotten after so many common periods at the latest, or it does not matter. */
const MOST_WARM_UPS = 20;

/** What the counters grow by in `durationUs`, after long enough at the same demand. */
export function throttling(group: ThrottledGroup, durationUs: number): ThrottleCounters {
	const { quota, threads, cpus, fairCpus } = group;
	const usable = Math.min(quota.quotaUs / quota.periodUs, fairCpus, cpus);
	const wanted = sum(threads.map(threadDemand));
	const periodic = threads.some(({ periodUs, demand }) => periodUs !== undefined && demand > 0);
	if (!periodic || wanted >= usable) return steadyThrottling(group, wanted >= usable, durationUs);
	const periods = commonPeriods(group);
	const bursts = new BurstyGroup(group);
	let left = Number.NaN;
	for (let i = 0; i < MOST_WARM_UPS && bursts.leftUs !== left; i++) {
		left = bursts.leftUs;
		bursts.run(periods);
	}
	const before = bursts.counters();
	bursts.run(periods);
	return scaled(before, bursts.counters(), durationUs / (periods * quota.periodUs));
}

/** Everybody runs whenever there is quota. Jobs that want more than there is pile up, so their threads always run. */
function steadyThrottling({ quota, threads, cpus, fairCpus }: ThrottledGroup, piledUp: boolean, durationUs: number) {
	const want = sum(
		threads.map((each) =>
			each.periodUs !== undefined && piledUp && each.demand > 0 ? each.count : threadDemand(each),
		),
	);
	const waiting = Math.min(want, cpus);
	const rate = Math.min(waiting, fairCpus);
	const runningPart = Math.min(1, quota.quotaUs / quota.periodUs / rate);
	const nrPeriods = want === 0 ? 0 : durationUs / quota.periodUs;
	return {
		nrPeriods,
		nrThrottled: runningPart < 1 ? nrPeriods : 0,
		throttledUs: waiting * (1 - runningPart) * durationUs,
		nrBursts: 0,
		burstUs: 0,
	};
}

/** Quota periods until the jobs are released at the same places of a period again; at least all of the longest job. */
function commonPeriods({ quota, threads }: ThrottledGroup): number {
	let common = quota.periodUs;
	let longestUs = 0;
	for (const { periodUs = quota.periodUs } of threads) {
		common = (common / greatestDivisor(common, periodUs)) * periodUs;
		longestUs = Math.max(longestUs, periodUs);
	}
	const longest = Math.max(LONGEST_COMMON_PERIODS, Math.ceil(longestUs / quota.periodUs));
	return common <= longest * quota.periodUs ? common / quota.periodUs : longest;
}

function greatestDivisor(a: number, b: number): number {
	return b === 0 ? a : greatestDivisor(b, a % b);
}

function scaled(before: ThrottleCounters, after: ThrottleCounters, factor: number): ThrottleCounters {
	const grown = (name: keyof ThrottleCounters) => (after[name] - before[name]) * factor;
	return {
		nrPeriods: grown("nrPeriods"),
		nrThrottled: grown("nrThrottled"),
		throttledUs: grown("throttledUs"),
		nrBursts: grown("nrBursts"),
		burstUs: grown("burstUs"),
	};
}

/** Equal threads at work: each has `backlogUs` of CPU time to do before it sleeps. */
interface Workers {
	readonly threads: ThrottledThreads;
	backlogUs: number;
	nextReleaseUs: number;
}

/** One group's quota, from event to event: jobs come and end, quota runs out and is given again. */
class BurstyGroup {
	readonly #group: ThrottledGroup;
	readonly #workers: readonly Workers[];
	#nowUs = 0;
	/** Quota that the period at hand still has. */
	leftUs: number;
	#usedUs = 0;
	/** Whether the kernel's timer goes: it stops after a period without use. */
	#ticking = false;
	#nrPeriods = 0;
	#nrThrottled = 0;
	#throttledUs = 0;
	#nrBursts = 0;
	#burstUs = 0;

	constructor(group: ThrottledGroup) {
		this.#group = group;
		this.leftUs = group.quota.quotaUs;
		this.#workers = group.threads
			.filter(({ demand, count }) => demand > 0 && count > 0)
			.map((threads) => ({
				threads,
				backlogUs: threads.periodUs === undefined ? Number.POSITIVE_INFINITY : 0,
				nextReleaseUs: threads.periodUs === undefined ? Number.POSITIVE_INFINITY : (threads.phaseUs ?? 0),
			}));
	}

	run(periods: number): void {
		for (let i = 0; i < periods; i++) {
			const endUs = this.#nowUs + this.#group.quota.periodUs;
			while (this.#nowUs < endUs) this.#step(endUs);
			this.#endPeriod();
		}
	}

	counters(): ThrottleCounters {
		return {
			nrPeriods: this.#nrPeriods,
			nrThrottled: this.#nrThrottled,
			throttledUs: this.#throttledUs,
			nrBursts: this.#nrBursts,
			burstUs: this.#burstUs,
		};
	}

	/** Until anything changes, at most to `endUs`. */
	#step(endUs: number): void {
		for (const worker of this.#workers) {
			if (worker.nextReleaseUs > this.#nowUs) continue;
			const { demand, periodUs = 0 } = worker.threads;
			worker.backlogUs += Math.min(1, demand) * periodUs;
			worker.nextReleaseUs += periodUs;
		}
		const { cpus, fairCpus } = this.#group;
		const want = this.#want();
		const rate = this.leftUs > 0 ? Math.min(want, cpus, fairCpus) : 0;
		const speed = want === 0 ? 0 : rate / want;
		let untilUs = endUs;
		for (const { threads, backlogUs, nextReleaseUs } of this.#workers) {
			untilUs = Math.min(untilUs, nextReleaseUs);
			if (threads.periodUs !== undefined && backlogUs > 0 && speed > 0)
				untilUs = Math.min(untilUs, this.#nowUs + backlogUs / speed);
		}
		if (rate > 0) untilUs = Math.min(untilUs, this.#nowUs + this.leftUs / rate);
		const spentUs = untilUs - this.#nowUs;
		for (const worker of this.#workers) worker.backlogUs = rest(worker.backlogUs, spentUs * speed);
		this.leftUs = rest(this.leftUs, spentUs * rate);
		this.#usedUs += spentUs * rate;
		if (want > 0 && rate === 0) this.#throttledUs += spentUs * Math.min(want, cpus);
		this.#nowUs = untilUs;
	}

	/** Threads that would run now; those that spread their demand evenly count by it. */
	#want(): number {
		return sum(
			this.#workers.map(({ threads, backlogUs }) => {
				if (threads.periodUs === undefined) return threadDemand(threads);
				return backlogUs > 0 ? threads.count : 0;
			}),
		);
	}

	#endPeriod(): void {
		const { quotaUs, burstUs } = this.#group.quota;
		const waiting = this.leftUs === 0 && this.#want() > 0;
		const used = this.#usedUs > 0 || waiting;
		if (used || this.#ticking) this.#nrPeriods++;
		this.#ticking = used;
		if (waiting) this.#nrThrottled++;
		if (this.#usedUs > quotaUs + TINY_US) {
			this.#nrBursts++;
			this.#burstUs += this.#usedUs - quotaUs;
		}
		this.leftUs = Math.min(this.leftUs + quotaUs, quotaUs + burstUs);
		this.#usedUs = 0;
	}
}

/** Rounding of times and rates leaves less than this, and so does nothing that is real. */
const TINY_US = 1e-6;

function rest(amountUs: number, spentUs: number): number {
	const left = amountUs - spentUs;
	return left < TINY_US ? 0 : left;
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
