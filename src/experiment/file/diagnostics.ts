/**
 * Mistakes in an experiment file, all of them at once, each with its place in the text.
 */
import { styleText } from "node:util";

/** A stretch of one line of a source; line and columns count from 1, `endColumn` is the column after the last character. */
export interface Place {
	/** File as the user named it, or `--set N` for the N-th override of the command line. */
	readonly file: string;
	readonly line: number;
	readonly column: number;
	readonly endColumn: number;
}

/** Finds the place of the node at `path`: its key, or its value. Answers the nearest parent where nothing was written. */
export type Locate = (path: readonly PropertyKey[], what: "key" | "value") => Place;

export interface Diagnostic extends Place {
	readonly severity: "error" | "warning";
	/** Where in the document, `spec.cluster.nodeGroups[0].count`; "" when the mistake is about the whole document. */
	readonly path: string;
	/** What is wrong and what is allowed. */
	readonly message: string;
	/** What to do about it, when that is known: `did you mean 'x'?`. */
	readonly hint?: string;
}

/** Text by file name (or `--set N`), for printing the lines that diagnostics point at. */
export type Sources = ReadonlyMap<string, string>;

/** Thrown when an experiment cannot be taken: holds every mistake found. The command line prints it and exits with 2. */
export class DiagnosticError extends Error {
	override readonly name = "DiagnosticError";
	readonly diagnostics: readonly Diagnostic[];
	readonly sources: Sources;

	constructor(diagnostics: readonly Diagnostic[], sources: Sources) {
		super(formatDiagnostics(diagnostics, sources, { color: false }));
		this.diagnostics = mergeDiagnostics(diagnostics, sources);
		this.sources = sources;
	}
}

/**
 * One block for each diagnostic, in the order of the text, equal ones once:
 *
 *     file:line:column error spec.path: message; hint
 *       7 | the line
 *         |     ^^^^
 *
 * The last two lines are left out when `sources` does not hold the file. No line break at the end.
 */
export function formatDiagnostics(
	list: readonly Diagnostic[],
	sources: Sources,
	options: { readonly color: boolean },
): string {
	const paint = (format: "red" | "yellow" | "dim" | "bold", text: string): string =>
		options.color ? styleText(format, text, { validateStream: false }) : text;
	return mergeDiagnostics(list, sources)
		.map((diagnostic) => {
			const tone = diagnostic.severity === "error" ? "red" : "yellow";
			const place = isFlag(diagnostic.file)
				? diagnostic.file
				: `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
			const path = diagnostic.path === "" ? "" : `${diagnostic.path}: `;
			const hint = diagnostic.hint === undefined ? "" : `; ${diagnostic.hint}`;
			const head = `${paint("bold", place)} ${paint(tone, diagnostic.severity)} ${path}${diagnostic.message}${hint}`;
			const line = sources.get(diagnostic.file)?.split(/\r?\n/)[diagnostic.line - 1];
			if (line === undefined) return head;
			const gutter = isFlag(diagnostic.file) ? "" : String(diagnostic.line);
			const width = Math.max(3, gutter.length);
			const quoted = `${paint("dim", `${gutter.padStart(width)} |`)} ${line}`;
			const marked = `${paint("dim", `${" ".repeat(width)} |`)} ${paint(tone, caretLine(line, diagnostic))}`;
			return `${head}\n${quoted}\n${marked}`;
		})
		.join("\n");
}

/** Sorted by file (in the order of `sources`), line and column; what says the same about the same place appears once. */
export function mergeDiagnostics(list: readonly Diagnostic[], sources: Sources): readonly Diagnostic[] {
	const files = [...new Set([...sources.keys(), ...list.map((diagnostic) => diagnostic.file)])];
	const seen = new Set<string>();
	const unique = list.filter((diagnostic) => {
		const { file, line, column, severity, path, message } = diagnostic;
		const key = JSON.stringify([file, line, column, severity, path, message]);
		if (seen.has(key)) return false;
		seen.add(key);
		return true;
	});
	// The sort is stable, so mistakes at one place keep the order in which they were found.
	return unique.sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column);
}

function isFlag(file: string): boolean {
	return file.startsWith("--");
}

/** Spaces up to the column, then carets; tabs are kept so that the carets stand below the text. */
function caretLine(line: string, place: Place): string {
	const indent = line.slice(0, place.column - 1).replace(/[^\t]/g, " ");
	const end = Math.min(place.endColumn, line.length + 1);
	return indent + "^".repeat(Math.max(1, end - place.column));
}
