/** The axis of one metric: a scale in pixels, in the unit that suits the values, with ticks that have room. */
import { format, scaleLinear, scaleLog } from "d3";
import { describeMetric } from "../metrics/catalogue.js";
import { InputError } from "../objects/input-error.js";
import { textWidth } from "./text-fit.js";

export interface Tick {
	/** Pixels from the left end of the axis. */
	readonly x: number;
	readonly text: string;
}

export interface MetricAxis {
	/** Unit of every number on the axis, for people: `minutes`, `percent`; "" for counts. */
	readonly unit: string;
	/** Pixels from the left end of the axis of a value in the unit of the metric (microseconds, a share). */
	readonly position: (value: number) => number;
	/** Where bars begin, in pixels; null on a logarithmic axis, where a length from zero means nothing. */
	readonly zero: number | null;
	readonly ticks: readonly Tick[];
	/** A value in the unit of the axis, without the unit: three significant digits, at most two decimals. */
	readonly number: (value: number) => string;
}

export interface MetricAxisOptions {
	readonly metric: string;
	/** Every value that must be on the axis, in the unit of the metric. */
	readonly values: readonly number[];
	/** Length in pixels. */
	readonly width: number;
	readonly fontSize: number;
	readonly scale: "linear" | "log";
}

/** A linear axis always has zero on it. InputError: a value that is not finite, or not above zero on a logarithmic axis. */
export function metricAxis(options: MetricAxisOptions): MetricAxis {
	const { metric, values, width, fontSize } = options;
	const wrong = values.find((value) => !Number.isFinite(value) || (options.scale === "log" && value <= 0));
	if (wrong !== undefined) {
		const allowed = options.scale === "log" ? "finite values above 0 on a logarithmic axis" : "finite values";
		throw new InputError(`chart of ${metric}: a value is ${wrong}; allowed are ${allowed}`);
	}
	const { unit, size } = unitOf(metric, Math.max(0, ...values.map(Math.abs)));
	const shown = values.map((value) => value / size);
	const { scale, ticksOf } = options.scale === "log" ? logScale(shown, width) : linearScale(shown, width);
	const most = Math.max(2, Math.min(6, Math.floor(width / 36)));
	const fitting = Array.from({ length: most }, (_, i) => ticksOf(most - i)).find((ticks) => fits(ticks, fontSize));
	return {
		unit,
		position: (value) => scale(value / size),
		zero: options.scale === "log" ? null : scale(0),
		ticks: fitting ?? [],
		number: (value) => threeDigits(value / size),
	};
}

function unitOf(metric: string, largest: number): { unit: string; size: number } {
	const { unit } = describeMetric(metric);
	if (unit === "1") return { unit: "percent", size: 0.01 };
	if (unit === null) return { unit: "", size: 1 };
	const [name, size] = SPANS.find(([, length]) => largest >= 2 * length) ?? SPANS.at(largest > 0 ? -1 : SECONDS)!;
	return { unit: name, size };
}

const SPANS = [
	["days", 86_400_000_000],
	["hours", 3_600_000_000],
	["minutes", 60_000_000],
	["seconds", 1_000_000],
	["milliseconds", 1_000],
	["microseconds", 1],
] as const;
const SECONDS = 3;

interface Scale {
	readonly scale: (value: number) => number;
	readonly ticksOf: (count: number) => readonly Tick[];
}

function linearScale(values: readonly number[], width: number): Scale {
	const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
	const scale = scaleLinear([low, low === high ? 1 : high], [0, width]).nice(4);
	const ticksOf = (count: number) => {
		const text = scale.tickFormat(count, ",f");
		return scale.ticks(count).map((tick): Tick => ({ x: scale(tick), text: text(tick) }));
	};
	return { scale, ticksOf };
}

function logScale(values: readonly number[], width: number): Scale {
	const [low, high] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
	const scale = scaleLog([low, low === high ? 10 * low : high], [0, width]).nice();
	const decades = scale.ticks().filter((tick) => isOneAt(tick));
	// Powers of ten, fewer if need be: a logarithmic axis is read by its decades.
	const ticksOf = (count: number) => {
		const step = Math.ceil(decades.length / count);
		return decades.filter((_, i) => i % step === 0).map((tick): Tick => ({ x: scale(tick), text: threeDigits(tick) }));
	};
	return { scale, ticksOf };
}

function isOneAt(tick: number): boolean {
	const exponent = Math.log10(tick);
	return Math.abs(exponent - Math.round(exponent)) < 1e-9;
}

function fits(ticks: readonly Tick[], fontSize: number): boolean {
	return ticks.every((tick, i) => {
		const next = ticks[i + 1];
		if (next === undefined) return true;
		return next.x - tick.x >= (textWidth(tick.text, fontSize) + textWidth(next.text, fontSize)) / 2 + GAP;
	});
}

/** Least pixels between two tick labels. */
const GAP = 4;

function threeDigits(value: number): string {
	if (value === 0) return "0";
	const magnitude = Math.floor(Math.log10(Math.abs(value)));
	if (magnitude < -2) return format(".2~g")(value);
	return format(`,.${Math.max(0, 2 - Math.max(0, magnitude))}f`)(value);
}
