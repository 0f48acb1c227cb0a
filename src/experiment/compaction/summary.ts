/** The trials of a variant as one result with its spread. */
import type { CompactionSpec } from "../file/compaction-schema.js";
import type { TrialResult } from "./trial.js";

/** Over trials: the one at the percentile, and all of them. */
export interface Spread {
	readonly result: number;
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

/**
 * The value that so many of the trials do not exceed, one of the values themselves (nearest rank): of 11 trials and 0.9 the 10th from
 * below. `numbers` must not be empty.
 */
export function atPercentile(numbers: readonly number[], percentile: number): number {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(percentile * sorted.length - 1e-9) - 1)]!;
}

/** Fewer machines are better: the result is what so many trials do not exceed. More growth is better: what so many reach. */
export function spreadOf(
	trials: readonly TrialResult[],
	{ method, percentile }: Pick<CompactionSpec, "method" | "percentile">,
): Spread {
	const grows = method === "fill" || method === "inflate";
	const numbers = trials.map((trial) => (grows ? trial.growth : trial.machines));
	const result = grows
		? -atPercentile(
				numbers.map((number) => -number),
				percentile,
			)
		: atPercentile(numbers, percentile);
	return { result, min: Math.min(...numbers), median: atPercentile(numbers, 0.5), max: Math.max(...numbers) };
}
