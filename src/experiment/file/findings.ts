/**
 * Mistakes of all the combinations of an experiment, each once, with its place and the combinations that have it.
 */

import type { Mistake } from "../../objects/issues.js";
import { formatPath } from "../../objects/issues.js";
import { type Diagnostic, DiagnosticError, type Locate } from "./diagnostics.js";
import type { ExperimentFile } from "./document.js";

/** Collects mistakes in one file. Starts with those that reading the file found. */
export class Findings {
	readonly #file: ExperimentFile;
	readonly #found = new Map<string, { readonly diagnostic: Diagnostic; readonly labels: Set<string> }>();
	readonly #warnings: Diagnostic[];
	/** Places about which nothing more is to be said: what follows there is only a consequence. */
	readonly #settled = new Set<string>();
	readonly #labels = new Set<string>();

	constructor(file: ExperimentFile) {
		this.#file = file;
		this.#warnings = file.diagnostics.filter(({ severity }) => severity === "warning");
		for (const diagnostic of file.diagnostics) {
			if (diagnostic.severity === "error") this.#put(diagnostic, "", true);
		}
	}

	/** Whether there is any mistake. */
	get found(): boolean {
		return this.#found.size > 0;
	}

	get warnings(): readonly Diagnostic[] {
		return this.#warnings;
	}

	/**
	 * Adds mistakes. `settle` keeps later ones about the same places out. `label` is the combination that was looked at, also
	 * when it has no mistakes.
	 */
	add(mistakes: readonly Mistake[], settle = false, label = ""): void {
		this.#labels.add(label);
		const settled = new Set(this.#settled);
		for (const mistake of mistakes) {
			const diagnostic = this.#diagnostic(mistake, "error");
			if (!settled.has(placeKey(diagnostic))) this.#put(diagnostic, label, settle);
		}
	}

	/** Adds mistakes of another document of the same file, whose messages say in what. */
	addElsewhere(mistakes: readonly Mistake[], locate: Locate): void {
		for (const { path, at, message } of mistakes) {
			this.#put({ ...locate(path, at), severity: "error", path: "", message }, "", false);
		}
	}

	warn(mistake: Mistake): void {
		this.#warnings.push(this.#diagnostic(mistake, "warning"));
	}

	/** Everything found, as an error to throw. What only some combinations have says which. */
	error(): DiagnosticError {
		const diagnostics = [...this.#found.values()].map(({ diagnostic, labels }) => {
			const [first = ""] = labels;
			if (first === "" || labels.size === this.#combinations) return diagnostic;
			const more = labels.size === 1 ? "" : ` and ${labels.size - 1} more`;
			return { ...diagnostic, message: `${diagnostic.message} (with ${first}${more})` };
		});
		return new DiagnosticError([...diagnostics, ...this.#warnings], this.#file.sources);
	}

	get #combinations(): number {
		return this.#labels.size - (this.#labels.has("") ? 1 : 0);
	}

	#diagnostic({ path, at, message, hint }: Mistake, severity: "error" | "warning"): Diagnostic {
		const place = this.#file.locate(path, at);
		return { ...place, severity, path: formatPath(path), message, ...(hint === undefined ? {} : { hint }) };
	}

	#put(diagnostic: Diagnostic, label: string, settle: boolean): void {
		if (settle) this.#settled.add(placeKey(diagnostic));
		const key = `${placeKey(diagnostic)}\0${diagnostic.path}\0${diagnostic.message}`;
		const known = this.#found.get(key);
		if (known) known.labels.add(label);
		else this.#found.set(key, { diagnostic, labels: new Set([label]) });
	}
}

const placeKey = ({ file, line, column }: Diagnostic): string => `${file}\0${line}\0${column}`;
