/** The compact size of a variant, as `cellsim compact` gives it: what 90 % of the trials do not exceed, one of the sizes themselves. */
import { labels, pick, quantile, valuesOf } from "../../lib/measure.mjs";

/** NaN without trials. */
export function compactSize(trials, of = "machines") {
	const sizes = valuesOf(trials, of).sort((a, b) => a - b);
	return sizes[Math.max(0, Math.ceil(0.9 * sizes.length - 1e-9) - 1)] ?? Number.NaN;
}

/** By cell: compact size with `wanted` over that with `base`, less 1. Cells without either are left out. */
export function overheads(runs, base, wanted, of = "machines") {
	return labels(runs, "cell")
		.map((cell) => {
			const size = (choice, metric) => compactSize(pick(runs, { cell, ...choice }), metric);
			return size(wanted, of) / size(base, "machines") - 1;
		})
		.filter(Number.isFinite);
}

/** "27.0 % (24.1 % to 31.3 % over 15 cells)": median and range. */
export function overCells(shares) {
	const text = (share) => `${(100 * share).toFixed(1)} %`;
	return `${text(quantile(shares, 0.5))} (${text(Math.min(...shares))} to ${text(Math.max(...shares))} over ${shares.length} cells)`;
}
