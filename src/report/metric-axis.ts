/** The axis of one metric: the unit that suits its values, a scale in pixels, and ticks that have room. */
import { format, scaleLinear, scaleLog } from "d3";
import { describeMetric } from "../metrics/catalogue.js";
import { InputError } from "../objects/input-error.js";
import { haveRoom, power, type Tick } from "./ticks.js";

/** How the values of a metric are written for people. */
export interface MetricUnit {
	/** `minutes`, `percent`; "" for counts. */
	readonly name: string;
	/** One of it, in the unit of the metric (microseconds, a share). */
	readonly size: number;
	/** A value of the metric in this unit, without its name: three digits of the largest value, as many decimals of all. */
	readonly number: (value: number) => string;
}

/** The unit for these values, each in the unit of the metric. InputError: a value that is not finite. */
export function metricUnit(metric: string, values: readonly number[]): MetricUnit {
	const wrong = values.find((value) => !Number.isFinite(value));
	if (wrong !== undefined) throw new InputError(`chart of ${metric}: a value is ${wrong}; allowed are finite numbers`);
	const largest = Math.max(0, ...values.map(Math.abs));
	const [name, size] = unitOf(metric, largest);
	const magnitude = largest === 0 ? 0 : Math.floor(Math.log10(largest / size));
	const digits = format(`,.${Math.min(MOST_DECIMALS, Math.max(0, 2 - magnitude))}f`);
	return { name, size, number: (value) => (value === 0 ? "0" : digits(value / size)) };
}

type NamedSize = readonly [name: string, size: number];

function unitOf(metric: string, largest: number): NamedSize {
	const { unit } = describeMetric(metric);
	if (unit === "1") return ["percent", 0.01];
	if (unit === null) return ["", 1];
	if (largest === 0) return ["seconds", 1_000_000];
	return SPANS.find(([, size]) => largest >= 2 * size) ?? ["microseconds", 1];
}

const SPANS: readonly NamedSize[] = [
	["days", 86_400_000_000],
	["hours", 3_600_000_000],
	["minutes", 60_000_000],
	["seconds", 1_000_000],
	["milliseconds", 1_000],
];
const MOST_DECIMALS = 6;

export interface MetricAxis {
	/** Pixels from the left end of the axis of a value in the unit of the metric. */
	readonly position: (value: number) => number;
	/** Where bars begin, in pixels; null on a logarithmic axis, where a length from zero means nothing. */
	readonly zero: number | null;
	readonly ticks: readonly Tick[];
}

export interface MetricAxisOptions {
	readonly metric: string;
	readonly unit: MetricUnit;
	/** Every value that must be on the axis, in the unit of the metric. */
	readonly values: readonly number[];
	/** Length in pixels. */
	readonly width: number;
	readonly fontSize: number;
	readonly scale: "linear" | "log";
}

/** A linear axis always has zero on it. InputError: a value that is not above zero on a logarithmic one. */
export function metricAxis({ metric, unit, values, width, fontSize, scale }: MetricAxisOptions): MetricAxis {
	const shown = values.map((value) => value / unit.size);
	const { position, ticks } = scale === "log" ? logScale(metric, shown, width) : linearScale(shown, width);
	const most = Math.max(2, Math.min(6, Math.floor(width / LEAST_STEP)));
	const counts = Array.from({ length: most }, (_, i) => most - i);
	return {
		position: (value) => position(value / unit.size),
		zero: scale === "log" ? null : position(0),
		ticks: counts.map(ticks).find((some) => haveRoom(some, fontSize)) ?? [],
	};
}

/** Least pixels between two ticks. */
const LEAST_STEP = 36;

interface Scale {
	readonly position: (value: number) => number;
	/** About as many ticks as asked for. */
	readonly ticks: (count: number) => readonly Tick[];
}

function linearScale(values: readonly number[], width: number): Scale {
	const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
	const scale = scaleLinear([low, low === high ? 1 : high], [0, width]).nice();
	const ticks = (count: number) => {
		const text = scale.tickFormat(count, ",f");
		return scale.ticks(count).map((tick): Tick => ({ x: scale(tick), text: text(tick) }));
	};
	return { position: scale, ticks };
}

function logScale(metric: string, values: readonly number[], width: number): Scale {
	const wrong = values.find((value) => value <= 0);
	if (wrong !== undefined)
		throw new InputError(`chart of ${metric}: a value is ${wrong}; a logarithmic axis has only values above 0`);
	const exponents = values.map(Math.log10);
	const low = values.length === 0 ? 0 : Math.floor(Math.min(...exponents));
	const high = values.length === 0 ? 1 : Math.max(low + 1, Math.ceil(Math.max(...exponents)));
	const scale = scaleLog([10 ** low, 10 ** high], [0, width]);
	// Powers of ten, every second or third if need be: a logarithmic axis is read by its decades.
	const ticks = (count: number) => {
		const step = Math.ceil((high - low + 1) / count);
		const shown = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
		return shown.map((exponent): Tick => ({ x: scale(10 ** exponent), text: power(exponent) }));
	};
	return { position: scale, ticks };
}
