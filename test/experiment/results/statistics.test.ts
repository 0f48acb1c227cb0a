import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { type Interval, pairedDifference } from "../../../src/experiment/results/statistics.js";

const stream = (name = "compare/m/v") => new SeededRandomSource("0").stream(name);
const ofDifferences = (values: readonly number[]) =>
	pairedDifference(
		values.map(() => 0),
		values,
		stream(),
	);

describe("interval", () => {
	// The mean of a resample of n values, of which k are 1 and the others 0, is Binomial(n, k/n) / n. The percentiles are the
	// smallest values whose cumulated probability reaches 0.025 and 0.975.
	test.each<{ readonly values: readonly number[]; readonly interval: Interval; readonly why: string }>([
		{ values: [3, 7], interval: { low: 3, high: 7 }, why: "means 3, 5, 7 with probability 1/4, 1/2, 1/4" },
		{ values: [0, 0, 1], interval: { low: 0, high: 1 }, why: "P(mean = 1) = 1/27 = 0.037 > 0.025" },
		{ values: [0, 0, 0, 1], interval: { low: 0, high: 3 / 4 }, why: "P(1) = 1/256, P(>= 3/4) = 13/256 = 0.051" },
		{ values: [0, 0, 0, 0, 1], interval: { low: 0, high: 3 / 5 }, why: "P(>= 4/5) = 21/3125, P(>= 3/5) = 181/3125" },
		{ values: [5, 5, 5], interval: { low: 5, high: 5 }, why: "one value only" },
		{ values: [0.1, 0.1, 0.1], interval: { low: 0.1, high: 0.1 }, why: "one value only, without rounding" },
	])("of $values: $why", ({ values, interval }) => {
		expect(ofDifferences(values).interval).toEqual(interval);
	});

	test("of the mouse data (Efron and Tibshirani 1993, table 2.1, treatment): as all 7^7 resamples", () => {
		const mice = [94, 197, 16, 38, 99, 141, 23];
		const exact = exactInterval(mice);
		const { mean, interval } = ofDifferences(mice);
		expect(mean).toBeCloseTo(86.857, 3); // 608 / 7
		// 10,000 draws fix the 2.5th percentile to about 0.16 % of probability, here less than 2 units.
		expect(Math.abs(interval!.low - exact.low)).toBeLessThan(2);
		expect(Math.abs(interval!.high - exact.high)).toBeLessThan(2);
	});

	test("of many values: the normal one, mean -+ 1.96 s / sqrt(n)", () => {
		const values = Array.from({ length: 400 }, (_, i) => i); // mean 199.5, s = sqrt((400^2 - 1) / 12) = 115.47
		const { low, high } = ofDifferences(values).interval!;
		const half = (1.96 * 115.47) / 20; // 11.32
		expect(Math.abs(low - (199.5 - half))).toBeLessThan(0.5);
		expect(Math.abs(high - (199.5 + half))).toBeLessThan(0.5);
	});

	test("the same stream gives the same interval, another stream another", () => {
		const values = [1.5, -2, 0.25, 4, 8, -3.5, 2.25, 9.125];
		const zeros = values.map(() => 0);
		const first = pairedDifference(zeros, values, stream("compare/attempts/a"));
		expect(pairedDifference(zeros, values, stream("compare/attempts/a"))).toEqual(first);
		expect(pairedDifference(zeros, values, stream("compare/attempts/b"))).not.toEqual(first);
	});
});

test("fewer than two pairs have no interval", () => {
	expect(pairedDifference([4], [6], stream())).toEqual({ n: 1, mean: 2, interval: null, equal: false });
	expect(pairedDifference([], [], stream())).toEqual({ n: 0, mean: Number.NaN, interval: null, equal: false });
});

test("equal says that every pair is, not that the mean difference is 0", () => {
	expect(pairedDifference([1, 2], [1, 2], stream()).equal).toBe(true);
	expect(pairedDifference([1, 2], [2, 1], stream())).toMatchObject({ mean: 0, equal: false });
});

test("differences are candidate - base, pair by pair", () => {
	expect(pairedDifference([10, 100], [11, 103], stream())).toMatchObject({
		n: 2,
		mean: 2,
		interval: { low: 1, high: 3 },
	});
});

/** Percentiles of the mean over every resample, each as likely as the other. */
function exactInterval(values: readonly number[]): Interval {
	let sums = [0];
	for (let i = 0; i < values.length; i++) sums = sums.flatMap((sum) => values.map((value) => sum + value));
	const means = Float64Array.from(sums, (sum) => sum / values.length).sort();
	return { low: means[Math.floor(0.025 * means.length)]!, high: means[Math.floor(0.975 * means.length)]! };
}
