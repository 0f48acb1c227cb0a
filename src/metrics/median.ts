/** Medians: what stands for many values when some of them are far out. */

/** The middle value, or the mean of the two middle ones; NaN without values. */
export function median(values: readonly number[]): number {
	const sorted = Float64Array.from(values).sort();
	const middle = sorted.length >> 1;
	if (sorted.length === 0) return Number.NaN;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median absolute deviation from the median, as it is: not scaled to a standard deviation. NaN without values. */
export function medianAbsoluteDeviation(values: readonly number[]): number {
	const centre = median(values);
	return median(values.map((value) => Math.abs(value - centre)));
}

/** The slope of a line through points in order of x: the median of the slopes of all pairs (Theil-Sen). NaN with fewer than two. */
export function medianSlope(xs: readonly number[], ys: readonly number[]): number {
	const slopes: number[] = [];
	for (let i = 0; i < xs.length; i++)
		for (let j = i + 1; j < xs.length; j++) slopes.push((ys[j]! - ys[i]!) / (xs[j]! - xs[i]!));
	return median(slopes);
}
