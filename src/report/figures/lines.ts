/** Lines: metrics over a numeric key of the matrix, with error bars, a line a series, a plot a panel. */
import { axisNumber, measuredUnit } from "../../experiment/file/axis-number.js";
import { measureOf } from "../../experiment/file/figure-rules.js";
import type { LinesFigure, PlottedMetric } from "../../experiment/file/figures-schema.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { element, escapeText, rounded } from "../svg.js";
import { type Axis, numericAxis, valueText } from "./axis.js";
import { drawGuides, guideValues } from "./guides.js";
import { crossItem, drawSample, STROKE } from "./legend.js";
import { drawCross, drawErrorBar, drawMarker, drawStroke } from "./look.js";
import { type DrawnFigure, drawPage, type Grid, type LegendItem, layGrid, plotHeight, SIZE } from "./page.js";
import { type FigurePoint, type FigureSeries, type Plotted, plot } from "./series.js";
import { axisLabel, errorSentence, nameInWords, sentences, withUnit } from "./words.js";

/** Draws the figure from runs that pass its filter. */
export function drawLines(figure: LinesFigure, runs: readonly RunRow[]): DrawnFigure {
	const plotted = plot(figure, runs);
	if (plotted.legend.length === 0) return { svg: null, notes: plotted.notes };
	const { x, y, lines, mark } = figure;
	const units = { x: x.unit, y: measuredUnit(measureOf(figure), y.unit).name };
	const points = plotted.panels.flatMap(({ series }) => series.flatMap((one) => one.points));
	const ends = (side: typeof x | typeof y, unit: string | undefined) => ({
		scale: side.scale,
		min: side.min === undefined ? undefined : axisNumber(side.min, unit),
		max: side.max === undefined ? undefined : axisNumber(side.max, unit),
	});
	const yAxis = numericAxis({
		...ends(y, units.y),
		values: [...points.flatMap((point) => [point.low, point.y, point.high]), ...guideValues(lines, "y", units)],
		length: plotHeight(plotted.panels.length),
		fontSize: 0,
		zero: true,
	});
	const grid = layGrid(
		plotted.panels.length,
		yAxis.ticks.map((tick) => tick.text),
	);
	const xAxis = numericAxis({
		...ends(x, units.x),
		values: [...points.map(({ label }) => axisNumber(label, x.unit)), ...guideValues(lines, "x", units)],
		length: grid.plotWidth,
		fontSize: SIZE.tick,
		zero: false,
	});
	const place: Place = { figure, x: xAxis, y: yAxis, grid, unit: units.y };
	const hollow = points.some((point) => yAxis.beyond(point.y));
	const named = y.metrics.some((metric: PlottedMetric) => metric.error !== undefined);
	const marks = mark !== undefined && points.some(({ marked }) => marked) ? [crossItem(mark)] : [];
	const svg = drawPage({
		title: figure.title,
		caption: sentences(
			figure.caption,
			errorSentence(figure.error, plotted.seeds, named),
			hollow ? "Hollow: beyond the axis." : "",
		),
		legend: [...legendOf(plotted), ...marks],
		grid,
		xLabel: axisLabel(x.label ?? x.key, x.unit),
		yLabel: axisLabel(y.label ?? nameInWords(y.metrics[0]!.metric), units.y),
		xTicks: xAxis.ticks,
		yTicks: yAxis.ticks,
		panels: plotted.panels.map(({ title }) => title),
		gridLines: true,
		draw: (i) => {
			const series = plotted.panels[i]!.series.map((one) => drawSeries(one, place));
			return drawGuides(lines, units, place, grid) + series.join("");
		},
	});
	return { svg, notes: plotted.notes };
}

interface Place {
	readonly figure: LinesFigure;
	readonly x: Axis;
	readonly y: Axis;
	readonly grid: Grid;
	readonly unit: string | undefined;
}

/** One series alone needs no legend. */
function legendOf({ legend }: Plotted): readonly LegendItem[] {
	if (legend.length < 2) return [];
	return legend.map(({ label, look }) => ({
		label,
		width: STROKE,
		draw: (x, y) => drawSample(x, y, look) + drawMarker(x + STROKE / 2, y, look),
	}));
}

function drawSeries({ label, look, points }: FigureSeries, place: Place): string {
	const { unit, key } = place.figure.x;
	const along = points
		.map((point) => ({ point, value: axisNumber(point.label, unit) }))
		.filter(({ value }) => !place.x.beyond(value))
		.sort((a, b) => a.value - b.value || (a.point.label < b.point.label ? -1 : 1));
	const level = (value: number) => place.grid.plotHeight - place.y.position(value);
	const path = along.map(({ point, value }) => `${rounded(place.x.position(value))} ${rounded(level(point.y))}`);
	const marks = along.map(({ point, value }) => {
		const [x, y] = [place.x.position(value), level(point.y)];
		const bar = point.low === point.high ? "" : drawErrorBar(x, level(point.low), level(point.high), look.color);
		return element("g", { class: "point" }, [
			element("title", {}, escapeText(`${label}, ${key} ${point.label}: ${said(point, place.unit)}`)),
			bar,
			drawMarker(x, y, look, place.y.beyond(point.y)),
			point.marked ? drawCross(x, y) : "",
		]);
	});
	const line = drawStroke(`M${path.join("L")}`, look);
	return element("g", { class: "series" }, [element("title", {}, escapeText(label)), line, ...marks]);
}

/** A point in words. */
export function said({ y, low, high, seeds }: FigurePoint, unit: string | undefined): string {
	const bar = low === high ? "" : `, ${valueText(low)} to ${valueText(high)}`;
	return `${withUnit(valueText(y), unit)}${bar} (${seeds} ${seeds === 1 ? "seed" : "seeds"})`;
}
