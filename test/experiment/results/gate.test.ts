import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { type CheckedMetric, runGate } from "../../../src/experiment/results/gate.js";
import { type Gate, readGate } from "../../../src/experiment/results/gate-file.js";
import { bencherOf, githubBenchmarkOf, junitOf } from "../../../src/experiment/results/gate-formats.js";
import type { RunRow } from "../../../src/experiment/results/runs-table.js";
import { holm, signedRankAbove } from "../../../src/experiment/results/signed-rank.js";

describe("signed ranks", () => {
	test.each([
		// All above: one of 2^n signs.
		{ differences: [1, 2, 3, 4, 5], probability: 1 / 32 },
		// Rank sum 14 of 15: 15 or 14 (only 1 below), 2 of 32 signs.
		{ differences: [-1, 2, 3, 4, 5], probability: 2 / 32 },
		// Sums of at least 12 of 15: what is below adds up to 0, 1, 2 or 3: {}, {1}, {2}, {3}, {1, 2}.
		{ differences: [1, 2, -3, 4, 5], probability: 5 / 32 },
		// Zeros are dropped.
		{ differences: [0, 0, 7, 8], probability: 1 / 4 },
		// Ties share ranks: |1|, |1| have 1.5 each. Sums of at least 4.5 of 6: below are {}, {1.5}, {1.5}.
		{ differences: [-1, 1, 2], probability: 3 / 8 },
		{ differences: [], probability: 1 },
	])("of $differences: $probability", ({ differences, probability }) => {
		expect(signedRankAbove(differences)).toBeCloseTo(probability, 12);
	});

	test("of eight differences with a rank sum of 4 below 0: 7 / 256", () => {
		// Sums of 0 to 4 below: {}, {1}, {2}, {3}, {1,2}, {4}, {1,3}.
		expect(signedRankAbove([8, 7, 6, 5, -4, 3, 2, 1])).toBeCloseTo(7 / 256, 12);
	});
});

test("Holm's correction: the least times the number of tests, the next times one fewer, never below the one before", () => {
	expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
	expect(holm([0.5, 0.001])).toEqual([0.5, 0.002]);
	expect(holm([])).toEqual([]);
});

const METRIC = "pending_time_mean_us";
const runs = (values: readonly number[], digest = "", metric = METRIC): RunRow[] =>
	values.map((value, i) => ({
		run: `r${i}`,
		folder: "",
		variant: "",
		seed: String(i),
		digest,
		axes: new Map(),
		metrics: new Map([[metric, value]]),
	}));
const gateOf = (check: Partial<Gate["checks"][number]> = {}): Gate => ({
	falseAlarms: 0.05,
	checks: [{ metric: METRIC, rule: "no-regression", margin: { absolute: 0 }, ...check }],
});
const verdict = (gate: Gate, base: readonly number[], candidate: readonly number[]): CheckedMetric["verdict"] =>
	runGate(gate, [{ variant: "", base: runs(base), candidate: runs(candidate) }]).checks[0]!.verdict;

describe("a gate", () => {
	const random = new SeededRandomSource("gate").stream("noise");
	const noise = () => (random.next() + random.next() + random.next() - 1.5) * 100;

	test("finds 1 % more in 30 seeds, whatever they differ by among themselves", () => {
		const base = Array.from({ length: 30 }, (_, i) => 1_000_000 * (1 + i));
		const candidate = base.map((value) => value * 1.01 + noise());
		expect(verdict(gateOf(), base, candidate)).toBe("regression");
		// As much better is no regression; within a margin of 2 % it is none either.
		expect(verdict(gateOf(), candidate, base)).toBe("passed");
		expect(verdict(gateOf({ margin: { relative: 0.02 } }), base, candidate)).toBe("passed");
		// Where higher is better the same change is the other way round.
		expect(verdict(gateOf({ better: "higher" }), candidate, base)).toBe("regression");
	});

	test("lets in what is the same, value for value or event for event", () => {
		const base = [1, 2, 3];
		expect(verdict(gateOf(), base, base)).toBe("identical");
		const same = runGate(gateOf(), [{ variant: "", base: runs(base, "d"), candidate: runs(base, "d") }]);
		expect(same).toMatchObject({ passed: true, checks: [{ verdict: "identical", probability: null }] });
	});

	test("asks for proof where the rule is non-inferiority", () => {
		const base = Array.from({ length: 10 }, (_, i) => 100 + i);
		const margin = { absolute: 5 };
		const rule = "non-inferiority";
		expect(
			verdict(
				gateOf({ rule, margin }),
				base,
				base.map((value, i) => value + (i % 2 === 0 ? 1 : -1)),
			),
		).toBe("passed");
		// Between 20 less and 20 more nothing is shown, neither for nor against.
		const wide = base.map((value, i) => value + (i % 2 === 0 ? 20 : -20));
		expect(verdict(gateOf({ rule, margin }), base, wide)).toBe("not-shown");
		expect(verdict(gateOf({ margin }), base, wide)).toBe("passed");
	});

	test("says so where it is worse on average, which chance may have done", () => {
		const base = Array.from({ length: 10 }, (_, i) => 100 + i);
		// Five times 30 more, five times 10 less: 10 more on average, with ranks of 40 in 55.
		const candidate = base.map((value, i) => value + (i % 2 === 0 ? 30 : -10));
		expect(verdict(gateOf({ margin: { absolute: 5 } }), base, candidate)).toBe("inconclusive");
		expect(verdict(gateOf({ margin: { absolute: 11 } }), base, candidate)).toBe("passed");
	});

	test("raises no more false alarms than it says, among 200 candidates that change nothing", () => {
		let alarms = 0;
		for (let i = 0; i < 200; i++) {
			const base = Array.from({ length: 12 }, () => 1000 + noise());
			const candidate = Array.from({ length: 12 }, () => 1000 + noise());
			if (verdict(gateOf(), base, candidate) === "regression") alarms++;
		}
		// 5 % of 200 are 10; more than 19 has a probability of 1 % (binomial).
		expect(alarms).toBeLessThanOrEqual(19);
		expect(alarms).toBeGreaterThan(0);
	});

	test("says how many seeds it takes, rather than never closing", () => {
		expect(() => verdict(gateOf(), [1, 2, 3], [2, 3, 4])).toThrow(
			`${METRIC}: with 3 seeds and 1 checks nothing can be shown at 5 % false alarms: run 5 seeds or more`,
		);
	});

	test("refuses metrics that there are not, and those that no direction makes better", () => {
		expect(() => verdict(gateOf({ metric: "pending_time_mean" }), [1], [2])).toThrow(
			"unknown metric 'pending_time_mean'",
		);
		const base = runs([1, 2, 3, 4, 5]).map((run) => ({ ...run, metrics: new Map([["pods_submitted", 3]]) }));
		expect(() => runGate(gateOf({ metric: "pods_submitted" }), [{ variant: "", base, candidate: base }])).toThrow(
			"pods_submitted: neither lower nor higher is better",
		);
	});
});

describe("a gate file", () => {
	const read = (spec: string) => {
		const file = join(mkdtempSync(join(tmpdir(), "cellsim-gate-")), "gate.yaml");
		writeFileSync(file, `apiVersion: cellsim/v1alpha1\nkind: Gate\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`);
		return readGate(file);
	};

	test("has margins as shares, durations and numbers", () => {
		const { checks, falseAlarms } = read(`checks:
- {metric: ${METRIC}, margin: 1%}
- {metric: ${METRIC}, margin: 5ms, rule: non-inferiority}
- {metric: conflicts, margin: 3, better: lower}`);
		expect(checks.map(({ margin }) => margin)).toEqual([{ relative: 0.01 }, { absolute: 5000 }, { absolute: 3 }]);
		expect(falseAlarms).toBe(0.05);
	});

	test.each([
		[
			`checks: [{metric: ${METRIC}, margin: lots}]`,
			"'lots' is no margin: write a share such as 1%, or a duration such as 5ms",
		],
		["checks: [{metric: conflicts, margin: 5ms}]", "'5ms' is no margin: write a share such as 1%, or a number"],
		["checks: []", "spec.checks"],
		[`checks: [{metrics: ${METRIC}}]`, "missing 'metric': expected text"],
		[`falseAlarms: 5\nchecks: [{metric: ${METRIC}}]`, "spec.falseAlarms"],
	])("%s is refused", (spec, message) => {
		expect(() => read(spec)).toThrow(message);
	});
});

describe("what CI systems read", () => {
	const result = runGate(gateOf({ margin: { relative: 0.001 } }), [
		{ variant: "policy=a&b", base: runs([100, 110, 120, 130, 140]), candidate: runs([110, 121, 132, 143, 154]) },
	]);

	test("JUnit: a failure with what is wrong", () => {
		expect(junitOf(result)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cellsim" tests="1" failures="1">
  <testsuite name="cellsim gate" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="gate.${METRIC}" name="${METRIC} (policy=a&amp;b)">
      <failure type="regression" message="${METRIC} (policy=a&amp;b): 10 % worse over 5 seeds, margin 0.1 %, p = 0.031">${METRIC} (policy=a&amp;b): 10 % worse over 5 seeds, margin 0.1 %, p = 0.031</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
	});

	test("github-action-benchmark and Bencher: what the candidate measured", () => {
		expect(JSON.parse(githubBenchmarkOf(result))).toEqual([
			{
				name: `${METRIC} (policy=a&b)`,
				unit: "us",
				value: 132,
				extra: `${METRIC} (policy=a&b): 10 % worse over 5 seeds, margin 0.1 %, p = 0.031`,
			},
		]);
		expect(JSON.parse(bencherOf(result))).toEqual({ "policy=a&b": { [METRIC]: { value: 132 } } });
	});

	/** What github-action-benchmark makes of a custom file (its src/extract.ts): each entry has these, and only these are read. */
	const CUSTOM = z.array(
		z.strictObject({
			name: z.string().min(1),
			unit: z.string().min(1),
			value: z.number(),
			range: z.string().optional(),
			extra: z.string().optional(),
		}),
	);
	/** Bencher's metric format, version 0 (its bencher_adapter and bencher_valid): benchmark, measure, value with bounds. */
	const BENCHER = z.record(
		z.string().min(1).max(1024),
		z.record(
			z.string().min(1).max(64),
			z.strictObject({ value: z.number(), lower_value: z.number().optional(), upper_value: z.number().optional() }),
		),
	);

	test.each([
		"",
		"policy=a&b",
		`policy=${"x".repeat(200)}`,
	])("both as their readers' types have them, variant '%s'", (variant) => {
		const metrics = [METRIC, "busyness_daily_median.scheduler_service", "requests_lost", "no_such_metric"];
		const gates = metrics.map((metric) => gateOf({ metric, better: "lower", margin: { relative: 0.001 } }));
		const checked = gates.map((gate, i) =>
			runGate(gate, [
				{ variant, base: runs([1, 2, 3, 4, 5], "a", metrics[i]), candidate: runs([2, 3, 4, 5, 6], "b", metrics[i]) },
			]),
		);
		for (const one of [result, ...checked]) {
			expect(CUSTOM.parse(JSON.parse(githubBenchmarkOf(one))).length).toBe(one.checks.length);
			expect(Object.values(BENCHER.parse(JSON.parse(bencherOf(one)))).flatMap(Object.keys)).toHaveLength(
				one.checks.length,
			);
		}
	});
});
