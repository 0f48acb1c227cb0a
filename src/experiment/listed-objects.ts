/** Kinds of objects that an experiment can have, for `cellsim list`: who knows them, and what of them is read and checked. */
import type { z } from "zod";
import type { AnyKind } from "../control/kinds/kind.js";
import { USED_OBJECTS } from "../objects/manifest.js";
import type { ListedEntry } from "./listing.js";
import { registries } from "./registries.js";
import { fieldsOf, formOf, type ListedField } from "./schema-fields.js";

export interface ListedObject {
	/** Null: read whoever orchestrates, or if nobody does. */
	readonly orchestrator: string | null;
	readonly apiVersion: string;
	/** Of `spec.actions`, what users do to its objects. */
	readonly actions: readonly string[];
}

/** First what is read without an orchestrator, then what each knows. */
export function objects(): readonly ListedEntry[] {
	const used = USED_OBJECTS.map(({ kind, apiVersion, summary, schema }) => ({
		name: kind,
		summary,
		fields: fieldsOfManifest(schema),
		object: { orchestrator: null, apiVersion, actions: [] },
	}));
	const known = [...registries.orchestrators.all.values()].flatMap(({ name: orchestrator, kinds }) =>
		kinds.map((definition) => entryOf(definition, orchestrator)),
	);
	return [...used, ...known];
}

function entryOf(definition: AnyKind, orchestrator: string): ListedEntry {
	const { kind, apiVersion, summary = "", spec, actions } = definition;
	const own = withoutNull(fieldsOf(formOf(spec)));
	const same = USED_OBJECTS.find((used) => used.kind === kind && used.apiVersion === apiVersion);
	// A pod is read by whoever reads pods.
	const fields = own.length > 0 || same === undefined ? own : fieldsOfManifest(same.schema);
	const scaled = definition.replicas !== undefined && fields.some(({ name }) => name === "replicas");
	const usual = ["create", "patch", ...(scaled ? ["scale"] : []), "delete"];
	return { name: kind, summary, fields, object: { orchestrator, apiVersion, actions: actions ?? usual } };
}

/** Of its spec, and what else stands beside its metadata. */
function fieldsOfManifest(schema: z.ZodType): readonly ListedField[] {
	const { properties = {} } = formOf(schema);
	const { spec = {}, apiVersion: _, kind: __, metadata: ___, ...beside } = properties;
	const given = spec.anyOf?.find((part) => part.properties !== undefined) ?? spec;
	return withoutNull([...fieldsOf(given), ...fieldsOf({ properties: beside })]);
}

/** What may be absent may be null, in every field. */
function withoutNull(fields: readonly ListedField[]): readonly ListedField[] {
	return fields.map((field) => ({ ...field, type: field.type.replace(/ \| null$/, "") }));
}
