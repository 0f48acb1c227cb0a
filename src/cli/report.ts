/** `cellsim report`: draws the figures that an experiment declares from its results. */
import { join, relative } from "node:path";
import type { Command } from "commander";
import { collect } from "./collect.js";
import { examples } from "./examples.js";

interface Options {
	readonly output?: string;
	readonly figure: readonly string[];
	readonly json: boolean;
}

export function addReport(program: Command): void {
	program
		.command("report")
		.description("draw the figures of an experiment from its results, one SVG file each")
		.argument("<results>", "results folder of an experiment")
		.option("-o, --output <folder>", "where the figures go (default: <results>/figures)")
		.option("--figure <name>", "draw this figure only; repeatable", collect, [])
		.option("--json", "print what was drawn as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim report results/mine", "every figure, into results/mine/figures"],
				["cellsim report results/mine --figure waiting -o paper", "one of them, elsewhere"],
			),
		)
		.action(report);
}

async function report(results: string, { output, figure: names, json }: Options): Promise<void> {
	const { writeFile } = await import("node:fs/promises");
	const { makeFolder } = await import("../experiment/folder.js");
	const { chooseFigures } = await import("../experiment/results/figures-file.js");
	const { readRuns } = await import("../experiment/results/runs-table.js");
	const { drawFigure } = await import("../report/figures/index.js");
	const runs = await readRuns(results);
	const figures = await chooseFigures(results, names);
	const folder = output ?? join(results, "figures");
	await makeFolder(folder);
	const drawn: { name: string; file: string | null; notes: readonly string[] }[] = [];
	for (const figure of figures) {
		const { svg, notes } = await drawFigure(figure, results, runs);
		for (const note of notes) process.stderr.write(`note: figure '${figure.name}': ${note}\n`);
		const file = join(folder, `${figure.name}.svg`);
		if (svg !== null) await writeFile(file, svg);
		if (svg !== null && !json) process.stdout.write(`${relative(".", file)}\n`);
		drawn.push({ name: figure.name, file: svg === null ? null : file, notes });
	}
	if (json) process.stdout.write(`${JSON.stringify({ schema: 1, figures: drawn })}\n`);
}
