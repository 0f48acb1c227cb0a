/** What has to be right between a figure, the matrix and the metrics: names that exist, values that are numbers, one unit an axis. */
import { describeMetric, METRIC_CATALOGUE } from "../../metrics/catalogue.js";
import { InputError } from "../../objects/input-error.js";
import type { Mistake } from "../../objects/issues.js";
import { suggest } from "../../objects/suggest.js";
import { axisNumber, measuredUnit } from "./axis-number.js";
import type { FigureSpec } from "./figures-schema.js";
import { valueLabel } from "./matrix.js";
import type { Variant } from "./strategy.js";

/** Mistakes in the figures of an experiment with these combinations. */
export function figureMistakes(figures: readonly FigureSpec[], variants: readonly Variant[]): readonly Mistake[] {
	return figures.flatMap((figure, i) => {
		const inside = [
			...keyMistakes(figure, variants),
			...filterMistakes(figure, variants),
			...metricMistakes(figure),
			...numberMistakes(figure, filtered(figure, variants)),
		];
		const found = inside.length > 0 ? inside : mixing(figure, filtered(figure, variants));
		return found.map((mistake) => ({ ...mistake, path: ["spec", "figures", i, ...mistake.path] }));
	});
}

/** Tables that figures are drawn from, and that runs do not write. */
export function missingTables(
	figures: readonly FigureSpec[],
	runs: readonly { readonly spec: { readonly outputs: { readonly tables: readonly { readonly name: string }[] } } }[],
): readonly Mistake[] {
	return figures.flatMap((figure, i): Mistake[] => {
		if (figure.kind !== "cdf") return [];
		const { table } = figure.column;
		const lacking = runs.find(({ spec }) => !spec.outputs.tables.some(({ name }) => name === table));
		if (lacking === undefined) return [];
		const written = lacking.spec.outputs.tables.map(({ name }) => name).join(", ");
		const message = `the runs do not write a table '${table}', only ${written}: add it to spec.outputs.tables`;
		return [{ path: ["spec", "figures", i, "column", "table"], at: "value", message }];
	});
}

/** Whether a combination has the values that a figure is about. A value is written as in `valueLabel`. */
export function passes(filter: FigureSpec["filter"], labelOf: (key: string) => string | undefined): boolean {
	return Object.entries(filter).every(([key, wanted]) => {
		const label = labelOf(key);
		return label !== undefined && [wanted].flat().some((value) => valueLabel(value) === label);
	});
}

/** The keys of the matrix that tell the values of a figure apart. */
export function keysOf(figure: FigureSpec): readonly string[] {
	return keyPlaces(figure).map(({ key }) => key);
}

interface KeyPlace {
	readonly key: string;
	readonly path: readonly PropertyKey[];
}

function keyPlaces(figure: FigureSpec): readonly KeyPlace[] {
	const places: (KeyPlace | null)[] = [
		figure.panels === undefined ? null : { key: figure.panels, path: ["panels"] },
		"series" in figure && figure.series !== undefined ? { key: figure.series, path: ["series"] } : null,
		figure.kind === "cdf" ? null : { key: figure.x.key, path: ["x", "key"] },
		figure.kind === "heatmap" ? { key: figure.y.key, path: ["y", "key"] } : null,
	];
	return places.filter((place) => place !== null);
}

function keyMistakes(figure: FigureSpec, variants: readonly Variant[]): readonly Mistake[] {
	const axes = [...new Set(variants.flatMap((variant) => Object.keys(variant)))];
	return keyPlaces(figure)
		.filter(({ key }) => !axes.includes(key))
		.map(({ key, path }) => {
			const none = axes.length === 0 ? ": this experiment has no matrix" : "";
			return withHint({ path, at: "value", message: `unknown key of the matrix '${key}'${none}` }, key, axes, "keys");
		});
}

function filterMistakes({ filter }: FigureSpec, variants: readonly Variant[]): readonly Mistake[] {
	const axes = [...new Set(variants.flatMap((variant) => Object.keys(variant)))];
	return Object.entries(filter).flatMap(([key, wanted]): Mistake[] => {
		const path = ["filter", key];
		if (!axes.includes(key))
			return [withHint({ path, at: "key", message: `unknown key of the matrix '${key}'` }, key, axes, "keys")];
		const labels = labelsOf(key, variants);
		return [wanted].flat().flatMap((value, i): Mistake[] => {
			const label = valueLabel(value);
			if (labels.includes(label)) return [];
			const place = Array.isArray(wanted) ? [...path, i] : path;
			return [
				withHint({ path: place, at: "value", message: `'${key}' has no value '${label}'` }, label, labels, "values"),
			];
		});
	});
}

function filtered({ filter }: FigureSpec, variants: readonly Variant[]): readonly Variant[] {
	return variants.filter((variant) => passes(filter, (key) => labelIn(variant, key)));
}

function labelIn(variant: Variant, key: string): string | undefined {
	return Object.hasOwn(variant, key) ? valueLabel(variant[key]) : undefined;
}

function labelsOf(key: string, variants: readonly Variant[]): readonly string[] {
	return [...new Set(variants.flatMap((variant) => labelIn(variant, key) ?? []))];
}

interface MetricPlace {
	readonly metric: string;
	readonly path: readonly PropertyKey[];
	/** Whether it stands on the axis of values. */
	readonly plotted: boolean;
}

function metricPlaces(figure: FigureSpec): readonly MetricPlace[] {
	const places: MetricPlace[] = [];
	if (figure.kind === "heatmap") places.push({ metric: figure.color.metric, path: ["color", "metric"], plotted: true });
	if (figure.kind === "lines" || figure.kind === "bars")
		figure.y.metrics.forEach((plotted, i) => {
			const path = ["y", "metrics", i];
			places.push({ metric: plotted.metric, path, plotted: true });
			if ("error" in plotted && plotted.error !== undefined)
				places.push({ metric: plotted.error, path: [...path, "error"], plotted: true });
		});
	if ("mark" in figure && figure.mark !== undefined)
		places.push({ metric: figure.mark.metric, path: ["mark", "metric"], plotted: false });
	return places;
}

function metricMistakes(figure: FigureSpec): readonly Mistake[] {
	const places = metricPlaces(figure);
	const unknown = places.filter(({ metric }) => !METRIC_CATALOGUE.some(({ pattern }) => pattern.test(metric)));
	if (unknown.length > 0)
		return unknown.map(({ metric, path }) => {
			const message = `unknown metric '${metric}': 'cellsim list metrics' shows them all`;
			return { path, at: "value", message };
		});
	const [first, ...others] = places.filter(({ plotted }) => plotted);
	return others
		.filter(({ metric }) => describeMetric(metric).unit !== describeMetric(first!.metric).unit)
		.map(({ metric, path }) => {
			const message = `'${metric}' has another unit than '${first!.metric}', so they cannot share an axis`;
			return { path, at: "value", message };
		});
}

/** What is measured along the axis of values: the unit of a metric, or of a column by the end of its name. */
export function measureOf(figure: FigureSpec): string | null {
	if (figure.kind === "cdf") return figure.column.name.endsWith("_us") ? "us" : null;
	const metric = figure.kind === "heatmap" ? figure.color.metric : figure.y.metrics[0]!.metric;
	return describeMetric(metric).unit;
}

/** Something that has to be a number on an axis. */
interface NumberPlace {
	readonly value: string | number;
	readonly unit: string | undefined;
	readonly log: boolean;
	readonly path: readonly PropertyKey[];
}

function numberMistakes(figure: FigureSpec, variants: readonly Variant[]): readonly Mistake[] {
	const [side, axis] = measuredAxis(figure);
	const measured = attempt([side, "unit"], () => measuredUnit(measureOf(figure), axis.unit).name);
	if (measured.mistakes.length > 0) return measured.mistakes;
	const unit = measured.value;
	const axes: readonly (readonly [string, Ends, string | undefined])[] =
		figure.kind === "lines"
			? [
					[side, axis, unit],
					["x", figure.x, figure.x.unit],
				]
			: [[side, axis, unit]];
	const ends = axes.flatMap(([name, ends, of]) => endPlaces(name, ends, of));
	const places = [...keyNumbers(figure, variants), ...ends, ...guideNumbers(figure, unit)];
	const mistakes = places.flatMap(({ value, unit, log, path }) => {
		const { value: number, mistakes } = attempt(path, () => axisNumber(value, unit));
		if (number === undefined || number > 0 || !log) return mistakes;
		return [{ path, at: "value" as const, message: `'${value}' is not above 0, as all on a logarithmic axis is` }];
	});
	if (mistakes.length === 0) return axes.flatMap(([name, ends, of]) => order(name, ends, of));
	// One value that is no number speaks for the whole key.
	return mistakes.filter(({ path }, i) => mistakes.findIndex((other) => other.path.join() === path.join()) === i);
}

/** The axis of measured values, and its name in the file. */
function measuredAxis(figure: FigureSpec): readonly [string, Ends] {
	if (figure.kind === "cdf") return ["x", figure.x];
	return figure.kind === "heatmap" ? ["color", figure.color] : ["y", figure.y];
}

interface Ends {
	readonly unit?: string | undefined;
	readonly scale?: "linear" | "log";
	readonly min?: string | number | undefined;
	readonly max?: string | number | undefined;
}

function attempt<Value>(path: readonly PropertyKey[], make: () => Value) {
	try {
		return { value: make(), mistakes: [] };
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		const mistake: Mistake = { path, at: "value", message: error.message };
		return { value: undefined, mistakes: [mistake] };
	}
}

function endPlaces(name: string, ends: Ends, unit: string | undefined): readonly NumberPlace[] {
	return (["min", "max"] as const).flatMap((end) => {
		const value = ends[end];
		return value === undefined ? [] : [{ value, unit, log: ends.scale === "log", path: [name, end] }];
	});
}

function order(name: string, { min, max }: Ends, unit: string | undefined): readonly Mistake[] {
	if (min === undefined || max === undefined || axisNumber(min, unit) < axisNumber(max, unit)) return [];
	return [{ path: [name, "max"], at: "value", message: "must be above 'min'" }];
}

/** Values of keys that stand on a numeric axis, or have a unit. */
function keyNumbers(figure: FigureSpec, variants: readonly Variant[]): readonly NumberPlace[] {
	const of = (
		name: string,
		{ key, unit }: { readonly key: string; readonly unit?: string | undefined },
		log: boolean,
	) => labelsOf(key, variants).map((value): NumberPlace => ({ value, unit, log, path: [name, "key"] }));
	if (figure.kind === "lines") return of("x", figure.x, figure.x.scale === "log");
	const named = figure.kind === "cdf" ? [] : [{ name: "x", axis: figure.x }];
	if (figure.kind === "heatmap") named.push({ name: "y", axis: figure.y });
	return named.flatMap(({ name, axis }) => (axis.unit === undefined ? [] : of(name, axis, false)));
}

function guideNumbers(figure: FigureSpec, unit: string | undefined): readonly NumberPlace[] {
	const [xUnit, yUnit] = figure.kind === "cdf" ? [unit, undefined] : [figure.x.unit, unit];
	return ("lines" in figure ? figure.lines : []).flatMap((guide, i) => {
		const places: NumberPlace[] = [];
		const { x, y } = { x: undefined, ...guide };
		if (x !== undefined) places.push({ value: x, unit: xUnit, log: false, path: ["lines", i, "x"] });
		if (y !== undefined) places.push({ value: y, unit: yUnit, log: false, path: ["lines", i, "y"] });
		return places;
	});
}

/** Combinations that a figure would throw together, and in what they differ. */
function mixing(figure: FigureSpec, variants: readonly Variant[]): readonly Mistake[] {
	const groups = new Map<string, Variant>();
	for (const variant of variants) {
		const place = JSON.stringify(keysOf(figure).map((key) => labelIn(variant, key) ?? null));
		const other = groups.get(place);
		if (other === undefined) groups.set(place, variant);
		else {
			const keys = Object.keys({ ...other, ...variant });
			const differing = keys.filter((key) => labelIn(variant, key) !== labelIn(other, key));
			const message = `combinations that differ in ${differing.map((key) => `'${key}'`).join(" and ")} would fall together: name it under series or panels, or choose one value with filter`;
			return [{ path: ["name"], at: "value", message }];
		}
	}
	return [];
}

function withHint(mistake: Mistake, word: string, known: readonly string[], label: string): Mistake {
	const hint = suggest(word, known, label);
	return hint === undefined ? mistake : { ...mistake, hint };
}
