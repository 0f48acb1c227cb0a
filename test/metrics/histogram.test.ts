import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COARSE_BITS, Histogram } from "../../src/metrics/histogram.js";

function histogramOf(values: readonly number[]): Histogram {
	const histogram = new Histogram();
	for (const value of values) histogram.add(value);
	return histogram;
}

/** The value at rank ceil(q x count). */
function exact(values: readonly number[], q: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(1, Math.ceil(q * values.length)) - 1]!;
}

const QUANTILES = [0, 0.01, 0.5, 0.9, 0.99, 1];

describe("Histogram", () => {
	test("is exact below 2048", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: 2047 }), { minLength: 1 }), (values) => {
				const histogram = histogramOf(values);
				for (const q of QUANTILES) expect(histogram.quantile(q)).toBe(exact(values, q));
			}),
			{ seed: 101, numRuns: 300 },
		);
	});

	test("is within 0.05 % above, up to 2^53", () => {
		const value = fc.oneof(
			fc.integer({ min: 0, max: 100_000 }),
			fc.maxSafeNat(),
			// At the edges of the powers of two, where a logarithm may round the wrong way.
			fc
				.tuple(fc.integer({ min: 11, max: 52 }), fc.integer({ min: -1, max: 1 }))
				.map(([power, off]) => 2 ** power + off),
		);
		fc.assert(
			fc.property(fc.array(value, { minLength: 1 }), (values) => {
				const histogram = histogramOf(values);
				for (const q of QUANTILES) {
					const expected = exact(values, q);
					expect(Math.abs(histogram.quantile(q) - expected)).toBeLessThanOrEqual(expected * 0.0005);
				}
				expect(histogram.max).toBe(Math.max(...values));
				expect(histogram.quantile(1)).toBeLessThanOrEqual(histogram.max);
			}),
			{ seed: 102, numRuns: 500 },
		);
	});

	test.each([
		// Rank ceil(0.5 x 4) = 2 of 10, 20, 30, 40; ceil(0.9 x 4) = 4; ceil(0.25 x 4) = 1.
		[[10, 20, 30, 40], 0.5, 20],
		[[10, 20, 30, 40], 0.9, 40],
		[[10, 20, 30, 40], 0.25, 10],
		[[10, 20, 30, 40], 0.26, 20],
		[[7], 0.99, 7],
		[[0, 0, 5], 0.5, 0],
	])("of %j at %d is %d", (values, q, expected) => {
		expect(histogramOf(values).quantile(q)).toBe(expected);
	});

	test("is the same for many values as for few, read in between or not", () => {
		const value = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.maxSafeNat());
		fc.assert(
			fc.property(fc.array(value, { minLength: 100, maxLength: 700, size: "max" }), (values) => {
				const [many, read] = [histogramOf(values), new Histogram()];
				const parts = new Histogram();
				for (const one of values) {
					read.add(one);
					parts.addAll(histogramOf([one]));
					expect(read.count).toBe(parts.count);
				}
				for (const q of QUANTILES) {
					expect(many.quantile(q)).toBe(read.quantile(q));
					expect(many.quantile(q)).toBe(parts.quantile(q));
				}
			}),
			{ seed: 103, numRuns: 3 },
		);
	});

	test("knows count, sum, mean and maximum exactly", () => {
		const { count, sum, mean, max } = histogramOf([1, 2, 1_000_003]);
		expect([count, sum, mean, max]).toEqual([3, 1_000_006, 1_000_006 / 3, 1_000_003]);
	});

	test("is within 0.8 % when coarse; adding another's values is adding them one by one, and a cleared one is as new", () => {
		const value = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeNat());
		const lists = fc.tuple(fc.array(value, { minLength: 1 }), fc.array(value));
		fc.assert(
			fc.property(lists, ([some, others]) => {
				const [sum, other] = [new Histogram(COARSE_BITS), new Histogram(COARSE_BITS)];
				sum.add(5);
				sum.clear();
				for (const us of some) sum.add(us);
				for (const us of others) other.add(us);
				sum.addAll(other);
				const all = [...some, ...others];
				for (const q of QUANTILES) {
					const expected = exact(all, q);
					expect(Math.abs(sum.quantile(q) - expected)).toBeLessThanOrEqual(expected * 0.008);
				}
				expect([sum.count, sum.max]).toEqual([all.length, Math.max(...all)]);
			}),
			{ seed: 103, numRuns: 300 },
		);
	});

	test("without values has none", () => {
		const { count, mean, max } = new Histogram();
		expect([count, mean, max, new Histogram().quantile(0.5)]).toEqual([0, Number.NaN, Number.NaN, Number.NaN]);
	});
});
