/** A heat map: a metric as a colour over two keys of the matrix, with a cross where another metric is above 0. */
import { hcl, interpolateViridis } from "d3";
import { axisNumber, measuredUnit } from "../../experiment/file/axis-number.js";
import { measureOf } from "../../experiment/file/figure-rules.js";
import type { HeatmapFigure } from "../../experiment/file/figures-schema.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { mean } from "../../experiment/results/statistics.js";
import { INK } from "../palette.js";
import { element, escapeText, text } from "../svg.js";
import { cutText, textWidth } from "../text-fit.js";
import { type Axis, numericAxis, valueText } from "./axis.js";
import { type Category, categories } from "./categories.js";
import { crossItem } from "./legend.js";
import { drawCross } from "./look.js";
import { type DrawnFigure, drawPage, type LegendItem, layGrid, SIZE } from "./page.js";
import { absence, split, valuesOf } from "./series.js";
import { axisLabel, nameInWords, sentences, withUnit } from "./words.js";

/** Draws the figure from runs that pass its filter. */
export function drawHeatmap(figure: HeatmapFigure, runs: readonly RunRow[]): DrawnFigure {
	const { x, y, color, mark } = figure;
	const notes = [color.metric, ...(mark === undefined ? [] : [mark.metric])].flatMap((name) => absence(runs, name));
	const unit = measuredUnit(measureOf(figure), color.unit);
	const [columns, rows] = [categories(runs, x), categories(runs, y)];
	const panels = split(runs, figure.panels).map((panel) => ({
		title: panel.title,
		cells: cellsOf(figure, panel.runs, unit.size),
	}));
	const values = panels.flatMap(({ cells }) => cells.map(({ value }) => value));
	if (values.length === 0) return { svg: null, notes };
	const shade = numericAxis({
		values,
		scale: color.scale,
		min: color.min === undefined ? undefined : axisNumber(color.min, unit.name),
		max: color.max === undefined ? undefined : axisNumber(color.max, unit.name),
		length: 1,
		fontSize: 0,
		zero: false,
	});
	const grid = layGrid(
		panels.length,
		rows.map((row) => row.text),
	);
	const [width, height] = [grid.plotWidth / columns.length, grid.plotHeight / rows.length];
	const place = { columns, rows, width, height, shade, unit: unit.name };
	const label = color.label ?? nameInWords(color.metric);
	const marks =
		mark !== undefined && panels.some(({ cells }) => cells.some(({ marked }) => marked)) ? [crossItem(mark)] : [];
	const svg = drawPage({
		title: figure.title,
		caption: sentences(figure.caption, `Colours and numbers: ${axisLabel(label, unit.name)}, mean over seeds.`),
		legend: [ramp(axisLabel(label, unit.name), values, shade), ...marks],
		grid,
		xLabel: axisLabel(x.label ?? x.key, x.unit),
		yLabel: axisLabel(y.label ?? y.key, y.unit),
		xTicks: columns.map((column, i) => ({ x: (i + 0.5) * width, text: cutText(column.text, width, SIZE.tick) })),
		yTicks: rows.map((row, i) => ({ x: (i + 0.5) * height, text: row.text })),
		panels: panels.map(({ title }) => title),
		gridLines: false,
		draw: (i) => panels[i]!.cells.map((cell) => drawCell(cell, place)).join(""),
	});
	return { svg, notes };
}

interface HeatCell {
	readonly x: string;
	readonly y: string;
	/** In the unit of the colours. */
	readonly value: number;
	readonly marked: boolean;
}

function cellsOf({ x, y, color, mark }: HeatmapFigure, runs: readonly RunRow[], size: number): readonly HeatCell[] {
	return split(runs, y.key).flatMap((row) =>
		split(row.runs, x.key).flatMap((cell): HeatCell[] => {
			const values = valuesOf(cell.runs, color.metric);
			if (row.label === null || cell.label === null || values.length === 0) return [];
			const marked = mark !== undefined && valuesOf(cell.runs, mark.metric).some((value) => value > 0);
			return [{ x: cell.label, y: row.label, value: mean(values) / size, marked }];
		}),
	);
}

interface Place {
	readonly columns: readonly Category[];
	readonly rows: readonly Category[];
	/** Of a cell. */
	readonly width: number;
	readonly height: number;
	/** From 0 to 1. */
	readonly shade: Axis;
	readonly unit: string | undefined;
}

function drawCell(cell: HeatCell, { columns, rows, width, height, shade, unit }: Place): string {
	const [column, row] = [
		columns.findIndex(({ label }) => label === cell.x),
		rows.findIndex(({ label }) => label === cell.y),
	];
	const [x, y] = [column * width, (rows.length - 1 - row) * height];
	const fill = interpolateViridis(shade.position(cell.value));
	const words = valueText(cell.value);
	const fits = textWidth(words, SIZE.tick) <= width - 4 && height >= 14;
	const ink = hcl(fill).l > 55 ? INK.strong : "#ffffff";
	const [middle, level] = [x + width / 2, y + height / 2];
	const said = `${columns[column]!.text}, ${rows[row]!.text}: ${withUnit(words, unit)}${cell.marked ? ", marked" : ""}`;
	return element("g", { class: "cell" }, [
		element("title", {}, escapeText(said)),
		element("rect", { x, y, width, height, fill }),
		cell.marked ? drawCross(x + width - 9, y + 9, 3.5) : "",
		fits ? text(words, middle, level + 4, { "font-size": SIZE.tick, fill: ink, "text-anchor": "middle" }) : "",
	]);
}

const STEPS = 24;
const STEP = 4;

/** The colours from the least to the largest value. */
function ramp(label: string, values: readonly number[], shade: Axis): LegendItem {
	const [low, high] = [Math.min(...values), Math.max(...values)];
	const [least, most] = [valueText(low), valueText(high)];
	const [from, to] = [shade.position(low), shade.position(high)];
	const before = textWidth(least, SIZE.tick) + 4;
	const after = textWidth(most, SIZE.tick) + 4;
	const style = { "font-size": SIZE.tick, fill: INK.soft } as const;
	const draw = (x: number, y: number) => {
		const steps = Array.from({ length: STEPS }, (_, i) => {
			const fill = interpolateViridis(from + ((to - from) * i) / (STEPS - 1));
			return element("rect", { x: x + before + STEP * i, y: y - 5, width: STEP + 0.5, height: 10, fill });
		});
		return [text(least, x, y + 4, style), ...steps, text(most, x + before + STEPS * STEP + 4, y + 4, style)].join("");
	};
	return { label, width: before + STEPS * STEP + after, draw };
}
