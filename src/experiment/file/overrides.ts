/**
 * `--set path=value` of the command line: values that stand in place of, or beside, those of the file.
 */
import { LineCounter, parseDocument } from "yaml";
import { formatPath, parsePath } from "../../objects/issues.js";
import { isMap, kindOf } from "../../objects/plain-data.js";
import { locate } from "../../objects/yaml-position.js";
import type { Diagnostic, Locate, Place } from "./diagnostics.js";
import { plainData } from "./yaml-data.js";

/** A tree with overrides applied, and where its parts now come from. */
export interface Overridden {
	readonly value: unknown;
	readonly locate: Locate;
	readonly diagnostics: readonly Diagnostic[];
	/** Text of each flag by its name, `--set 1`, ... */
	readonly sources: ReadonlyMap<string, string>;
}

/**
 * Applies `settings`, each `spec.path[0].to=value` with the path as diagnostics show it (keys with dots or slashes in brackets,
 * `labels["a.b/c"]`) and the value in YAML (`3`, `text`, `[1, 2]`), one after another. Maps on
 * the way are made where there are none; lists are not made longer. Whether a key is allowed is for validation to say: what
 * was set has its place in the flag, so the complaint names it; `option` is what the flag is called.
 */
export function applyOverrides(tree: unknown, find: Locate, settings: readonly string[], option = "--set"): Overridden {
	const sources = new Map<string, string>();
	const diagnostics: Diagnostic[] = [];
	const overrides: Override[] = [];
	let value = tree;
	settings.forEach((setting, i) => {
		const flag = `${option} ${i + 1}`;
		sources.set(flag, setting);
		const parsed = parse(setting, flag, diagnostics);
		if (parsed === null) return;
		const made = { depth: parsed.path.length };
		const problem = (message: string, at: number) => {
			const place = { file: flag, line: 1, column: 1, endColumn: 1 + parsed.keyLength };
			const path = formatPath(parsed.path.slice(0, at));
			diagnostics.push({ ...place, severity: "error", path, message });
		};
		value = set(value, parsed.path, 0, parsed.value, made, problem);
		overrides.push({ ...parsed, flag, depth: made.depth });
	});
	return { value, diagnostics, sources, locate: (path, what) => place(overrides, path, what) ?? find(path, what) };
}

interface Parsed {
	readonly path: readonly (string | number)[];
	readonly keyLength: number;
	readonly value: unknown;
	/** Place inside the value, relative to it. */
	readonly find: Locate;
}

interface Override extends Parsed {
	readonly flag: string;
	/** Number of steps of the path that were there before. */
	readonly depth: number;
}

const SHAPE = `expected path=value, such as spec.params.rate=2, spec.workloads[0].name=web or metadata.labels["a.b/c"]=x`;

function parse(setting: string, flag: string, diagnostics: Diagnostic[]): Parsed | null {
	const whole = { file: flag, line: 1, column: 1, endColumn: setting.length + 1, severity: "error" as const, path: "" };
	const { path, end } = parsePath(setting) ?? { path: [], end: 0 };
	if (path.length === 0 || setting[end] !== "=") {
		diagnostics.push({ ...whole, message: SHAPE });
		return null;
	}
	const offset = end + 1;
	const lineCounter = new LineCounter();
	const options = { lineCounter, uniqueKeys: true, prettyErrors: false, intAsBigInt: true };
	const doc = parseDocument(setting.slice(offset), options);
	const find: Locate = (inner, what) => {
		const { line, column, endColumn } = locate(doc, lineCounter, inner, what);
		const shift = line === 1 ? offset : 0;
		return { file: flag, line, column: column + shift, endColumn: endColumn + shift };
	};
	const text = formatPath(path);
	for (const error of doc.errors) {
		diagnostics.push({ ...whole, column: offset + 1, path: text, message: `the value is not YAML: ${error.message}` });
	}
	if (doc.errors.length > 0) return null;
	const value = plainData(doc, (inner, message, hint) => {
		const at = find(inner, "value");
		diagnostics.push({ ...at, severity: "error", path: text, message, ...(hint === undefined ? {} : { hint }) });
	});
	return { path, keyLength: end, value, find };
}

/** A copy of `tree` in which `path` leads to `value`. `made.depth` becomes the number of steps that were there. */
function set(
	tree: unknown,
	path: readonly (string | number)[],
	at: number,
	value: unknown,
	made: { depth: number },
	problem: (message: string, at: number) => void,
): unknown {
	const step = path[at];
	if (step === undefined) return value;
	if (typeof step === "number") {
		if (!Array.isArray(tree)) problem(`cannot take item ${step} of ${kindOf(tree)}`, at);
		else if (step >= tree.length) problem(`has ${tree.length} items, so there is no [${step}] to set`, at);
		else return tree.with(step, set(tree[step], path, at + 1, value, made, problem));
		return tree;
	}
	if (tree !== undefined && tree !== null && !isMap(tree)) {
		problem(`cannot set '${step}' of ${kindOf(tree)}`, at);
		return tree;
	}
	const map = tree ?? {};
	const known = Object.hasOwn(map, step);
	if (!known) made.depth = Math.min(made.depth, at);
	const inner = known ? (map as Record<string, unknown>)[step] : undefined;
	return { ...map, [step]: set(inner, path, at + 1, value, made, problem) };
}

/** The place of `path` in the flag that set it, or that made the map it stands for; null when no flag did. */
function place(overrides: readonly Override[], path: readonly PropertyKey[], what: "key" | "value"): Place | null {
	const override = overrides.findLast((candidate) => {
		const shared = Math.min(candidate.path.length, path.length);
		if (candidate.path.slice(0, shared).some((step, i) => step !== path[i])) return false;
		return path.length >= candidate.path.length || path.length > candidate.depth;
	});
	if (override === undefined) return null;
	const inner = path.slice(override.path.length);
	if (inner.length > 0) return override.find(inner, what);
	if (what === "value" && path.length === override.path.length) return override.find([], "value");
	return { file: override.flag, line: 1, column: 1, endColumn: override.keyLength + 1 };
}
