/** What a schema takes, field by field, for people: names, descriptions, defaults, types. */
import { z } from "zod";

export interface ListedField {
	readonly name: string;
	readonly description: string;
	/** JSON of the default; null where there is none. */
	readonly default: string | null;
	/** What it takes, or its unit: `integer`, `fit | node-version`, `us`; "" where the description says it. */
	readonly type: string;
}

/** A JSON Schema, as far as it is read here. */
export interface Part {
	readonly properties?: Readonly<Record<string, Part>>;
	readonly description?: string;
	readonly default?: unknown;
	readonly type?: string | readonly string[];
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly anyOf?: readonly Part[];
	readonly oneOf?: readonly Part[];
}

export function formOf(schema: z.ZodType): Part {
	return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Part;
}

export function fieldsOf({ properties = {} }: Part): readonly ListedField[] {
	return Object.entries(properties).map(([name, part]) => ({
		name,
		description: part.description ?? "",
		default: part.default === undefined ? null : JSON.stringify(part.default),
		type: typeOf(part),
	}));
}

function typeOf(part: Part): string {
	const { type, enum: values, anyOf = [], oneOf = [], properties } = part;
	if (values !== undefined) return values.join(" | ");
	if (properties?.["dist"]?.const !== undefined) return "distribution";
	if (properties !== undefined) return `{${Object.keys(properties).join(", ")}}`;
	if (type !== undefined) return [type].flat().join(" | ");
	return [...new Set([...anyOf, ...oneOf].map(typeOf))].join(" | ");
}
