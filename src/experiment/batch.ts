/** A folder of experiment files run as one: which files those are, and which of them an option is for. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../objects/input-error.js";
import { parsePath } from "../objects/issues.js";
import { isMap } from "../objects/plain-data.js";
import { suggest } from "../objects/suggest.js";
import { DiagnosticError } from "./file/diagnostics.js";
import { loadExperimentFile } from "./file/document.js";
import { type Frame, readFrame } from "./file/frame.js";
import { valueLabel } from "./file/matrix.js";
import type { PrepareOptions } from "./prepare.js";

/** The experiment files in a folder: every `.yaml` directly in it, by name. Null for what is no folder; InputError without any. */
export async function experimentFiles(path: string): Promise<readonly string[] | null> {
	const there = await stat(path).catch(() => null);
	if (!there?.isDirectory()) return null;
	const names = (await readdir(path)).filter((name) => name.endsWith(".yaml")).sort();
	if (names.length === 0) throw new InputError(`there is no experiment file, *.yaml, in the folder '${path}'`);
	return names.map((name) => join(path, name));
}

/** One file of a folder, and the options that are for it. */
export interface Share extends Required<PrepareOptions> {
	readonly file: string;
	/** Whether `only` chooses values of one of its axes, but none that it has: there is nothing of it to run. */
	readonly idle: boolean;
}

/**
 * Gives each file the options that are for it. `spec.params.<name>=value` is for the files that declare the parameter, every other
 * `set` for all; `axis=value` is for the files whose matrix has the axis. InputError for one that is for none. Files with mistakes
 * get what can be told: their mistakes are for `prepareExperiment` to report.
 */
export function shareOptions(files: readonly string[], { set = [], only = [] }: PrepareOptions): readonly Share[] {
	const params = files.map((file) => frameOf(file, [])?.params ?? {});
	const names = set.map(paramOf);
	names.forEach((name, i) => {
		if (name === null || params.some((known) => Object.hasOwn(known, name))) return;
		const hint = suggest(name, new Set(params.flatMap(Object.keys)), "parameters");
		throw new InputError(withHint(`--set ${i + 1}: none of the experiments has a parameter '${name}'`, hint));
	});
	const sets = params.map((known) => set.filter((_, i) => names[i] === null || Object.hasOwn(known, names[i]!)));
	const axes = files.map((file, f) => labelsByAxis(frameOf(file, sets[f]!)));
	const choices = only.map((option, i) => choiceOf(option, `--only ${i + 1}`, axes));
	return files.map((file, f) => {
		const own = axes[f]!;
		const about = choices.filter(({ axis }) => own.has(axis));
		const held = about.filter(({ axis, label }) => own.get(axis)!.has(label));
		const idle = about.some(({ axis }) => !held.some((choice) => choice.axis === axis));
		return { file, set: sets[f]!, only: held.map(({ option }) => option), idle };
	});
}

function frameOf(file: string, set: readonly string[]): Frame | null {
	try {
		const { value } = loadExperimentFile(file, { set });
		return isMap(value["spec"]) ? readFrame(value).frame : null;
	} catch (error) {
		if (error instanceof DiagnosticError || error instanceof InputError) return null;
		throw error;
	}
}

/** The parameter that a setting is of; null for one of anything else. */
function paramOf(setting: string): string | null {
	const [spec, params, name] = parsePath(setting)?.path ?? [];
	return spec === "spec" && params === "params" && typeof name === "string" ? name : null;
}

type LabelsByAxis = ReadonlyMap<string, ReadonlySet<string>>;

function labelsByAxis(frame: Frame | null): LabelsByAxis {
	const labels = new Map<string, Set<string>>();
	for (const variant of frame?.variants ?? [])
		for (const [axis, value] of Object.entries(variant))
			labels.set(axis, (labels.get(axis) ?? new Set()).add(valueLabel(value)));
	return labels;
}

interface Choice {
	readonly option: string;
	readonly axis: string;
	readonly label: string;
}

function choiceOf(option: string, flag: string, axes: readonly LabelsByAxis[]): Choice {
	const equals = option.indexOf("=");
	if (equals < 1) throw new InputError(`${flag}: '${option}' is not of the form axis=value`);
	const [axis, label] = [option.slice(0, equals), option.slice(equals + 1)];
	const having = axes.flatMap((known) => known.get(axis) ?? []);
	if (having.length === 0) {
		const hint = suggest(axis, new Set(axes.flatMap((known) => [...known.keys()])), "axes");
		throw new InputError(withHint(`${flag}: none of the experiments has an axis '${axis}'`, hint));
	}
	if (!having.some((labels) => labels.has(label))) {
		const hint = suggest(label, new Set(having.flatMap((labels) => [...labels])), "values");
		throw new InputError(withHint(`${flag}: '${axis}' has no value '${label}'`, hint));
	}
	return { option, axis, label };
}

function withHint(message: string, hint: string | undefined): string {
	return hint === undefined ? message : `${message}; ${hint}`;
}
