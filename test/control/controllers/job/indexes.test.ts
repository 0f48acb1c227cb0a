import fc from "fast-check";
import { expect, test } from "vitest";
import { firstFree, formatIndexes, parseIndexes } from "../../../../src/control/controllers/job/indexes.js";

test.each([
	[[], ""],
	[[3], "3"],
	[[0, 1], "0,1"],
	[[0, 1, 2], "0-2"],
	[[7, 5, 0, 1, 3, 4], "0,1,3-5,7"],
])("%j is written as '%s'", (indexes, text) => {
	expect(formatIndexes(indexes)).toBe(text);
});

test("what is written is read back", () => {
	fc.assert(
		fc.property(fc.uniqueArray(fc.nat(60)), (indexes) => {
			expect(parseIndexes(formatIndexes(indexes))).toEqual([...indexes].sort((a, b) => a - b));
		}),
		{ seed: 1 },
	);
});

test("the lowest free indexes come first", () => {
	expect(firstFree(new Set([0, 2, 3]), 2, 8)).toEqual([1, 4]);
	expect(firstFree(new Set([0, 2, 3]), 9, 6)).toEqual([1, 4, 5]);
});
