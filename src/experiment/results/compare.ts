/**
 * Comparison of results, metric by metric and paired by seed: the variants of one experiment with a base variant, or the
 * variants of one folder with the same ones of another.
 */
import { SeededRandomSource } from "../../engine/random.js";
import { describeMetric, type MetricDescription } from "../../metrics/catalogue.js";
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { HEADLINES } from "./headlines.js";
import { type RunRow, readRuns } from "./runs-table.js";
import { type Interval, mean, pairedDifference, TRUSTWORTHY_PAIRS } from "./statistics.js";

export interface CompareOptions {
	/** The base variant among those of one folder, `axis=value,...`; default the first. */
	readonly base?: string;
	/** Metrics by name; default the headlines. */
	readonly metrics?: readonly string[];
	/** Every metric there is. */
	readonly all?: boolean;
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
	/** Common seeds with a value on both sides. */
	readonly seeds: number;
	readonly verdict: Verdict;
}

export interface Comparison {
	/** What stands on the base side: a variant's label, or a folder. */
	readonly base: string;
	/** Metric by metric, the variants in the order of the results, or ranked. */
	readonly rows: readonly ComparedMetric[];
	/** What a reader should know before trusting it. */
	readonly notes: readonly string[];
}

/**
 * Compares the variants in one results folder with one of them, or, of two folders, each variant of the second with the same of
 * the first. InputError: a folder without results, an unknown metric or base, nothing to compare.
 */
export async function compareResults(folders: readonly string[], options: CompareOptions = {}): Promise<Comparison> {
	const [first, second, ...more] = folders;
	if (first === undefined || more.length > 0)
		throw new InputError(`give one results folder, or two (base and candidate), not ${folders.length}`);
	const base = await readRuns(first);
	if (second === undefined) {
		const variants = byVariant(base);
		const label = chooseBase(variants, options.base);
		if (variants.size < 2)
			throw new InputError(
				`'${first}' has one variant only: there is nothing to compare it with; give a second folder`,
			);
		const others = [...variants].filter(([variant]) => options.rank === true || variant !== label);
		const pairs = others.map(([variant, runs]): Pair => ({ variant, base: variants.get(label)!, candidate: runs }));
		const comparison = compare(label, pairs, metricsOf(base, options), []);
		return options.rank === true ? { ...comparison, rows: ranked(comparison.rows) } : comparison;
	}
	if (options.rank === true)
		throw new InputError("--rank orders the variants of one folder; two folders are compared pair by pair");
	if (options.base !== undefined)
		throw new InputError("--base chooses among the variants of one folder; with two, the first folder is the base");
	const candidate = await readRuns(second);
	const notes: string[] = [];
	const pairs = commonVariants(byVariant(base), byVariant(candidate), [first, second], notes);
	return compare(first, pairs, metricsOf([...base, ...candidate], options), notes);
}

/**
 * The pairs of a comparison, as a gate looks at them: the variants of one folder against the base among them, or those that two folders have
 * in common. InputError as `compareResults`.
 */
export async function comparedPairs(
	folders: readonly string[],
	{ base: wanted }: Pick<CompareOptions, "base"> = {},
): Promise<{ readonly pairs: readonly Pair[]; readonly notes: readonly string[] }> {
	const [first, second] = folders;
	const base = byVariant(await readRuns(first!));
	const notes: string[] = [];
	if (second !== undefined)
		return { pairs: commonVariants(base, byVariant(await readRuns(second)), [first!, second], notes), notes };
	const label = chooseBase(base, wanted);
	const others = [...base].filter(([variant]) => variant !== label);
	return { pairs: others.map(([variant, runs]) => ({ variant, base: base.get(label)!, candidate: runs })), notes };
}

type Runs = readonly RunRow[];

export interface Pair {
	readonly variant: string;
	readonly base: Runs;
	readonly candidate: Runs;
}

function compare(base: string, pairs: readonly Pair[], metrics: readonly string[], notes: string[]): Comparison {
	for (const pair of pairs) noteMissingSeeds(pair, notes);
	const all = metrics.flatMap((metric) => pairs.map((pair) => compareMetric(metric, pair)));
	// What only other variants measure says nothing about this one.
	const rows = all.filter(({ baseMean, mean: candidate }) => baseMean !== null || candidate !== null);
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

function compareMetric(metric: string, { variant, base, candidate }: Pair): ComparedMetric {
	const { unit, better } = describeMetric(metric);
	const [before, after] = [valuesBySeed(base, metric), valuesBySeed(candidate, metric)];
	const seeds = [...before.keys()].filter((seed) => after.has(seed));
	const paired = seeds.map((seed) => before.get(seed)!);
	const stream = RANDOM.stream(`compare/${metric}/${variant}`);
	const result = pairedDifference(
		paired,
		seeds.map((seed) => after.get(seed)!),
		stream,
	);
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
		seeds: result.n,
		verdict: result.equal ? "equal" : verdictOf(result.interval, better, level),
	};
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

function metricsOf(runs: Runs, { metrics = [], all = false }: CompareOptions): readonly string[] {
	const known = [...new Set(runs.flatMap(({ metrics }) => [...metrics.keys()]))];
	for (const metric of metrics) {
		if (known.includes(metric)) continue;
		const hint = suggest(metric, known, "metrics");
		throw new InputError(`unknown metric '${metric}'${hint === undefined ? "" : `; ${hint}`}`);
	}
	if (all) return known;
	if (metrics.length > 0) return [...new Set(metrics)];
	return HEADLINES.map(([metric]) => metric).filter((metric) => known.includes(metric));
}

function byVariant(runs: Runs): ReadonlyMap<string, Runs> {
	const variants = new Map<string, RunRow[]>();
	for (const run of runs) {
		const known = variants.get(run.variant);
		if (known) known.push(run);
		else variants.set(run.variant, [run]);
	}
	return variants;
}

function chooseBase(variants: ReadonlyMap<string, Runs>, wanted: string | undefined): string {
	const labels = [...variants.keys()];
	if (wanted === undefined) return labels[0]!;
	if (variants.has(wanted)) return wanted;
	const chosen = labels.filter((label) => holds(variants.get(label)![0]!, wanted));
	if (chosen.length === 1) return chosen[0]!;
	if (chosen.length === 0)
		throw new InputError(`--base: no variant is '${wanted}'; ${suggest(wanted, labels, "variants")}`);
	throw new InputError(`--base: '${wanted}' is not one variant but ${chosen.length}: ${chosen.join("; ")}`);
}

/** Whether a run has all axis values of `axis=value,...`. */
function holds({ axes }: RunRow, wanted: string): boolean {
	return wanted.split(",").every((part) => {
		const equals = part.indexOf("=");
		return equals > 0 && axes.get(part.slice(0, equals)) === part.slice(equals + 1);
	});
}

function commonVariants(
	base: ReadonlyMap<string, Runs>,
	candidate: ReadonlyMap<string, Runs>,
	[first, second]: readonly [string, string],
	notes: string[],
): readonly Pair[] {
	const pairs = [...base].flatMap(([variant, runs]): Pair[] =>
		candidate.has(variant) ? [{ variant, base: runs, candidate: candidate.get(variant)! }] : [],
	);
	if (pairs.length === 0) {
		const [one, other] = [[...base.keys()].join("; "), [...candidate.keys()].join("; ")];
		throw new InputError(`no variant is in both folders: '${first}' has ${one}; '${second}' has ${other}`);
	}
	for (const [folder, variants, others] of [
		[first, base, candidate],
		[second, candidate, base],
	] as const) {
		const alone = [...variants.keys()].filter((variant) => !others.has(variant));
		if (alone.length > 0) notes.push(`only in '${folder}', so left out: ${alone.join("; ")}`);
	}
	return pairs;
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
