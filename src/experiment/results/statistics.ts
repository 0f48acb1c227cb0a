/** Paired comparison of runs: the difference that a change makes, seed by seed, and how sure one can be of it. */
import type { Random } from "../../engine/random.js";

/** Resamples of an interval. */
export const RESAMPLES = 10_000;

export interface Interval {
	readonly low: number;
	readonly high: number;
}

export interface PairedDifference {
	/** Pairs. */
	readonly n: number;
	/** Mean of candidate - base; NaN without pairs. */
	readonly mean: number;
	/** 95 % interval of the mean; null with fewer than two pairs. */
	readonly interval: Interval | null;
	/** Whether candidate and base are exactly equal in every pair. */
	readonly equal: boolean;
}

/**
 * The mean of `candidate[i] - base[i]` and its 95 % interval by percentile bootstrap (Efron and Tibshirani, "An Introduction to
 * the Bootstrap", 1993, chapter 13): pairs are drawn with replacement `RESAMPLES` times, and the interval goes from the 2.5th to
 * the 97.5th percentile of the resampled means. The same `random` stream gives the same interval. Both lists have one length.
 *
 * With few pairs the interval is too narrow: three give the smallest and the largest difference, which have one sign by pure
 * chance in a quarter of all comparisons of equals; ten still err in about one of ten (normal differences).
 */
export function pairedDifference(
	base: readonly number[],
	candidate: readonly number[],
	random: Random,
): PairedDifference {
	if (base.length !== candidate.length) throw new Error(`${base.length} base values, ${candidate.length} candidates`);
	const differences = base.map((value, i) => candidate[i]! - value);
	const n = differences.length;
	return {
		n,
		mean: mean(differences),
		interval: bootstrapInterval(differences, random),
		equal: n > 0 && differences.every((difference) => difference === 0),
	};
}

/** With fewer pairs an interval needs a word of warning. */
export const TRUSTWORTHY_PAIRS = 10;

/** NaN for no values. */
export function mean(values: readonly number[]): number {
	return sum(values) / values.length;
}

/** 95 % interval of the mean by percentile bootstrap; null with fewer than two values. */
export function bootstrapInterval(values: readonly number[], random: Random): Interval | null {
	const n = values.length;
	if (n < 2) return null;
	// Every resample is the same then, but for the rounding of its sum.
	if (values.every((value) => value === values[0])) return { low: values[0]!, high: values[0]! };
	const means = new Float64Array(RESAMPLES);
	for (let r = 0; r < RESAMPLES; r++) {
		let total = 0;
		for (let i = 0; i < n; i++) total += values[random.integer(n)]!;
		means[r] = total / n;
	}
	means.sort();
	return { low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** Linear between neighbours, as NumPy's default (Hyndman and Fan's type 7). */
function quantile(sorted: Float64Array, q: number): number {
	const at = q * (sorted.length - 1);
	const below = Math.floor(at);
	const above = Math.min(below + 1, sorted.length - 1);
	return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
