/** The figures that every report has, whatever the experiment declares. */
import { HEADLINES } from "../../experiment/results/headlines.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { type Distribution, drawDistributions } from "../figures/cdf.js";
import { type Look, lookOf } from "../figures/look.js";
import { drawOverTime, type TimeSeries } from "../figures/over-time.js";
import { variantTitles } from "../figures/series.js";
import { type ChartPanel, variantChart } from "../variant-chart.js";
import type { SeriesName } from "./cell-series.js";
import type { Reported, ReportedVariant } from "./reported.js";
import { waitGroups, waitsOf } from "./waits.js";

export interface StandardFigure {
	/** Name of the file, without ending. */
	readonly name: string;
	readonly svg: string;
}

/** The headline metrics, a row a variant; null where no run has one of them. */
export function summaryFigure(rows: readonly RunRow[]): StandardFigure | null {
	// What is 0 but for rounding needs no axis.
	const there = HEADLINES.filter(([metric]) => rows.some(({ metrics }) => Math.abs(metrics.get(metric) ?? 0) > 1e-9));
	if (there.length === 0) return null;
	const panels = there.map(([metric, title]): ChartPanel => ({ metric, title }));
	const variants = [...variantTitles(rows)].map(([label, title]) => {
		const mine = rows.filter(({ variant }) => variant === label);
		const values = there.map(([metric]) => [metric, mine.flatMap(({ metrics }) => metrics.get(metric) ?? [])] as const);
		return { label: title === "" ? "all runs" : title, group: "", values: new Map(values) };
	});
	const caption = "A dot a seed, a bar to their mean.";
	return {
		name: "report-summary",
		svg: variantChart({ title: "Headline metrics", caption, panels, variants, columns: 3 }),
	};
}

/** Pending time as distributions, by priority; null without pods. */
export function waitingFigure({ variants }: Reported): StandardFigure | null {
	const groups = waitGroups(variants.map(({ waits }) => waits));
	const several = variants.length > 1;
	const drawn = groups.map((group, g) => ({
		title: group.title,
		series: variants.flatMap(({ title, waits }, v): Distribution[] => {
			const { boundUs, never } = waitsOf(waits, group);
			if (boundUs.length === 0) return [];
			const sorted = Float64Array.from(boundUs, (us) => us / 1e6).sort();
			const look: Look = several ? lookOf(v, 0) : lookOf(g, 0);
			return [{ label: several ? title : group.title, look, sorted, of: boundUs.length + never }];
		}),
	}));
	const panels = several ? drawn : [{ title: "", series: drawn.flatMap(({ series }) => series) }];
	if (panels.every(({ series }) => series.length === 0)) return null;
	const svg = drawDistributions({
		title: "Time from submission to the first node, by priority",
		caption:
			"Share of all pods, of all seeds together, that had a node after so long. A curve that ends below 1 leaves room for pods that never got one.",
		panels,
		x: { label: "pending time, from 0.1 s on", unit: "s", scale: "log", min: 0.1, max: undefined },
		y: { label: "share of pods", min: 0, max: 1 },
		lines: [],
	});
	return { name: "report-pending-time", svg };
}

const TITLES: Readonly<Record<SeriesName, string>> = {
	cpu: "CPU requested",
	memory: "memory requested",
	gpu: "GPU requested",
	cpu_used: "CPU in use",
	memory_used: "memory in use",
	waiting: "pods that wait for a node",
};
const SHARES = ["cpu", "memory", "gpu", "cpu_used", "memory_used"] as const;

/** What is requested and in use of the whole cell; null where that is not known. */
export function utilisationFigure(reported: Reported): StandardFigure | null {
	const names = SHARES.filter((name) => reported.variants.some(({ series }) => series[name] !== undefined));
	if (names.length === 0) return null;
	const panels = names.map((name) => ({ title: TITLES[name], series: lines(reported, ({ series }) => series[name]) }));
	const caption = "Of what the nodes that are there have; mean over seeds, and over each step of time.";
	const options = { title: "Requested and in use over time", caption, yLabel: "share of the cell", yMost: 1 };
	return { name: "report-utilisation", svg: drawOverTime({ ...options, stepUs: reported.grid.stepUs, panels }) };
}

/** How many pods wait; null where that is not known. */
export function queueFigure(reported: Reported): StandardFigure | null {
	const series = lines(reported, (variant) => variant.series.waiting);
	if (series.length === 0) return null;
	const options = {
		title: "Pods that wait for a node over time",
		caption: "Mean over seeds, and over each step of time.",
		yLabel: "pods",
		yMost: 1,
	};
	return {
		name: "report-queue",
		svg: drawOverTime({ ...options, stepUs: reported.grid.stepUs, panels: [{ title: "", series }] }),
	};
}

/** Attempts, and transactions with a conflict; null where the table was not written. */
export function transactionsFigure(reported: Reported): StandardFigure | null {
	const { stepUs } = reported.grid;
	const perMinute = lines(reported, ({ transactions }) =>
		mean(transactions.map(({ attemptsOver }) => attemptsOver.map((count) => (count * 60e6) / stepUs))),
	);
	if (perMinute.length === 0) return null;
	const conflicted = lines(reported, ({ transactions }) =>
		mean(transactions.map(({ conflictedOver }) => conflictedOver.map((count) => (count * 60e6) / stepUs))),
	);
	const panels = [
		{ title: "attempts", series: perMinute },
		{ title: "transactions with a conflict", series: conflicted },
	];
	const options = { title: "Scheduling attempts over time", caption: "Mean over seeds.", yLabel: "a minute", yMost: 1 };
	return { name: "report-transactions", svg: drawOverTime({ ...options, stepUs, panels }) };
}

function mean(runs: readonly Float64Array[]): Float64Array | undefined {
	if (runs.length === 0) return undefined;
	return runs[0]!.map((_, i) => runs.reduce((sum, of) => sum + of[i]!, 0) / runs.length);
}

function lines(
	{ variants }: Reported,
	valuesOf: (variant: ReportedVariant) => Float64Array | undefined,
): readonly TimeSeries[] {
	return variants.flatMap((variant, v) => {
		const values = valuesOf(variant);
		return values === undefined
			? []
			: [{ label: variants.length > 1 ? variant.title : "", look: lookOf(v, 0), values }];
	});
}
