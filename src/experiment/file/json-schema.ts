/**
 * The experiment file as a JSON Schema (draft 7), which editors read for completion, hovers and squiggles.
 */
import { z } from "zod";
import { componentJsonSchema } from "./component.js";
import { type ExperimentRegistries, experimentSchema } from "./schema.js";

/** A JSON Schema, or any part of one. */
export type JsonSchema = { [key: string]: unknown };

/**
 * The JSON Schema of an experiment document. Every value that is not free text also takes a text with an expression, except
 * in `metadata`, `params`, `seeds`, `strategy` and `figures`, which cannot hold any. Component references list the registered names.
 */
export function experimentJsonSchema(registries: ExperimentRegistries): JsonSchema {
	const schema = z.toJSONSchema(experimentSchema(registries), {
		io: "input",
		target: "draft-7",
		unrepresentable: "any",
		override: ({ zodSchema, jsonSchema }) => {
			const component = componentJsonSchema(zodSchema);
			if (component !== undefined) Object.assign(jsonSchema, component);
		},
	}) as JsonSchema;
	const properties = schema["properties"] as { readonly spec: JsonSchema };
	const spec = properties.spec["properties"] as JsonSchema;
	properties.spec["anyOf"] = schedulingUnlessOrchestrated(properties.spec);
	for (const [key, value] of Object.entries(spec)) {
		if (!LITERAL.has(key)) spec[key] = loosen(value as JsonSchema);
	}
	const { $schema, ...rest } = schema;
	return {
		$schema,
		$id: "urn:cellsim:schema:experiment:v1alpha1",
		title: "cellsim experiment",
		...shareBranches(rest),
	};
}

/** An orchestrator may bring what says who schedules: then it may be left out, whole or in part. Takes the demand out of the schema of the spec. */
function schedulingUnlessOrchestrated(spec: JsonSchema): readonly JsonSchema[] {
	const scheduling = (spec["properties"] as { readonly scheduling: JsonSchema }).scheduling;
	const { required } = scheduling;
	delete scheduling["required"];
	spec["required"] = (spec["required"] as readonly string[]).filter((key) => key !== "scheduling");
	const some = (description: string) => ({ type: ["string", "object", "array"], description });
	const whole = {
		type: "object",
		required,
		description: scheduling["description"],
		properties: Object.fromEntries((required as readonly string[]).map((key) => [key, some("Needed")])),
	};
	return [
		{
			type: "object",
			required: ["orchestrator"],
			properties: { orchestrator: some("Brings what says who schedules") },
		},
		{ type: "object", required: ["scheduling"], properties: { scheduling: whole } },
	];
}

const LITERAL: ReadonlySet<string> = new Set(["params", "seeds", "strategy", "figures"]);
const EXPRESSION = { type: "string", pattern: "\\$\\{\\{" } as const;
/** Parts that describe a value to people rather than restrict it: they stay outside, where editors look. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "default", "examples"]);
/** An expression may stand for a list or a map as for a number: `classes: ${{ matrix.classes }}`. */
const RESTRICTED: ReadonlySet<unknown> = new Set(["number", "integer", "boolean", "array", "object"]);
const CHILDREN = ["properties", "definitions", "patternProperties"];

/** A copy of a schema in which an expression may stand for every restricted scalar, list and map, and for a reference as a whole. */
function loosen(schema: JsonSchema): JsonSchema {
	const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, loosenPart(key, value)]));
	// A text with an expression could fit several branches at once, which `oneOf` forbids.
	const { oneOf, ...rest } = inner;
	const open = oneOf === undefined ? rest : { ...rest, anyOf: oneOf };
	if (Array.isArray(open["anyOf"])) return { ...open, anyOf: [...dropExpressions(open["anyOf"]), EXPRESSION] };
	if (!isRestricted(open)) return open;
	const notes = Object.entries(open).filter(([key]) => ANNOTATIONS.has(key));
	const rules = Object.entries(open).filter(([key]) => !ANNOTATIONS.has(key));
	return { ...Object.fromEntries(notes), anyOf: [Object.fromEntries(rules), EXPRESSION] };
}

function loosenPart(key: string, value: unknown): unknown {
	if (Array.isArray(value) && ["anyOf", "oneOf", "allOf"].includes(key)) return value.map(loosen);
	if (typeof value !== "object" || value === null) return value;
	if (key === "items" || key === "additionalProperties")
		return Array.isArray(value) ? value : loosen(value as JsonSchema);
	if (!CHILDREN.includes(key)) return value;
	return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, loosen(child as JsonSchema)]));
}

/** Branches without the expression branch that loosening gave each: one at the end is enough. */
function dropExpressions(branches: readonly unknown[]): readonly unknown[] {
	return branches.flatMap((branch) => {
		const { anyOf, ...notes } = branch as JsonSchema;
		if (!Array.isArray(anyOf) || anyOf.at(-1) !== EXPRESSION || anyOf.length !== 2) return [branch];
		return [{ ...notes, ...(anyOf[0] as JsonSchema) }];
	});
}

/** Numbers, booleans, lists, maps, enumerations, and texts of a certain form; not constants, which tell branches apart. */
function isRestricted(schema: JsonSchema): boolean {
	if (schema["enum"] !== undefined) return true;
	if (schema["const"] !== undefined) return false;
	const types = [schema["type"]].flat();
	if (types.some((type) => RESTRICTED.has(type)) && !types.includes("string")) return true;
	return schema["type"] === "string" && (schema["pattern"] !== undefined || schema["format"] !== undefined);
}

/** Branches shorter than this are not worth a name. */
const WORTH_SHARING = 300;

/**
 * Moves large branches that several `anyOf` lists have, such as the distributions, into `definitions`. Only branches: what
 * stands for a field keeps its description beside it, where editors look.
 */
function shareBranches(schema: JsonSchema): JsonSchema {
	const counts = new Map<string, number>();
	visitBranches(schema, (_branch, text) => counts.set(text, (counts.get(text) ?? 0) + 1));
	const names = new Map<string, string>();
	const definitions: JsonSchema = {};
	const share = (part: unknown): unknown => {
		if (Array.isArray(part)) return part.map(share);
		if (typeof part !== "object" || part === null) return part;
		return Object.fromEntries(
			Object.entries(part).map(([key, value]) => [
				key,
				key === "anyOf" && Array.isArray(value) ? value.map(shareBranch) : share(value),
			]),
		);
	};
	const shareBranch = (branch: unknown): unknown => {
		const text = JSON.stringify(branch);
		if (text.length < WORTH_SHARING || counts.get(text)! < 2) return share(branch);
		let name = names.get(text);
		if (name === undefined) {
			name = `shared${names.size + 1}`;
			names.set(text, name);
			definitions[name] = share(branch);
		}
		return { $ref: `#/definitions/${name}` };
	};
	const shared = share(schema) as JsonSchema;
	return names.size === 0 ? shared : { ...shared, definitions };
}

function visitBranches(part: unknown, visit: (branch: unknown, text: string) => void): void {
	if (typeof part !== "object" || part === null) return;
	for (const [key, value] of Object.entries(part)) {
		if (key === "anyOf" && Array.isArray(value)) for (const branch of value) visit(branch, JSON.stringify(branch));
		visitBranches(value, visit);
	}
}
