/** `cellsim report`: one page on an experiment's results, and its figures as SVG files. */
import { join, relative } from "node:path";
import type { Command } from "commander";
import { collect } from "./collect.js";
import { examples } from "./examples.js";

interface Options {
	readonly output?: string;
	readonly figure: readonly string[];
	readonly only: readonly string[];
	readonly json: boolean;
}

export function addReport(program: Command): void {
	program
		.command("report")
		.description("write a page on the results of an experiment, and its figures as SVG files")
		.argument("<results>", "results folder of an experiment")
		.option("-o, --output <folder>", "where page and figures go (default: <results>/report.html and <results>/figures)")
		.option("--figure <name>", "draw this figure of the experiment file only, and no page; repeatable", collect, [])
		.option("--only <axis=value>", "only runs with this matrix value; repeatable", collect, [])
		.option("--json", "print what was written as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim report results/mine", "results/mine/report.html, to open in a browser, and results/mine/figures"],
				["cellsim report results/mine --only policy=best-fit -o best", "of some of the runs, elsewhere"],
				["cellsim report results/mine --figure waiting -o paper", "one figure"],
			),
		)
		.action(report);
}

async function report(results: string, { output, figure: names, only, json }: Options): Promise<void> {
	const { writeFile } = await import("node:fs/promises");
	const { makeFolder } = await import("../experiment/folder.js");
	const wanted = await wantedOf(only);
	const { html, figures } =
		names.length > 0 ? await figuresOnly(results, names, wanted) : await wholeReport(results, wanted);
	const folder = output ?? join(results, "figures");
	await makeFolder(folder);
	const say = (file: string) => (json ? true : process.stdout.write(`${relative(".", file)}\n`));
	const page = join(output ?? results, "report.html");
	if (html !== null) {
		await writeFile(page, html);
		say(page);
	}
	const drawn: { name: string; file: string | null; notes: readonly string[] }[] = [];
	for (const { name, svg, notes } of figures) {
		for (const note of notes) process.stderr.write(`note: figure '${name}': ${note}\n`);
		const file = join(folder, `${name}.svg`);
		if (svg !== null) {
			await writeFile(file, svg);
			say(file);
		}
		drawn.push({ name, file: svg === null ? null : file, notes });
	}
	if (json)
		process.stdout.write(`${JSON.stringify({ schema: 1, page: html === null ? null : page, figures: drawn })}\n`);
}

interface Written {
	readonly html: string | null;
	readonly figures: readonly {
		readonly name: string;
		readonly svg: string | null;
		readonly notes: readonly string[];
	}[];
}

async function wholeReport(results: string, wanted: Wanted): Promise<Written> {
	const { makeReport } = await import("../report/html/report.js");
	return makeReport(results, wanted);
}

async function figuresOnly(results: string, names: readonly string[], wanted: Wanted): Promise<Written> {
	const { passes } = await import("../experiment/file/figure-rules.js");
	const { chooseFigures } = await import("../experiment/results/figures-file.js");
	const { readRuns } = await import("../experiment/results/runs-table.js");
	const { drawFigure } = await import("../report/figures/index.js");
	const runs = (await readRuns(results)).filter(({ axes }) => passes(wanted, (key) => axes.get(key)));
	const figures: Written["figures"][number][] = [];
	for (const figure of await chooseFigures(results, names))
		figures.push({ name: figure.name, ...(await drawFigure(figure, results, runs)) });
	return { html: null, figures };
}

/** Values of the matrix by axis. */
type Wanted = Record<string, string[]>;

async function wantedOf(only: readonly string[]): Promise<Wanted> {
	const wanted: Record<string, string[]> = {};
	for (const option of only) {
		const equals = option.indexOf("=");
		if (equals < 1) {
			const { InputError } = await import("../objects/input-error.js");
			throw new InputError(`--only '${option}': expected axis=value`);
		}
		const axis = option.slice(0, equals);
		(wanted[axis] ??= []).push(option.slice(equals + 1));
	}
	return wanted;
}
