import { expect, test } from "vitest";
import { median, medianAbsoluteDeviation, medianSlope } from "../../src/metrics/median.js";

test.each([
	// 1 2 [3] 4 100: deviations 2 1 0 1 97, sorted 0 1 [1] 2 97.
	[[100, 2, 4, 1, 3], 3, 1],
	// 1 [2 6] 10: deviations from 4 are 3 2 2 6, sorted 2 [2 3] 6.
	[[10, 2, 1, 6], 4, 2.5],
	[[-7], -7, 0],
	[[], Number.NaN, Number.NaN],
])("of %j the median is %d and the median absolute deviation %d", (values, expected, deviation) => {
	expect([median(values), medianAbsoluteDeviation(values)]).toEqual([expected, deviation]);
});

test("the slope is the median over all pairs: one point that is far out does not count", () => {
	// Pairs of 0 2 4 90: 2, 2, 30; 2, 44; 86. Sorted 2 2 [2 30] 44 86.
	expect(medianSlope([0, 1, 2, 3], [0, 2, 4, 90])).toBe(16);
	// Of 0 2 90 6 8: 2 45 2 2, 88 2 2, -84 -41, 2. Sorted -84 -41 2 2 [2 2] 2 2 45 88.
	expect(medianSlope([0, 1, 2, 3, 4], [0, 2, 90, 6, 8])).toBe(2);
	expect(medianSlope([5], [1])).toBeNaN();
});
