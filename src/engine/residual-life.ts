/**
 * The rest of a life that is looked at in the middle: with lives drawn from a distribution and starting at a steady rate, what is
 * under way at any instant has a length drawn in proportion to that length, and a uniform part of it is left. The chance
 * that at most x is left is then E[min(X, x)] / E[X] (the equilibrium distribution of renewal theory).
 */
import { type DistributionSpec, limitedMean, mean } from "./distributions.js";
import type { Random } from "./random.js";

/** Whether the residual life of `spec` can be drawn: not if its mean is infinite, nor of a Weibull or a beta, which have no closed form. */
export function hasResidualLife(spec: DistributionSpec): boolean {
	const whole = mean(spec);
	return whole !== null && whole < Number.POSITIVE_INFINITY && limitedMean(spec, whole) !== null;
}

/** Draws of what is left, one uniform each, exact to 1 in the unit of `spec`. `hasResidualLife(spec)` must be true. */
export function residualSampler(spec: DistributionSpec, random: Random): () => number {
	const whole = mean(spec)!;
	const below = (x: number) => limitedMean(spec, x)!;
	return () => {
		const wanted = random.next() * whole;
		let low = 0;
		let high = Math.max(1, whole);
		while (below(high) < wanted && high < FARTHEST) {
			low = high;
			high *= 2;
		}
		while (high - low > 0.5) {
			const middle = (low + high) / 2;
			if (below(middle) < wanted) low = middle;
			else high = middle;
		}
		return high;
	};
}

/** Rounding may keep the chance of a heavy tail below 1 for ever. */
const FARTHEST = 2 ** 52;
