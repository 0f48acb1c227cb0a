import { expect, test } from "vitest";
import { IDLE, UsageColumns } from "../../src/cell/usage-columns.js";

test("accounts grow at the rates of the last line, and are known at any time", () => {
	const { pods } = new UsageColumns();
	expect(pods.has(3)).toBe(false);
	pods.begin(3, 100);
	expect([pods.has(3), pods.has(2), pods.has(99)]).toEqual([true, false, false]);
	// Half a CPU of 2 wanted, of which 0.8 are beyond the limit: 0.7 wait.
	const line = {
		...IDLE,
		usedMilli: 500,
		wantedMilli: 2000,
		throttledMilli: 800,
		pressureSome: 0.5,
		pressureFull: 0.25,
	};
	pods.record(3, 200, { ...line, memoryBytes: 70, cacheBytes: 20 });
	pods.record(3, 300, { ...IDLE, memoryBytes: 40 });
	const at = (us: number) => [
		pods.cpuTimeUs(3, us),
		pods.wantedTimeUs(3, us),
		pods.throttledTimeUs(3, us),
		pods.waitingTimeUs(3, us),
		pods.pressureSomeUs(3, us),
		pods.pressureFullUs(3, us),
	];
	expect(at(300)).toEqual([50, 200, 80, 70, 50, 25]);
	expect(at(900)).toEqual([50, 200, 80, 70, 50, 25]);
	pods.record(3, 400, line);
	expect(at(500)).toEqual([100, 400, 160, 140, 100, 50]);
	expect([pods.memoryBytes[3], pods.memoryPeakBytes[3]]).toEqual([0, 50]);
});

test("periods of limits are counted by their rates", () => {
	const { pods } = new UsageColumns();
	const at = (us: number) => [pods.quotaPeriods(0, us), pods.throttledPeriods(0, us), pods.stoppedTimeUs(0, us)];
	pods.begin(0, 0);
	pods.record(0, 0, { ...IDLE, quotaPeriodsPerS: 10, throttledPeriodsPerS: 5, stoppedMilli: 2000 });
	// Half a second, and as much again.
	expect(at(500_000)).toEqual([5, 2.5, 1_000_000]);
	pods.record(0, 500_000, { ...IDLE, quotaPeriodsPerS: 10 });
	expect(at(1_000_000)).toEqual([10, 2.5, 1_000_000]);
	pods.begin(0, 0);
	expect(at(1_000_000)).toEqual([0, 0, 0]);
});

test("a row begins anew with the next pod that gets it", () => {
	const { pods } = new UsageColumns();
	pods.begin(0, 0);
	pods.record(0, 0, { ...IDLE, usedMilli: 1000, memoryBytes: 5 });
	pods.countRestart(0);
	pods.countOomKill(0);
	expect([pods.cpuTimeUs(0, 10), pods.restarts[0], pods.oomKills[0], pods.memoryPeakBytes[0]]).toEqual([10, 1, 1, 5]);
	pods.end(0, 10);
	expect([pods.has(0), pods.usedMilli[0], pods.cpuTimeUs(0, 30), pods.oomKills[0]]).toEqual([false, 0, 10, 1]);
	// The same pod on another machine goes on where it was.
	pods.resume(0, 50);
	pods.record(0, 50, { ...IDLE, usedMilli: 500 });
	expect([pods.has(0), pods.cpuTimeUs(0, 70)]).toEqual([true, 20]);
	pods.begin(0, 10);
	expect([pods.cpuTimeUs(0, 20), pods.restarts[0], pods.oomKills[0], pods.memoryPeakBytes[0]]).toEqual([0, 0, 0, 0]);
	expect([pods.usedMilli[0], pods.memoryBytes[0]]).toEqual([0, 0]);
});
