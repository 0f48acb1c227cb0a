/** `cellsim check`: whether experiment files are right, without running them. */
import type { Command } from "commander";
import type { Diagnostic } from "../experiment/file/diagnostics.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";
import { colored, EXIT, reportError } from "./exit.js";

interface Options {
	readonly set: readonly string[];
	readonly only: readonly string[];
	readonly json: boolean;
}

interface Checked {
	readonly file: string;
	readonly ok: boolean;
	readonly runs: number;
	readonly diagnostics: readonly Partial<Diagnostic>[];
}

export function addCheck(program: Command): void {
	program
		.command("check")
		.description("check experiment files without running them")
		.argument("<file...>", "experiment files (YAML)")
		.option("--set <path=value>", "override a value of the files; repeatable", collect, [])
		.option("--only <axis=value>", "check only some of the matrix; repeatable", collect, [])
		.option("--json", "print the findings as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim check experiments/quickstart.yaml", "every mistake at once"],
				["cellsim check mine.yaml --set spec.clock.end=1h", "as it would be with another value"],
				["cellsim check a.yaml b.yaml --json", "for a program"],
			),
		)
		.action(check);
}

async function check(files: readonly string[], options: Options): Promise<void> {
	const checked: Checked[] = [];
	for (const file of files) checked.push(await checkOne(file, options));
	if (options.json) process.stdout.write(`${JSON.stringify({ schema: 1, files: checked })}\n`);
	if (checked.some(({ ok }) => !ok)) process.exitCode = EXIT.usage;
}

async function checkOne(file: string, { json, ...options }: Options): Promise<Checked> {
	const { checkExperiment } = await import("../experiment/check.js");
	const { formatDiagnostics } = await import("../experiment/file/diagnostics.js");
	try {
		const { plans, warnings, sources, doubts } = await checkExperiment(file, options);
		if (!json && warnings.length > 0)
			process.stderr.write(`${formatDiagnostics(warnings, sources, { color: colored() })}\n`);
		for (const doubt of json ? [] : doubts) process.stderr.write(`${file} warning ${doubt}\n`);
		if (!json) process.stdout.write(`${file}: ok, ${plans.length} ${plans.length === 1 ? "run" : "runs"}\n`);
		const doubted = doubts.map((message) => ({ file, severity: "warning" as const, message }));
		return { file, ok: true, runs: plans.length, diagnostics: [...warnings, ...doubted] };
	} catch (error) {
		const diagnostics = await findings(error);
		if (!json || diagnostics === null) await reportError(error);
		if (diagnostics === null) throw error;
		return { file, ok: false, runs: 0, diagnostics };
	}
}

/** An input error as data; null for a fault of cellsim. */
async function findings(error: unknown): Promise<readonly Partial<Diagnostic>[] | null> {
	const { DiagnosticError } = await import("../experiment/file/diagnostics.js");
	const { InputError } = await import("../objects/input-error.js");
	if (error instanceof DiagnosticError) return error.diagnostics;
	if (error instanceof InputError)
		return [error, ...error.others].map(({ position, message }) => ({ ...position, severity: "error", message }));
	return null;
}
