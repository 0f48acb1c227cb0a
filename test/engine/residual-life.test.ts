import { describe, expect, test } from "vitest";
import { type DistributionSpec, limitedMean, mean, sampler } from "../../src/engine/distributions.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { hasResidualLife, residualSampler } from "../../src/engine/residual-life.js";

/** A stream of given uniforms. */
function given(...uniforms: readonly number[]) {
	let at = 0;
	return { next: () => uniforms[at++]!, integer: () => 0 };
}

const LOGNORMAL: DistributionSpec = { dist: "lognormal", median: 600e6, sigma: 1.5, max: 86_400e6 };
const MIXTURE: DistributionSpec = {
	dist: "mixture",
	of: [
		{ weight: 9, value: 1000 },
		{ weight: 1, value: 91_000 },
	],
};

describe("what is left of a life met in the middle", () => {
	test("of a constant is uniform", () => {
		const draw = residualSampler(1000, given(0.25, 0.999));
		expect([draw(), draw()].map((x) => Math.abs(x - 250) <= 1 || Math.abs(x - 999) <= 1)).toEqual([true, true]);
	});

	test("of an exponential is the exponential itself", () => {
		// The median: -ln(0.5) x mean.
		expect(residualSampler({ dist: "exponential", mean: 1e9 }, given(0.5))()).toBeCloseTo(Math.LN2 * 1e9, -1);
	});

	test("long lives are met more often: nine of 1 s and one of 91 s are met as one in eleven and ten in eleven", () => {
		// Mean 10,000. At most 1000 is left with probability (0.9 x 1000 + 0.1 x 1000) / 10,000 = 0.1; half at the x with
		// 900 + 0.1 x = 5000.
		const draw = residualSampler(MIXTURE, given(0.1, 0.5));
		expect(Math.round(draw() / 10)).toBe(100);
		expect(Math.round(draw() / 10)).toBe(4100);
	});

	test("agrees with lives laid end to end and met at random instants", () => {
		const random = new SeededRandomSource("3");
		const life = sampler(LOGNORMAL, random.stream("lives"));
		const lives = Array.from({ length: 200_000 }, life);
		const total = lives.reduce((sum, x) => sum + x, 0);
		// The share of the instants at which at most x is left: sum of min(life, x) / sum of lives.
		const draw = residualSampler(LOGNORMAL, random.stream("rest"));
		const rests = Array.from({ length: 20_000 }, draw);
		for (const x of [60e6, 1200e6, 7200e6, 30_000e6]) {
			const expected = lives.reduce((sum, y) => sum + Math.min(x, y), 0) / total;
			const found = rests.filter((rest) => rest <= x).length / rests.length;
			expect(Math.abs(found - expected)).toBeLessThan(0.02);
		}
		expect(limitedMean(LOGNORMAL, Number.POSITIVE_INFINITY)).toBe(mean(LOGNORMAL));
	});

	test("is only for lives with a mean, and a known one below a limit", () => {
		const forEver: DistributionSpec = { dist: "mixture", of: [{ weight: 1, value: Number.POSITIVE_INFINITY }] };
		expect([LOGNORMAL, MIXTURE, 5].map(hasResidualLife)).toEqual([true, true, true]);
		expect(
			[
				forEver,
				Number.POSITIVE_INFINITY,
				{ dist: "weibull", shape: 2, scale: 5 } as const,
				{ dist: "beta", a: 1, b: 3 } as const,
			].map(hasResidualLife),
		).toEqual([false, false, false, false]);
	});
});
