/** The page of a figure: title, legend, plots side by side with one pair of axes, caption. */
import { INK } from "../palette.js";
import { drawing, element, text, translated } from "../svg.js";
import { BOLD, cutText, textWidth, wrapText } from "../text-fit.js";
import type { Tick } from "../ticks.js";

/** A drawn figure. */
export interface DrawnFigure {
	/** The SVG document; null if there was nothing to draw. */
	readonly svg: string | null;
	/** What a reader should know who sees something missing. */
	readonly notes: readonly string[];
}

/** How many plots there are, and how large. */
export interface Grid {
	readonly width: number;
	readonly columns: number;
	readonly plotWidth: number;
	readonly plotHeight: number;
	/** Room for the texts of the y axis, before the first plot of a row. */
	readonly gutter: number;
}

/** Height of a plot in pixels, for so many of them. */
export function plotHeight(panels: number): number {
	return panels === 1 ? 270 : 210;
}

/** Plots side by side, in as many rows as they need; `yTexts` stand beside the y axis. */
export function layGrid(panels: number, yTexts: readonly string[]): Grid {
	const width = panels === 1 ? 640 : 860;
	const gutter = Math.min(0.3 * width, 10 + Math.max(24, ...yTexts.map((word) => textWidth(word, SIZE.tick))));
	const room = width - 2 * MARGIN - gutter;
	const most = Math.max(1, Math.floor((room + GAP) / (NARROWEST + GAP)));
	const columns = Math.ceil(panels / Math.ceil(panels / most));
	return { width, columns, plotWidth: (room - (columns - 1) * GAP) / columns, plotHeight: plotHeight(panels), gutter };
}

export interface LegendItem {
	readonly label: string;
	readonly width: number;
	/** Draws the sample from x on, around the height y. */
	readonly draw: (x: number, y: number) => string;
}

export interface Page {
	readonly title: string;
	/** Whole sentences below the figure, and what readers of the document hear of it. */
	readonly caption: string;
	readonly legend: readonly LegendItem[];
	readonly grid: Grid;
	readonly xLabel: string;
	readonly yLabel: string;
	readonly yTicks: readonly Tick[];
	readonly xTicks: readonly Tick[];
	/** Titles of the plots, "" for none. */
	readonly panels: readonly string[];
	/** Whether lines go through the plot at the ticks. */
	readonly gridLines: boolean;
	/** Draws inside of the i-th plot: x from the left, y from the top. */
	readonly draw: (panel: number) => string;
}

/** The figure as a whole SVG document. */
export function drawPage(page: Page): string {
	const { title, caption, grid, panels } = page;
	const { width, columns } = grid;
	const heading = wrapText(title, (width - 2 * MARGIN) / BOLD, SIZE.title).map((line, i) =>
		text(line, MARGIN, MARGIN + 13 + 21 * i, { "font-size": SIZE.title, "font-weight": "bold" }),
	);
	const legend = drawLegend(page.legend, MARGIN + 21 * heading.length + 12, width);
	const head = YLABEL + (panels.some((name) => name !== "") ? HEADING : 0);
	const tall = head + grid.plotHeight + FOOT;
	const rows = Math.ceil(panels.length / columns);
	const body = panels.map((name, i) => {
		const [x, y] = [xOf(grid, i % columns), legend.bottom + tall * Math.floor(i / columns) + head];
		return drawPanel(page, i, { name, x, y, first: i % columns === 0 });
	});
	const labels = Array.from({ length: rows }, (_, row) => {
		const y = legend.bottom + tall * row;
		const inRow = Math.min(columns, panels.length - row * columns);
		const middle = (xOf(grid, 0) + xOf(grid, inRow - 1) + grid.plotWidth) / 2;
		return (
			text(cutText(page.yLabel, width - 2 * MARGIN, SIZE.label), MARGIN, y + 12, LABEL) +
			text(cutText(page.xLabel, 2 * (middle - MARGIN), SIZE.label), middle, y + head + grid.plotHeight + 32, {
				...LABEL,
				"text-anchor": "middle",
			})
		);
	});
	const bottom = legend.bottom + tall * rows;
	const lines = wrapText(caption, width - 2 * MARGIN, SIZE.caption).map((line, i) =>
		text(line, MARGIN, bottom + 16 + LINE * i, { "font-size": SIZE.caption, fill: INK.soft }),
	);
	const height = bottom + (lines.length === 0 ? 0 : 8 + LINE * lines.length) + MARGIN;
	const description = [`${page.yLabel} by ${page.xLabel}.`, caption].join(" ").trim();
	return drawing({ width, height, title, description }, [...heading, legend.markup, ...labels, ...body, ...lines]);
}

/** Pixels. */
const MARGIN = 18;
/** Between plots: room for half of a tick's text of each. */
const GAP = 28;
const NARROWEST = 170;
/** Above a plot: the label of the y axis, the plot's title; below it: ticks and label of the x axis, distance to the next. */
const YLABEL = 20;
const HEADING = 18;
const FOOT = 44;
const LINE = 16;
export const SIZE = { title: 17, label: 12, tick: 10.5, caption: 11.5 } as const;
const LABEL = { "font-size": SIZE.label, fill: INK.soft } as const;

function xOf({ gutter, plotWidth }: Grid, column: number): number {
	return MARGIN + gutter + column * (plotWidth + GAP);
}

function drawLegend(items: readonly LegendItem[], top: number, width: number) {
	let [x, y] = [MARGIN, top + 4];
	const drawn = items.map(({ label, width: sample, draw }) => {
		const words = cutText(label, width - 2 * MARGIN - sample - 6, SIZE.label);
		const needed = sample + 6 + textWidth(words, SIZE.label);
		if (x > MARGIN && x + needed > width - MARGIN) [x, y] = [MARGIN, y + 18];
		const at = x;
		x += needed + 16;
		return draw(at, y) + text(words, at + sample + 6, y + 4, { "font-size": SIZE.label });
	});
	if (items.length === 0) return { markup: "", bottom: top };
	return { markup: element("g", { class: "legend" }, drawn), bottom: y + 18 };
}

interface PanelPlace {
	readonly name: string;
	readonly x: number;
	readonly y: number;
	/** Whether it is the first of its row, which has the texts of the y axis. */
	readonly first: boolean;
}

function drawPanel(page: Page, i: number, { name, x, y, first }: PanelPlace): string {
	const { plotWidth, plotHeight } = page.grid;
	const small = { "font-size": SIZE.tick, fill: INK.soft } as const;
	const yTicks = page.yTicks.map(({ x: at, text: words }) => {
		const level = plotHeight - at;
		const line = element("line", {
			x1: page.gridLines ? 0 : -3,
			x2: page.gridLines ? plotWidth : 0,
			y1: level,
			y2: level,
			stroke: INK.grid,
		});
		const shown = cutText(words, page.grid.gutter, SIZE.tick);
		return line + (first ? text(shown, -6, level + 3.5, { ...small, "text-anchor": "end" }) : "");
	});
	const xTicks = page.xTicks.map(({ x: at, text: words }) => {
		const line = element("line", {
			x1: at,
			x2: at,
			y1: page.gridLines ? 0 : plotHeight,
			y2: plotHeight + 3,
			stroke: INK.grid,
		});
		return line + text(words, at, plotHeight + 15, { ...small, "text-anchor": "middle" });
	});
	const title =
		name === ""
			? ""
			: text(cutText(name, plotWidth / BOLD, SIZE.label), 0, -6, { "font-size": SIZE.label, "font-weight": "bold" });
	const frame = element("rect", {
		class: "plot",
		width: plotWidth,
		height: plotHeight,
		fill: "none",
		stroke: "#afb8c1",
	});
	return translated(x, y, [title, ...yTicks, ...xTicks, page.draw(i), frame], { class: "panel" });
}
