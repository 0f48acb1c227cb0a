import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecayingHistogram } from "../../../src/node/autoscaling/decaying-histogram.js";

const HOUR = 3_600_000_000;
const options = { first: 10, last: 1e6, ratio: 1.05, halfLifeUs: 24 * HOUR };

test("is empty at first", () => {
	const histogram = new DecayingHistogram(options);
	expect([histogram.isEmpty, histogram.quantile(0.9), histogram.mean()]).toEqual([true, 0, 0]);
});

test("buckets end at 10 (1.05^n - 1) / 0.05", () => {
	const histogram = new DecayingHistogram(options);
	histogram.add(8, 1, 0);
	expect(histogram.quantile(1)).toBeCloseTo(10, 9);
	// 10 + 10.5 = 20.5.
	histogram.add(20, 1, 0);
	expect(histogram.quantile(1)).toBeCloseTo(20.5, 9);
	expect(histogram.quantile(0.5)).toBeCloseTo(10, 9);
});

test("a sample counts half after a half-life", () => {
	const histogram = new DecayingHistogram(options);
	histogram.add(5, 3, 0);
	histogram.add(50, 1, 24 * HOUR);
	// 3 x 1/2 against 1: the old one is 60 % of the weight.
	expect(histogram.quantile(0.6)).toBeCloseTo(10, 9);
	expect(histogram.quantile(0.61)).toBeGreaterThan(50);
});

describe("properties", () => {
	const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 0, max: 100 })), {
		minLength: 1,
	});

	test("a quantile is at least the exact one, and at most 5 % and a first bucket above it", () => {
		fc.assert(
			fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, p) => {
				const histogram = new DecayingHistogram({ ...options, halfLifeUs: 1e300 });
				for (const [value] of values) histogram.add(value, 1, 0);
				const sorted = values.map(([value]) => value).sort((a, b) => a - b);
				const exact = sorted[Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1)]!;
				const found = histogram.quantile(p);
				expect(found).toBeGreaterThanOrEqual(exact - 1e-6 * exact);
				expect(found).toBeLessThanOrEqual(exact * 1.05 + 10.5);
			}),
			{ seed: 1 },
		);
	});

	test("the order in which samples come makes no difference, nor does how long ago all that was", () => {
		fc.assert(
			fc.property(samples, (values) => {
				const fill = (list: readonly (readonly [number, number])[], offset: number) => {
					const histogram = new DecayingHistogram(options);
					for (const [value, hours] of list) histogram.add(value, 1, (hours + offset) * HOUR);
					return [0.1, 0.5, 0.9].map((p) => histogram.quantile(p));
				};
				const forward = fill(values, 0);
				expect(fill([...values].reverse(), 0)).toEqual(forward);
				const sorted = [...values].sort((a, b) => a[1] - b[1]);
				const later = fill(sorted, 24 * 4000);
				for (const [i, value] of fill(sorted, 0).entries()) expect(later[i]).toBeCloseTo(value, 6);
			}),
			{ seed: 2, numRuns: 30 },
		);
	});
});
