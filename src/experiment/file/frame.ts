/**
 * The frame of an experiment: its parameters, seeds and strategy, which say what runs there are, and the figures drawn of them. A
 * frame with mistakes is read as far as it goes, so that the rest of the file can still be checked.
 */
import { InputError } from "../../objects/input-error.js";
import { type Mistake, validate } from "../../objects/issues.js";
import { isMap, type PlainMap } from "../../objects/plain-data.js";
import { figureMistakes } from "./figure-rules.js";
import type { FigureSpec } from "./figures-schema.js";
import { expandMatrix, idleExcludes, namesakes, valueLabel } from "./matrix.js";
import { frameSchema, paramSchema, seedsSchema } from "./schema.js";
import { axisName, axisSchema, type Strategy, type Variant, variantSchema } from "./strategy.js";
import { isExpression } from "./substitute.js";

export interface Frame {
	readonly name: string;
	readonly params: PlainMap;
	readonly seeds: readonly string[];
	/** All combinations of the matrix; in a broken frame, of what of it can be read. */
	readonly variants: readonly Variant[];
	/** None in a broken frame. */
	readonly figures: readonly FigureSpec[];
	/** What expressions may name although nobody knows its value: a context such as `matrix`, or one of its fields, `params.load`. */
	readonly unknown: ReadonlySet<string>;
}

export interface ReadFrame {
	readonly frame: Frame;
	/** Expressions in the frame, or in another place where there are no values for them. */
	readonly misplaced: readonly Mistake[];
	/** What else is wrong with the frame. */
	readonly mistakes: readonly Mistake[];
	readonly warnings: readonly Mistake[];
}

/** Reads the frame of a document whose spec is a map. */
export function readFrame(document: PlainMap): ReadFrame {
	const misplaced = misplacedExpressions(document);
	const checked = validate(frameSchema, document);
	if (checked.ok && misplaced.length === 0) return wholeFrame(checked.value.metadata.name, checked.value.spec);
	return { frame: brokenFrame(document), misplaced, mistakes: checked.ok ? [] : checked.mistakes, warnings: [] };
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
	for (const key of FRAME_KEYS) visit((spec as PlainMap)[key], ["spec", key]);
	return mistakes;
}

const FRAME_KEYS = ["params", "seeds", "strategy", "figures"] as const;

interface FrameParts {
	readonly params: PlainMap;
	readonly seeds: readonly string[];
	readonly strategy: Strategy;
	readonly figures: readonly FigureSpec[];
}

function wholeFrame(name: string, { params, seeds, strategy, figures }: FrameParts): ReadFrame {
	const frame = { name, params, seeds, figures, unknown: NOTHING };
	try {
		const variants = expandMatrix(strategy, seeds.length);
		const idle = idleExcludes(strategy).map((i): Mistake => {
			return { path: ["spec", "strategy", "exclude", i], at: "value", message: "leaves out no combination" };
		});
		const alike = namesakes(strategy).map(([axis, i]): Mistake => {
			const message = `is called '${valueLabel(strategy.matrix[axis]![i]!)}' as another value is; give them names of their own`;
			return { path: ["spec", "strategy", "matrix", axis, i], at: "value", message };
		});
		const warnings = [...idle, ...alike];
		return { frame: { ...frame, variants }, misplaced: [], mistakes: figureMistakes(figures, variants), warnings };
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		const mistake: Mistake = { path: ["spec", "strategy"], at: "key", message: error.message };
		const variants = [firstCombination(strategy)];
		return {
			frame: { ...frame, variants, seeds: seeds.slice(0, 1) },
			misplaced: [],
			mistakes: [mistake],
			warnings: [],
		};
	}
}

const NOTHING: ReadonlySet<string> = new Set();

function firstCombination({ matrix }: Strategy): Variant {
	return Object.fromEntries(Object.entries(matrix).map(([axis, values]) => [axis, values[0]]));
}

/** One seed stands for all: what is wrong with the rest seldom depends on it. */
function brokenFrame(document: PlainMap): Frame {
	const { params = {}, seeds = [1], strategy = {} } = document["spec"] as PlainMap;
	const unknown = new Set<string>();
	const knownParams = isMap(params) ? readable(params, "params", paramSchema, unknown) : {};
	if (!isMap(params)) unknown.add("params");
	const readSeeds = seedsSchema.safeParse(seeds);
	return {
		name: "",
		params: knownParams,
		seeds: readSeeds.success ? readSeeds.data.slice(0, 1) : ["1"],
		variants: readableVariants(strategy, unknown),
		figures: [],
		unknown,
	};
}

type Schema = typeof paramSchema | typeof axisSchema;

/** The entries that fit `schema` and hold no expression; the others become unknown fields of `context`. */
function readable(map: PlainMap, context: string, schema: Schema, unknown: Set<string>): PlainMap {
	const known: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(map)) {
		if (isClean(value) && schema.safeParse(value).success) known[key] = value;
		else unknown.add(`${context}.${key}`);
	}
	return known;
}

function isClean(tree: unknown): boolean {
	if (isExpression(tree)) return false;
	return typeof tree !== "object" || tree === null || Object.values(tree).every(isClean);
}

function readableVariants(strategy: unknown, unknown: Set<string>): readonly Variant[] {
	const { matrix = {}, include = [], exclude = [], ...rest } = isMap(strategy) ? strategy : { matrix: null };
	const others = Object.keys(rest).filter((key) => key !== "maxRuns");
	const misnamed = isMap(matrix) && Object.keys(matrix).some((axis) => !axisName.safeParse(axis).success);
	if (!isMap(matrix) || misnamed || !Array.isArray(include) || others.length > 0) {
		unknown.add("matrix");
		return [{}];
	}
	const axes = readable(matrix, "matrix", axisSchema, unknown) as Strategy["matrix"];
	const entries = (list: readonly unknown[]) =>
		list.filter((entry): entry is Variant => isClean(entry) && variantSchema.safeParse(entry).success);
	const added = entries(include);
	for (const entry of include) {
		if (!isMap(entry) || added.includes(entry)) continue;
		for (const key of Object.keys(entry)) if (!Object.hasOwn(axes, key)) unknown.add(`matrix.${key}`);
	}
	const left = Array.isArray(exclude) ? entries(exclude) : [];
	const known = { matrix: axes, include: added, exclude: left, maxRuns: MOST_VARIANTS };
	try {
		return expandMatrix(known);
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		return [firstCombination(known)];
	}
}

const MOST_VARIANTS = 1000;
