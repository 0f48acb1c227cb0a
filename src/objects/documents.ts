/**
 * The documents of a YAML or JSON text, with positions for whoever finds fault with them later.
 */
import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { InputError, type InputPosition } from "./input-error.js";
import { locate } from "./yaml-position.js";

export interface ParsedText {
	readonly file: string;
	/** Plain values; null for an empty document. */
	readonly documents: readonly unknown[];
	/** Where the key or value at `path` of a document stands; slow the first time, so for error messages only. */
	position(document: number, path: readonly PropertyKey[], at: "key" | "value"): InputPosition;
}

/**
 * Reads a text that holds one JSON value or any number of YAML documents. `file` is for positions only. JSON goes the fast way;
 * the YAML parser, more than ten times slower, comes in for YAML, for JSON with mistakes, and to find positions. Throws InputError
 * for text that is neither.
 */
export function parseDocuments(text: string, file: string): ParsedText {
	let parsed: Parsed | null = null;
	const json = parseJson(text);
	if (json === undefined) parsed = parseYaml(text, file);
	return {
		file,
		documents: parsed === null ? [json] : valuesOf(parsed, file),
		position: (document, path, at) => {
			parsed ??= parseYaml(text, file);
			const doc = parsed.docs[document];
			if (doc === undefined) return { file, line: 0, column: 0 };
			const { line, column } = locate(doc, parsed.lineCounter, path, at);
			return { file, line, column };
		},
	};
}

interface Parsed {
	readonly docs: readonly Document[];
	readonly lineCounter: LineCounter;
}

/** The value, or undefined for what is not (or not quite) JSON. */
function parseJson(text: string): unknown {
	const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
	if (!/^\s*[{[]/.test(json)) return undefined;
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
}

function parseYaml(text: string, file: string): Parsed {
	const lineCounter = new LineCounter();
	const docs: readonly Document[] = [...parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true })];
	for (const doc of docs) {
		const error = doc.errors[0];
		if (error === undefined) continue;
		const { line, col } = lineCounter.linePos(error.pos[0]);
		throw new InputError(`not valid YAML or JSON: ${error.message}`, { file, line, column: col });
	}
	return { docs, lineCounter };
}

function valuesOf({ docs, lineCounter }: Parsed, file: string): readonly unknown[] {
	return docs.map((doc) => {
		try {
			return doc.toJS();
		} catch (error) {
			// Aliases without an anchor, or so many that they would fill the memory.
			const { line, column } = locate(doc, lineCounter, [], "value");
			throw new InputError(`not valid YAML: ${(error as Error).message}`, { file, line, column });
		}
	});
}
