/** Searching for the smallest size that is enough. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binarySearch, linearSearch, remembered } from "../../../src/experiment/compaction/search.js";

/** Sizes from `answer` on are enough; notes what is asked. */
function threshold(answer: number, asked: number[]) {
	return remembered(async (size) => {
		asked.push(size);
		return size >= answer;
	});
}

describe("both searches", () => {
	test("find the same smallest size, ask for none twice and none outside the bounds", () =>
		fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 60 }),
				fc.integer({ min: 0, max: 60 }),
				fc.integer({ min: 0, max: 70 }),
				fc.integer({ min: 1, max: 20 }),
				async (low, more, above, step) => {
					const high = low + more;
					const answer = low + above;
					for (const search of [binarySearch, linearSearch]) {
						const asked: number[] = [];
						expect(await search(threshold(answer, asked), { low, high, step })).toBe(answer > high ? null : answer);
						expect(new Set(asked).size).toBe(asked.length);
						for (const size of asked) expect(size >= low && size <= high).toBe(true);
					}
				},
			),
			{ seed: 7, numRuns: 300 },
		));

	test("where nothing is monotone, binary finds a size that is enough above one that is not", async () => {
		// Enough: 5, 6, 9 and 10.
		const enough = async (size: number) => [5, 6, 9, 10].includes(size);
		// 2 is not, 6 is: between them 4 is not, 5 is.
		expect(await binarySearch(enough, { low: 1, high: 10, step: 2 })).toBe(5);
		// 7 is not, 10 is: 8 is not, 9 is.
		expect(await binarySearch(enough, { low: 1, high: 10, step: 7 })).toBe(9);
		// From above: 10 and 9 are, 8 is not.
		expect(await linearSearch(enough, { low: 1, high: 10 })).toBe(9);
	});
});

test("binary asks few sizes: steps of 2 % that double, then halves", async () => {
	const asked: number[] = [];
	expect(await binarySearch(threshold(1050, asked), { low: 1000, high: 5000, step: 20 })).toBe(1050);
	// 1019, then +40, then halves of (1019, 1059].
	expect(asked.slice(0, 3)).toEqual([1019, 1059, 1039]);
	expect(asked.length).toBeLessThanOrEqual(8);
});

test("bounds that cross leave nothing to ask", async () => {
	const never = async () => expect.fail("asked");
	expect(await binarySearch(never, { low: 5, high: 4, step: 1 })).toBeNull();
	expect(await linearSearch(never, { low: 5, high: 4 })).toBeNull();
});
