import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ThrottledGroup, type ThrottledThreads, throttling } from "../../../src/node/cgroup/throttle.js";
import { quota } from "../../support/cpu-trees.js";

const MS = 1000;
const SECOND = 1_000_000;

function busy(count: number): ThrottledThreads {
	return { count, demand: 1, cpus: null };
}

/** `count` threads with a job of `workMs` each, every `everyMs`, from `phaseMs` on. */
function jobs(count: number, workMs: number, everyMs: number, phaseMs = 0): ThrottledThreads {
	return { count, demand: workMs / everyMs, cpus: null, periodUs: everyMs * MS, phaseUs: phaseMs * MS };
}

/** Over 3 seconds, in whole milliseconds. */
function over3s(group: Partial<ThrottledGroup> & Pick<ThrottledGroup, "quota" | "threads">) {
	const counters = throttling({ cpus: 1, fairCpus: Number.POSITIVE_INFINITY, ...group }, 3 * SECOND);
	const { nrPeriods, nrThrottled, throttledUs, nrBursts, burstUs } = counters;
	return [nrPeriods, nrThrottled, throttledUs / MS, nrBursts, burstUs / MS].map((value) => Math.round(value));
}

describe("groups that always run", () => {
	test.each<[string, Parameters<typeof over3s>[0], number[]]>([
		// (1 - 0.5) x 3 s; measured 1481 ms
		["0.5 of 1 CPU", { quota: quota(50_000), threads: [busy(1)] }, [30, 30, 1500, 0, 0]],
		// 6 periods of 500 ms; measured 1487 ms
		["in long periods", { quota: quota(250_000, 500_000), threads: [busy(1)] }, [6, 6, 1500, 0, 0]],
		// (2 - 0.2) x 3 s: 8 threads wait on 2 CPUs; measured 5358 ms
		["0.2 with 8 threads on 2 CPUs", { quota: quota(20_000), threads: [busy(8)], cpus: 2 }, [30, 30, 5400, 0, 0]],
		// (1 - 0.05) x 3 s: a single thread waits on one CPU; measured 2847 ms
		["0.05 with 1 thread on 2 CPUs", { quota: quota(5000), threads: [busy(1)], cpus: 2 }, [30, 30, 2850, 0, 0]],
		// Next to 1024 and 512 shares it runs at 0.4 until 0.25 is used up, 62.5 of 100 ms, and stands still for the rest: 0.375 x 3 s;
		// measured 1108 ms
		["0.25, fair share 0.4", { quota: quota(25_000), threads: [busy(1)], fairCpus: 0.4 }, [30, 30, 1125, 0, 0]],
		// On 2 CPUs at 1.6 for 31.25 of 100 ms: 2 x 0.6875 x 3 s; measured 4119 ms
		["0.5, fair share 1.6", { quota: quota(50_000), threads: [busy(2)], cpus: 2, fairCpus: 1.6 }, [30, 30, 4125, 0, 0]],
		// Never gets as far as its quota; measured 0
		["0.5, fair share 0.4", { quota: quota(50_000), threads: [busy(2)], fairCpus: 0.4 }, [30, 0, 0, 0, 0]],
		// A burst is of what was left over, and nothing is; measured 1464 ms
		["0.5 with a burst", { quota: quota(50_000, 100_000, 50_000), threads: [busy(1)] }, [30, 30, 1500, 0, 0]],
		// Jobs of 60 ms in 100 pile up until there is always one
		["0.5, jobs wanting 0.6", { quota: quota(50_000), threads: [jobs(1, 60, 100)] }, [30, 30, 1500, 0, 0]],
		["nothing wanted", { quota: quota(50_000), threads: [] }, [0, 0, 0, 0, 0]],
	])("%s", (_, group, counters) => {
		expect(over3s(group)).toEqual(counters);
	});
});

describe("groups that run in jobs", () => {
	test.each<[string, Parameters<typeof over3s>[0], number[]]>([
		// 40 of 50 ms a period; measured 0
		["4 ms of 10 ms", { quota: quota(50_000), threads: [jobs(1, 4, 10)] }, [30, 0, 0, 0, 0]],
		// 50 ms, 50 ms of waiting, 30 ms: in every second period; measured 15, 585 ms (0 to 716)
		["80 ms of 200 ms", { quota: quota(50_000), threads: [jobs(1, 80, 200)] }, [30, 15, 750, 0, 0]],
		// 40 ms in one period and 40 ms in the next; measured 0 in 2 of 5 runs
		["across the periods' border", { quota: quota(50_000), threads: [jobs(1, 80, 200, 60)] }, [30, 0, 0, 0, 0]],
		// 50 + 20 ms, 30 ms of waiting, 10 ms; bursts of 20 ms; measured 14, 0 to 426 ms, 15 bursts, 300 ms
		[
			"with a burst of 20 ms",
			{ quota: quota(50_000, 100_000, 20_000), threads: [jobs(1, 80, 200)] },
			[30, 15, 450, 15, 300],
		],
		// 80 of 50 + 50 ms: never throttled, bursts of 30 ms; measured 0, 15 bursts, 435 ms
		[
			"with a burst of 50 ms",
			{ quota: quota(50_000, 100_000, 50_000), threads: [jobs(1, 80, 200)] },
			[30, 0, 0, 15, 450],
		],
		// One after the other, 80 ms of 100 each; measured 0
		[
			"two that take turns",
			{ quota: quota(100_000), threads: [jobs(1, 80, 200), jobs(1, 80, 200, 100)], cpus: 2 },
			[30, 0, 0, 0, 0],
		],
		// Both at once use 100 ms in 50, wait for 50 ms on 2 CPUs, and do the other 30 ms
		["two at the same time", { quota: quota(100_000), threads: [jobs(2, 80, 200)], cpus: 2 }, [30, 15, 1500, 0, 0]],
		// The pool of 8 on an idle node of 16: 0.8 of 1 CPU on average. 100 ms are used up in 12.5 ms; 8 threads wait for 87.5 ms, three times:
		// jobs of 40 ms are 320 ms a 400 ms, 100 + 100 + 100 + 20
		["a pool of 8", { quota: quota(100_000), threads: [jobs(8, 40, 400)], cpus: 16 }, [30, 22.5, 15_750, 0, 0]],
		// 10 ms every second: the period of the job, and an idle one until the timer stops
		["seldom", { quota: quota(50_000), threads: [jobs(1, 10, 1000)] }, [6, 0, 0, 0, 0]],
	])("%s", (_, group, counters) => {
		expect(over3s(group)).toEqual(counters.map(Math.round));
	});

	test("next to threads that always run are as the closed form, when they never end", () => {
		const group = fc.record({
			quotaMs: fc.integer({ min: 1, max: 150 }),
			threads: fc.integer({ min: 1, max: 6 }),
			cpus: fc.integer({ min: 1, max: 4 }),
			fairTenths: fc.integer({ min: 1, max: 50 }),
		});
		const property = fc.property(group, ({ quotaMs, threads, cpus, fairTenths }) => {
			const common = { quota: quota(quotaMs * MS), cpus, fairCpus: fairTenths / 10 + 0.05 };
			const closed = throttling({ ...common, threads: [busy(threads)] }, SECOND);
			// A job as long as its period is a busy thread; split off, it is followed from event to event.
			const followed = throttling({ ...common, threads: [busy(threads - 1), jobs(1, 100, 100)] }, SECOND);
			expect(followed.nrThrottled).toBeCloseTo(closed.nrThrottled, 6);
			expect(followed.throttledUs).toBeCloseTo(closed.throttledUs, 3);
		});
		fc.assert(property, { seed: 31, numRuns: 300 });
	});

	test("counters grow with the stretch, and a burst never makes anybody wait longer", () => {
		const group = fc.record({
			quotaMs: fc.integer({ min: 10, max: 100 }),
			burstMs: fc.integer({ min: 0, max: 100 }),
			workMs: fc.integer({ min: 1, max: 60 }),
			everyMs: fc.constantFrom(60, 100, 140, 150, 200),
			count: fc.integer({ min: 1, max: 4 }),
		});
		const property = fc.property(group, ({ quotaMs, burstMs, workMs, everyMs, count }) => {
			const withBurst = (burst: number): ThrottledGroup => ({
				quota: quota(quotaMs * MS, 100 * MS, burst * MS),
				threads: [jobs(count, workMs, everyMs)],
				cpus: 4,
				fairCpus: 4,
			});
			const plain = throttling(withBurst(0), 10 * SECOND);
			expect(plain.nrThrottled).toBeLessThanOrEqual(plain.nrPeriods);
			expect(plain.throttledUs).toBeLessThanOrEqual(4 * 10 * SECOND);
			expect(throttling(withBurst(0), 20 * SECOND).throttledUs).toBeCloseTo(2 * plain.throttledUs, 3);
			expect(throttling(withBurst(burstMs), 10 * SECOND).throttledUs).toBeLessThanOrEqual(plain.throttledUs + 1);
		});
		fc.assert(property, { seed: 32, numRuns: 200 });
	});
});
