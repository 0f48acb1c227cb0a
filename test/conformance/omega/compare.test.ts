import { expect, test } from "vitest";
import { compareOutcomes, compareRuns, compareTraces, MICROSECONDS } from "./compare.js";
import type { OmegaJobOutcome, OmegaRun, OmegaTraceLine } from "./golden.js";

const OUTCOME: OmegaJobOutcome = {
	...{ id: 7, workload: "Batch", submitted: 1, numTasks: 3, unscheduledTasks: 0 },
	...{ numSchedulingAttempts: 2, numTaskSchedulingAttempts: 4, queueTillFirst: 0, queueTillFully: 0 },
	...{ usefulTime: 0, wastedTime: 0 },
};

// Times: 1e-6 of the golden one or 1 us, whichever is wider. Counters: equal.
test.each<[string, Partial<OmegaJobOutcome>, Partial<OmegaJobOutcome>, string[]]>([
	["a time 0.9 us off", { queueTillFirst: 0.5 }, { queueTillFirst: 0.5000009 }, []],
	["a time 1.1 us off", { queueTillFirst: 0.5 }, { queueTillFirst: 0.5000011 }, ["jobs[0].queueTillFirst"]],
	["1.1 us off in 2 s", { usefulTime: 2 }, { usefulTime: 2.0000011 }, []],
	[
		"a counter next to the golden one",
		{ unscheduledTasks: 0 },
		{ unscheduledTasks: 1e-9 },
		["jobs[0].unscheduledTasks"],
	],
	["another workload", {}, { workload: "Service" }, ["jobs[0].workload"]],
])("outcomes: %s", (_what, expected, got, paths) => {
	const comparison = compareOutcomes([{ ...OUTCOME, ...expected }], [{ ...OUTCOME, ...got }], MICROSECONDS);
	expect(comparison.differences.map(({ path }) => path)).toEqual(paths);
	expect([comparison.decisions, comparison.equal]).toEqual([1, paths.length === 0 ? 1 : 0]);
});

test("traces: the first line that differs is told, all that differ are counted", () => {
	const line = (t: number, m: number[]): OmegaTraceLine => ({ k: "place", t, s: "Monolithic", j: 1, a: 1, want: 2, m });
	const golden = [line(1, [4, 5]), line(2, [6]), line(3, []), line(4, [8])];
	const got = [line(1.0000005, [4, 5]), line(2, [7]), line(3, []), line(4, [9])];
	expect(compareTraces(golden, got, MICROSECONDS)).toEqual({
		decisions: 4,
		equal: 2,
		differences: [{ path: "trace[1].m[0]", expected: 6, got: 7 }],
	});
	expect(compareTraces(golden, golden.slice(0, 3), MICROSECONDS).differences).toEqual([
		{ path: "trace[3]", expected: golden[3], got: undefined },
	]);
});

test("runs: parameters are no decisions, and an assertion is the same without the JVM's words and addresses", () => {
	const failed = {
		seed: 1,
		ok: false,
		error:
			"java.lang.AssertionError: assertion failed: Scheduler OmegaBatch-1 (77) tried to claim 0.5 cpus on machine 3",
		schedulers: [{ name: "OmegaBatch-1", txnOk: 3, busyFrac: 0.5 }],
	} as unknown as OmegaRun;
	const got = {
		...failed,
		seed: 2,
		error: "Scheduler OmegaBatch-1 tried to claim 0.5 cpus on machine 3",
		schedulers: [{ name: "OmegaBatch-1", txnOk: 4, busyFrac: 0.5000001 }],
	} as unknown as OmegaRun;
	expect(compareRuns(failed, got, MICROSECONDS)).toMatchObject({
		decisions: 5,
		equal: 4,
		differences: [{ path: "schedulers[0].txnOk", expected: 3, got: 4 }],
	});
});
