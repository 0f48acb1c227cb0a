/**
 * What claims are made of: runs picked by their matrix values, medians over seeds, words for numbers. A run is an object of
 * `Run` in claims.d.mts.
 */

/** "10ms", "1s", "2h" in seconds. */
export function seconds(duration) {
	const [, number, unit] = /^([\d.]+)(us|ms|s|m|h|d)$/.exec(duration) ?? [];
	if (unit === undefined) throw new Error(`'${duration}' is not a duration`);
	return Number(number) * { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400 }[unit];
}

/** The runs that have all of these matrix values, as labels. */
export function pick(runs, wanted) {
	return runs.filter(({ axes }) => Object.entries(wanted).every(([axis, value]) => axes.get(axis) === String(value)));
}

/** The labels of an axis, in the order of the runs. */
export function labels(runs, axis) {
	return [...new Set(runs.flatMap(({ axes }) => axes.get(axis) ?? []))];
}

/** A metric of each run that has it, or what a function makes of each run. */
export function valuesOf(runs, of) {
	return runs.map((run) => (typeof of === "function" ? of(run) : run.metrics.get(of))).filter(Number.isFinite);
}

/** Median of a metric over the runs, that is over seeds; NaN if none has it. */
export function median(runs, of) {
	return quantile(valuesOf(runs, of), 0.5);
}

/** Quantile of numbers, interpolated; NaN of none. */
export function quantile(numbers, q) {
	const sorted = [...numbers].sort((a, b) => a - b);
	if (sorted.length === 0) return Number.NaN;
	const at = q * (sorted.length - 1);
	const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
	return low + (high - low) * (at % 1);
}

/** A metric along an axis: `{label, x, y}` for each of its values, medians over seeds, those without a value left out. */
export function curve(runs, axis, of) {
	return labels(runs, axis)
		.map((label) => ({
			label,
			x: Number.isNaN(Number(label)) ? seconds(label) : Number(label),
			y: median(pick(runs, { [axis]: label }), of),
		}))
		.filter(({ y }) => !Number.isNaN(y));
}

/** Whether no number is below the one before it by more than a share of that, or by more than `slack`. */
export function rises(numbers, { share = 0, slack = 0 } = {}) {
	return numbers.every((y, i) => i === 0 || y >= numbers[i - 1] - Math.max(slack, share * Math.abs(numbers[i - 1])));
}

/** Intercept and slope of the least-squares line. */
export function line(points) {
	const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
	const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
	const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
	return { slope, intercept: y - slope * x };
}

/** Where the line through the points below a busyness of 0.9 reaches 1; NaN with fewer than two such points. */
export function saturationPoint(points) {
	const below = points.filter(({ y }) => y < 0.9);
	if (below.length < 2) return Number.NaN;
	const { slope, intercept } = line(below);
	return (1 - intercept) / slope;
}

/** The last point of an axis at which no seed is saturated, and the first from which on all are; null where there is none. */
export function saturationBracket(runs, axis, metric = "saturated") {
	const points = labels(runs, axis).map((label) => ({
		label,
		verdicts: valuesOf(pick(runs, { [axis]: label }), metric),
	}));
	const first = points.findIndex((_, i) => points.slice(i).every(({ verdicts }) => verdicts.every((v) => v === 1)));
	const last = points.findLastIndex((_, i) =>
		points.slice(0, i + 1).every(({ verdicts }) => verdicts.every((v) => v === 0)),
	);
	return { last: points[last]?.label ?? null, first: points[first]?.label ?? null };
}

/** A number with three significant digits. */
export function text(value) {
	if (!Number.isFinite(value)) return "-";
	if (Math.abs(value) >= 100) return value.toFixed(0);
	return String(Number(value.toPrecision(3)));
}

/** "2.9 (2.7 to 3.1)": median and range over seeds; the median alone if there is one. */
export function spread(values) {
	const middle = text(quantile(values, 0.5));
	return values.length < 2 ? middle : `${middle} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

export function percent(share, digits = 0) {
	return `${(100 * share).toFixed(digits)} %`;
}

/** "A 0.7, B 2.1": one figure for each cell. */
export function perCell(entries) {
	return entries.map(([cell, figure]) => `${cell} ${figure}`).join(", ");
}
