import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DistributionSpec, mean, sampler, weightedPick } from "../../src/engine/distributions.js";
import { type Random, SeededRandomSource } from "../../src/engine/random.js";

const DRAWS = 100_000;

function stream(name: string): Random {
	return new SeededRandomSource("distributions").stream(name);
}

function draws(spec: DistributionSpec, count = DRAWS): Float64Array {
	const draw = sampler(spec, stream(JSON.stringify(spec)));
	return Float64Array.from({ length: count }, draw);
}

function sampleMean(values: Float64Array): { readonly mean: number; readonly standardError: number } {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
	return { mean, standardError: Math.sqrt(variance / values.length) };
}

// Each row: a distribution, its mean by the textbook, and points of its distribution function [x, P(X <= x)].
const TABLE: readonly [DistributionSpec, number, readonly (readonly [number, number])[]][] = [
	[
		{ dist: "uniform", min: 10, max: 30 },
		20,
		[
			[15, 0.25],
			[25, 0.75],
		],
	],
	[
		{ dist: "exponential", mean: 5 },
		5,
		[
			[5 * Math.log(2), 0.5],
			[5 * Math.log(10), 0.9],
		],
	],
	// E[min(X, 5)] = 5 (1 - e^-1)
	[
		{ dist: "exponential", mean: 5, max: 5 },
		5 * (1 - Math.exp(-1)),
		[
			[4.999999, 1 - Math.exp(-1)],
			[5, 1],
		],
	],
	// E[max(X, 5)] = 5 + 5 e^-1
	[{ dist: "exponential", mean: 5, min: 5 }, 5 + 5 * Math.exp(-1), [[5, 1 - Math.exp(-1)]]],
	// mean = median e^(sigma^2 / 2); one sigma above the median has 84.1345 % below
	[
		{ dist: "lognormal", median: 90, sigma: 1.1 },
		90 * Math.exp(0.605),
		[
			[90, 0.5],
			[90 * Math.exp(1.1), 0.841345],
		],
	],
	[{ dist: "lognormal", mean: 40, sigma: 0.5 }, 40, [[40 * Math.exp(-0.125), 0.5]]],
	// sigma = 1, median = max = 1: E[min(X, 1)] = e^0.5 P(Z <= -1) + 1 P(Z >= 0) = 1.648721 x 0.158655 + 0.5
	[
		{ dist: "lognormal", median: 1, sigma: 1, max: 1 },
		0.761579,
		[
			[0.999999, 0.5],
			[1, 1],
		],
	],
	// shape 1 on [1, 100]: mean = ln(100) / (1 - 1/100), P(X <= 10) = (1 - 1/10) / (1 - 1/100)
	[
		{ dist: "pareto", shape: 1, min: 1, max: 100 },
		Math.log(100) / 0.99,
		[
			[10, 0.9 / 0.99],
			[100, 1],
		],
	],
	// shape 2 on [1, 10]: mean = 2 (1 - 1/10) / (1 - 1/100)
	[{ dist: "pareto", shape: 2, min: 1, max: 10 }, 1.8 / 0.99, [[2, 0.75 / 0.99]]],
	// shape 1 is the exponential; shape 2: scale sqrt(pi) / 2
	[{ dist: "weibull", shape: 1, scale: 7 }, 7, [[7 * Math.log(2), 0.5]]],
	[{ dist: "weibull", shape: 2, scale: 3 }, (3 * Math.sqrt(Math.PI)) / 2, [[3, 1 - Math.exp(-1)]]],
	// shape 1/2: scale x gamma(3) = 2 scale
	[{ dist: "weibull", shape: 0.5, scale: 3 }, 6, [[3, 1 - Math.exp(-1)]]],
	// 2 / (2 + 5); beta(2, 5) has P(X <= 1/2) = 57/64
	[{ dist: "beta", a: 2, b: 5 }, 2 / 7, [[0.5, 57 / 64]]],
	[{ dist: "beta", a: 1, b: 1, scale: 8 }, 4, [[2, 0.25]]],
	// p = 1/8: P(X <= 3) = 1 - (7/8)^3
	[
		{ dist: "geometric", mean: 8 },
		8,
		[
			[1, 1 / 8],
			[3, 1 - (7 / 8) ** 3],
		],
	],
	// p = 1/2: min(X, 2) is 1 or 2, each one time in two
	[
		{ dist: "geometric", mean: 2, max: 2 },
		1.5,
		[
			[1, 0.5],
			[2, 1],
		],
	],
	// 0.5 of uniform(0, 10), 0.5 of uniform(10, 100)
	[
		{
			dist: "empirical",
			quantiles: [
				[0, 0],
				[0.5, 10],
				[1, 100],
			],
		},
		0.5 * 5 + 0.5 * 55,
		[
			[5, 0.25],
			[10, 0.5],
			[55, 0.75],
		],
	],
	// clamped at 20: 0.5 x 5 + 0.5 x (20 - 10^2 / (2 x 90))
	[
		{
			dist: "empirical",
			quantiles: [
				[0, 0],
				[0.5, 10],
				[1, 100],
			],
			max: 20,
		},
		2.5 + 0.5 * (20 - 100 / 180),
		[
			[10, 0.5],
			[20, 1],
		],
	],
	[
		{
			dist: "empirical",
			interpolation: "step",
			quantiles: [
				[0.25, 4],
				[1, 8],
			],
		},
		7,
		[
			[4, 0.25],
			[7.9, 0.25],
			[8, 1],
		],
	],
	// a quarter constant 2, three quarters exponential 10
	[
		{
			dist: "mixture",
			of: [
				{ weight: 1, value: 2 },
				{ weight: 3, value: { dist: "exponential", mean: 10 } },
			],
		},
		8,
		[[2, 0.25 + 0.75 * (1 - Math.exp(-0.2))]],
	],
];

describe("100,000 draws agree with the closed form", () => {
	test.each(TABLE)("%j", (spec, expectedMean, points) => {
		expect(mean(spec)).toBeCloseTo(expectedMean, 5);
		const values = draws(spec);
		const sample = sampleMean(values);
		// Five standard errors: a correct sampler misses once in 1.7 million seeds, and the seed is fixed.
		expect(Math.abs(sample.mean - expectedMean)).toBeLessThan(5 * sample.standardError + 1e-9);
		for (const [x, p] of points) {
			const below = values.filter((value) => value <= x).length / DRAWS;
			expect(Math.abs(below - p), `P(X <= ${x})`).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / DRAWS) + 1e-6);
		}
	});
});

describe("edges", () => {
	test.each<[DistributionSpec, number]>([
		[12, 12],
		[Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
		[{ dist: "constant", value: 3 }, 3],
		[{ dist: "uniform", min: 4, max: 4 }, 4],
		[{ dist: "pareto", shape: 1.5, min: 4, max: 4 }, 4],
		[{ dist: "lognormal", median: 4, sigma: 0 }, 4],
		[{ dist: "geometric", mean: 1 }, 1],
		[{ dist: "exponential", mean: 9, min: 4, max: 4 }, 4],
		[{ dist: "empirical", quantiles: [[1, 4]], interpolation: "step" }, 4],
		[
			{
				dist: "empirical",
				quantiles: [
					[0, 4],
					[1, 4],
				],
			},
			4,
		],
		[
			{
				dist: "mixture",
				of: [
					{ weight: 2, value: 4 },
					{ weight: 0, value: 5 },
				],
			},
			4,
		],
	])("%j is always %d", (spec, value) => {
		expect(new Set(draws(spec, 1000))).toEqual(new Set([value]));
		expect(mean(spec)).toBe(value);
	});

	test("a clamp whose mean needs an incomplete gamma or beta function has no stated mean", () => {
		expect(mean({ dist: "weibull", shape: 2, scale: 3, max: 4 })).toBeNull();
		expect(mean({ dist: "beta", a: 2, b: 5, max: 0.5 })).toBeNull();
		expect(mean({ dist: "beta", a: 2, b: 5, min: 0, max: 1 })).toBeCloseTo(2 / 7, 12);
	});

	test("a constant draws nothing, so what follows it on a stream does not move", () => {
		const random = stream("constant");
		sampler(5, random)();
		sampler({ dist: "constant", value: 5 }, random)();
		expect(random.next()).toBe(stream("constant").next());
	});

	test("a clamp changes no other draw", () => {
		const free = draws({ dist: "weibull", shape: 0.7, scale: 10 }, 1000);
		const draw = sampler(
			{ dist: "weibull", shape: 0.7, scale: 10, min: 1, max: 20 },
			stream(JSON.stringify({ dist: "weibull", shape: 0.7, scale: 10 })),
		);
		expect(Float64Array.from({ length: 1000 }, draw)).toEqual(free.map((value) => Math.min(20, Math.max(1, value))));
	});
});

describe("properties", () => {
	const value = fc.double({ min: 0.1, max: 1000, noNaN: true });
	const spec: fc.Arbitrary<DistributionSpec> = fc.oneof(
		fc.record({ dist: fc.constant("exponential" as const), mean: value }),
		fc.record({
			dist: fc.constant("lognormal" as const),
			median: value,
			sigma: fc.double({ min: 0, max: 2, noNaN: true }),
		}),
		fc.record({ dist: fc.constant("geometric" as const), mean: fc.double({ min: 1, max: 50, noNaN: true }) }),
		fc.tuple(value, value, fc.double({ min: 0.2, max: 4, noNaN: true })).map(([a, b, shape]) => ({
			dist: "pareto" as const,
			shape,
			min: Math.min(a, b),
			max: Math.max(a, b),
		})),
	);

	test("the mean of a mixture of a clamp is between the clamp's bounds, and a wider clamp moves it outwards", () => {
		fc.assert(
			fc.property(spec, value, value, (part, a, b) => {
				const [min, max] = [Math.min(a, b), Math.max(a, b)];
				const clamped = mean({ dist: "mixture", of: [{ weight: 3, value: part }], min, max })!;
				expect(clamped).toBeGreaterThanOrEqual(min - 1e-6);
				expect(clamped).toBeLessThanOrEqual(max + 1e-6);
				expect(mean({ dist: "mixture", of: [{ weight: 1, value: part }], max })!).toBeLessThanOrEqual(clamped + 1e-6);
				expect(mean({ dist: "mixture", of: [{ weight: 1, value: part }], min })!).toBeGreaterThanOrEqual(
					clamped - 1e-6,
				);
			}),
			{ seed: 1, numRuns: 300 },
		);
	});

	test("a clamped mean is the integral of the survival function between the bounds", () => {
		// The numeric integral of P(X > x) is the oracle: the exponential's survival function is e^(-x / mean).
		fc.assert(
			fc.property(value, value, value, (scale, a, b) => {
				const [min, max] = [Math.min(a, b), Math.max(a, b)];
				const steps = 2000;
				const width = (max - min) / steps;
				let integral = min;
				for (let i = 0; i < steps; i++) integral += Math.exp(-(min + (i + 0.5) * width) / scale) * width;
				const closed = mean({ dist: "exponential", mean: scale, min, max })!;
				expect(Math.abs(closed - integral)).toBeLessThan(1e-3 * max);
			}),
			{ seed: 2, numRuns: 100 },
		);
	});
});

describe("weightedPick", () => {
	test("picks in proportion, never a weight of zero", () => {
		const pick = weightedPick([0, 1, 3, 0], stream("pick"));
		const counts = [0, 0, 0, 0];
		for (let i = 0; i < DRAWS; i++) counts[pick()]!++;
		expect(counts[0]! + counts[3]!).toBe(0);
		// 5 standard deviations of a binomial(100,000, 1/4) are 685.
		expect(Math.abs(counts[1]! - 25_000)).toBeLessThan(685);
	});

	test("a draw next to 1 still picks the last that has weight", () => {
		const almostOne: Random = { next: () => 1 - 2 ** -53, integer: () => 0 };
		expect(weightedPick([0.1, 0.2, 0.7, 0], almostOne)()).toBe(2);
	});
});
