/**
 * References to registered components: `best-fit`, or `{name: best-fit, ...parameters}`; for trace formats the key is `format`.
 */
import { z } from "zod";
import { type IssueParams, validateInside } from "../../objects/issues.js";
import { isMap, kindOf } from "../../objects/plain-data.js";
import { nearest } from "../../objects/suggest.js";

/** The part of a `Registry` that a file format needs. */
export interface Catalogue {
	/** What one of them is called in messages: `scheduler`. */
	readonly kind: string;
	readonly all: ReadonlyMap<string, { readonly name: string; readonly summary: string; readonly params?: z.ZodType }>;
}

/** A component with checked parameters, ready for `Definition.create`. */
export interface ComponentReference {
	/** Name in the registry; for a file, its base name without extension. */
	readonly name: string;
	/** The file that defines the component, as written (relative to the experiment file); null for a registered one. */
	readonly path: string | null;
	/** What the `params` of the definition made of the parameters; for a file, a map of the parameters as written. */
	readonly params: unknown;
}

export interface ComponentOptions {
	/** The key that names the component in a map. */
	readonly key: "name" | "format" | "policy";
	/** Whether the name alone, without a map, will do. */
	readonly short: boolean;
	/** Whether a path of a JavaScript or TypeScript file may stand in place of a name. */
	readonly files: boolean;
	readonly description: string;
}

/** The schema of a reference into `catalogue`. Output: `ComponentReference`. */
export function componentSchema(catalogue: Catalogue, options: ComponentOptions): z.ZodType<ComponentReference> {
	const schema = z
		.unknown()
		.transform((value, context) => read(catalogue, options, value, context))
		.describe(options.description);
	jsonForms.set(schema, () => jsonForm(catalogue, options));
	return schema;
}

/** The JSON Schema of a schema made by `componentSchema`, undefined for any other. */
export function componentJsonSchema(schema: z.core.$ZodType): Record<string, unknown> | undefined {
	return jsonForms.get(schema)?.();
}

/** The schema of a component's parameters; one that declares none takes none. */
export function paramsOf<Parameters>(definition: { readonly params?: z.ZodType<Parameters> }): z.ZodType<Parameters> {
	return definition.params ?? NO_PARAMETERS;
}

const NO_PARAMETERS = z.strictObject({}) as unknown as z.ZodType<never>;

/** Whether a reference names a file rather than a registered component. */
export function isFileReference(name: string): boolean {
	return /^(\.{0,2}\/).*\.(ts|js|mjs)$/.test(name);
}

// zod would show a transform as "anything", so the JSON form is kept beside the schema.
const jsonForms = new WeakMap<z.core.$ZodType, () => Record<string, unknown>>();

function read(
	catalogue: Catalogue,
	options: ComponentOptions,
	value: unknown,
	context: z.RefinementCtx,
): ComponentReference {
	const { key } = options;
	const refuse = (message: string, path: PropertyKey[] = [], params: IssueParams = {}): never => {
		context.addIssue({ code: "custom", message, path, params: { ...params } });
		return z.NEVER;
	};
	if (!isMap(value) && !(options.short && typeof value === "string")) {
		const expected = options.short ? `the name of ${aKind(catalogue)}, or a map with '${key}'` : `a map with '${key}'`;
		return refuse(`expected ${expected}${value === undefined ? "" : `, got ${kindOf(value)}`}`);
	}
	const { [key]: name, ...params } = isMap(value) ? value : { [key]: value };
	const path = isMap(value) ? [key] : [];
	if (name === undefined) return refuse(`missing '${key}': expected ${names(catalogue)}`, [], { at: "key" });
	if (typeof name !== "string") return refuse(`expected the name of ${aKind(catalogue)}, got ${kindOf(name)}`, path);
	if (options.files && isFileReference(name)) return { name: baseName(name), path: name, params };
	const definition = catalogue.all.get(name);
	if (definition !== undefined) {
		return { name, path: null, params: validateInside(paramsOf(definition), params, context) };
	}
	const near = nearest(name, catalogue.all.keys());
	const hint = near === null ? undefined : `did you mean '${near}'?`;
	const expected = [names(catalogue), ...(options.files ? ["a path such as ./mine.ts"] : [])].filter(Boolean);
	return refuse(`unknown ${catalogue.kind} '${name}': expected ${expected.join(", or ")}`, path, { hint });
}

const aKind = ({ kind }: Catalogue): string => `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
const names = (catalogue: Catalogue): string => [...catalogue.all.keys()].join(", ");

function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1).replace(/\.(ts|js|mjs)$/, "");
}

function jsonForm(catalogue: Catalogue, options: ComponentOptions): Record<string, unknown> {
	const { key, short, files } = options;
	const definitions = [...catalogue.all.values()];
	const pathForm = { type: "string", pattern: "^\\.{0,2}/.*\\.(ts|js|mjs)$", description: "a file that defines one" };
	const maps = definitions.map((definition) => mapForm(definition, key));
	const pathMap = { type: "object", properties: { [key]: pathForm }, required: [key] };
	return {
		description: options.description,
		anyOf: [
			...(short && definitions.length > 0 ? [{ enum: definitions.map((definition) => definition.name) }] : []),
			...(short && files ? [pathForm] : []),
			...maps,
			...(files ? [pathMap] : []),
		],
	};
}

function mapForm(definition: { name: string; summary: string; params?: z.ZodType }, key: string): object {
	const form = z.toJSONSchema(paramsOf(definition), { io: "input", target: "draft-7", unrepresentable: "any" });
	const name = { const: definition.name, description: definition.summary };
	const open = form.type !== "object";
	return {
		type: "object",
		description: definition.summary,
		properties: { [key]: name, ...form.properties },
		required: [key, ...(form.required ?? [])],
		additionalProperties: open || (form.additionalProperties ?? {}),
	};
}
