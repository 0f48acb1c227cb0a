/** A file of one YAML or JSON document, checked by a schema. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { parseDocuments } from "../objects/documents.js";
import { InputError } from "../objects/input-error.js";
import { formatPath, validate } from "../objects/issues.js";
import { unreadable } from "../workload/inputs.js";

export interface ReadDocument<Checked> {
	/** As it is written. */
	readonly written: unknown;
	readonly checked: Checked;
}

/**
 * Reads the one document of a file. `named`: the file as the user named it; `kind`: what is wanted, for messages. InputError: a file
 * that cannot be read, another number of documents, or every mistake in it, with its place.
 */
export function readDocument<Checked>(
	file: string,
	{
		schema,
		kind,
		named = file,
	}: { readonly schema: z.ZodType<Checked>; readonly kind: string; readonly named?: string },
): ReadDocument<Checked> {
	const text = parseDocuments(textOf(file), file);
	const documents = [...text.documents.keys()].filter((document) => text.documents[document] !== null);
	if (documents.length !== 1) {
		const message = `'${named}' holds ${documents.length} documents, and one ${kind} is wanted`;
		throw new InputError(message, text.position(documents[1] ?? 0, [], "value"));
	}
	const document = documents[0]!;
	const written = text.documents[document];
	const checked = validate(schema, written);
	if (checked.ok) return { written, checked: checked.value };
	const errors = checked.mistakes.map(({ path: inside, at, message, hint }) => {
		const parts = [formatPath(inside), hint === undefined ? message : `${message}; ${hint}`];
		return new InputError(parts.filter((part) => part !== "").join(": "), text.position(document, inside, at));
	});
	const [first, ...others] = errors;
	throw new InputError(first!.message, first!.position, others);
}

function textOf(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw unreadable(file, error);
	}
}
