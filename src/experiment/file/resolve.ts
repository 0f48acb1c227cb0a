/**
 * From an experiment file to its runs: every combination of the matrix with every seed, expressions replaced, checked.
 */
import type { z } from "zod";
import { InputError } from "../../objects/input-error.js";
import { formatPath } from "../../objects/issues.js";
import type { Diagnostic } from "./diagnostics.js";
import type { ExperimentFile } from "./document.js";
import { hasExpression, type Scope } from "./expression.js";
import { Findings } from "./findings.js";
import { expandMatrix, idleExcludes, onlyFilter, variantLabel } from "./matrix.js";
import { isMap, type PlainMap, valueAt } from "./plain-data.js";
import {
	type Experiment,
	type ExperimentRegistries,
	type ExperimentSpec,
	experimentSchema,
	frameSchema,
} from "./schema.js";
import type { Strategy, Variant } from "./strategy.js";
import { type Mistake, substitute } from "./substitute.js";
import { validate } from "./zod-issues.js";

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
	 * The experiment document of this run alone, before defaults: expressions replaced, one seed, no strategy. Plain JSON data,
	 * and a valid experiment by itself; its canonical JSON is the run's identity.
	 */
	readonly raw: PlainMap;
	/** Checked, defaults filled in; runs that differ only in the seed may share it, except for `seeds`. */
	readonly spec: Spec;
}

export interface ResolvedExperiment<Spec = ExperimentSpec> {
	readonly name: string;
	readonly runs: readonly ResolvedRun<Spec>[];
	readonly warnings: readonly Diagnostic[];
}

export interface ResolveOptions {
	/** `axis=value` options that choose some of the combinations; see `onlyFilter`. */
	readonly only?: readonly string[];
}

/**
 * The runs of an experiment. Throws `DiagnosticError` with the mistakes of all combinations, each once, and `InputError` for
 * an `only` that names nothing.
 */
export function resolveExperiment<Synthetic, Distribution, NodeTemplate>(
	file: ExperimentFile,
	registries: ExperimentRegistries<Synthetic, Distribution, NodeTemplate>,
	options: ResolveOptions = {},
): ResolvedExperiment<ExperimentSpec<Synthetic, Distribution, NodeTemplate>> {
	const schema = experimentSchema(registries);
	const findings = new Findings(file);
	const misplaced = misplacedExpressions(file.value);
	findings.add(misplaced, true);
	const frame = validate(frameSchema, file.value);
	const variants =
		frame.ok && misplaced.length === 0
			? combinations(frame.value.spec.strategy, frame.value.spec.seeds.length, findings)
			: null;
	if (!frame.ok || variants === null) {
		// The runs cannot be told apart: check what does not depend on them, so that all mistakes still come at once.
		const whole = validate(schema, file.value);
		if (!whole.ok) findings.add(whole.mistakes.filter(({ path }) => !isExpression(valueAt(file.value, path))));
		throw findings.error();
	}
	const { seeds, params } = frame.value.spec;
	const wanted = onlyFilter(variants, options.only ?? []);
	const chosen = variants.flatMap((variant, v) => (wanted(variant) ? [{ variant, first: v * seeds.length }] : []));
	const runs = chosen.flatMap(({ variant, first }) => {
		const resolver = new VariantResolver(file, schema, variant, params, findings);
		return seeds.map((seed, s) => resolver.run(first + s, seed));
	});
	if (findings.found) throw findings.error();
	return {
		name: frame.value.metadata.name,
		runs: runs as ResolvedRun<ExperimentSpec<Synthetic, Distribution, NodeTemplate>>[],
		warnings: findings.warnings,
	};
}

/** Expressions where there are no values for them yet. */
function misplacedExpressions(document: PlainMap): readonly Mistake[] {
	const mistakes: Mistake[] = [];
	const visit = (tree: unknown, path: readonly PropertyKey[]): void => {
		if (isExpression(tree)) mistakes.push({ path, at: "value", message: "expressions are not allowed here" });
		else if (Array.isArray(tree)) tree.forEach((item, i) => void visit(item, [...path, i]));
		else if (isMap(tree)) for (const [key, value] of Object.entries(tree)) visit(value, [...path, key]);
	};
	const { spec, ...rest } = document;
	visit(rest, []);
	if (!isMap(spec)) visit(spec, ["spec"]);
	else for (const key of FRAME_KEYS) visit(spec[key], ["spec", key]);
	return mistakes;
}

const FRAME_KEYS = ["params", "seeds", "strategy"] as const;

/** All combinations; null, with a finding, when they are too many. */
function combinations(strategy: Strategy, seedCount: number, findings: Findings): readonly Variant[] | null {
	try {
		const variants = expandMatrix(strategy, seedCount);
		for (const i of idleExcludes(strategy)) {
			findings.warn({ path: ["spec", "strategy", "exclude", i], at: "value", message: "leaves out no combination" });
		}
		return variants;
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		findings.add([{ path: ["spec", "strategy"], at: "key", message: error.message }]);
		return null;
	}
}

/** Makes the runs of one combination. What does not read `run` is substituted and checked once, for the first seed. */
class VariantResolver {
	readonly #file: ExperimentFile;
	readonly #schema: z.ZodType<Experiment>;
	readonly #variant: Variant;
	readonly #params: PlainMap;
	readonly #findings: Findings;
	#shared: { readonly raw: PlainMap; readonly spec: ExperimentSpec } | null = null;

	constructor(
		file: ExperimentFile,
		schema: z.ZodType<Experiment>,
		variant: Variant,
		params: PlainMap,
		findings: Findings,
	) {
		this.#file = file;
		this.#schema = schema;
		this.#variant = variant;
		this.#params = params;
		this.#findings = findings;
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
		const mistakes: Mistake[] = [];
		const number = Number(seed);
		const run = { index, seed: Number.isSafeInteger(number) ? number : seed };
		const scope: Scope = new Map<string, PlainMap>([
			["matrix", this.#variant],
			["params", this.#params],
			["run", run],
		]);
		const { strategy: _, ...rest } = this.#file.value["spec"] as PlainMap;
		const { params, seeds: __, ...open } = rest;
		const spec = substitute(open, ["spec"], { scope, later, used, report: (mistake) => mistakes.push(mistake) });
		const named = params === undefined ? {} : { params };
		const raw = withSeed({ ...this.#file.value, spec: { ...named, ...(spec as PlainMap) } }, seed);
		const checked = validate(this.#schema, raw);
		const refused = checked.ok ? emptiness(checked.value.spec, this.#file) : checked.mistakes;
		this.#findings.add(causes(mistakes, refused), false, variantLabel(this.#variant));
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
	const added = spec.faults.some((fault) => fault.action === "add");
	if (spec.cluster.nodeGroups.length === 0 && spec.cluster.source === undefined && !added && !kinds.has("Node")) {
		const message = "there are no nodes: write nodeGroups or a source, or add Kubernetes Node documents to the file";
		mistakes.push({ path: ["spec", "cluster"], at: "key", message });
	}
	if (spec.workloads.length === 0 && !kinds.has("Pod")) {
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

function isExpression(value: unknown): boolean {
	return typeof value === "string" && hasExpression(value);
}

function startsWith(path: readonly PropertyKey[], prefix: readonly PropertyKey[]): boolean {
	return prefix.every((step, i) => path[i] === step);
}
