/** Parameters of a definition from `--param key=value` of a command. */
import type { z } from "zod";
import { formatPath, validate } from "../objects/issues.js";
import { paramsOf } from "./file/component.js";
import { type Diagnostic, DiagnosticError } from "./file/diagnostics.js";
import { applyOverrides } from "./file/overrides.js";

/** What `given` and the settings, with values in YAML, make of its parameters. DiagnosticError with every mistake. */
export function paramsFrom<Parameters>(
	definition: { readonly params?: z.ZodType<Parameters> },
	given: Readonly<Record<string, unknown>>,
	settings: readonly string[],
): Parameters {
	const find = () => ({ file: "--param", line: 1, column: 1, endColumn: 2 });
	const { value, locate, diagnostics, sources } = applyOverrides(given, find, settings, "--param");
	if (diagnostics.length > 0) throw new DiagnosticError(diagnostics, sources);
	const checked = validate(paramsOf(definition), value);
	if (checked.ok) return checked.value;
	const mistakes = checked.mistakes.map(({ path, at, message, hint }): Diagnostic => {
		const base = { ...locate(path, at), severity: "error", path: formatPath(path), message } as const;
		return hint === undefined ? base : { ...base, hint };
	});
	throw new DiagnosticError(mistakes, sources);
}
