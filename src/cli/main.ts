#!/usr/bin/env node
/**
 * The `cellsim` command. Each command is a file of this folder; heavy rooms are loaded by the command that needs them, so that
 * `--help` is quick. Data goes to stdout, talk to stderr.
 */
import { setFlagsFromString } from "node:v8";
import { Command, CommanderError, Help } from "commander";
import { addCheck } from "./check.js";
import { addCompact } from "./compact.js";
import { addCompare } from "./compare.js";
import { addCompletion } from "./completion.js";
import { addDiff } from "./diff.js";
import { examples } from "./examples.js";
import { EXIT, mindOutput, reportError } from "./exit.js";
import { addExplain } from "./explain.js";
import { addExplore } from "./explore.js";
import { addExport } from "./export.js";
import { addImport } from "./import.js";
import { addList } from "./list.js";
import { addReport } from "./report.js";
import { addRun } from "./run.js";
import { addSchema } from "./schema.js";
import { addSweep } from "./sweep.js";
import { version } from "./version.js";

// V8 optimizes a function after eight times as much work as it would by itself. Most runs last a second, in which much that is optimized
// early does not pay for that: a run of the openb trace takes a seventh less CPU, and those of minutes as much as before.
setFlagsFromString("--interrupt-budget=540000");

const program = new Command("cellsim")
	.description("A deterministic simulator of cluster scheduling")
	.version(version())
	.showHelpAfterError("(add --help for the options)")
	.exitOverride()
	// That a switch is off and a list is empty need not be said.
	.configureHelp({
		optionDescription: (option) => {
			const { defaultValue, description } = option;
			const nothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
			return nothing ? description : new Help().optionDescription(option);
		},
	})
	.addHelpText(
		"after",
		examples(
			["cellsim check mine.yaml", "every mistake in an experiment"],
			["cellsim run mine.yaml", "all of it, into results/mine"],
			["cellsim compare results/mine", "what differs, and how sure that is"],
			["cellsim run --help", "options and examples of a command"],
		),
	)
	.addHelpText(
		"after",
		`
Exit codes: 0 done, 1 a difference or regression was found, 2 bad usage or input, 3 a run failed, 130 interrupted.`,
	);
for (const add of [
	addRun,
	addCompact,
	addSweep,
	addReport,
	addExplore,
	addCompare,
	addExplain,
	addDiff,
	addCheck,
	addImport,
	addExport,
	addSchema,
	addList,
	addCompletion,
])
	add(program);

mindOutput();

try {
	await program.parseAsync();
} catch (error) {
	if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
	else process.exitCode = await reportError(error);
}
