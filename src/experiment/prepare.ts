/** From an experiment file to plans: every mistake that can be found before time starts is found here. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputError } from "../objects/input-error.js";
import { architectures } from "../scheduling/architectures/index.js";
import { declaredMistakes } from "./file/declared-objects.js";
import { type Diagnostic, DiagnosticError } from "./file/diagnostics.js";
import { type ExperimentFile, loadExperimentFile } from "./file/document.js";
import { Findings } from "./file/findings.js";
import { onlyFilter } from "./file/matrix.js";
import { type ResolvedRun, resolveExperiment } from "./file/resolve.js";
import type { RunPlan } from "./plan.js";
import { registries, type Spec } from "./registries.js";
import { type BundledScheduler, bundleScheduler, fileParams, importScheduler } from "./scheduler-file.js";

export interface PrepareOptions {
	/** `path=value` overrides. */
	readonly set?: readonly string[];
	/** `axis=value` choices among the matrix. */
	readonly only?: readonly string[];
}

export interface PreparedExperiment {
	readonly name: string;
	/** The runs asked for, in order. */
	readonly plans: readonly RunPlan[];
	/** The runs that `only` leaves out: results of theirs that are there already stay part of the experiment's. */
	readonly others: readonly RunPlan[];
	readonly warnings: readonly Diagnostic[];
	readonly sources: ExperimentFile["sources"];
}

/** Reads and checks an experiment file. Throws DiagnosticError with all mistakes in it, InputError for files it names. */
export async function prepareExperiment(path: string, options: PrepareOptions = {}): Promise<PreparedExperiment> {
	const file = loadExperimentFile(path, { set: options.set ?? [] });
	const resolved = resolveExperiment(file, registries);
	const runs = resolved.runs as readonly ResolvedRun<Spec>[];
	checkKubernetes(file);
	checkArchitectures(file, runs);
	const baseDirs = [resolve(dirname(path)), process.cwd()];
	const bundles = new Map<string, Promise<BundledScheduler>>();
	const plans: RunPlan[] = [];
	for (const { index, variant, label, seed, raw, spec } of runs) {
		const schedulers: BundledScheduler[] = [];
		for (const { scheduler } of spec.scheduling.schedulers) {
			if (scheduler.path === null) continue;
			const loading = memo(bundles, scheduler.path, () => loadScheduler(file, scheduler.path!, baseDirs));
			const bundle = await loading;
			fileParams(await importScheduler(bundle), scheduler.path, scheduler.params);
			schedulers.push(bundle);
		}
		const kubernetes = file.kubernetes.map(({ value }) => value);
		plans.push({
			experiment: resolved.name,
			index,
			variant,
			label,
			seed,
			document: raw,
			kubernetes,
			baseDirs,
			schedulers,
		});
	}
	const wanted = onlyFilter(
		runs.map(({ variant }) => variant),
		options.only ?? [],
	);
	return {
		name: resolved.name,
		plans: plans.filter(({ variant }) => wanted(variant)),
		others: plans.filter(({ variant }) => !wanted(variant)),
		warnings: resolved.warnings,
		sources: file.sources,
	};
}

/** Bundles a scheduler file and loads it once, to hear what is wrong with it. A fault without a place is shown where it is named. */
async function loadScheduler(
	file: ExperimentFile,
	path: string,
	baseDirs: readonly string[],
): Promise<BundledScheduler> {
	try {
		const bundle = await bundleScheduler(path, findFile(path, baseDirs));
		await importScheduler(bundle);
		return bundle;
	} catch (error) {
		if (!(error instanceof InputError) || error.position !== null) throw error;
		const { line, column } = file.locate(["spec", "scheduling", "schedulers"], "key");
		throw new InputError(error.message, { file: file.path, line, column });
	}
}

function checkKubernetes(file: ExperimentFile): void {
	const diagnostics = file.kubernetes.flatMap(({ value, locate }) =>
		declaredMistakes(value).map(
			({ path, at, message }): Diagnostic => ({ ...locate(path, at), severity: "error", path: "", message }),
		),
	);
	if (diagnostics.length > 0) throw new DiagnosticError(diagnostics, file.sources);
}

/** How many schedulers an architecture takes is its own matter: it is asked before anything runs. */
function checkArchitectures(file: ExperimentFile, runs: readonly ResolvedRun<Spec>[]): void {
	const findings = new Findings(file);
	for (const { spec, label } of runs) {
		const { architecture, schedulers } = spec.scheduling;
		const processes = schedulers.reduce((sum, { replicas }) => sum + replicas, 0);
		const message =
			architectures.all.get(architecture.name)!.refuses?.(architecture.params as never, processes) ?? null;
		findings.add(
			message === null ? [] : [{ path: ["spec", "scheduling", "schedulers"], at: "key", message }],
			false,
			label,
		);
	}
	if (findings.found) throw findings.error();
}

function findFile(path: string, baseDirs: readonly string[]): string {
	const candidates = baseDirs.map((folder) => resolve(folder, path));
	const found = candidates.find((candidate) => existsSync(candidate));
	if (found === undefined)
		throw new InputError(`there is no scheduler file '${path}' (looked for ${[...new Set(candidates)].join(" and ")})`);
	return found;
}

async function memo<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
	let value = known.get(key);
	if (!value) {
		value = make();
		known.set(key, value);
	}
	return value;
}
