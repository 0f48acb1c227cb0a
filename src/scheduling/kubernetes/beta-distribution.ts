/** The beta distribution on 0..1, as far as scores need it: fitted to a mean and a deviation, and its distribution function. */

export interface Beta {
	/** Shape parameters, above 0. */
	readonly alpha: number;
	readonly beta: number;
}

/** The distribution of this mean, between 0 and 1, and standard deviation; null if there is none: it deviates too much or not at all. */
export function betaWith(mean: number, deviation: number): Beta | null {
	const variance = deviation * deviation;
	if (variance <= 0 || variance >= mean * (1 - mean)) return null;
	const sum = (mean * (1 - mean)) / variance - 1;
	return { alpha: mean * sum, beta: (1 - mean) * sum };
}

/** The probability of at most `x`: the regularized incomplete beta function (Abramowitz and Stegun 26.5.8 and 6.6.3). */
export function cumulative({ alpha, beta }: Beta, x: number): number {
	if (x <= 0) return 0;
	if (x >= 1) return 1;
	const front = Math.exp(
		logGamma(alpha + beta) - logGamma(alpha) - logGamma(beta) + alpha * Math.log(x) + beta * Math.log1p(-x),
	);
	// The fraction converges fast below about the mean; above, the other tail is.
	const tail =
		x < (alpha + 1) / (alpha + beta + 2)
			? (front * continued(alpha, beta, x)) / alpha
			: 1 - (front * continued(beta, alpha, 1 - x)) / beta;
	return Math.min(1, Math.max(0, tail));
}

const MOST_TERMS = 1000;
const PRECISION = 1e-15;
/** Stands in for a denominator of 0. */
const TINY = 1e-300;

/** The continued fraction of A&S 26.5.8, evaluated from the front (Lentz's method). */
function continued(a: number, b: number, x: number): number {
	const nonZero = (value: number) => (Math.abs(value) < TINY ? TINY : value);
	let c = 1;
	let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
	let value = d;
	for (let m = 1; m <= MOST_TERMS; m++) {
		const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
		const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
		let factor = 1;
		for (const term of [even, odd]) {
			d = 1 / nonZero(1 + term * d);
			c = nonZero(1 + term / c);
			factor = d * c;
			value *= factor;
		}
		if (Math.abs(factor - 1) < PRECISION) break;
	}
	return value;
}

/** Logarithm of the gamma function for x > 0, by Stirling's series (A&S 6.1.41) after shifting x above 10. */
function logGamma(x: number): number {
	let shift = 0;
	let z = x;
	for (; z < 10; z++) shift -= Math.log(z);
	const inverse = 1 / (z * z);
	const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / z;
	return shift + (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
