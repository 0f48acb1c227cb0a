import { pick, valuesOf } from "../../lib/measure.mjs";

/** Mean over seeds of a share, percent, for the runs with these matrix values. */
export function percentOf(runs, wanted, metric) {
	const values = valuesOf(pick(runs, wanted), metric);
	return (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
}
