/** From an experiment file to plans: every mistake that can be found before time starts is found here. */
import { dirname, resolve } from "node:path";
import { InputError } from "../objects/input-error.js";
import { ImportReport } from "../workload/arrivals.js";
import { nodesOf } from "./assemble.js";
import { importController } from "./controller-file.js";
import { namesNodes, unknownFailureLabels, unknownFaultNodes } from "./fault-nodes.js";
import { ownMistakes } from "./file/control-objects.js";
import { declaredObjects, declaredPriorityClasses } from "./file/declared-objects.js";
import type { Diagnostic } from "./file/diagnostics.js";
import { type ExperimentFile, loadExperimentFile } from "./file/document.js";
import type { FigureSpec } from "./file/figures-schema.js";
import { Findings } from "./file/findings.js";
import { onlyFilter } from "./file/matrix.js";
import { type ResolvedRun, resolveExperiment } from "./file/resolve.js";
import type { RunPlan } from "./plan.js";
import { oversoldProduction, promisesProduction } from "./quotas.js";
import { registries, type Spec } from "./registries.js";
import { runRules } from "./rules.js";
import { placedJobs } from "./running.js";
import { withConfigurations } from "./scheduler-configuration.js";
import { importScheduler } from "./scheduler-file.js";
import { TypicalPodsReader } from "./typical-pods.js";
import { type BundledFile, bundleFile, fileParams, findFile, type UserCode } from "./user-file.js";

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
	/**
	 * The runs that `only` leaves out, made when asked for: results of theirs that are there already stay part of the experiment's.
	 * InputError: a trace of typical pods that cannot be read.
	 */
	readonly others: () => Promise<readonly RunPlan[]>;
	/** What is drawn of the results. */
	readonly figures: readonly FigureSpec[];
	readonly warnings: readonly Diagnostic[];
	readonly sources: ExperimentFile["sources"];
}

/** Reads and checks an experiment file. Throws DiagnosticError with all mistakes in it, InputError for files it names. */
export async function prepareExperiment(path: string, options: PrepareOptions = {}): Promise<PreparedExperiment> {
	const file = loadExperimentFile(path, { set: options.set ?? [] });
	const kubernetes = file.kubernetes.map(({ value }) => value);
	const rules = runRules(declaredPriorityClasses(kubernetes), kubernetes);
	const resolved = resolveExperiment(file, registries, { rules });
	const runs = resolved.runs as readonly ResolvedRun<Spec>[];
	const baseDirs = [resolve(dirname(path)), process.cwd()];
	const userFiles = new UserFiles(file, baseDirs);
	const plans: RunPlan[] = [];
	for (const { index, variant, label, seed, raw, spec } of runs) {
		const schedulers: BundledFile[] = [];
		for (const { scheduler } of spec.scheduling.schedulers)
			if (scheduler.path !== null) schedulers.push(await userFiles.scheduler(scheduler.path, scheduler.params));
		const controllers: BundledFile[] = [];
		for (const { path, params } of spec.controllers) controllers.push(await userFiles.controller(path!, params));
		if (controllers.length > 0) await userFiles.checkDocuments(controllers);
		const plan: RunPlan = {
			experiment: resolved.name,
			index,
			variant,
			label,
			seed,
			document: placed(file, () => withConfigurations(raw, baseDirs)),
			kubernetes,
			baseDirs,
			schedulers,
			...(controllers.length > 0 && { controllers }),
		};
		plans.push(plan);
	}
	const isWanted = onlyFilter(
		runs.map(({ variant }) => variant),
		options.only ?? [],
	);
	const typicalPods = new TypicalPodsReader((error, path) => withPlace(error, file, path));
	const those = (wanted: boolean) =>
		filledIn(
			plans.filter(({ variant }) => isWanted(variant) === wanted),
			typicalPods,
		);
	const wanted = await those(true);
	await checkNodes(file, plans, runs);
	return {
		name: resolved.name,
		plans: wanted,
		others: () => those(false),
		figures: resolved.figures,
		warnings: resolved.warnings,
		sources: file.sources,
	};
}

async function filledIn(plans: readonly RunPlan[], typicalPods: TypicalPodsReader): Promise<readonly RunPlan[]> {
	const filled: RunPlan[] = [];
	for (const plan of plans) filled.push(await typicalPods.fillIn(plan));
	return filled;
}

/**
 * What can only be said with the nodes of a run: whether pods beside the experiment that have nodes can be there, whether the
 * nodes are there that faults name, and whether they offer what is promised to production.
 */
async function checkNodes(
	file: ExperimentFile,
	plans: readonly RunPlan[],
	runs: readonly ResolvedRun<Spec>[],
): Promise<void> {
	const declared = declaredObjects(
		file.kubernetes.map(({ value }) => value),
		new ImportReport(),
	);
	const findings = new Findings(file);
	const running = declared.running.map((pod) => ({
		...pod,
		position: () => {
			const { line, column } = file.kubernetes[pod.document]!.locate(pod.path, "value");
			return { file: file.path, line, column };
		},
	}));
	const labels = new Set<string>();
	for (const [i, plan] of plans.entries()) {
		if (labels.has(plan.label)) continue;
		labels.add(plan.label);
		const { spec } = runs[i]!;
		if (running.length === 0 && !namesNodes(spec) && !promisesProduction(spec)) continue;
		const nodes = await nodesOf(spec, plan, declared, new ImportReport()).catch((error: unknown) => {
			throw withPlace(error, file, ["spec", "cluster"]);
		});
		placedJobs(nodes, running);
		const unknown = [...unknownFaultNodes(spec, nodes), ...unknownFailureLabels(spec, nodes)];
		findings.add([...unknown, ...oversoldProduction(spec, nodes)], false, plan.label);
	}
	if (findings.found) throw findings.error();
}

const SCHEDULERS = ["spec", "scheduling", "schedulers"];
const CONTROLLERS = ["spec", "controllers"];

/** Does what reads files that schedulers name; a fault without a place is shown where they are named. */
function placed<Value>(file: ExperimentFile, read: () => Value): Value {
	try {
		return read();
	} catch (error) {
		throw withPlace(error, file, SCHEDULERS);
	}
}

function withPlace(error: unknown, file: ExperimentFile, path: readonly PropertyKey[]): unknown {
	if (!(error instanceof InputError) || error.position !== null) return error;
	const { line, column } = file.locate(path, "key");
	return new InputError(error.message, { file: file.path, line, column });
}

/** Files with code that an experiment names: each is bundled once, and loaded once to hear what is wrong with it. */
class UserFiles {
	readonly #file: ExperimentFile;
	readonly #baseDirs: readonly string[];
	readonly #bundles = new Map<string, Promise<BundledFile>>();

	constructor(file: ExperimentFile, baseDirs: readonly string[]) {
		this.#file = file;
		this.#baseDirs = baseDirs;
	}

	async scheduler(path: string, params: unknown): Promise<BundledFile> {
		const bundle = await this.#load("scheduler", path, SCHEDULERS, importScheduler);
		fileParams("scheduler", await importScheduler(bundle), path, params);
		return bundle;
	}

	async controller(path: string, params: unknown): Promise<BundledFile> {
		const bundle = await this.#load("controller", path, CONTROLLERS, importController);
		fileParams("controller", await importController(bundle), path, params);
		return bundle;
	}

	/** Objects beside the experiment of kinds that only these controllers know. */
	async checkDocuments(controllers: readonly BundledFile[]): Promise<void> {
		const definitions = await Promise.all(controllers.map(importController));
		const kinds = definitions.flatMap((definition) => definition.kinds ?? []);
		const findings = new Findings(this.#file);
		for (const { value, locate } of this.#file.kubernetes) findings.addElsewhere(ownMistakes(value, kinds), locate);
		if (findings.found) throw findings.error();
	}

	/** A fault without a place is shown where the file is named. */
	#load(
		what: UserCode,
		path: string,
		named: readonly PropertyKey[],
		load: (bundle: BundledFile) => Promise<unknown>,
	): Promise<BundledFile> {
		const make = async () => {
			try {
				const bundle = await bundleFile(what, path, findFile(what, path, this.#baseDirs));
				await load(bundle);
				return bundle;
			} catch (error) {
				throw withPlace(error, this.#file, named);
			}
		};
		return memo(this.#bundles, `${what} ${path}`, make);
	}
}

async function memo<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
	let value = known.get(key);
	if (!value) {
		value = make();
		known.set(key, value);
	}
	return value;
}
