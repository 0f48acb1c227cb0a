/** `cellsim import`: any trace format in, cellsim's own Arrow files out. */

import type { Command } from "commander";
import { formatCount } from "../metrics/format-metric.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";

interface Options {
	readonly output: string;
	readonly param: readonly string[];
	readonly force: boolean;
	readonly json: boolean;
}

export function addImport(program: Command): void {
	program
		.command("import")
		.description("read a trace and write it in cellsim's own format, for `source: {format: cellsim, folder: ...}`")
		.argument("<format>", "trace format; see cellsim list formats")
		.argument("<path>", "file or folder of the trace")
		.requiredOption("-o, --output <folder>", "folder for nodes.arrow and pods.arrow")
		.option("--param <key=value>", "parameter of the format, such as maxPods=100; repeatable", collect, [])
		.option("--force", "write into a folder that is not empty", false)
		.option("--json", "print the report as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim import kubernetes dump.yaml -o shop", "a dump of kubectl"],
				["cellsim import openb ../openb/csv -o openb --param maxPods=100", "the beginning of a trace"],
			),
		)
		.action(importCommand);
}

async function importCommand(format: string, path: string, { output, param, force, json }: Options): Promise<void> {
	const { importTrace } = await import("../experiment/import.js");
	const imported = await importTrace(format, path, { folder: output, params: param, force });
	if (json) {
		process.stdout.write(`${JSON.stringify({ schema: 1, ...imported })}\n`);
		return;
	}
	const { nodes, jobs, pods, report, files } = imported;
	const count = (number: number, what: string) => `${formatCount(number)} ${what}`;
	process.stderr.write(
		`${count(nodes, "nodes")}, ${count(pods, "pods")} in ${count(jobs, "jobs")}, written to ${files.join(" and ")}\n`,
	);
	if (report.length === 0) {
		process.stderr.write("every row was taken as it is\n");
		return;
	}
	const { plainTable } = await import("./text-table.js");
	const columns = ["rows", "action", "rule", "source", "first"].map(
		(title) => ({ title, align: title === "rows" ? "right" : "left" }) as const,
	);
	const rows = report.map(({ rows, action, rule, source, example }) => [String(rows), action, rule, source, example]);
	process.stdout.write(plainTable(columns, rows));
}
