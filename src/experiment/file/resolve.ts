/**
 * From an experiment file to its runs: every combination of the matrix with every seed, expressions replaced, checked.
 */

import type { z } from "zod";
import { formatPath, type Mistake, validate } from "../../objects/issues.js";
import { isMap, type PlainMap, valueAt } from "../../objects/plain-data.js";
import { bringsNodes } from "./brings-nodes.js";
import { controlMistakes, isControlled } from "./control-objects.js";
import { declaredMistakes, declaredPriorityClasses, declaredTwins } from "./declared-objects.js";
import type { Diagnostic } from "./diagnostics.js";
import type { ExperimentFile } from "./document.js";
import type { Scope } from "./expression.js";
import { missingTables } from "./figure-rules.js";
import type { FigureSpec } from "./figures-schema.js";
import { Findings } from "./findings.js";
import { type Frame, readFrame } from "./frame.js";
import { onlyFilter, variantLabel } from "./matrix.js";
import { type Experiment, type ExperimentRegistries, type ExperimentSpec, experimentSchema } from "./schema.js";
import type { Variant } from "./strategy.js";
import { isExpression, substitute } from "./substitute.js";

/** One run of an experiment: nothing is left to decide but where its files are. */
export interface ResolvedRun<Spec = ExperimentSpec> {
	/** Counts from 0 over all runs of the experiment, seeds fastest; the same whatever `only` leaves out. */
	readonly index: number;
	readonly variant: Variant;
	/** `rate=2,arch=omega`; "" without a matrix. */
	readonly label: string;
	/** Decimal digits; may be beyond 2^53. */
	readonly seed: string;
	/**
	 * The experiment document of this run alone, before defaults: expressions replaced, one seed, no strategy, no figures. Plain JSON
	 * data, and a valid experiment by itself; its canonical JSON is the run's identity.
	 */
	readonly raw: PlainMap;
	/** Checked, defaults filled in; runs that differ only in the seed may share it, except for `seeds`. */
	readonly spec: Spec;
}

export interface ResolvedExperiment<Spec = ExperimentSpec> {
	readonly name: string;
	readonly runs: readonly ResolvedRun<Spec>[];
	readonly figures: readonly FigureSpec[];
	readonly warnings: readonly Diagnostic[];
}

export interface ResolveOptions<Spec = ExperimentSpec> {
	/** `axis=value` options that choose some of the combinations; see `onlyFilter`. */
	readonly only?: readonly string[];
	/** Rules between the parts of a run. */
	readonly rules?: RunRules<Spec>;
}

/**
 * What is wrong with a run as a whole. `raw` is its document with expressions replaced, whatever else is wrong with it; `spec` is
 * null unless the document is right.
 */
export type RunRules<Spec = ExperimentSpec> = (raw: PlainMap, spec: Spec | null) => readonly Mistake[];

/**
 * The runs of an experiment. Throws `DiagnosticError` with the mistakes of all combinations, each once, and `InputError` for
 * an `only` that names nothing.
 */
export function resolveExperiment<Synthetic, Distribution, NodeTemplate, Machine>(
	file: ExperimentFile,
	registries: ExperimentRegistries<Synthetic, Distribution, NodeTemplate, Machine>,
	options: ResolveOptions<ExperimentSpec<Synthetic, Distribution, NodeTemplate, Machine>> = {},
): ResolvedExperiment<ExperimentSpec<Synthetic, Distribution, NodeTemplate, Machine>> {
	const schema = experimentSchema(registries);
	const findings = new Findings(file);
	const priorityClasses = declaredPriorityClasses(file.kubernetes.map(({ value }) => value));
	const orchestrated = (valueAt(file.value, ["spec", "orchestrator"]) ?? null) !== null;
	const extended = (valueAt(file.value, ["spec", "controllers"]) ?? null) !== null;
	for (const { value, locate } of file.kubernetes) {
		findings.addElsewhere(declaredMistakes(value, priorityClasses, extended), locate);
		findings.addElsewhere(controlMistakes(value, orchestrated), locate);
	}
	for (const { document, mistake } of declaredTwins(file.kubernetes))
		findings.addElsewhere([mistake], file.kubernetes[document]!.locate);
	if (!isMap(file.value["spec"])) {
		const whole = validate(schema, file.value);
		if (!whole.ok) findings.add(whole.mistakes);
		throw findings.error();
	}
	const { frame, misplaced, mistakes, warnings } = readFrame(file.value);
	findings.add(misplaced, true);
	findings.add(mistakes);
	for (const warning of warnings) findings.warn(warning);
	const { seeds, variants } = frame;
	// A frame with mistakes cannot tell which combinations there are to choose from.
	const wanted = onlyFilter(variants, findings.found ? [] : (options.only ?? []));
	const chosen = variants.flatMap((variant, v) => (wanted(variant) ? [{ variant, first: v * seeds.length }] : []));
	const rules = (options.rules ?? (() => [])) as RunRules;
	const runs = chosen.flatMap(({ variant, first }) => {
		const resolver = new VariantResolver({ file, schema, rules, frame, findings }, variant);
		return seeds.map((seed, s) => resolver.run(first + s, seed));
	});
	if (!findings.found) findings.add(missingTables(frame.figures, runs));
	if (findings.found) throw findings.error();
	return {
		name: frame.name,
		figures: frame.figures,
		runs: runs as ResolvedRun<ExperimentSpec<Synthetic, Distribution, NodeTemplate, Machine>>[],
		warnings: findings.warnings,
	};
}

/** What resolving the runs of one file works with. */
interface Resolving {
	readonly file: ExperimentFile;
	readonly schema: z.ZodType<Experiment>;
	readonly rules: RunRules;
	readonly frame: Frame;
	readonly findings: Findings;
}

/** Makes the runs of one combination. What does not read `run` is substituted and checked once, for the first seed. */
class VariantResolver {
	readonly #context: Resolving;
	readonly #variant: Variant;
	#shared: { readonly raw: PlainMap; readonly spec: ExperimentSpec } | null = null;

	constructor(context: Resolving, variant: Variant) {
		this.#context = context;
		this.#variant = variant;
	}

	run(index: number, seed: string): ResolvedRun {
		const head = { index, variant: this.#variant, label: variantLabel(this.#variant), seed };
		if (this.#shared !== null) {
			const { raw, spec } = this.#shared;
			return { ...head, raw: withSeed(raw, seed), spec: { ...spec, seeds: [seed] } };
		}
		const used = new Set<string>();
		const body = this.#resolve(index, seed, used);
		if (!used.has("run")) this.#shared = body;
		return { ...head, ...body };
	}

	#resolve(index: number, seed: string, used: Set<string>): { readonly raw: PlainMap; readonly spec: ExperimentSpec } {
		const { file, schema, rules, frame, findings } = this.#context;
		const { params, unknown } = frame;
		const failed: Mistake[] = [];
		const number = Number(seed);
		const run = { index, seed: Number.isSafeInteger(number) ? number : seed };
		const scope: Scope = new Map<string, PlainMap>([
			["matrix", this.#variant],
			["params", params],
			["run", run],
		]);
		const { strategy: _, seeds: __, figures: ___, params: written, ...open } = file.value["spec"] as PlainMap;
		const report = (mistake: Mistake) => void failed.push(mistake);
		const spec = substitute(open, ["spec"], { scope, later, unknown, used, report });
		const named = written === undefined ? {} : { params };
		const raw = withSeed({ ...file.value, spec: { ...named, ...(spec as PlainMap) } }, seed);
		const checked = validate(schema, raw);
		const refused = checked.ok ? emptiness(checked.value.spec, file) : checked.mistakes;
		const ruled = rules(raw, checked.ok ? checked.value.spec : null);
		// What a broken frame has no value for is still an expression, about which the schema knows nothing.
		const known = [...refused, ...ruled].filter(({ path }) => unknown.size === 0 || !isExpression(valueAt(raw, path)));
		findings.add(causes(failed, known), false, variantLabel(this.#variant));
		return { raw, spec: checked.ok ? checked.value.spec : ({} as ExperimentSpec) };
	}
}

/**
 * All mistakes but consequences: a scalar that `failed` to get a value keeps its text, about which the schema complains again;
 * and what stands below an unknown key does not matter.
 */
function causes(failed: readonly Mistake[], refused: readonly Mistake[]): readonly Mistake[] {
	const below = (path: readonly PropertyKey[], others: readonly Mistake[]): boolean =>
		others.some((other) => startsWith(path, other.path));
	const unknown = refused.filter((mistake) => mistake.unknownKey);
	return [
		...failed.filter(({ path }) => !below(path, unknown)),
		...refused.filter(({ path }) => !below(path, failed) || unknown.some((key) => key.path === path)),
	];
}

function withSeed(raw: PlainMap, seed: string): PlainMap {
	return { ...raw, spec: { ...(raw["spec"] as PlainMap), seeds: [seed] } };
}

const ITEM: ReadonlySet<string> = new Set(["item"]);
const NOTHING: ReadonlySet<string> = new Set();

/** Node groups are expanded when the cell is built, so their names and metadata may still name `item`. */
function later(path: readonly PropertyKey[]): ReadonlySet<string> {
	return /^spec\.(cluster\.nodeGroups\[\d+\]|faults\[\d+\]\.nodeGroup)\.(name$|template\.metadata\b)/.test(
		formatPath(path),
	)
		? ITEM
		: NOTHING;
}

/** A cell without nodes, and a run without pods, are slips. */
function emptiness(spec: ExperimentSpec, file: ExperimentFile): readonly Mistake[] {
	const kinds = new Set(file.kubernetes.flatMap(({ value }) => kindsOf(value)));
	const mistakes: Mistake[] = [];
	const added = bringsNodes(spec.orchestrator) || spec.faults.some((fault) => fault.action === "add");
	if (spec.cluster.nodeGroups.length === 0 && spec.cluster.source === undefined && !added && !kinds.has("Node")) {
		const message = "there are no nodes: write nodeGroups or a source, or add Kubernetes Node documents to the file";
		mistakes.push({ path: ["spec", "cluster"], at: "key", message });
	}
	// What a control plane makes of what is declared to it is its own matter.
	const declares = spec.orchestrator !== undefined || [...kinds].some(isControlled);
	if (spec.workloads.length === 0 && !kinds.has("Pod") && !declares) {
		const message = "there is nothing to run: write a workload, or add Kubernetes Pod documents to the file";
		mistakes.push({ path: ["spec", "workloads"], at: "key", message });
	}
	return mistakes;
}

/** Kinds of the objects in a Kubernetes document, those of list items included. */
function kindsOf(value: unknown): readonly string[] {
	if (!isMap(value) || typeof value["kind"] !== "string") return [];
	const items = Array.isArray(value["items"]) ? value["items"].flatMap(kindsOf) : [];
	return [value["kind"].replace(/List$/, ""), ...items];
}

function startsWith(path: readonly PropertyKey[], prefix: readonly PropertyKey[]): boolean {
	return prefix.every((step, i) => path[i] === step);
}
