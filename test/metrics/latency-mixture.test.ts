import { expect, test } from "vitest";
import { LatencyMixture } from "../../src/metrics/latency-mixture.js";

const mixture = (responses: Parameters<LatencyMixture["add"]>[0], timeoutUs = 1e12) => {
	const made = new LatencyMixture();
	made.add(responses, timeoutUs);
	return made;
};

test("one exponential has its own mean and quantiles, after the fixed time", () => {
	const one = mixture([{ requests: 50, fixedUs: 2000, meanUs: 10_000 }]);
	expect(one.served).toBeCloseTo(50, 9);
	expect(one.meanUs).toBeCloseTo(12_000, 6);
	for (const q of [0.5, 0.9, 0.99]) expect(one.quantileUs(q)).toBe(Math.ceil(2000 - 10_000 * Math.log(1 - q)));
	expect(one.slowerThan(12_000) / 50).toBeCloseTo(Math.exp(-1), 9);
	expect(one.slowerThan(1000)).toBeCloseTo(50, 9);
});

test("of two, the slower one makes the tail", () => {
	const two = mixture([
		{ requests: 90, fixedUs: 0, meanUs: 1000 },
		{ requests: 10, fixedUs: 0, meanUs: 100_000 },
	]);
	expect(two.meanUs).toBeCloseTo(0.9 * 1000 + 0.1 * 100_000, 3);
	// One in a hundred is later than what one in ten of the slow ones is later than.
	expect(two.quantileUs(0.99)).toBe(Math.ceil(100_000 * Math.log(10)));
});

test("who has given up is not among those served", () => {
	const cut = mixture([{ requests: 100, fixedUs: 0, meanUs: 1000 }], 1000);
	const share = 1 - Math.exp(-1);
	expect(cut.served).toBeCloseTo(100 * share, 9);
	// Mean of an exponential of mean 1 that is at most 1: 1 - 1 / (e - 1).
	expect(cut.meanUs).toBeCloseTo(1000 * (1 - 1 / (Math.E - 1)), 6);
	expect(cut.quantileUs(1)).toBeLessThanOrEqual(1000);
});

test("nobody has no latency", () => {
	expect(mixture([]).meanUs).toBeNaN();
	expect(mixture([]).quantileUs(0.5)).toBeNaN();
});
