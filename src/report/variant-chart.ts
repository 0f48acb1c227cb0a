/**
 * The chart of an experiment: one panel per metric, one row per variant, a dot per seed and a bar to their mean. It is SVG text
 * made without a browser; the same options give the same bytes on every machine.
 */
import { scaleBand, scaleOrdinal } from "d3";
import { describeMetric } from "../metrics/catalogue.js";
import { InputError } from "../objects/input-error.js";
import { type MetricAxis, type MetricUnit, metricAxis, metricUnit } from "./metric-axis.js";
import { COLORS, INK } from "./palette.js";
import { type Attributes, drawing, element, escapeText, text, translated } from "./svg.js";
import { BOLD, cutText, textWidth, wrapText } from "./text-fit.js";

export interface ChartPanel {
	/** Name of a summary metric: its unit and direction come from the catalogue. */
	readonly metric: string;
	readonly title: string;
	/** Default linear, with zero on the axis and bars from there. */
	readonly scale?: "linear" | "log";
}

export interface ChartVariant {
	/** Name of the row. */
	readonly label: string;
	/** Rows of one group have one colour and stand together under its name, such as an architecture; "" for no name. */
	readonly group: string;
	/** By metric, a value per seed in the unit of the metric (microseconds, a share); a metric without values has no mark. */
	readonly values: ReadonlyMap<string, readonly number[]>;
}

export interface VariantChartOptions {
	readonly title: string;
	/** What a reader needs to know below the panels; wrapped. */
	readonly caption: string;
	/** In reading order; InputError without any. */
	readonly panels: readonly ChartPanel[];
	/** From top to bottom, groups in the order of their first row; InputError without any. */
	readonly variants: readonly ChartVariant[];
	/** Panels side by side, default as many as have room. */
	readonly columns?: number;
	/** Pixels, default 860. */
	readonly width?: number;
}

/**
 * The chart as a whole SVG document. InputError: no panels, no variants, a value that is not finite, a width that leaves no room
 * for one panel, or a value that a logarithmic axis does not have.
 */
export function variantChart(options: VariantChartOptions): string {
	const { title, caption, panels, variants, width = 860 } = options;
	if (panels.length === 0 || variants.length === 0)
		throw new InputError("a chart needs at least one panel and one variant");
	const rows = layRows(variants);
	const longest = Math.max(...variants.map(({ label }) => textWidth(label, SIZE.label) + INDENT));
	const names = Math.min(Math.max(longest, ...rows.headings.map(headingWidth)), 0.35 * width);
	const room = width - 2 * MARGIN - names;
	const columns = Math.min(panels.length, options.columns ?? Math.max(1, Math.floor(room / COLUMN)));
	const column = room / columns;
	if (!(column >= NARROWEST))
		throw new InputError(`a chart of ${width} pixels has no room for ${columns} panels side by side`);
	const heading = wrapText(title, (width - 2 * MARGIN) / BOLD, SIZE.title).map((line, i) =>
		text(line, MARGIN, MARGIN + SIZE.title + 22 * i, { "font-size": SIZE.title, "font-weight": "bold" }),
	);
	const legendY = MARGIN + 22 * heading.length + 14;
	const top = legendY + 12;
	const tall = HEAD + rows.height + AXIS;
	const lines = Math.ceil(panels.length / columns);
	const body = panels.map((panel, i) => {
		const [x, y] = [MARGIN + names + column * (i % columns), top + tall * Math.floor(i / columns)];
		return drawPanel(panel, rows, x + GUTTER, y, column - GUTTER);
	});
	const labels = Array.from({ length: lines }, (_, line) => drawNames(rows, top + tall * line + HEAD, names, width));
	const captionY = top + tall * lines + 18;
	const captionLines = wrapText(caption, width - 2 * MARGIN, SIZE.caption);
	const height = captionY + LINE * Math.max(0, captionLines.length - 1) + MARGIN;
	const foot = captionLines.map((line, i) =>
		text(line, MARGIN, captionY + LINE * i, { "font-size": SIZE.caption, fill: INK.soft }),
	);
	const parts = [...heading, legend(legendY, width), ...labels, ...body, ...foot];
	return drawing({ width, height, title, description: caption }, parts);
}

/** Pixels. */
const MARGIN = 18;
const INDENT = 14;
/** Between panels: room for half of a tick label on each side. */
const GUTTER = 20;
/** A panel's title, its unit, and the rows' distance from them. */
const HEAD = 38;
/** Ticks below a panel and the distance to the next. */
const AXIS = 32;
const ROW = 17;
/** Least widths of a column: to be chosen, and to be drawn at all. */
const COLUMN = 170;
const NARROWEST = 120;
/** Between lines of the caption. */
const LINE = 16;
const SIZE = { title: 17, panel: 12.5, label: 12, small: 10.5, caption: 11.5 } as const;

/** Where rows and the names of groups stand, from the top of the rows of a panel. */
interface Rows {
	readonly variants: readonly { readonly variant: ChartVariant; readonly y: number; readonly color: string }[];
	readonly headings: readonly { readonly name: string; readonly y: number; readonly color: string }[];
	readonly band: number;
	readonly height: number;
}

function layRows(variants: readonly ChartVariant[]): Rows {
	const groups = [...new Set(variants.map(({ group }) => group))];
	const color = scaleOrdinal<string, string>(groups, COLORS);
	// A slot per row and per name of a group; numbers, since names need not be unique.
	const slots = groups.flatMap((group) => [
		...(group === "" ? [] : [{ group, variant: null }]),
		...variants.filter((variant) => variant.group === group).map((variant) => ({ group, variant })),
	]);
	const height = ROW * slots.length;
	const band = scaleBand<number>(
		slots.map((_, i) => i),
		[0, height],
	);
	const placed = slots.map(({ group, variant }, i) => ({ group, variant, y: band(i)!, color: color(group) }));
	return {
		variants: placed.flatMap(({ variant, y, color }) => (variant === null ? [] : [{ variant, y, color }])),
		headings: placed.flatMap(({ group, variant, y, color }) => (variant === null ? [{ name: group, y, color }] : [])),
		band: band.bandwidth(),
		height,
	};
}

function headingWidth({ name }: Rows["headings"][number]): number {
	return textWidth(name, SIZE.label) * BOLD + INDENT;
}

/** Names of groups and rows, with stripes across all panels that lead the eye from a name to its marks. */
function drawNames({ variants, headings, band }: Rows, top: number, width: number, whole: number): string {
	const stripes = variants.map(({ y }, i) =>
		i % 2 === 1
			? ""
			: element("rect", { x: MARGIN, y: top + y, width: whole - 2 * MARGIN, height: band, fill: INK.stripe }),
	);
	const groups = headings.map(({ name, y, color }) => {
		const middle = top + y + band / 2;
		const swatch = element("rect", { x: MARGIN, y: middle - 4, width: 9, height: 9, rx: 2, fill: color });
		const shown = cutText(name, (width - INDENT) / BOLD, SIZE.label);
		return swatch + text(shown, MARGIN + INDENT, middle + 4, { "font-size": SIZE.label, "font-weight": "bold" });
	});
	const labels = variants.map(({ variant, y }) => {
		const shown = cutText(variant.label, width - INDENT, SIZE.label);
		return text(shown, MARGIN + INDENT, top + y + band / 2 + 4, { "font-size": SIZE.label });
	});
	return [...stripes, ...groups, ...labels].join("");
}

/** One metric: title, unit and direction, grid, axis, and the marks of every variant with the mean in numbers at the right. */
function drawPanel({ metric, title, scale = "linear" }: ChartPanel, rows: Rows, x: number, y: number, width: number) {
	const values = rows.variants.flatMap(({ variant }) => variant.values.get(metric) ?? []);
	const unit = metricUnit(metric, values);
	const numbers = Math.max(
		...rows.variants.map(({ variant }) => textWidth(meanText(variant, metric, unit), SIZE.small)),
	);
	const axis = metricAxis({
		metric,
		unit,
		values,
		width: Math.max(NARROWEST / 3, width - numbers - 12),
		fontSize: SIZE.small,
		scale,
	});
	const { better } = describeMetric(metric);
	const about = [unit.name, scale === "log" ? "logarithmic" : "", better === null ? "" : `${better} is better`];
	const bottom = HEAD + rows.height;
	const parts = [
		text(cutText(title, width / BOLD, SIZE.panel), 0, 16, { "font-size": SIZE.panel, "font-weight": "bold" }),
		text(cutText(about.filter((part) => part !== "").join(", "), width, SIZE.small), 0, 31, {
			"font-size": SIZE.small,
			fill: INK.soft,
		}),
		...axis.ticks.map(({ x: tick, text: label }) => drawTick(tick, label, bottom)),
		...rows.variants.map(({ variant, y: row, color }) =>
			drawMarks(variant, metric, { unit, axis, color, middle: HEAD + row + rows.band / 2, right: width }),
		),
	];
	return translated(x, y, parts);
}

function drawTick(x: number, label: string, bottom: number): string {
	const line = element("line", { x1: x, x2: x, y1: HEAD, y2: bottom + 3, stroke: INK.grid });
	return line + text(label, x, bottom + 15, { "font-size": SIZE.small, fill: INK.soft, "text-anchor": "middle" });
}

interface Place {
	readonly unit: MetricUnit;
	readonly axis: MetricAxis;
	readonly color: string;
	/** Middle of the row. */
	readonly middle: number;
	/** Where the numbers end. */
	readonly right: number;
}

function drawMarks(variant: ChartVariant, metric: string, { unit, axis, color, middle, right }: Place): string {
	const values = variant.values.get(metric) ?? [];
	const written = meanText(variant, metric, unit);
	const number = text(written, right, middle + 4, { "font-size": SIZE.small, "text-anchor": "end", fill: INK.soft });
	if (values.length === 0) return number;
	const at = axis.position(mean(values));
	const bar = axis.zero === null ? "" : drawBar(axis.zero, at, middle, color);
	const dots = values.map((value) => drawDot(axis.position(value), middle, color));
	const name = unit.name === "" ? "" : ` ${unit.name}`;
	const said = `${variant.label}: mean ${written}${name} (seeds: ${values.map(unit.number).join("; ")})`;
	return element("g", {}, [element("title", {}, escapeText(said)), bar, ...dots, drawMean(at, middle), number]);
}

function meanText({ values }: ChartVariant, metric: string, unit: MetricUnit): string {
	const known = values.get(metric) ?? [];
	return known.length === 0 ? "none" : unit.number(mean(known));
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function drawBar(from: number, to: number, middle: number, color: string): string {
	const [x, width] = [Math.min(from, to), Math.abs(to - from)];
	return element("rect", { x, y: middle - 5, width, height: 10, fill: color, "fill-opacity": 0.28 });
}

function drawMean(x: number, middle: number): string {
	return element("line", { x1: x, x2: x, y1: middle - 6.5, y2: middle + 6.5, stroke: INK.strong, "stroke-width": 1.6 });
}

function drawDot(x: number, y: number, color: string): string {
	return element("circle", { cx: x, cy: y, r: 3, fill: color, stroke: "#ffffff", "stroke-width": 0.8 });
}

/** What the marks mean, below the title. */
function legend(y: number, width: number): string {
	const style: Attributes = { "font-size": SIZE.small, fill: INK.soft };
	const words = "mean over seeds, in numbers at the right";
	const second = MARGIN + 12 + textWidth("one seed", SIZE.small) + 8;
	return [
		drawDot(MARGIN + 4, y - 4, INK.soft),
		text("one seed", MARGIN + 12, y, style),
		drawBar(second, second + 20, y - 4, INK.soft),
		drawMean(second + 20, y - 4),
		text(cutText(words, width - MARGIN - second - 28, SIZE.small), second + 28, y, style),
	].join("");
}
