/** Numeric axes of figures: where values stand, and ticks as people write them. */
import { format, scaleLinear, scaleLog } from "d3";
import { haveRoom, power, type Tick } from "../ticks.js";

export interface AxisOptions {
	/** Every value that should be on the axis. */
	readonly values: readonly number[];
	readonly scale: "linear" | "log";
	/** Where it begins and ends, if not by the values; on a logarithmic axis above 0. */
	readonly min?: number | undefined;
	readonly max?: number | undefined;
	/** Pixels. */
	readonly length: number;
	/** Of the texts at the ticks; 0 for an axis whose texts lie beside it, one above the other. */
	readonly fontSize: number;
	/** Whether a linear axis has zero on it. */
	readonly zero: boolean;
}

export interface Axis {
	/** Pixels from the beginning; a value beyond an end stands at that end. */
	readonly position: (value: number) => number;
	/** Whether a value is beyond an end. */
	readonly beyond: (value: number) => boolean;
	readonly ticks: readonly Tick[];
}

/** An axis over its values. What a logarithmic axis cannot hold, 0 and below, is beyond its beginning. */
export function numericAxis(options: AxisOptions): Axis {
	const { length, fontSize } = options;
	const [low, high] = options.scale === "log" ? logEnds(options) : linearEnds(options);
	const scale = (options.scale === "log" ? scaleLog : scaleLinear)([low, high], [0, length]);
	const most = Math.max(2, Math.min(7, Math.floor(length / (fontSize === 0 ? LEAST_ROW : LEAST_STEP))));
	const counts = Array.from({ length: most }, (_, i) => most - i);
	const ticks = (count: number) =>
		(options.scale === "log" ? logTicks(low, high, count) : linearTicks(low, high, count)).map(
			({ value, text }): Tick => ({ x: scale(value), text }),
		);
	const clear = (some: readonly Tick[]) => some.length <= most && (fontSize === 0 || haveRoom(some, fontSize));
	return {
		position: (value) => scale(Math.min(high, Math.max(low, value))),
		// Ends are given in decimals, values come out of a division.
		beyond: (value) => value < low - SLACK * Math.abs(low) || value > high + SLACK * Math.abs(high),
		ticks: counts.map(ticks).find(clear) ?? [],
	};
}

/** Least pixels between ticks below an axis, and beside one. */
const LEAST_STEP = 34;
const LEAST_ROW = 20;
const SLACK = 1e-9;
/** Share of the axis left free at an end that is not given. */
const MARGIN = 0.04;

function linearEnds({ values, min, max, zero }: AxisOptions): readonly [number, number] {
	const known = [...values, ...(zero ? [0] : [])].filter(Number.isFinite);
	let [low, high] = known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
	if (low === high) high = low + (Math.abs(low) || 1);
	const margin = zero ? 0 : MARGIN * (high - low);
	[low, high] = [min ?? low - margin, max ?? high + margin];
	if (low >= high) [low, high] = min === undefined ? [high - 1, high] : [low, low + 1];
	if (!zero) return [low, high];
	const [niceLow, niceHigh] = scaleLinear([low, high], [0, 1]).nice().domain() as [number, number];
	return [min ?? niceLow, max ?? niceHigh];
}

function logEnds({ values, min, max }: AxisOptions): readonly [number, number] {
	const known = values.filter((value) => value > 0 && Number.isFinite(value));
	const low = Math.log10(min ?? (known.length === 0 ? (max ?? 10) / 10 : Math.min(...known)));
	const high = Math.log10(max ?? (known.length === 0 ? 10 ** (low + 1) : Math.max(...known)));
	const wide = high > low ? high - low : 1;
	const ends = [
		low - (min === undefined ? MARGIN * wide : 0),
		Math.max(low, high) + (max === undefined ? MARGIN * wide : 0),
	];
	// Powers of logarithms are not exact.
	return [min ?? 10 ** ends[0]!, max ?? 10 ** ends[1]!];
}

interface NamedValue {
	readonly value: number;
	readonly text: string;
}

function linearTicks(low: number, high: number, count: number): readonly NamedValue[] {
	const scale = scaleLinear([low, high], [0, 1]);
	const text = scale.tickFormat(count, ",f");
	return scale.ticks(count).map((value) => ({ value, text: text(value) }));
}

/** Powers of ten, every second or third if need be; with their doubles and fives where there are few; else even steps. */
function logTicks(low: number, high: number, count: number): readonly NamedValue[] {
	const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
	const inside = ({ value }: NamedValue) => value >= low * (1 - SLACK) && value <= high * (1 + SLACK);
	const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i);
	const decades = exponents
		.map((exponent) => ({ exponent, value: 10 ** exponent, text: power(exponent) }))
		.filter(inside);
	if (decades.length >= 3) {
		const step = Math.ceil(decades.length / count);
		return decades.filter((_, i) => i % step === 0);
	}
	const between = exponents
		.flatMap((exponent) =>
			[1, 2, 5].map((digit) => ({ value: digit * 10 ** exponent, text: multiple(digit, exponent) })),
		)
		.filter(inside);
	if (between.length < 3) return linearTicks(low, high, Math.max(2, count));
	return between.length <= count || decades.length < 2 ? between : decades;
}

function multiple(digit: number, exponent: number): string {
	return format(`,.${Math.max(0, -exponent)}f`)(digit * 10 ** exponent);
}

/** A value in words: three digits, whole from a hundred on, with an exponent below a thousandth. */
export function valueText(value: number): string {
	if (value !== 0 && Math.abs(value) < 0.001) return format(".1~e")(value);
	return format(Math.abs(value) >= 100 ? ",.0f" : ",.3~r")(value);
}
