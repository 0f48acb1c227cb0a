/** From runs to what is plotted: panels, series, and a point with its error for each value of a key. */
import { SeededRandomSource } from "../../engine/random.js";
import { measuredUnit } from "../../experiment/file/axis-number.js";
import { measureOf } from "../../experiment/file/figure-rules.js";
import type { BarsFigure, FigureError, LinesFigure, PlottedMetric } from "../../experiment/file/figures-schema.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { bootstrapInterval, mean } from "../../experiment/results/statistics.js";
import { median, medianAbsoluteDeviation } from "../../metrics/median.js";
import { InputError } from "../../objects/input-error.js";
import { type Look, lookOf } from "./look.js";

export interface FigurePoint {
	/** The value of the key, as it is written in the experiment file. */
	readonly label: string;
	/** In the unit of the axis, as `low` and `high`. */
	readonly y: number;
	/** Ends of the error bar; both `y` without one. */
	readonly low: number;
	readonly high: number;
	/** Seeds that have a value. */
	readonly seeds: number;
	/** Whether the marked metric is above 0 with any seed. */
	readonly marked: boolean;
}

export interface FigureSeries {
	readonly label: string;
	readonly look: Look;
	/** In the order of the results. */
	readonly points: readonly FigurePoint[];
}

export interface FigurePanel {
	/** "" for the only one. */
	readonly title: string;
	readonly series: readonly FigureSeries[];
}

export interface Plotted {
	readonly panels: readonly FigurePanel[];
	/** Series that have a point in any panel, each once. */
	readonly legend: readonly { readonly label: string; readonly look: Look }[];
	/** What is missing. */
	readonly notes: readonly string[];
	/** Most seeds behind one point. */
	readonly seeds: number;
}

/** What there is to plot in these runs. InputError: a metric without a value where the error metric has one. */
export function plot(figure: LinesFigure | BarsFigure, runs: readonly RunRow[]): Plotted {
	const groups = split(runs, figure.series);
	const candidates = groups.flatMap((group, g) =>
		figure.y.metrics.map((plotted, m): Candidate => {
			const metric: PlottedMetric = plotted;
			const names = [group.title, figure.y.metrics.length > 1 ? metricLabel(metric, figure.y.metrics) : ""];
			const label = names.filter((name) => name !== "").join(", ") || metricLabel(metric, figure.y.metrics);
			const look = figure.series === undefined ? lookOf(m, 0) : lookOf(g, m);
			return { group: group.label, metric, label, look };
		}),
	);
	const panels = split(runs, figure.panels).map((panel): FigurePanel => {
		const series = candidates.map((candidate): FigureSeries => {
			const inside = panel.runs.filter(({ axes }) => candidate.group === (axes.get(figure.series ?? "") ?? null));
			return { label: candidate.label, look: candidate.look, points: pointsOf(figure, candidate, inside) };
		});
		return { title: panel.title, series: series.filter(({ points }) => points.length > 0) };
	});
	const drawn = panels.flatMap(({ series }) => series);
	return {
		panels,
		legend: candidates.filter(({ label }) => drawn.some((series) => series.label === label)),
		notes: absences(figure, runs),
		seeds: Math.max(0, ...drawn.flatMap(({ points }) => points.map(({ seeds }) => seeds))),
	};
}

/** A part of the runs. */
export interface RunGroup {
	/** The value of the key; null without a key, or for runs that have none. */
	readonly label: string | null;
	/** The value for people, with the key where it is a number. */
	readonly title: string;
	readonly runs: readonly RunRow[];
}

/** The runs by their value of a key, in the order of the first of each; one group without a key. */
export function split(runs: readonly RunRow[], key: string | undefined): readonly RunGroup[] {
	if (key === undefined) return [{ label: null, title: "", runs }];
	const labels = [...new Set(runs.map(({ axes }) => axes.get(key) ?? null))];
	return labels.map((label) => ({
		label,
		title: label === null ? `no ${key}` : valueTitle(key, label),
		runs: runs.filter(({ axes }) => (axes.get(key) ?? null) === label),
	}));
}

/** A matrix value for people, with its key where it is a number. */
function valueTitle(key: string, label: string): string {
	return /^[\d.]/.test(label) || label.length < 2 ? `${key} ${label}` : label;
}

/** The variants of runs for people, by label: the values that tell them apart. */
export function variantTitles(runs: readonly Pick<RunRow, "variant" | "axes">[]): ReadonlyMap<string, string> {
	const keys = [...new Set(runs.flatMap(({ axes }) => [...axes.keys()]))];
	const telling = keys.filter((key) => new Set(runs.map(({ axes }) => axes.get(key))).size > 1);
	const titles = runs.map(({ variant, axes }) => {
		const values = telling.flatMap((key) => (axes.has(key) ? [valueTitle(key, axes.get(key)!)] : []));
		return [variant, values.join(", ") || variant] as const;
	});
	const known = new Map(titles);
	// Values of two keys may read the same.
	return new Set(known.values()).size === known.size ? known : new Map(titles.map(([variant]) => [variant, variant]));
}

/** Values of a metric, one a seed. */
export function valuesOf(runs: readonly RunRow[], metric: string): readonly number[] {
	return runs.flatMap(({ metrics }) => metrics.get(metric) ?? []);
}

/** Notes on a metric that no run has a value of, or only some. */
export function absence(runs: readonly RunRow[], metric: string): readonly string[] {
	const there = valuesOf(runs, metric).length;
	if (there === 0) return [`no run has a value of '${metric}': nothing is drawn of it`];
	return there === runs.length ? [] : [`${runs.length - there} of ${runs.length} runs have no value of '${metric}'`];
}

interface Candidate {
	/** Value of the series key. */
	readonly group: string | null;
	readonly metric: PlottedMetric;
	readonly label: string;
	readonly look: Look;
}

/** `batch` for the group of a metric where all have one name before it, else the whole name. */
function metricLabel({ metric, label }: PlottedMetric, all: readonly PlottedMetric[]): string {
	if (label !== undefined) return label;
	const bases = new Set(all.map((other) => other.metric.split(".")[0]));
	const [base, group] = metric.split(".");
	if (bases.size > 1 || group === undefined)
		return base!.replaceAll("_", " ") + (group === undefined ? "" : `, ${group}`);
	return group.replace(/^(class|scheduler)_/, "").replaceAll("_", " ");
}

function pointsOf(figure: LinesFigure | BarsFigure, { metric, label }: Candidate, runs: readonly RunRow[]) {
	const { size } = measuredUnit(measureOf(figure), figure.y.unit);
	const mark = "mark" in figure ? figure.mark : undefined;
	return split(runs, figure.x.key).flatMap((group): FigurePoint[] => {
		const values = valuesOf(group.runs, metric.metric);
		if (group.label === null || values.length === 0) return [];
		const { center, low, high } =
			metric.error === undefined
				? spread(values, figure.error, `${metric.metric}/${label}/${group.label}`)
				: around(values, valuesOf(group.runs, metric.error), metric);
		const marked = mark !== undefined && valuesOf(group.runs, mark.metric).some((value) => value > 0);
		const [y, from, to] = [center / size, low / size, high / size];
		return [{ label: group.label, y, low: from, high: to, seeds: values.length, marked }];
	});
}

interface Spread {
	readonly center: number;
	readonly low: number;
	readonly high: number;
}

function spread(values: readonly number[], error: FigureError, name: string): Spread {
	const center = error === "mad" ? median(values) : mean(values);
	if (error === "minmax") return { center, low: Math.min(...values), high: Math.max(...values) };
	if (error === "mad") {
		const deviation = medianAbsoluteDeviation(values);
		return { center, low: center - deviation, high: center + deviation };
	}
	const interval = error === "ci" ? bootstrapInterval(values, RANDOM.stream(`figure/${name}`)) : null;
	return { center, ...(interval ?? { low: center, high: center }) };
}

// Figures are reproducible: the draws depend on nothing but names.
const RANDOM = new SeededRandomSource("0");

/** The mean, and the mean of what another metric says is its error. */
function around(values: readonly number[], errors: readonly number[], { metric, error }: PlottedMetric): Spread {
	const center = mean(values);
	if (errors.length === 0) return { center, low: center, high: center };
	const half = mean(errors);
	if (half < 0) throw new InputError(`'${error}' is ${half}, which cannot be the error of '${metric}'`);
	return { center, low: center - half, high: center + half };
}

function absences(figure: LinesFigure | BarsFigure, runs: readonly RunRow[]): readonly string[] {
	const metrics = figure.y.metrics.flatMap((plotted) => {
		const { metric, error }: PlottedMetric = plotted;
		return error === undefined ? [metric] : [metric, error];
	});
	if ("mark" in figure && figure.mark !== undefined) metrics.push(figure.mark.metric);
	return [...new Set(metrics)].flatMap((metric) => absence(runs, metric));
}
