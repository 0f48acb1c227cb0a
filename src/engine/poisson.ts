import { randomPoisson } from "d3-random";
import type { Random } from "./random.js";

/** Draws of the Poisson distribution, by its mean, 0 or more: how many of many come by chance. */
export function poisson(random: Random): (mean: number) => number {
	const withMean = randomPoisson.source(random.next);
	return (mean) => (mean === 0 ? 0 : withMean(mean)());
}
