/** `cellsim compare`: what differs between variants, or between two results, and how sure that is. */
import { type Command, Option } from "commander";
import type { ComparedMetric, Comparison } from "../experiment/results/compare.js";
import { InputError } from "../objects/input-error.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";
import { wholeNumber } from "./whole-number.js";

const FORMATS = ["table", "json", "markdown", "csv"] as const;
/** Of a gate only. */
const GATE_FORMATS = ["junit", "github-benchmark", "bencher"] as const;
type Format = (typeof FORMATS)[number] | (typeof GATE_FORMATS)[number];

interface Options {
	readonly base?: string;
	readonly by?: string;
	readonly only: readonly string[];
	readonly columns: boolean;
	/** True without a number. */
	readonly worst?: number | true;
	readonly metric: readonly string[];
	readonly all: boolean;
	readonly rank: boolean;
	readonly gate?: string;
	readonly format: Format;
	readonly json: boolean;
}

export function addCompare(program: Command): void {
	program
		.command("compare")
		.description("compare variants with a base variant, or two results, paired by seed")
		.argument("<results...>", "results folder of an experiment; or several, the BASE and its candidates")
		.option("--base <axis=value,...>", "the base among the variants of one folder (default: the first)")
		.option("--by <axis>", "compare the values of an axis, everything else equal")
		.option("--only <axis=value>", "only variants that have it; repeatable", collect, [])
		.option(
			"--metric <name>",
			"compare this metric, by its name in cellsim list metrics or its title in the table of run, such as 'pending p99'; repeatable",
			collect,
			[],
		)
		.option("--rank", "order the variants of one folder by their mean, the best first", false)
		.option("--all", "compare every metric, not only the headlines", false)
		.option("--columns", "a column a variant, a row a metric", false)
		.option(
			"--worst [pods]",
			"name the worst seed of each metric, and the pods whose waits changed most",
			wholeNumber(1, 1000),
		)
		.addOption(
			new Option("--format <format>", "how to print; the last three are of a gate")
				.choices([...FORMATS, ...GATE_FORMATS])
				.default("table"),
		)
		.option(
			"--gate <file>",
			"let the candidate in or turn it away by the metrics in this file; exit code 1 if turned away, 3 if it lacks runs of the base",
		)
		.option("--json", "the same as --format json", false)
		.addHelpText(
			"after",
			examples(
				["cellsim compare results/quickstart", "each variant with the first"],
				["cellsim compare results/quickstart --by policy --columns", "policies, architecture by architecture"],
				["cellsim compare results/quickstart --base architecture=monolithic,policy=worst-fit", "with another"],
				["cellsim compare results/quickstart --rank --metric pending_time_p99_us", "the best first"],
				["cellsim compare base/mine candidate/mine other/mine --worst", "several, with where each went worst"],
				["cellsim compare base/mine candidate/mine --gate gate.yaml --format junit", "may the candidate go in?"],
			),
		)
		.action(compare);
}

async function compare(folders: readonly string[], options: Options): Promise<void> {
	const format = options.json ? "json" : options.format;
	const { base, by, only } = options;
	const chosen = { only, ...(base !== undefined && { base }), ...(by !== undefined && { by }) };
	if (options.gate !== undefined) {
		const { gateCommand } = await import("./compare-gate.js");
		await gateCommand(folders, { gate: options.gate, format, ...chosen });
		return;
	}
	if (isOfGate(format)) throw new InputError(`--format ${format} is for what a gate found: add --gate FILE`);
	const { compareResults } = await import("../experiment/results/compare.js");
	const { metric: metrics, all, rank, worst } = options;
	const result = await compareResults(folders, {
		metrics,
		all,
		rank,
		...chosen,
		...(worst !== undefined && { worst: worst === true ? WORST_PODS : worst }),
	});
	for (const note of result.notes) process.stderr.write(`note: ${note}\n`);
	process.stdout.write(await printed(result, format, options.columns));
}

/** Pods that `--worst` names. */
const WORST_PODS = 3;

function isOfGate(format: Format): boolean {
	return (GATE_FORMATS as readonly string[]).includes(format);
}

async function printed(result: Comparison, format: Format, wide: boolean): Promise<string> {
	if (format === "json") return `${JSON.stringify({ schema: 1, ...result })}\n`;
	const { csvTable, markdownTable, plainTable } = await import("./text-table.js");
	if (format === "csv") return csvTable(CSV_COLUMNS, result.rows.map(csvCells));
	const { comparisonRows, variantColumns, worstText } = await import("./comparison-text.js");
	const { columns, rows } = wide ? variantColumns(result) : comparisonRows(result, format === "table");
	const worst = result.worst === undefined ? "" : `\n${worstText(result.worst)}`;
	if (format === "markdown") return `Base: ${result.base}\n\n${markdownTable(columns, rows)}${worst}`;
	return `base: ${result.base}\n\n${plainTable(columns, rows)}${worst}`;
}

const CSV_COLUMNS = [
	"metric",
	"unit",
	"better",
	"variant",
	"base_mean",
	"mean",
	"difference",
	"percent",
	"low",
	"high",
	"probability",
	"most_in",
	"seeds",
	"verdict",
];

function csvCells(row: ComparedMetric): (string | number | null)[] {
	const { metric, unit, better, variant, baseMean, mean, difference, percent, interval, seeds, verdict } = row;
	const { low, high } = interval ?? { low: null, high: null };
	const shown = [metric, unit, better, variant, baseMean, mean, difference, percent, low, high] as const;
	return [...shown, row.probability, row.most?.of ?? null, seeds, verdict];
}
