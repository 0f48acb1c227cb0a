/**
 * Wilcoxon's signed-rank test: whether paired differences lie above 0, with no assumption about their distribution but that it is
 * symmetric about its centre. And Holm's correction for several tests at once.
 *
 * Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1945; Pratt's and others' treatment of zeros is not
 * used: they are dropped. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 1979.
 */

/**
 * Probability of ranks as high as these, or higher, where each difference is as likely below 0 as above: exact, ties and all. 1
 * without a difference from 0.
 */
export function signedRankAbove(differences: readonly number[]): number {
	const different = differences.filter((difference) => difference !== 0);
	// Twice the rank is whole where ties share the mean of theirs.
	const ranks = doubledRanks(different.map(Math.abs));
	const total = ranks.reduce((sum, rank) => sum + rank, 0);
	const observed = ranks.reduce((sum, rank, i) => sum + (different[i]! > 0 ? rank : 0), 0);
	// By sum of the ranks above 0: the share of all signs that give it.
	const share = new Float64Array(total + 1);
	share[0] = 1;
	let reached = 0;
	for (const rank of ranks) {
		reached += rank;
		for (let sum = reached; sum >= 0; sum--) share[sum] = (share[sum]! + (sum >= rank ? share[sum - rank]! : 0)) / 2;
	}
	let probability = 0;
	for (let sum = total; sum >= observed; sum--) probability += share[sum]!;
	return Math.min(1, probability);
}

/** The least that `signedRankAbove` can say of so many differences. */
export function leastProbability(differences: number): number {
	return 2 ** -differences;
}

/** Holm's: each probability as if its test were the only one, so that the chance of any false alarm among all stays the same. */
export function holm(probabilities: readonly number[]): readonly number[] {
	const order = [...probabilities.keys()].sort((a, b) => probabilities[a]! - probabilities[b]! || a - b);
	const adjusted = new Array<number>(probabilities.length);
	let highest = 0;
	order.forEach((test, i) => {
		highest = Math.max(highest, Math.min(1, (order.length - i) * probabilities[test]!));
		adjusted[test] = highest;
	});
	return adjusted;
}

/** Twice the rank of each value, from 2; equal values have the mean of their ranks. */
function doubledRanks(values: readonly number[]): readonly number[] {
	const sorted = [...values].sort((a, b) => a - b);
	return values.map((value) => {
		const first = sorted.indexOf(value);
		return first + 1 + (sorted.lastIndexOf(value) + 1);
	});
}
