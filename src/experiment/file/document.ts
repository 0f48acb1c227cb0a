/**
 * Experiment files: from a path to a tree of plain data whose every part knows its place in the text.
 */
import { readFileSync } from "node:fs";
import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { InputError } from "../../objects/input-error.js";
import { formatPath, shown } from "../../objects/issues.js";
import { isMap } from "../../objects/plain-data.js";
import { nearest, suggest } from "../../objects/suggest.js";
import { locate } from "../../objects/yaml-position.js";
import { type Diagnostic, DiagnosticError, type Locate, type Sources } from "./diagnostics.js";
import { applyOverrides } from "./overrides.js";
import { API_VERSION } from "./schema.js";
import { plainData } from "./yaml-data.js";

/** One YAML document: its data, and where each part stands. */
export interface LocatedDocument {
	readonly value: unknown;
	readonly locate: Locate;
}

/** An experiment file, read but not yet validated. */
export interface ExperimentFile extends LocatedDocument {
	/** Path as the user gave it; paths inside the file are relative to its folder. */
	readonly path: string;
	/** The Experiment document with overrides applied: `{apiVersion, kind, metadata, spec}`. */
	readonly value: Readonly<Record<string, unknown>>;
	/** The other documents: Kubernetes objects, in the order of the file. */
	readonly kubernetes: readonly LocatedDocument[];
	/** Texts for `formatDiagnostics`. */
	readonly sources: Sources;
	/**
	 * Warnings, and mistakes that leave the tree readable: duplicate keys, numbers that would be rounded, overrides that lead
	 * nowhere. `resolveExperiment` reports them together with its own.
	 */
	readonly diagnostics: readonly Diagnostic[];
}

export interface LoadOptions {
	/** `path=value` overrides, such as `spec.params.data=../trace`; see `applyOverrides`. */
	readonly set?: readonly string[];
}

/** Reads an experiment file. Throws `InputError` when it cannot be read, and `DiagnosticError` as `parseExperiment` does. */
export function loadExperimentFile(path: string, options: LoadOptions = {}): ExperimentFile {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new InputError(readProblem(path, (error as NodeJS.ErrnoException).code ?? "unknown error"));
	}
	return parseExperiment(text, path, options);
}

/**
 * Reads the text of an experiment file: exactly one document of kind Experiment, and any number of Kubernetes objects. Throws
 * `DiagnosticError` for a text that is not YAML, and where there is not one experiment with the right apiVersion.
 */
export function parseExperiment(text: string, path: string, options: LoadOptions = {}): ExperimentFile {
	const sources = new Map([[path, text]]);
	const { documents, broken, diagnostics } = readDocuments(text, path);
	if (broken) throw new DiagnosticError(diagnostics, sources);
	const mistakes: Diagnostic[] = [];
	const experiment = onlyExperiment(documents, path, mistakes);
	if (experiment === null || mistakes.length > 0) throw new DiagnosticError([...diagnostics, ...mistakes], sources);
	const overridden = applyOverrides(experiment.value, experiment.locate, options.set ?? []);
	for (const [flag, setting] of overridden.sources) sources.set(flag, setting);
	return {
		path,
		value: overridden.value as Readonly<Record<string, unknown>>,
		locate: overridden.locate,
		kubernetes: documents.filter((document) => document !== experiment),
		sources,
		diagnostics: [...diagnostics, ...overridden.diagnostics],
	};
}

function readProblem(path: string, code: string): string {
	if (code === "ENOENT") return `there is no file '${path}'`;
	if (code === "EISDIR") return `'${path}' is a folder; give the experiment file in it`;
	if (code === "EACCES") return `'${path}' may not be read: permission denied`;
	return `'${path}' cannot be read: ${code}`;
}

interface ReadDocuments {
	/** Every document that is not empty. */
	readonly documents: readonly LocatedDocument[];
	readonly diagnostics: readonly Diagnostic[];
	/** Whether the text is not YAML, so that the documents are guesses. */
	readonly broken: boolean;
}

function readDocuments(text: string, file: string): ReadDocuments {
	const lineCounter = new LineCounter();
	const parsed = parseAllDocuments(text, { lineCounter, uniqueKeys: true, prettyErrors: false, intAsBigInt: true });
	const diagnostics: Diagnostic[] = [];
	const documents = (Array.isArray(parsed) ? (parsed as Document[]) : []).flatMap((doc) => {
		for (const error of firstCauses(doc.errors))
			diagnostics.push(syntaxProblem(error, "error", file, text, lineCounter));
		for (const warning of doc.warnings) diagnostics.push(syntaxProblem(warning, "warning", file, text, lineCounter));
		const find: Locate = (path, what) => ({ file, ...locate(doc, lineCounter, path, what) });
		const value = plainData(doc, (path, message, hint) => {
			const place = find(path, "value");
			const rest = hint === undefined ? {} : { hint };
			diagnostics.push({ ...place, severity: "error", path: formatPath(path), message, ...rest });
		});
		return value === null && doc.errors.length === 0 ? [] : [{ value, locate: find }];
	});
	const broken = parsed.some((doc) => doc.errors.some((error) => error.code !== "DUPLICATE_KEY"));
	return { documents, diagnostics, broken };
}

/** What follows a place where the text is no YAML any more is noise. */
function firstCauses(errors: Document["errors"]): Document["errors"] {
	const [first, ...others] = errors.filter(({ code }) => code !== "DUPLICATE_KEY").sort((a, b) => a.pos[0] - b.pos[0]);
	return first === undefined ? errors : errors.filter((error) => !others.includes(error));
}

function syntaxProblem(
	problem: Document["errors"][number] | Document["warnings"][number],
	severity: "error" | "warning",
	file: string,
	text: string,
	lineCounter: LineCounter,
): Diagnostic {
	const [from, to] = problem.pos;
	const { line, col } = lineCounter.linePos(from);
	const base = { file, line: Math.max(1, line), severity, path: "" };
	if (problem.code === "DUPLICATE_KEY") {
		const key = /^[^\s:,{}[\]]+/.exec(text.slice(from))?.[0] ?? "";
		return {
			...base,
			column: col,
			endColumn: col + Math.max(1, key.length),
			message: `the key '${key}' is here twice`,
		};
	}
	const column = Math.max(1, col);
	const end = column + Math.max(1, to - from);
	const hint = text.startsWith("${{", from - 1)
		? { hint: `inside { } and [ ] an expression needs quotes: "\${{ ... }}"` }
		: {};
	return { ...base, column, endColumn: end, message: `not YAML: ${problem.message}`, ...hint };
}

/** The one Experiment among the documents; every other document must be a Kubernetes object. */
function onlyExperiment(
	documents: readonly LocatedDocument[],
	file: string,
	diagnostics: Diagnostic[],
): LocatedDocument | null {
	const experiments = documents.filter((document) => isExperiment(document, diagnostics));
	const [first, ...more] = experiments;
	for (const document of more) {
		const where = first!.locate(["kind"], "value").line;
		const message = `a second Experiment (the first is in line ${where}): write each into a file of its own`;
		diagnostics.push({ ...document.locate(["kind"], "value"), severity: "error", path: "kind", message });
	}
	if (first === undefined && diagnostics.length === 0) {
		const message = `there is no experiment in this file: write a document with apiVersion: ${API_VERSION} and kind: Experiment`;
		diagnostics.push({ file, line: 1, column: 1, endColumn: 2, severity: "error", path: "", message });
	}
	return first ?? null;
}

/** Whether a document is an experiment; complains about one that is neither that nor a Kubernetes object. */
function isExperiment(document: LocatedDocument, diagnostics: Diagnostic[]): boolean {
	const complain = (path: readonly string[], message: string, hint?: string): false => {
		const place = document.locate(path, "value");
		const rest = hint === undefined ? {} : { hint };
		diagnostics.push({ ...place, severity: "error", path: path.join("."), message, ...rest });
		return false;
	};
	if (!isMap(document.value)) return complain([], "expected a document with apiVersion and kind");
	const { apiVersion, kind } = document.value;
	const ours = typeof apiVersion === "string" && apiVersion.startsWith("cellsim/");
	if (kind === "Experiment") {
		if (apiVersion === API_VERSION) return true;
		if (apiVersion === undefined) complain([], `missing 'apiVersion': expected ${API_VERSION}`);
		else complain(["apiVersion"], `expected ${API_VERSION}, got ${shown(apiVersion)}`);
		return true;
	}
	if (kind === undefined) return complain([], "missing 'kind': expected Experiment, or a Kubernetes kind such as Node");
	if (typeof kind !== "string") return complain(["kind"], "expected Experiment, or a Kubernetes kind such as Node");
	if (ours) return complain(["kind"], `unknown kind '${kind}'`, suggest(kind, ["Experiment"], "expected"));
	if (nearest(kind, ["Experiment"]) !== null)
		return complain(["kind"], `unknown kind '${kind}'`, "did you mean 'Experiment'?");
	return false;
}
