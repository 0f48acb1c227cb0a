import { expect, test } from "vitest";
import { TokenBucket } from "../../../src/node/images/token-bucket.js";

test("a burst, then so many a second, and a burst again after a rest", () => {
	const bucket = new TokenBucket(5, 3, 0);
	const takes = (...atMs: number[]) => atMs.map((ms) => bucket.take(ms * 1000));
	expect(takes(0, 0, 0, 0)).toEqual([true, true, true, false]);
	// One comes every 200 ms
	expect(takes(199, 200, 399, 400)).toEqual([false, true, false, true]);
	// No more than three are kept
	expect(takes(60_000, 60_000, 60_000, 60_000)).toEqual([true, true, true, false]);
});

test("without a limit", () => {
	const bucket = new TokenBucket(0, 0, 0);
	expect([bucket.take(0), bucket.take(0)]).toEqual([true, true]);
});
