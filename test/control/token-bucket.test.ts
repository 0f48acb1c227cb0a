import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../src/control/token-bucket.js";
import { MILLISECOND, SECOND } from "../../src/engine/time.js";

/** kube-controller-manager's: one token in 50 ms. */
const KCM = { qps: 20, burst: 30 };

test("a burst goes at once, then one each 50 ms, in the order in which they came", () => {
	const bucket = new TokenBucket(KCM);
	const times = Array.from({ length: 33 }, () => bucket.take(SECOND) - SECOND);
	expect(times.slice(0, 30)).toEqual(Array(30).fill(0));
	expect(times.slice(30)).toEqual([50, 100, 150].map((ms) => ms * MILLISECOND));
});

test("100 requests take (100 - 30) / 20 = 3.5 s", () => {
	const bucket = new TokenBucket(KCM);
	const times = Array.from({ length: 100 }, () => bucket.take(0));
	expect(times.at(-1)).toBe(3.5 * SECOND);
});

describe("after a rest", () => {
	test.each([
		// 40 tokens are taken: 10 are owed.
		[0.5, 0, "the debt is paid"],
		[1.0, 10, "ten have grown"],
		[9.0, 30, "never more than the burst"],
	])("of %s s there are %s tokens: %s", (seconds, free) => {
		const bucket = new TokenBucket(KCM);
		for (let i = 0; i < 40; i++) bucket.take(0);
		const nowUs = seconds * SECOND;
		let taken = 0;
		while (bucket.takeNow(nowUs)) taken++;
		expect(taken).toBe(free);
	});
});

test("who finds no token and does not wait takes none away from others", () => {
	const bucket = new TokenBucket({ qps: 1, burst: 1 });
	expect([bucket.takeNow(0), bucket.takeNow(0), bucket.takeNow(0), bucket.takeNow(SECOND)]).toEqual([
		true,
		false,
		false,
		true,
	]);
});
