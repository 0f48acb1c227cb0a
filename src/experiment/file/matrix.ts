/**
 * The combinations of an experiment's matrix, in one stable order.
 */
import { canonicalJson } from "../../objects/canonical-json.js";
import { InputError } from "../../objects/input-error.js";
import { isMap, matches } from "../../objects/plain-data.js";
import { suggest } from "../../objects/suggest.js";
import type { AxisValue, Strategy, Variant } from "./strategy.js";

/**
 * Every combination, axes in the order of the file, the last axis fastest; then what `include` adds, in its order. Without
 * axes there is one combination, `{}`. `exclude` goes first: it leaves out combinations that hold all its values (maps may
 * hold more). An `include` entry gives its other values to every combination of the matrix that holds its axis values, or,
 * when there is none, becomes a combination itself. These are the rules of GitHub Actions' `strategy.matrix`.
 *
 * Throws `InputError` when combinations x `seedCount` exceed `maxRuns`.
 */
export function expandMatrix(strategy: Strategy, seedCount = 1): readonly Variant[] {
	const { matrix, include, exclude, maxRuns } = strategy;
	const axes = Object.keys(matrix);
	refuseTooMany(
		axes.reduce((product, axis) => product * matrix[axis]!.length, 1),
		LARGEST_MATRIX,
		"before exclude",
	);
	let combinations: Variant[] = axes.length === 0 && include.length > 0 ? [] : [{}];
	for (const axis of axes) {
		combinations = combinations.flatMap((variant) => matrix[axis]!.map((value) => ({ ...variant, [axis]: value })));
	}
	combinations = combinations.filter((variant) => !exclude.some((pattern) => matches(variant, pattern)));
	const added: Variant[] = [];
	for (const entry of include) {
		const [axisValues, others] = split(entry, axes);
		let hits = 0;
		combinations = combinations.map((variant) => {
			if (!matches(variant, axisValues)) return variant;
			hits++;
			return { ...variant, ...others };
		});
		if (hits === 0) added.push(entry);
	}
	const all = [...combinations, ...added];
	const runs = all.length * seedCount;
	if (runs > maxRuns) {
		throw new InputError(
			`${runs} runs (${all.length} combinations x ${seedCount} seeds) are more than maxRuns, ${maxRuns}: raise it, or run fewer`,
		);
	}
	return all;
}

/** Entries of `exclude` that left nothing out, by their index: probably a slip. */
export function idleExcludes(strategy: Strategy): readonly number[] {
	if (strategy.exclude.length === 0) return [];
	const everything = expandMatrix({ ...strategy, include: [], exclude: [], maxRuns: Infinity });
	return strategy.exclude.flatMap((pattern, i) => (everything.some((variant) => matches(variant, pattern)) ? [] : [i]));
}

/** Values that are called what an earlier one of their axis is called, so that nobody can tell their runs apart: axis and index. */
export function namesakes({ matrix }: Strategy): readonly (readonly [axis: string, index: number])[] {
	return Object.entries(matrix).flatMap(([axis, values]) => {
		const known = values.map(valueLabel);
		return values.flatMap((_, i) => (known.indexOf(known[i]!) < i ? [[axis, i] as const] : []));
	});
}

/** `rate=2,arch=omega`: what people see of a combination; "" for `{}`. */
export function variantLabel(values: Variant): string {
	return Object.entries(values)
		.map(([axis, value]) => `${axis}=${valueLabel(value)}`)
		.join(",");
}

/**
 * Whether a combination is wanted, from the `--only axis=value` options of a command line: several values of one axis are
 * alternatives, several axes must all hold. A value is written as in `variantLabel`. Throws `InputError` that names the flag
 * for an axis or a value that no combination has.
 */
export function onlyFilter(variants: readonly Variant[], only: readonly string[]): (variant: Variant) => boolean {
	const wanted = new Map<string, Set<string>>();
	only.forEach((option, i) => {
		const equals = option.indexOf("=");
		const flag = `--only ${i + 1}`;
		if (equals < 1) throw new InputError(`${flag}: '${option}' is not of the form axis=value`);
		const axis = option.slice(0, equals);
		const label = option.slice(equals + 1);
		const axes = [...new Set(variants.flatMap((variant) => Object.keys(variant)))];
		if (!axes.includes(axis)) throw new InputError(withHint(`${flag}: unknown axis '${axis}'`, axis, axes, "axes"));
		const labels = [...new Set(variants.filter((v) => Object.hasOwn(v, axis)).map((v) => valueLabel(v[axis])))];
		if (!labels.includes(label)) {
			throw new InputError(withHint(`${flag}: '${axis}' has no value '${label}'`, label, labels, "values"));
		}
		wanted.set(axis, (wanted.get(axis) ?? new Set()).add(label));
	});
	return (variant) =>
		[...wanted].every(([axis, labels]) => Object.hasOwn(variant, axis) && labels.has(valueLabel(variant[axis])));
}

// Combinations are made before `exclude` thins them out, so their number has a bound of its own.
const LARGEST_MATRIX = 1_000_000;

function refuseTooMany(combinations: number, limit: number, when: string): void {
	if (combinations > limit) throw new InputError(`${combinations} combinations ${when} are more than ${limit}`);
}

/** The part of an entry that names axes, and the rest. */
function split(entry: Variant, axes: readonly string[]): readonly [Variant, Variant] {
	const part = (ofAxes: boolean): Variant =>
		Object.fromEntries(Object.entries(entry).filter(([key]) => axes.includes(key) === ofAxes));
	return [part(true), part(false)];
}

/** What people see of a value: of a map its `name`, with its `version` if it has one. */
export function valueLabel(value: AxisValue): string {
	if (typeof value === "string") return value;
	if (!isMap(value) || typeof value["name"] !== "string") return canonicalJson(value);
	const { name, version } = value;
	return typeof version === "string" ? `${name} ${version}` : name;
}

function withHint(message: string, word: string, known: readonly string[], label: string): string {
	const hint = suggest(word, known, label);
	return hint === undefined ? message : `${message}; ${hint}`;
}
