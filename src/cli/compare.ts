/** `cellsim compare`: what differs between variants, or between two results, and how sure that is. */
import { type Command, Option } from "commander";
import type { ComparedMetric, Comparison } from "../experiment/results/compare.js";
import { InputError } from "../objects/input-error.js";
import { collect } from "./collect.js";
import { examples } from "./examples.js";

const FORMATS = ["table", "json", "markdown", "csv"] as const;
/** Of a gate only. */
const GATE_FORMATS = ["junit", "github-benchmark", "bencher"] as const;
type Format = (typeof FORMATS)[number] | (typeof GATE_FORMATS)[number];

interface Options {
	readonly base?: string;
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
		.argument("<results...>", "results folder of an experiment; or two, BASE and CANDIDATE")
		.option("--base <axis=value,...>", "the base among the variants of one folder (default: the first)")
		.option("--metric <name>", "compare this metric; repeatable", collect, [])
		.option("--rank", "order the variants of one folder by their mean, the best first", false)
		.option("--all", "compare every metric, not only the headlines", false)
		.addOption(
			new Option("--format <format>", "how to print; the last three are of a gate")
				.choices([...FORMATS, ...GATE_FORMATS])
				.default("table"),
		)
		.option(
			"--gate <file>",
			"let the candidate in or turn it away by the metrics in this file; exit code 1 if turned away",
		)
		.option("--json", "the same as --format json", false)
		.addHelpText(
			"after",
			examples(
				["cellsim compare results/quickstart", "each variant with the first"],
				["cellsim compare results/quickstart --base architecture=monolithic,policy=worst-fit", "with another"],
				["cellsim compare results/quickstart --rank --metric pending_time_p99_us", "the best first"],
				["cellsim compare base/mine candidate/mine --gate gate.yaml --format junit", "may the candidate go in?"],
			),
		)
		.action(compare);
}

async function compare(folders: readonly string[], options: Options): Promise<void> {
	const format = options.json ? "json" : options.format;
	if (options.gate !== undefined) {
		const { gateCommand } = await import("./compare-gate.js");
		await gateCommand(folders, {
			gate: options.gate,
			format,
			...(options.base !== undefined && { base: options.base }),
		});
		return;
	}
	if (isOfGate(format)) throw new InputError(`--format ${format} is for what a gate found: add --gate FILE`);
	const { compareResults } = await import("../experiment/results/compare.js");
	const { base, metric: metrics, all, rank } = options;
	const result = await compareResults(folders, { metrics, all, rank, ...(base === undefined ? {} : { base }) });
	for (const note of result.notes) process.stderr.write(`note: ${note}\n`);
	process.stdout.write(await printed(result, format));
}

function isOfGate(format: Format): boolean {
	return (GATE_FORMATS as readonly string[]).includes(format);
}

async function printed(result: Comparison, format: Format): Promise<string> {
	if (format === "json") return `${JSON.stringify({ schema: 1, ...result })}\n`;
	const { csvTable, markdownTable, plainTable } = await import("./text-table.js");
	if (format === "csv") return csvTable(CSV_COLUMNS, result.rows.map(csvCells));
	const { formatDifference, formatMetric } = await import("./format-metric.js");
	const columns = COLUMNS.map(
		(title, i) => ({ title, align: i < 2 || title === "verdict" ? "left" : "right" }) as const,
	);
	const rows = result.rows.map((row, i): string[] => {
		const { metric, variant, interval, percent } = row;
		const value = (number: number | null) => (number === null ? "-" : formatMetric(metric, number));
		const change = (number: number) => formatDifference(metric, number);
		// In a table for people a metric is named once.
		const repeated = format === "table" && result.rows[i - 1]?.metric === metric;
		return [
			repeated ? "" : metric,
			variant === "" ? "(all)" : variant,
			value(row.baseMean),
			value(row.mean),
			row.difference === null ? "-" : change(row.difference),
			percent === null ? "-" : `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`,
			interval === null ? "-" : `${change(interval.low)} .. ${change(interval.high)}`,
			String(row.seeds),
			row.verdict,
		];
	});
	if (format === "markdown") return `Base: ${result.base}\n\n${markdownTable(columns, rows)}`;
	return `base: ${result.base}\n\n${plainTable(columns, rows)}`;
}

const COLUMNS = ["metric", "variant", "base", "mean", "difference", "%", "95 % interval", "seeds", "verdict"];
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
	"seeds",
	"verdict",
];

function csvCells(row: ComparedMetric): (string | number | null)[] {
	const { metric, unit, better, variant, baseMean, mean, difference, percent, interval, seeds, verdict } = row;
	const { low, high } = interval ?? { low: null, high: null };
	return [metric, unit, better, variant, baseMean, mean, difference, percent, low, high, seeds, verdict];
}
