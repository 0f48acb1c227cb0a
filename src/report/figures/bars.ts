/** Bars: metrics for each value of a key, from zero, with error bars, a bar a series in each group. */
import { scaleBand } from "d3";
import { axisNumber, measuredUnit } from "../../experiment/file/axis-number.js";
import { measureOf } from "../../experiment/file/figure-rules.js";
import type { BarsFigure, PlottedMetric } from "../../experiment/file/figures-schema.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { element, escapeText } from "../svg.js";
import { cutText } from "../text-fit.js";
import { type Axis, numericAxis } from "./axis.js";
import { categories } from "./categories.js";
import { drawGuides, guideValues } from "./guides.js";
import { said } from "./lines.js";
import { drawErrorBar } from "./look.js";
import { type DrawnFigure, drawPage, layGrid, plotHeight, SIZE } from "./page.js";
import { type FigureSeries, plot } from "./series.js";
import { axisLabel, errorSentence, nameInWords, sentences } from "./words.js";

/** Draws the figure from runs that pass its filter. */
export function drawBars(figure: BarsFigure, runs: readonly RunRow[]): DrawnFigure {
	const plotted = plot(figure, runs);
	if (plotted.legend.length === 0) return { svg: null, notes: plotted.notes };
	const { x, y, lines } = figure;
	const units = { y: measuredUnit(measureOf(figure), y.unit).name };
	const points = plotted.panels.flatMap(({ series }) => series.flatMap((one) => one.points));
	const yAxis = numericAxis({
		values: [...points.flatMap((point) => [point.low, point.y, point.high]), ...guideValues(lines, "y", units)],
		scale: "linear",
		min: y.min === undefined ? undefined : axisNumber(y.min, units.y),
		max: y.max === undefined ? undefined : axisNumber(y.max, units.y),
		length: plotHeight(plotted.panels.length),
		fontSize: 0,
		zero: true,
	});
	const grid = layGrid(
		plotted.panels.length,
		yAxis.ticks.map((tick) => tick.text),
	);
	const groups = categories(runs, x);
	const band = scaleBand<string>(
		groups.map(({ label }) => label),
		[0, grid.plotWidth],
	).padding(0.2);
	const inner = scaleBand<string>(
		plotted.legend.map(({ label }) => label),
		[0, band.bandwidth()],
	).paddingInner(0.08);
	const place = { band, inner, y: yAxis, height: grid.plotHeight, unit: units.y };
	const named = y.metrics.some((metric: PlottedMetric) => metric.error !== undefined);
	const svg = drawPage({
		title: figure.title,
		caption: sentences(figure.caption, errorSentence(figure.error, plotted.seeds, named)),
		legend:
			plotted.legend.length < 2
				? []
				: plotted.legend.map(({ label, look }) => ({
						label,
						width: 12,
						draw: (at, level) => swatch(at, level, look.color),
					})),
		grid,
		xLabel: axisLabel(x.label ?? x.key, x.unit),
		yLabel: axisLabel(y.label ?? nameInWords(y.metrics[0]!.metric), units.y),
		xTicks: groups.map(({ label, text }) => ({
			x: band(label)! + band.bandwidth() / 2,
			text: cutText(text, band.step(), SIZE.tick),
		})),
		yTicks: yAxis.ticks,
		panels: plotted.panels.map(({ title }) => title),
		gridLines: false,
		draw: (i) =>
			plotted.panels[i]!.series.map((series) => drawSeries(series, place)).join("") +
			drawGuides(lines, units, { x: null, y: yAxis }, grid),
	});
	return { svg, notes: plotted.notes };
}

interface Place {
	readonly band: (label: string) => number | undefined;
	readonly inner: { (label: string): number | undefined; bandwidth(): number };
	readonly y: Axis;
	readonly height: number;
	readonly unit: string | undefined;
}

function swatch(x: number, y: number, fill: string): string {
	return element("rect", { x, y: y - 5, width: 11, height: 11, rx: 2, fill });
}

function drawSeries({ label, look, points }: FigureSeries, { band, inner, y, height, unit }: Place): string {
	const bars = points.map((point) => {
		const x = band(point.label)! + inner(label)!;
		const level = (value: number) => height - y.position(value);
		const [top, bottom] = [Math.min(level(0), level(point.y)), Math.max(level(0), level(point.y))];
		const width = inner.bandwidth();
		return element("g", { class: "bar" }, [
			element("title", {}, escapeText(`${label}, ${point.label}: ${said(point, unit)}`)),
			element("rect", { x, y: top, width, height: bottom - top, fill: look.color }),
			point.low === point.high ? "" : drawErrorBar(x + width / 2, level(point.low), level(point.high), "#1f2328"),
		]);
	});
	return element("g", { class: "series" }, bars);
}
