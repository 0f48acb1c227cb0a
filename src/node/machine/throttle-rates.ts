/**
 * How often CPU limits throttle a container and for how long, as rates that hold until its wants or its rivals change: cpu.stat of
 * its cgroup. `throttling` (cgroup/throttle.ts) is the model; what it says of containers that work in bursts is kept by its input.
 *
 * A container whose mean demand is within its limit gets all of its demand in the long run, however it is throttled:
 * the work of a burst is only late. One that wants more than its limit is throttled in every period in which it gets as far.
 *
 * Divergence from Linux: bursts begin with a quota period, where the kernel's timer has a phase of its own; a container counts at the
 * demand of the moment as if it had it for long.
 */
import type { CpuQuota } from "../cgroup/cpu-tree.js";
import { throttling } from "../cgroup/throttle.js";

export interface ThrottledContainer {
	readonly quota: CpuQuota;
	readonly threads: number;
	/** What all threads together want, milli-CPU, at most 1000 a thread. */
	readonly wantedMilli: number;
	/** As of `ContainerUsage`; absent: demand is even. */
	readonly burstPeriodUs: number | undefined;
	/** CPUs that it may run on. */
	readonly cpus: number;
	/** What its rivals leave it while it runs, milli-CPU. */
	readonly fairMilli: number;
}

export interface ThrottleRates {
	/** Quota periods that count, and those that end with threads waiting, per second. */
	readonly periodsPerS: number;
	readonly throttledPerS: number;
	/** CPUs on which threads stand still for want of quota, milli-CPU. */
	readonly stoppedMilli: number;
}

const SECOND_US = 1_000_000;
/** Demands that are drawn are never the same twice: older ones are forgotten. */
const KEPT = 10_000;

export class ThrottleBook {
	readonly #kept = new Map<string, ThrottleRates>();

	rates(container: ThrottledContainer): ThrottleRates {
		return container.burstPeriodUs === undefined ? ratesOf(container) : this.#lookUp(container);
	}

	/** Bursts are followed from event to event, which takes long: amounts are rounded, so that they come again. */
	#lookUp(container: ThrottledContainer): ThrottleRates {
		const { quota, threads, burstPeriodUs, cpus } = container;
		const wantedMilli = Math.round(container.wantedMilli);
		const fairMilli = Math.min(Math.round(container.fairMilli), threads * 1000);
		const key = `${quota.quotaUs} ${quota.periodUs} ${quota.burstUs} ${threads} ${wantedMilli} ${burstPeriodUs} ${cpus} ${fairMilli}`;
		let rates = this.#kept.get(key);
		if (rates !== undefined) return rates;
		if (this.#kept.size === KEPT) this.#kept.clear();
		rates = ratesOf({ ...container, wantedMilli, fairMilli });
		this.#kept.set(key, rates);
		return rates;
	}
}

function ratesOf({ quota, threads, wantedMilli, burstPeriodUs, cpus, fairMilli }: ThrottledContainer): ThrottleRates {
	const periodic = burstPeriodUs === undefined ? {} : { periodUs: burstPeriodUs };
	const running = { count: threads, demand: wantedMilli / (1000 * threads), cpus: null, ...periodic };
	const counters = throttling({ quota, threads: [running], cpus, fairCpus: fairMilli / 1000 }, SECOND_US);
	return {
		periodsPerS: counters.nrPeriods,
		throttledPerS: counters.nrThrottled,
		stoppedMilli: (counters.throttledUs / SECOND_US) * 1000,
	};
}
