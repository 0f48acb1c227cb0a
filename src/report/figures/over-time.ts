/** Measures over the time of a run: a line a series, a plot a measure. */
import { INK } from "../palette.js";
import { element, escapeText, rounded } from "../svg.js";
import { type Axis, numericAxis, valueText } from "./axis.js";
import { strokeItems } from "./legend.js";
import { drawStroke, type Look } from "./look.js";
import { drawPage, type Grid, layGrid, plotHeight, SIZE } from "./page.js";

export interface OverTimePage {
	readonly title: string;
	readonly caption: string;
	readonly yLabel: string;
	/** Largest value that the axis must have room for, whatever the values: 1 for shares. */
	readonly yMost: number;
	/** Length of a step of the values. */
	readonly stepUs: number;
	readonly panels: readonly { readonly title: string; readonly series: readonly TimeSeries[] }[];
}

export interface TimeSeries {
	readonly label: string;
	readonly look: Look;
	/** One a step from the start of the run; a line has a gap where it is NaN. */
	readonly values: Float64Array;
}

/** The measures as a whole SVG document. */
export function drawOverTime({ title, caption, yLabel, yMost, stepUs, panels }: OverTimePage): string {
	const all = panels.flatMap(({ series }) => series);
	const steps = Math.max(1, ...all.map(({ values }) => values.length));
	const unit = UNITS.find(({ us }) => steps * stepUs >= 2 * us) ?? UNITS.at(-1)!;
	const largest = all.reduce((most, { values }) => values.reduce((a, b) => (b > a ? b : a), most), 0);
	const y = numericAxis({
		values: [largest, yMost],
		scale: "linear",
		length: plotHeight(panels.length),
		fontSize: 0,
		zero: true,
	});
	const grid = layGrid(
		panels.length,
		y.ticks.map((tick) => tick.text),
	);
	const x = numericAxis({
		values: [],
		min: 0,
		max: (steps * stepUs) / unit.us,
		scale: "linear",
		length: grid.plotWidth,
		fontSize: SIZE.tick,
		zero: true,
	});
	return drawPage({
		title,
		caption,
		legend: strokeItems(all),
		grid,
		xLabel: `time (${unit.name})`,
		yLabel,
		xTicks: x.ticks,
		yTicks: y.ticks,
		panels: panels.map((panel) => panel.title),
		gridLines: true,
		draw: (i) => {
			const { series } = panels[i]!;
			if (series.length === 0) return nothing(grid);
			return series.map((one) => drawSeries(one, { x, y, grid, step: stepUs / unit.us })).join("");
		},
	});
}

const UNITS = [
	{ name: "days", us: 86_400e6 },
	{ name: "h", us: 3_600e6 },
	{ name: "min", us: 60e6 },
	{ name: "s", us: 1e6 },
] as const;

interface Place {
	readonly x: Axis;
	readonly y: Axis;
	readonly grid: Grid;
	/** Length of a step in the unit of the axis. */
	readonly step: number;
}

/** A value stands over the middle of its step. */
function drawSeries({ label, look, values }: TimeSeries, { x, y, grid, step }: Place): string {
	let [path, drawing] = ["", false];
	for (const [i, value] of values.entries()) {
		if (Number.isNaN(value)) drawing = false;
		else {
			path += `${drawing ? "L" : "M"}${rounded(x.position((i + 0.5) * step))} ${rounded(grid.plotHeight - y.position(value))}`;
			drawing = true;
		}
	}
	if (path === "") return "";
	const known = values.filter((value) => !Number.isNaN(value));
	const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
	const said = `${label === "" ? "" : `${label}: `}mean ${valueText(mean)}, most ${valueText(known.reduce((a, b) => Math.max(a, b), 0))}`;
	return element("g", { class: "series" }, [element("title", {}, escapeText(said)), drawStroke(path, look)]);
}

function nothing({ plotWidth, plotHeight: height }: Grid): string {
	const style = { "font-size": SIZE.label, fill: INK.soft, "text-anchor": "middle" };
	return element("text", { x: plotWidth / 2, y: height / 2, ...style }, "not measured");
}
