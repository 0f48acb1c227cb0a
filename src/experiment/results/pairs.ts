/**
 * What is compared with what: the variants of one experiment with a base variant, or by the values of one axis, everything else equal; or the
 * variants of one folder with the same ones of others.
 */
import { InputError } from "../../objects/input-error.js";
import { suggest } from "../../objects/suggest.js";
import { type RunRow, readRuns } from "./runs-table.js";

export interface PairOptions {
	/** The base variant among those of one folder, `axis=value,...`; with `by` a value of that axis. Default the first. */
	readonly base?: string;
	/** An axis whose values are compared, the others being equal. */
	readonly by?: string;
	/** `axis=value`: only variants that have it; several values of one axis are alternatives. */
	readonly only?: readonly string[];
	/** Which runs of the first folder count; default all. */
	readonly include?: (run: RunRow) => boolean;
}

export type Runs = readonly RunRow[];

export interface Pair {
	/** What the candidate is called, "" if there is nothing to tell it from others. */
	readonly variant: string;
	readonly base: Runs;
	readonly candidate: Runs;
}

export interface Pairs {
	/** What stands on the base side: a variant's label, an axis and its value, or a folder. */
	readonly base: string;
	/** The base compared with itself, for those who list it too; empty with several folders. */
	readonly own: readonly Pair[];
	readonly pairs: readonly Pair[];
	/** What a reader should know before trusting it. */
	readonly notes: readonly string[];
	/** Runs that the base has and a candidate lacks, such as those that failed: variants, or seeds of one. */
	readonly missing: readonly string[];
}

/** InputError: no results, an unknown axis, value or base, or nothing to compare. */
export async function comparedPairs(folders: readonly string[], options: PairOptions = {}): Promise<Pairs> {
	const [first, ...others] = folders;
	if (first === undefined) throw new InputError("give the results folder of an experiment");
	const variants = chosen(
		byVariant((await readRuns(first)).filter(options.include ?? (() => true))),
		options.only ?? [],
	);
	if (others.length > 0) return acrossFolders(first, variants, others, options);
	if (variants.size < 2)
		throw new InputError(`'${first}' has one variant only: there is nothing to compare it with; give a second folder`);
	if (options.by !== undefined) return alongAxis(variants, options.by, options.base);
	const label = chooseBase(variants, options.base);
	const all = [...variants].map(([variant, runs]): Pair => ({ variant, base: variants.get(label)!, candidate: runs }));
	const isBase = ({ variant }: Pair) => variant === label;
	const pairs = all.filter((pair) => !isBase(pair));
	return { base: label, own: all.filter(isBase), pairs, notes: [], missing: missingSeeds(pairs) };
}

async function acrossFolders(
	first: string,
	variants: ReadonlyMap<string, Runs>,
	others: readonly string[],
	{ base, by, only = [] }: PairOptions,
): Promise<Pairs> {
	if (base !== undefined || by !== undefined)
		throw new InputError(
			`--${base !== undefined ? "base" : "by"} chooses among the variants of one folder; with more, the first folder is the base`,
		);
	const notes: string[] = [];
	const missing: string[] = [];
	const pairs: Pair[] = [];
	for (const folder of others) {
		const candidate = chosen(byVariant(await readRuns(folder)), only);
		const common = commonVariants(variants, candidate, [first, folder], notes);
		// With a single candidate its folder goes without saying.
		missing.push(...[...variants.keys()].filter((variant) => !candidate.has(variant)), ...missingSeeds(common));
		const named = ({ variant }: Pair) => (variant === "" ? folder : `${folder}: ${variant}`);
		pairs.push(...(others.length === 1 ? common : common.map((pair) => ({ ...pair, variant: named(pair) }))));
	}
	return { base: first, own: [], pairs, notes, missing };
}

function missingSeeds(pairs: readonly Pair[]): readonly string[] {
	return pairs.flatMap(({ variant, base, candidate }) => {
		const there = new Set(candidate.map(({ seed }) => seed));
		const missing = base.flatMap(({ seed }) => (there.has(seed) ? [] : [seed]));
		if (missing.length === 0) return [];
		return [`${variant === "" ? "" : `${variant}, `}seed ${missing.join(", ")}`];
	});
}

/** Every value of the axis against its first, or the chosen one, for each combination of the others. */
function alongAxis(variants: ReadonlyMap<string, Runs>, axis: string, wanted: string | undefined): Pairs {
	const values = [...new Set([...variants.values()].flatMap(([run]) => run!.axes.get(axis) ?? []))];
	const axes = [...new Set([...variants.values()].flatMap(([run]) => [...run!.axes.keys()]))];
	if (values.length === 0) throw new InputError(`--by: unknown axis '${axis}'; ${suggest(axis, axes, "axes")}`);
	const value = wanted?.startsWith(`${axis}=`) ? wanted.slice(axis.length + 1) : (wanted ?? values[0]!);
	if (!values.includes(value))
		throw new InputError(`--base: '${axis}' has no value '${value}'; ${suggest(value, values, "values")}`);
	const rest = ([run]: Runs) => JSON.stringify([...run!.axes].filter(([name]) => name !== axis));
	const bases = new Map(
		[...variants.values()].filter(([run]) => run!.axes.get(axis) === value).map((runs) => [rest(runs), runs]),
	);
	const all = [...variants].flatMap(([variant, runs]): Pair[] => {
		const base = bases.get(rest(runs));
		return base === undefined ? [] : [{ variant, base, candidate: runs }];
	});
	const isBase = ({ candidate: [run] }: Pair) => run!.axes.get(axis) === value;
	const alone = variants.size - all.length;
	const notes =
		alone === 0 ? [] : [`${alone} variants have no ${axis}=${value} with the same other values, so they are left out`];
	const pairs = all.filter((pair) => !isBase(pair));
	return { base: `${axis}=${value}`, own: all.filter(isBase), pairs, notes, missing: missingSeeds(pairs) };
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

/** Variants with the wanted values. */
function chosen(variants: ReadonlyMap<string, Runs>, only: readonly string[]): ReadonlyMap<string, Runs> {
	const wanted = new Map<string, Set<string>>();
	for (const option of only) {
		const [axis, value] = [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)];
		const known = [...new Set([...variants.values()].flatMap(([run]) => run!.axes.get(axis) ?? []))];
		if (!known.includes(value))
			throw new InputError(
				`--only: no variant has '${option}'; ${suggest(
					option,
					known.map((one) => `${axis}=${one}`),
					"values",
				)}`,
			);
		wanted.set(axis, (wanted.get(axis) ?? new Set()).add(value));
	}
	const has = ([run]: Runs) => [...wanted].every(([axis, values]) => values.has(run!.axes.get(axis) ?? ""));
	return new Map([...variants].filter(([, runs]) => has(runs)));
}
