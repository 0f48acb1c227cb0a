/** What CPU limits do to containers on a machine: periods, throttled ones, and time that threads stand still. */
import { describe, expect, test } from "vitest";
import { rowOf } from "../../../src/cell/ids.js";
import { SECOND } from "../../../src/engine/time.js";
import { SummaryProbe } from "../../../src/metrics/summary.js";
import type { MachineOptions } from "../../../src/node/machine/machine-options.js";
import { ThrottleBook, type ThrottledContainer } from "../../../src/node/machine/throttle-rates.js";
import { job, node } from "../../support/cells.js";
import { quota } from "../../support/cpu-trees.js";
import { machineOf, type RunningPodOptions, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const MS = 1000;

/** A pool of 8 threads with jobs of 40 ms each every 400 ms: 0.8 CPU on average, below its limit of 1. */
const POOL = { cpu: 800, threads: 8, burstUs: 400 * MS, limits: { cpu: 1000 } };

/** Ten seconds of pods on a node of `cpu` milli-CPU: per pod CPU time used, throttled and stood still, in seconds, and periods. */
async function tenSeconds(cpu: number, pods: readonly RunningPodOptions[], machine: Partial<MachineOptions> = {}) {
	let probe: SummaryProbe | null = null;
	const { simulation } = await simulate({
		nodes: [node("n", { cpu, memory: 100 })],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf(machine),
		endUs: 10 * SECOND,
		observers: [
			(_engine, cell) => {
				probe = new SummaryProbe(cell, 0);
			},
		],
	});
	const { usage, pods: table } = simulation.cell;
	const rounded = (value: number) => Math.round(value * 1000) / 1000;
	const accounts = [...table.all()].map(rowOf).map((row) => ({
		used: rounded(usage.pods.cpuTimeUs(row, 10 * SECOND) / SECOND),
		throttled: rounded(usage.pods.throttledTimeUs(row, 10 * SECOND) / SECOND),
		stopped: rounded(usage.pods.stoppedTimeUs(row, 10 * SECOND) / SECOND),
		periods: [usage.pods.quotaPeriods(row, 10 * SECOND), usage.pods.throttledPeriods(row, 10 * SECOND)].map(rounded),
	}));
	return { accounts, summary: probe!.result(10 * SECOND), cell: simulation.cell };
}

describe("a container with a CPU limit", () => {
	test("is throttled while its node idles, if it works in bursts: its mean use stays", async () => {
		const { accounts, summary, cell } = await tenSeconds(16_000, [POOL]);
		// 100 ms are used up by 8 threads in 12.5 ms, in three periods of four: 320 ms a burst are 100 + 100 + 100 + 20.
		expect(accounts).toEqual([{ used: 8, throttled: 0, stopped: 52.5, periods: [100, 75] }]);
		expect(summary["cpu_throttled_periods_share"]).toBeCloseTo(0.75, 9);
		expect(summary["cpu_throttled_cpus"]).toBeCloseTo(5.25, 9);
		expect(cell.usage.nodes.usedMilli[0]).toBe(800);
	});

	test("is throttled less if it may save quota up", async () => {
		// 200 + 100 + 20 ms a burst, and the rest is saved up again: 8 x (75 + 87.5) ms of standing still every 400.
		const { accounts } = await tenSeconds(16_000, [POOL], { cfsBurst: 1 });
		expect(accounts).toEqual([{ used: 8, throttled: 0, stopped: 32.5, periods: [100, 50] }]);
	});

	test("is not throttled by the same work, evenly", async () => {
		const { burstUs: _, ...even } = POOL;
		const { accounts } = await tenSeconds(16_000, [even]);
		expect(accounts).toEqual([{ used: 8, throttled: 0, stopped: 0, periods: [100, 0] }]);
	});

	test("is throttled in all periods if it wants more, for as long as its rivals would leave it more", async () => {
		// Alone: 2 threads run for 50 of 100 ms, and stand still for 50: 2 x 5 s.
		const wantsMore = { cpu: 2000, threads: 2, limits: { cpu: 1000 }, requests: { cpu: 1000 } };
		const alone = await tenSeconds(2000, [wantsMore]);
		expect(alone.accounts).toEqual([{ used: 10, throttled: 10, stopped: 10, periods: [100, 100] }]);
		// Next to a besteffort pod its fair share is 2 x 39 / 40 CPUs: it runs for 1 / 1.95 of the time, and 2 threads wait in the rest.
		const { accounts } = await tenSeconds(2000, [wantsMore, { cpu: 2000 }]);
		expect(accounts[0]).toEqual({ used: 10, throttled: 10, stopped: 9.744, periods: [100, 100] });
		expect(accounts[1]).toMatchObject({ used: 10, periods: [0, 0] });
	});

	test("that never gets as far as its limit is not throttled", async () => {
		// Both get 0.4 of 0.8 CPUs.
		const rivals = [{ requests: { cpu: 400 }, limits: { cpu: 500 } }, { requests: { cpu: 400 } }];
		const { accounts } = await tenSeconds(800, rivals);
		expect(accounts[0]).toEqual({ used: 4, throttled: 5, stopped: 0, periods: [100, 0] });
		// Alone it gets there.
		expect((await tenSeconds(800, rivals.slice(0, 1))).accounts[0]!.periods).toEqual([100, 100]);
	});

	test("and wants nothing has no periods", async () => {
		const { accounts, summary } = await tenSeconds(800, [{ cpu: 0, limits: { cpu: 500 } }]);
		expect(accounts[0]!.periods).toEqual([0, 0]);
		expect(summary).not.toHaveProperty("cpu_throttled_periods_share");
	});
});

test("rates of bursts longer than many periods are means over whole ones", () => {
	const container: ThrottledContainer = {
		quota: quota(1 * MS, 2 * MS),
		threads: 1,
		wantedMilli: 250,
		burstPeriodUs: SECOND,
		cpus: 1,
		fairMilli: Number.POSITIVE_INFINITY,
	};
	// A quarter of a second of work every second, half the time standing still: 250 periods of 2 ms, of which the last ends the work.
	const rates = new ThrottleBook().rates(container);
	expect(rates.throttledPerS).toBe(249);
	expect(rates.periodsPerS).toBe(251);
	expect(rates.stoppedMilli).toBeCloseTo(249, 6);
	expect(new ThrottleBook().rates({ ...container, burstPeriodUs: undefined })).toEqual({
		periodsPerS: 500,
		throttledPerS: 0,
		stoppedMilli: 0,
	});
});
