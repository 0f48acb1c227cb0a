/** What a report tells of an experiment's results, gathered run by run, so that no more than one run is in memory at a time. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MANIFEST, type RunManifest, readManifest } from "../../experiment/results/manifest.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { variantTitles } from "../figures/series.js";
import { type TimeGrid, timeGrid } from "../timeline/grid.js";
import { type CellSeries, cellSeries, meanSeries, SERIES } from "./cell-series.js";
import { type Embedding, embed, ROOM } from "./embed.js";
import { readRun } from "./read-run.js";
import type { Transactions } from "./transactions.js";
import { addWaits, type WaitsByPriority } from "./waits.js";

/** Most variants whose tables are read; summaries and declared figures have all of them. */
const MOST_VARIANTS = 8;
/** Most steps of a line over time. */
const LINE_STEPS = 240;

export interface ReportedVariant {
	/** Matrix values, "" without a matrix. */
	readonly label: string;
	/** The values that tell it from the others. */
	readonly title: string;
	/** Means over its seeds. */
	readonly series: CellSeries;
	readonly waits: WaitsByPriority;
	/** One a seed; none where the table was not written. */
	readonly transactions: readonly Transactions[];
}

/** A row of the table of runs, and the folder of that run. */
export interface ReportRun {
	readonly row: RunRow;
	readonly folder: string;
}

export interface Reported {
	readonly manifests: readonly RunManifest[];
	readonly grid: TimeGrid;
	readonly variants: readonly ReportedVariant[];
	/** The first seed of each variant, as the page holds it. */
	readonly timeline: readonly Embedding[];
	readonly notes: readonly string[];
}

/**
 * Reads the tables of runs. `held`: whether the page is to hold what the timeline shows. InputError: a manifest or table that is
 * damaged.
 */
export async function gather(all: readonly ReportRun[], held: boolean): Promise<Reported> {
	// Trials of a compaction are no runs: they have no folder.
	const there = all.filter(({ folder }) => existsSync(join(folder, MANIFEST)));
	const labels = [...new Set(there.map(({ row }) => row.variant))];
	const shown = labels.slice(0, MOST_VARIANTS);
	const runs: (ReportRun & { readonly manifest: RunManifest })[] = [];
	for (const run of there)
		if (shown.includes(run.row.variant)) runs.push({ ...run, manifest: await readManifest(run.folder) });
	const titles = variantTitles(there.map(({ row }) => row));
	const grid = timeGrid(Math.max(0, ...runs.map(({ manifest }) => manifest.endTimeUs)), LINE_STEPS);
	const notes =
		labels.length === shown.length
			? []
			: [
					`distributions, time series, transactions and timeline are of the first ${MOST_VARIANTS} of ${labels.length} variants: choose others with --only axis=value`,
				];
	const [variants, timeline]: [ReportedVariant[], Embedding[]] = [[], []];
	let room = ROOM;
	for (const [v, label] of shown.entries()) {
		const title = titles.get(label)!;
		const waits: WaitsByPriority = new Map();
		const [series, transactions]: [CellSeries[], Transactions[]] = [[], []];
		for (const [seed, { row, folder, manifest }] of runs.filter((run) => run.row.variant === label).entries()) {
			const read = await readRun(folder, manifest, grid);
			addWaits(waits, read.history);
			series.push(cellSeries(read.history, grid));
			if (read.transactions !== null) transactions.push(read.transactions);
			if (seed > 0 || !held) continue;
			const run = { variant: title, seed: row.seed, run: row.run, folder };
			const embedding = embed(run, read.history, `timeline-data-${v}`, Math.floor(room / (shown.length - v)));
			if (embedding === null) notes.push(tooLarge(title, folder));
			else timeline.push(embedding);
			room -= embedding?.text.length ?? 0;
		}
		variants.push({ label, title, series: meansOf(series), waits, transactions });
	}
	return { manifests: runs.map(({ manifest }) => manifest), grid, variants, timeline, notes };
}

function tooLarge(title: string, folder: string): string {
	return `${title === "" ? "the run" : title} is too large for the timeline of a report: see cellsim explore ${folder}`;
}

function meansOf(runs: readonly CellSeries[]): CellSeries {
	const known = SERIES.flatMap((name) => {
		const mean = meanSeries(runs.map((series) => series[name]));
		return mean === null ? [] : [[name, mean] as const];
	});
	return Object.fromEntries(known);
}
