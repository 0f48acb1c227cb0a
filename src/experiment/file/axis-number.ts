/** Matrix values and limits of figures as numbers on an axis: `100ms` on an axis in seconds is 0.1. */
import { parseDuration } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { parseQuantity } from "../../objects/quantity.js";

/** Units of durations, as durations are written, with their microseconds. */
export const DURATION_UNITS: Readonly<Record<string, number>> = {
	us: 1,
	ms: 1_000,
	s: 1_000_000,
	m: 60_000_000,
	h: 3_600_000_000,
	d: 86_400_000_000,
	w: 604_800_000_000,
};

/** Units of Kubernetes quantities, with their size in cores or bytes. */
const QUANTITY_UNITS: Readonly<Record<string, number>> = {
	cpu: 1,
	k: 1e3,
	M: 1e6,
	G: 1e9,
	T: 1e12,
	Ki: 2 ** 10,
	Mi: 2 ** 20,
	Gi: 2 ** 30,
	Ti: 2 ** 40,
};

/**
 * The number at which `value` stands on an axis in `unit`. A unit of durations (`s`, `ms`, ...) takes durations, one of quantities
 * (`cpu`, `Gi`, ...) takes quantities; any other unit is only a word on the axis, and takes plain numbers. InputError for the rest.
 */
export function axisNumber(value: string | number, unit: string | undefined): number {
	if (unit !== undefined && Object.hasOwn(DURATION_UNITS, unit))
		return parseDuration(String(value)) / DURATION_UNITS[unit]!;
	if (unit === "cpu") return parseQuantity(value, "milli") / 1000;
	if (unit !== undefined && Object.hasOwn(QUANTITY_UNITS, unit))
		return parseQuantity(value, "unit") / QUANTITY_UNITS[unit]!;
	const number = typeof value === "number" || PLAIN.test(value) ? Number(value) : Number.NaN;
	if (Number.isFinite(number)) return number;
	throw new InputError(
		`'${value}' is not a number: for durations and quantities give the axis a unit, ${Object.keys(DURATION_UNITS).join(", ")}, ${Object.keys(QUANTITY_UNITS).join(", ")}`,
	);
}

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A unit as it stands on an axis: minutes are `min`, since `m` could be metres. */
export function unitText(unit: string): string {
	return { us: "µs", m: "min", d: "days", w: "weeks" }[unit] ?? unit;
}

/** The unit of an axis of measured values. */
export interface MeasuredUnit {
	/** As in the experiment file; undefined for counts and plain shares. */
	readonly name: string | undefined;
	/** One of it, in the unit that the values are measured in. */
	readonly size: number;
}

/** The unit for values in microseconds, shares (`1`) or counts (null), `wanted` or the usual one. InputError: no unit of durations. */
export function measuredUnit(measured: string | null, wanted: string | undefined): MeasuredUnit {
	if (measured === "1" && wanted === "percent") return { name: wanted, size: 0.01 };
	if (measured !== "us") return { name: wanted, size: 1 };
	const name = wanted ?? "s";
	const size = Object.hasOwn(DURATION_UNITS, name) ? DURATION_UNITS[name] : undefined;
	if (size !== undefined) return { name, size };
	throw new InputError(`'${name}' is not a unit of durations: write ${Object.keys(DURATION_UNITS).join(", ")}`);
}
