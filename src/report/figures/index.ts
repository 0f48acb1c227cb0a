/** Figures of an experiment, drawn from its results. */
import { join } from "node:path";
import { passes } from "../../experiment/file/figure-rules.js";
import type { CdfFigure, FigureSpec } from "../../experiment/file/figures-schema.js";
import { valueLabel } from "../../experiment/file/matrix.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import type { Cell } from "../../metrics/sinks/memory.js";
import { column, readBatches } from "../../metrics/sinks/read.js";
import { InputError } from "../../objects/input-error.js";
import { drawBars } from "./bars.js";
import { drawCdf } from "./cdf.js";
import { drawHeatmap } from "./heatmap.js";
import { drawLines } from "./lines.js";
import type { DrawnFigure } from "./page.js";

export type { DrawnFigure } from "./page.js";

/**
 * Draws a figure from the runs in the results folder of an experiment. The same results give the same bytes. InputError: a table or
 * column that is not there.
 */
export async function drawFigure(figure: FigureSpec, folder: string, all: readonly RunRow[]): Promise<DrawnFigure> {
	const runs = all.filter(({ axes }) => passes(figure.filter, (key) => axes.get(key)));
	if (runs.length === 0) return { svg: null, notes: ["no run passes the filter: nothing is drawn"] };
	switch (figure.kind) {
		case "lines":
			return drawLines(figure, runs);
		case "bars":
			return drawBars(figure, runs);
		case "heatmap":
			return drawHeatmap(figure, runs);
		case "cdf":
			return drawCdf(figure, runs, (of, run) => readColumn(of, join(folder, run.run)));
	}
}

/** The numbers of a column in the rows that are wanted, those without a value left out. */
async function readColumn(figure: CdfFigure, folder: string): Promise<readonly number[]> {
	const { table, name, minus } = figure.column;
	const wanted = Object.entries(figure.where);
	const numbers: number[] = [];
	for await (const rows of readBatches(join(folder, `${table}.arrow`))) {
		const values = numericColumn(column(rows, name), rows.file, name);
		const less = minus === undefined ? null : numericColumn(column(rows, minus), rows.file, minus);
		const conditions = wanted.map(([key, value]) => ({ cells: column(rows, key), label: valueLabel(value) }));
		for (let row = 0; row < rows.length; row++) {
			const [value, start] = [values[row], less === null ? 0 : less[row]];
			if (typeof value !== "number" || typeof start !== "number") continue;
			if (conditions.every(({ cells, label }) => valueLabel(cells[row]) === label)) numbers.push(value - start);
		}
	}
	return numbers;
}

function numericColumn(cells: readonly Cell[], file: string, name: string): readonly Cell[] {
	const wrong = cells.find((cell) => cell !== null && typeof cell !== "number");
	if (wrong === undefined) return cells;
	throw new InputError(
		`'${file}', column '${name}': a distribution is drawn of numbers, not of ${JSON.stringify(wrong)}`,
	);
}
