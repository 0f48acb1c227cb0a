/** Cumulative distributions: for each value of a column of a table, the share of rows up to it; a step line a series. */
import { axisNumber, measuredUnit } from "../../experiment/file/axis-number.js";
import { measureOf } from "../../experiment/file/figure-rules.js";
import type { CdfFigure } from "../../experiment/file/figures-schema.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { element, escapeText, rounded } from "../svg.js";
import { type Axis, numericAxis, valueText } from "./axis.js";
import { drawGuides, guideValues } from "./guides.js";
import { strokeItems } from "./legend.js";
import { drawStroke, type Look, lookOf } from "./look.js";
import { type DrawnFigure, drawPage, type Grid, layGrid, plotHeight, SIZE } from "./page.js";
import { split } from "./series.js";
import { axisLabel, nameInWords, sentences, withUnit } from "./words.js";

/** The values of a figure's column in one run, in the unit of the column. */
export type ColumnReader = (figure: CdfFigure, run: RunRow) => Promise<readonly number[]>;

/** Draws the figure from runs that pass its filter. */
export async function drawCdf(figure: CdfFigure, runs: readonly RunRow[], read: ColumnReader): Promise<DrawnFigure> {
	const unit = measuredUnit(measureOf(figure), figure.x.unit);
	const { distributions, notes } = await distributionsOf(figure, runs, read, unit.size);
	if (distributions.every(({ series }) => series.length === 0)) return { svg: null, notes };
	const { x, y, lines, column } = figure;
	const name = nameInWords(column.name) + (column.minus === undefined ? "" : ` - ${nameInWords(column.minus)}`);
	const svg = drawDistributions({
		title: figure.title,
		caption: sentences(figure.caption, "Rows of all seeds together."),
		panels: distributions,
		x: {
			label: x.label ?? name,
			unit: unit.name,
			scale: x.scale,
			min: x.min === undefined ? undefined : axisNumber(x.min, unit.name),
			max: x.max === undefined ? undefined : axisNumber(x.max, unit.name),
		},
		y: { label: y.label ?? `share of ${column.table}`, min: y.min, max: y.max },
		lines,
	});
	return { svg, notes };
}

/** Distributions side by side, on one pair of axes. */
export interface DistributionsPage {
	readonly title: string;
	readonly caption: string;
	/** At least one series in all of them. */
	readonly panels: readonly { readonly title: string; readonly series: readonly Distribution[] }[];
	/** The ends of the axis in its unit; by the values where they are not given. */
	readonly x: {
		readonly label: string;
		readonly unit: string | undefined;
		readonly scale: "linear" | "log";
		readonly min: number | undefined;
		readonly max: number | undefined;
	};
	readonly y: { readonly label: string; readonly min: number; readonly max: number };
	readonly lines: CdfFigure["lines"];
}

export interface Distribution {
	readonly label: string;
	readonly look: Look;
	/** In the unit of the axis, from the least on; at least one. */
	readonly sorted: Float64Array;
	/** Rows that count, if there are more of them than values: those without one are beyond every value. */
	readonly of?: number;
}

/** The distributions as a whole SVG document. */
export function drawDistributions({ title, caption, panels, x, y, lines }: DistributionsPage): string {
	const all = panels.flatMap(({ series }) => series);
	const units = { x: x.unit, y: undefined };
	const yAxis = numericAxis({
		values: [],
		scale: "linear",
		min: y.min,
		max: y.max,
		length: plotHeight(panels.length),
		fontSize: 0,
		zero: true,
	});
	const grid = layGrid(
		panels.length,
		yAxis.ticks.map((tick) => tick.text),
	);
	const xAxis = numericAxis({
		values: [...all.flatMap(({ sorted }) => endsOf(sorted, x.scale)), ...guideValues(lines, "x", units)],
		scale: x.scale,
		min: x.min,
		max: x.max,
		length: grid.plotWidth,
		fontSize: SIZE.tick,
		zero: false,
	});
	return drawPage({
		title,
		caption,
		legend: strokeItems(all),
		grid,
		xLabel: axisLabel(x.label, x.unit),
		yLabel: y.label,
		xTicks: xAxis.ticks,
		yTicks: yAxis.ticks,
		panels: panels.map(({ title: name }) => name),
		gridLines: true,
		draw: (i) => {
			const steps = panels[i]!.series.map((one) => drawSteps(one, { x: xAxis, y: yAxis, grid, unit: x.unit }));
			return drawGuides(lines, units, { x: xAxis, y: yAxis }, grid) + steps.join("");
		},
	});
}

async function distributionsOf(figure: CdfFigure, runs: readonly RunRow[], read: ColumnReader, size: number) {
	const labels = split(runs, figure.series).map(({ label }) => label);
	const notes: string[] = [];
	const distributions = [];
	for (const panel of split(runs, figure.panels)) {
		const series: Distribution[] = [];
		for (const group of split(panel.runs, figure.series)) {
			const parts: (readonly number[])[] = [];
			for (const run of group.runs) parts.push(await read(figure, run));
			const sorted = Float64Array.from(parts.flat(), (value) => value / size).sort();
			const title = [panel.title, group.title].filter((name) => name !== "").join(", ") || "the runs";
			if (sorted.length === 0) notes.push(`${title}: no row has a value of '${figure.column.name}'`);
			else series.push({ label: group.title, look: { ...lookOf(labels.indexOf(group.label), 0) }, sorted });
		}
		distributions.push({ title: panel.title, series });
	}
	return { distributions, notes };
}

/** The least and the largest value that the axis can hold. */
function endsOf(sorted: Float64Array, scale: "linear" | "log"): readonly number[] {
	const first = scale === "linear" ? sorted[0] : sorted.find((value) => value > 0);
	return first === undefined ? [] : [first, sorted.at(-1)!];
}

interface Place {
	readonly x: Axis;
	readonly y: Axis;
	readonly grid: Grid;
	readonly unit: string | undefined;
}

/** Steps finer than this many pixels are one. */
const FINEST = 0.5;

function drawSteps({ label, look, sorted, of = sorted.length }: Distribution, { x, y, grid, unit }: Place): string {
	const level = (share: number) => grid.plotHeight - y.position(share);
	let [lastX, lastY] = [x.position(sorted[0]!), level(0)];
	let d = `M${rounded(lastX)} ${rounded(lastY)}`;
	for (let i = 0; i < sorted.length; i++) {
		// Equal values are one step.
		if (sorted[i] === sorted[i + 1]) continue;
		const [atX, atY] = [x.position(sorted[i]!), level((i + 1) / of)];
		if (i + 1 < sorted.length && atX - lastX < FINEST && lastY - atY < FINEST) continue;
		d += `H${rounded(atX)}V${rounded(atY)}`;
		[lastX, lastY] = [atX, atY];
	}
	const middle = sorted[Math.ceil(of / 2) - 1];
	const median = middle === undefined ? "none" : withUnit(valueText(middle), unit);
	const said = `${label === "" ? "" : `${label}: `}median ${median}, ${of} rows`;
	return element("g", { class: "series" }, [
		element("title", {}, escapeText(said)),
		drawStroke(`${d}H${rounded(grid.plotWidth)}`, look),
	]);
}
