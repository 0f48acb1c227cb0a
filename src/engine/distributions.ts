/**
 * Distributions by description: a plain value that a file can hold, and the sampler and the mean that follow from it.
 *
 * Parameters are taken as checked: the schemas of the rooms that read files refuse negative scales and empty mixtures.
 */
import {
	randomBeta,
	randomExponential,
	randomGeometric,
	randomLogNormal,
	randomPareto,
	randomUniform,
	randomWeibull,
} from "d3-random";
import type { Random } from "./random.js";

/** Bounds applied to a draw: a value beyond one becomes the bound, so the number of draws never depends on them. */
export interface Clamp {
	readonly min?: number | undefined;
	readonly max?: number | undefined;
}

/** Tagged form of a distribution; the name is the field's. Bounds of `uniform` and `pareto` are parameters, elsewhere a clamp. */
export type Distribution =
	| { readonly dist: "constant"; readonly value: number }
	| { readonly dist: "uniform"; readonly min: number; readonly max: number }
	| ({ readonly dist: "exponential"; readonly mean: number } & Clamp)
	/** `sigma` is the standard deviation of the logarithm; `median` or `mean`, not both. */
	| ({
			readonly dist: "lognormal";
			readonly median?: number | undefined;
			readonly mean?: number | undefined;
			readonly sigma: number;
	  } & Clamp)
	/** Bounded Pareto on [min, max]; `shape` is the tail index. */
	| { readonly dist: "pareto"; readonly shape: number; readonly min: number; readonly max: number }
	| ({ readonly dist: "weibull"; readonly shape: number; readonly scale: number } & Clamp)
	/** Beta(a, b) times `scale`, 1 if absent. */
	| ({ readonly dist: "beta"; readonly a: number; readonly b: number; readonly scale?: number | undefined } & Clamp)
	/** Number of trials to the first success, 1, 2, 3, ...; `mean` is 1 or more. */
	| ({ readonly dist: "geometric"; readonly mean: number } & Clamp)
	| ({ readonly dist: "empirical" } & Quantiles & Clamp)
	/** One of several, by weight; weights need not sum to 1. */
	| ({ readonly dist: "mixture"; readonly of: readonly MixturePart[] } & Clamp);

/**
 * Measured quantiles `[p, value]`, both rising, the last at p = 1. `linear` joins them by straight lines and starts at p = 0;
 * `step` gives the first value whose p is not below the draw, as a sample of the very values measured.
 */
export interface Quantiles {
	readonly quantiles: readonly (readonly [number, number])[];
	readonly interpolation?: "linear" | "step" | undefined;
}

export interface MixturePart {
	readonly weight: number;
	readonly value: DistributionSpec;
}

/** A number is a constant. */
export type DistributionSpec = number | Distribution;

/** Draws of `spec` from `random`. A constant draws nothing; each sampler keeps its own state. */
export function sampler(spec: DistributionSpec, random: Random): () => number {
	if (typeof spec === "number") return () => spec;
	const draw = unclamped(spec, random);
	const { min, max } = clampOf(spec);
	if (min === -Infinity && max === Infinity) return draw;
	return () => Math.min(max, Math.max(min, draw()));
}

/** Mean of `spec`, clamp included, where a closed form is known (all but a clamped Weibull or beta); null otherwise. */
export function mean(spec: DistributionSpec): number | null {
	return limitedMean(spec, Infinity);
}

function clampOf(spec: Distribution): { readonly min: number; readonly max: number } {
	switch (spec.dist) {
		case "constant":
		case "uniform":
		case "pareto":
			return { min: -Infinity, max: Infinity };
		default:
			return { min: spec.min ?? -Infinity, max: spec.max ?? Infinity };
	}
}

function unclamped(spec: Distribution, random: Random): () => number {
	const source = random.next;
	switch (spec.dist) {
		case "constant":
			return () => spec.value;
		case "uniform":
			return randomUniform.source(source)(spec.min, spec.max);
		case "exponential":
			return randomExponential.source(source)(1 / spec.mean);
		case "lognormal":
			return randomLogNormal.source(source)(logMedian(spec), spec.sigma);
		case "pareto":
			return boundedPareto(spec.shape, spec.min, spec.max, random);
		case "weibull":
			return randomWeibull.source(source)(spec.shape, 0, spec.scale);
		case "beta": {
			const draw = randomBeta.source(source)(spec.a, spec.b);
			const scale = spec.scale ?? 1;
			return () => scale * draw();
		}
		case "geometric":
			return randomGeometric.source(source)(1 / spec.mean);
		case "empirical":
			return empirical(spec, random);
		case "mixture":
			return mixture(spec.of, random);
	}
}

function logMedian(spec: {
	readonly median?: number | undefined;
	readonly mean?: number | undefined;
	readonly sigma: number;
}): number {
	return spec.median !== undefined ? Math.log(spec.median) : Math.log(spec.mean!) - spec.sigma ** 2 / 2;
}

/** A Pareto draw beyond `max` is one whose uniform is below (min/max)^shape: leave that part of the uniform out. */
function boundedPareto(shape: number, min: number, max: number, random: Random): () => number {
	const tail = (min / max) ** shape;
	const draw = randomPareto.source(() => random.next() * (1 - tail))(shape);
	return () => Math.min(max, min * draw());
}

function empirical(spec: Quantiles, random: Random): () => number {
	const p = Float64Array.from(spec.quantiles, (quantile) => quantile[0]);
	const values = Float64Array.from(spec.quantiles, (quantile) => quantile[1]);
	const linear = (spec.interpolation ?? "linear") === "linear";
	return () => {
		const u = random.next();
		let low = 0;
		let high = p.length - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (p[middle]! < u) low = middle + 1;
			else high = middle;
		}
		const value = values[low]!;
		if (!linear || low === 0) return value;
		const before = values[low - 1]!;
		return before + ((u - p[low - 1]!) / (p[low]! - p[low - 1]!)) * (value - before);
	};
}

function mixture(parts: readonly MixturePart[], random: Random): () => number {
	const draws = parts.map((part) => sampler(part.value, random));
	const pick = weightedPick(
		parts.map((part) => part.weight),
		random,
	);
	return () => draws[pick()]!();
}

/** Draws an index with probability proportional to its weight; one draw each. Weights are 0 or more, not all 0. */
export function weightedPick(weights: readonly number[], random: Random): () => number {
	const cumulative: number[] = [];
	let total = 0;
	for (const weight of weights) cumulative.push((total += weight));
	let last = weights.length - 1;
	while (last > 0 && weights[last] === 0) last--;
	return () => {
		const u = random.next() * total;
		let index = 0;
		while (index < last && cumulative[index]! <= u) index++;
		return index;
	};
}

/**
 * E[min(X, limit)], the limited expected value of actuarial textbooks: the mean of a clamp follows from two of them, because
 * E[clamp(X)] = min + E[min(X, max)] - E[min(X, min)]. Null where there is no closed form: a Weibull or a beta cut at a limit.
 */
export function limitedMean(spec: DistributionSpec, limit: number): number | null {
	if (typeof spec === "number") return Math.min(spec, limit);
	const { min, max } = clampOf(spec);
	if (min === -Infinity) return limitedMeanUnclamped(spec, Math.min(max, limit));
	const low = Math.min(min, limit);
	const atMax = limitedMeanUnclamped(spec, Math.min(max, limit));
	const atMin = limitedMeanUnclamped(spec, low);
	return atMax === null || atMin === null ? null : low + atMax - atMin;
}

function limitedMeanUnclamped(spec: Distribution, limit: number): number | null {
	switch (spec.dist) {
		case "constant":
			return Math.min(spec.value, limit);
		case "uniform":
			return limitedUniform(spec.min, spec.max, limit);
		case "exponential":
			return limit <= 0 ? limit : -spec.mean * Math.expm1(-limit / spec.mean);
		case "lognormal":
			return limitedLogNormal(logMedian(spec), spec.sigma, limit);
		case "pareto":
			return limitedPareto(spec.shape, spec.min, spec.max, limit);
		case "weibull":
			if (limit <= 0) return limit;
			return limit === Infinity ? spec.scale * gamma(1 + 1 / spec.shape) : null;
		case "beta": {
			const scale = spec.scale ?? 1;
			if (limit <= 0) return limit;
			return limit >= scale ? (scale * spec.a) / (spec.a + spec.b) : null;
		}
		case "geometric":
			return limitedGeometric(spec.mean, limit);
		case "empirical":
			return limitedEmpirical(spec, limit);
		case "mixture":
			return limitedMixture(spec.of, limit);
	}
}

function limitedUniform(min: number, max: number, limit: number): number {
	if (limit >= max) return (min + max) / 2;
	if (limit <= min) return limit;
	return limit - (limit - min) ** 2 / (2 * (max - min));
}

function limitedLogNormal(mu: number, sigma: number, limit: number): number {
	if (limit <= 0) return limit;
	if (sigma === 0) return Math.min(Math.exp(mu), limit);
	const whole = Math.exp(mu + sigma ** 2 / 2);
	if (limit === Infinity) return whole;
	const z = (Math.log(limit) - mu) / sigma;
	return whole * normalCdf(z - sigma) + limit * normalCdf(-z);
}

function limitedPareto(shape: number, min: number, max: number, limit: number): number {
	if (limit <= min) return limit;
	if (min === max) return min;
	const top = Math.min(limit, max);
	const tail = (min / max) ** shape;
	const below =
		shape === 1 ? min * Math.log(top / min) : (shape * min * (1 - (min / top) ** (shape - 1))) / (shape - 1);
	return (below + top * ((min / top) ** shape - tail)) / (1 - tail);
}

/** Sum of P(X > k) for k below the limit; between integers E[min(X, limit)] is a straight line. */
function limitedGeometric(mean: number, limit: number): number {
	if (limit <= 1) return limit;
	if (limit === Infinity) return mean;
	const whole = Math.floor(limit);
	const survival = (1 - 1 / mean) ** whole;
	return mean * (1 - survival) + (limit - whole) * survival;
}

function limitedEmpirical(spec: Quantiles, limit: number): number {
	const linear = (spec.interpolation ?? "linear") === "linear";
	let sum = 0;
	let before: readonly [number, number] = [0, spec.quantiles[0]![1]];
	for (const quantile of spec.quantiles) {
		sum += (quantile[0] - before[0]) * limitedUniform(linear ? before[1] : quantile[1], quantile[1], limit);
		before = quantile;
	}
	return sum;
}

function limitedMixture(parts: readonly MixturePart[], limit: number): number | null {
	let sum = 0;
	let total = 0;
	for (const part of parts) {
		const value = limitedMean(part.value, limit);
		if (value === null) return null;
		if (part.weight > 0) sum += part.weight * value;
		total += part.weight;
	}
	return sum / total;
}

/**
 * Standard normal distribution function by its series in odd powers (Abramowitz and Stegun 26.2.11), which loses nothing to
 * cancellation because every term has the sign of z.
 */
function normalCdf(z: number): number {
	if (z < -8.5) return 0;
	if (z > 8.5) return 1;
	let term = z;
	let sum = z;
	for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
		term *= (z * z) / k;
		sum += term;
	}
	return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Gamma function for x >= 1 by Stirling's series (Abramowitz and Stegun 6.1.40) after shifting x above 10. */
function gamma(x: number): number {
	let shift = 1;
	let y = x;
	for (; y < 10; y++) shift *= y;
	const series = 1 / (12 * y) - 1 / (360 * y ** 3) + 1 / (1260 * y ** 5) - 1 / (1680 * y ** 7);
	return Math.exp((y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series) / shift;
}
