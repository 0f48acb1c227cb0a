/** `cellsim export`: results in the forms of other tools. */
import { relative } from "node:path";
import type { Command } from "commander";
import { collect } from "./collect.js";
import { examples } from "./examples.js";

interface Options {
	readonly output: string;
	readonly param: readonly string[];
	readonly force: boolean;
	readonly json: boolean;
}

export function addExport(program: Command): void {
	program
		.command("export")
		.description("write results in the form of another tool: Parquet, CSV, Chrome trace, OpenMetrics")
		.argument("<format>", "form to write; see cellsim list exports")
		.argument("<results>", "a table (pods.arrow), the folder of a run, or the results folder of an experiment")
		.requiredOption("-o, --output <folder>", "where the files go; those of several runs in a folder for each")
		.option("--param <key=value>", "parameter of the form, such as from=1h; repeatable", collect, [])
		.option("--force", "write into a folder that is not empty", false)
		.option("--json", "print the files as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim export parquet results/mine -o mine", "every table of every run"],
				["cellsim export csv results/mine/runs.arrow -o sheet", "one table"],
				["cellsim export chrome-trace results/mine/0123456789ab -o trace --param to=1h", "for ui.perfetto.dev"],
				["cellsim export openmetrics results/mine -o metrics", "for promtool tsdb create-blocks-from openmetrics"],
			),
		)
		.action(exportCommand);
}

async function exportCommand(format: string, path: string, options: Options): Promise<void> {
	const { exportResults } = await import("../experiment/export/export.js");
	const { output: folder, param: params, force, json } = options;
	const files: string[] = [];
	const written = (file: string) => {
		files.push(file);
		if (!json) process.stdout.write(`${relative(".", file)}\n`);
	};
	await exportResults(format, path, { folder, params, force, written });
	if (json) process.stdout.write(`${JSON.stringify({ schema: 1, files })}\n`);
}
