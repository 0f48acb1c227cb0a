import fc from "fast-check";
import { expect, test } from "vitest";
import { SampleWindow } from "../../../src/node/overcommit/sample-window.js";

test("without samples everything is 0", () => {
	const window = new SampleWindow(3);
	expect([window.mean(), window.deviation(), window.quantile(0.9), window.max()]).toEqual([0, 0, 0, 0]);
});

test("mean, deviation and nearest-rank quantiles of 2, 4, 4, 4, 5, 5, 7, 9", () => {
	const window = new SampleWindow(8);
	for (const value of [9, 2, 4, 5, 4, 7, 4, 5]) window.add(value);
	// Mean 40 / 8 = 5; squares 9+1+1+1+0+0+4+16 = 32, 32 / 8 = 4.
	expect([window.mean(), window.deviation()]).toEqual([5, 2]);
	// Ranks ceil(0.5 x 8) = 4 and ceil(0.99 x 8) = 8.
	expect([window.quantile(0.5), window.quantile(0.99), window.max()]).toEqual([4, 9, 9]);
});

test("it holds the last so many", () => {
	fc.assert(
		fc.property(
			fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
			fc.integer({ min: 1, max: 8 }),
			(values, size) => {
				const window = new SampleWindow(size);
				for (const value of values) window.add(value);
				const last = values.slice(-size);
				expect(window.count).toBe(last.length);
				expect(window.mean()).toBeCloseTo(last.reduce((sum, value) => sum + value, 0) / last.length, 9);
				expect(window.max()).toBe(Math.max(...last));
				expect(window.quantile(0)).toBe(Math.min(...last));
			},
		),
		{ seed: 1 },
	);
});
