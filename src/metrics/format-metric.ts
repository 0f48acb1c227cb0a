import { describeMetric } from "./catalogue.js";

/** A metric value for people: durations with a unit, shares in percent, counts with at most two decimals; "-" for none. */
export function formatMetric(name: string, value: number): string {
	if (Number.isNaN(value)) return "-";
	const { unit } = describeMetric(name);
	if (unit === "us") return formatSpan(value);
	if (unit === "1") return `${(100 * value).toFixed(2)} %`;
	return formatCount(value);
}

/** A count with groups of three digits and at most two decimals: 21,727.33. By hand, because loading a locale takes 10 ms. */
export function formatCount(value: number): string {
	const [whole, decimals] = String(Math.round(value * 100) / 100).split(".");
	const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
	return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** Microseconds with three significant digits in the unit that suits them. */
export function formatSpan(us: number): string {
	const size = Math.abs(us);
	for (const [unit, length] of UNITS) if (size >= length) return `${trim(us / length)} ${unit}`;
	return us === 0 ? "0 s" : `${trim(us)} us`;
}

const UNITS = [
	["d", 86_400_000_000],
	["h", 3_600_000_000],
	["min", 60_000_000],
	["s", 1_000_000],
	["ms", 1_000],
] as const;

function trim(value: number): string {
	const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
	return value.toFixed(Math.min(2, digits));
}

/** A difference of two values of a metric, with its sign: shares in percentage points. */
export function formatDifference(name: string, value: number): string {
	const sign = value > 0 ? "+" : "";
	if (describeMetric(name).unit === "1") return `${sign}${(100 * value).toFixed(2)} pp`;
	return `${sign}${formatMetric(name, value)}`;
}
