/**
 * Comparison of results, metric by metric and paired by seed: the variants of one experiment with a base variant, or the
 * variants of one folder with the same ones of another.
 */
import { SeededRandomSource } from "../../engine/random.js";
import { describeMetric, type MetricDescription } from "../../metrics/catalogue.js";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { HEADLINES } from "./headlines.js";
import { comparedPairs, type Pair, type PairOptions, type Runs } from "./pairs.js";
import { holm, signedRankAbove } from "./signed-rank.js";
import { type Interval, mean, pairedDifference, TRUSTWORTHY_PAIRS } from "./statistics.js";
import { type Worst, worstSeeds } from "./worst.js";

export interface CompareOptions extends PairOptions {
	/** Metrics by name; default the headlines. */
	readonly metrics?: readonly string[];
	/** Every metric there is. */
	readonly all?: boolean;
	/** Finds the worst seed of each metric, with so many pods. */
	readonly worst?: number;
	/** Orders the variants by their mean, the best first (the least, where no direction is better), and lists the base among them. */
	readonly rank?: boolean;
}

/**
 * What a difference means. `equal`: exactly so on every seed. `better`, `worse`: the interval excludes 0, by the direction of the
 * metric; `changed` where no direction is better. `same`: the interval holds 0 and stays within 1 % of the base. `unclear`: it
 * holds 0 and is wider, or there are fewer than two pairs.
 */
export type Verdict = "equal" | "better" | "worse" | "changed" | "same" | "unclear";

/** One variant against its base in one metric. */
export interface ComparedMetric {
	readonly metric: string;
	readonly unit: MetricDescription["unit"];
	readonly better: MetricDescription["better"];
	/** The variant's label, "" without a matrix. */
	readonly variant: string;
	/** Means over all seeds that have a value; null without any. */
	readonly baseMean: number | null;
	readonly mean: number | null;
	/** Mean of the differences by seed; null without a common seed. */
	readonly difference: number | null;
	/** The difference in percent of the base's mean over the common seeds; null where that is 0. */
	readonly percent: number | null;
	/** 95 % interval of the difference; null with fewer than two common seeds. */
	readonly interval: Interval | null;
	/**
	 * Of differences as one-sided as these if there were none, either way: Wilcoxon's signed-rank test, corrected after Holm for all rows of the
	 * comparison; null where nothing differs, or with fewer than two common seeds.
	 */
	readonly probability: number | null;
	/** Common seeds with a value on both sides. */
	readonly seeds: number;
	readonly verdict: Verdict;
	/** Where the metric is also known by class or priority of pods: the one of which it moved most, if its interval excludes 0. */
	readonly most: { readonly of: string; readonly difference: number } | null;
}

export interface Comparison {
	/** What stands on the base side: a variant's label, or a folder. */
	readonly base: string;
	/** Metric by metric, the variants in the order of the results, or ranked. */
	readonly rows: readonly ComparedMetric[];
	/** What a reader should know before trusting it. */
	readonly notes: readonly string[];
	/** If asked for. */
	readonly worst?: readonly Worst[];
}

/**
 * Compares variants with a base, as `comparedPairs` puts them together. InputError: a folder without results, an unknown metric or
 * base, nothing to compare.
 */
export async function compareResults(folders: readonly string[], options: CompareOptions = {}): Promise<Comparison> {
	const { rank = false } = options;
	if (rank && folders.length > 1)
		throw new InputError("--rank orders the variants of one folder; two folders are compared pair by pair");
	const { base, own, pairs, notes } = await comparedPairs(folders, options);
	const compared = rank ? [...own, ...pairs] : pairs;
	const metrics = metricsOf(
		compared.flatMap(({ base, candidate }) => [...base, ...candidate]),
		options,
	);
	const comparison = compare(base, compared, metrics, [...notes]);
	const told = rank ? { ...comparison, rows: ranked(comparison.rows) } : comparison;
	return options.worst === undefined ? told : { ...told, worst: await worstSeeds(told.rows, pairs, options.worst) };
}

function compare(base: string, pairs: readonly Pair[], metrics: readonly string[], notes: string[]): Comparison {
	for (const pair of pairs) noteMissingSeeds(pair, notes);
	const all = metrics.flatMap((metric) => pairs.map((pair) => compareMetric(metric, pair)));
	// What only other variants measure says nothing about this one.
	const rows = corrected(all.filter(({ baseMean, mean: candidate }) => baseMean !== null || candidate !== null));
	const fewest = Math.min(...rows.filter(({ interval }) => interval !== null).map(({ seeds }) => seeds));
	if (fewest < TRUSTWORTHY_PAIRS) {
		const advice = `run ${TRUSTWORTHY_PAIRS} seeds or more before you trust a small difference`;
		notes.push(`intervals of ${fewest} seeds are too narrow to be 95 % intervals: ${advice}`);
	}
	return { base, rows, notes };
}

/** Within each metric the best first; variants without a value last, ties in the order of the results. */
function ranked(rows: readonly ComparedMetric[]): readonly ComparedMetric[] {
	const metrics = [...new Set(rows.map(({ metric }) => metric))];
	const worth = ({ mean: value, better }: ComparedMetric) =>
		value === null ? Number.POSITIVE_INFINITY : better === "higher" ? -value : value;
	return metrics.flatMap((metric) => rows.filter((row) => row.metric === metric).sort((a, b) => worth(a) - worth(b)));
}

/** With probabilities as of one question. */
function corrected(rows: readonly ComparedMetric[]): readonly ComparedMetric[] {
	const tested = rows.filter(({ probability }) => probability !== null);
	const adjusted = holm(tested.map(({ probability }) => probability!));
	return rows.map((row) => (row.probability === null ? row : { ...row, probability: adjusted[tested.indexOf(row)]! }));
}

function compareMetric(metric: string, pair: Pair): ComparedMetric {
	const { variant, base, candidate } = pair;
	const { unit, better } = describeMetric(metric);
	const [before, after] = [valuesBySeed(base, metric), valuesBySeed(candidate, metric)];
	const { paired, other, result } = differenceOf(metric, pair);
	const level = mean(paired);
	const difference = orNull(result.mean);
	return {
		metric,
		unit,
		better,
		variant,
		baseMean: orNull(mean([...before.values()])),
		mean: orNull(mean([...after.values()])),
		difference,
		percent: difference === null || level === 0 ? null : (100 * difference) / Math.abs(level),
		interval: result.interval,
		probability: result.equal || result.n < 2 ? null : eitherWay(paired.map((value, i) => other[i]! - value)),
		seeds: result.n,
		verdict: result.equal ? "equal" : verdictOf(result.interval, better, level),
		most: mostMoved(metric, pair),
	};
}

/** The values of common seeds, and what the bootstrap says of their differences. */
function differenceOf(metric: string, { variant, base, candidate }: Pair) {
	const [before, after] = [valuesBySeed(base, metric), valuesBySeed(candidate, metric)];
	const seeds = [...before.keys()].filter((seed) => after.has(seed));
	const paired = seeds.map((seed) => before.get(seed)!);
	const other = seeds.map((seed) => after.get(seed)!);
	return { paired, other, result: pairedDifference(paired, other, RANDOM.stream(`compare/${metric}/${variant}`)) };
}

function eitherWay(differences: readonly number[]): number {
	return Math.min(1, 2 * Math.min(signedRankAbove(differences), signedRankAbove(differences.map((by) => -by))));
}

/** Parts of a metric have its name and one of these after it. */
const PARTS = [".class_", ".priority_"];

function mostMoved(metric: string, pair: Pair): ComparedMetric["most"] {
	const known = [...new Set(pair.candidate.flatMap(({ metrics }) => [...metrics.keys()]))];
	const parts = known.filter((name) => PARTS.some((part) => name.startsWith(`${metric}${part}`)));
	if (parts.length < 2) return null;
	let most: ComparedMetric["most"] = null;
	for (const part of parts) {
		const { interval, mean: difference } = differenceOf(part, pair).result;
		if (interval === null || (interval.low <= 0 && interval.high >= 0)) continue;
		if (most === null || Math.abs(difference) > Math.abs(most.difference))
			most = { of: part.slice(metric.length + 1), difference };
	}
	return most;
}

// Comparisons are reproducible: the draws depend on nothing but the names of metric and variant.
const RANDOM = new SeededRandomSource("0");
/** Share of the base within which a difference is called none. */
const NEGLIGIBLE = 0.01;

function verdictOf(interval: Interval | null, better: MetricDescription["better"], level: number): Verdict {
	if (interval === null) return "unclear";
	const { low, high } = interval;
	if (low <= 0 && high >= 0) return Math.max(-low, high) <= NEGLIGIBLE * Math.abs(level) ? "same" : "unclear";
	if (better === null) return "changed";
	return high < 0 === (better === "lower") ? "better" : "worse";
}

function metricsOf(runs: Runs, { metrics: named = [], all = false }: CompareOptions): readonly string[] {
	const known = [...new Set(runs.flatMap(({ metrics }) => [...metrics.keys()]))];
	const metrics = named.map((name) => HEADLINES.find(([, title]) => title === name)?.[0] ?? name);
	for (const metric of metrics) {
		if (known.includes(metric)) continue;
		const hint = suggest(metric, known, "metrics");
		throw new InputError(`unknown metric '${metric}'${hint === undefined ? "" : `; ${hint}`}`);
	}
	if (all) return known;
	if (metrics.length > 0) return [...new Set(metrics)];
	return HEADLINES.map(([metric]) => metric).filter((metric) => known.includes(metric));
}

function noteMissingSeeds({ variant, base, candidate }: Pair, notes: string[]): void {
	const [before, after] = [new Set(base.map(({ seed }) => seed)), new Set(candidate.map(({ seed }) => seed))];
	const common = [...before].filter((seed) => after.has(seed));
	if (common.length === before.size && common.length === after.size) return;
	const name = variant === "" ? "the experiment" : variant;
	const [only, extra] = [before.size - common.length, after.size - common.length];
	notes.push(
		`${name}: differences are over ${common.length} common seeds; ${only} are in the base only, ${extra} in the candidate only`,
	);
}

function valuesBySeed(runs: Runs, metric: string): ReadonlyMap<string, number> {
	return new Map(
		runs.flatMap(({ seed, metrics }): [string, number][] => {
			const value = metrics.get(metric);
			return value === undefined ? [] : [[seed, value]];
		}),
	);
}

function orNull(value: number): number | null {
	return Number.isNaN(value) ? null : value;
}
