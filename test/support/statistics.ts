/** Confidence intervals for means of independent runs. */

/** Two-sided 99.9 % quantiles of Student's t by degrees of freedom. */
const T_999: Readonly<Record<number, number>> = { 9: 4.781, 11: 4.437, 15: 4.073, 19: 3.883 };

export interface Interval {
	readonly mean: number;
	/** Half the width of the 99.9 % confidence interval. */
	readonly halfWidth: number;
}

/** Mean of independent observations (10, 12, 16 or 20 of them) with its 99.9 % confidence interval. */
export function interval(observations: readonly number[]): Interval {
	const n = observations.length;
	const t = T_999[n - 1];
	if (t === undefined) throw new Error(`no quantile for ${n} observations`);
	const mean = observations.reduce((sum, x) => sum + x, 0) / n;
	const variance = observations.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
	return { mean, halfWidth: t * Math.sqrt(variance / n) };
}
