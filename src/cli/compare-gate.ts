/** `cellsim compare --gate`: whether a candidate may go in. */
import { type CheckedMetric, type GateResult, runGate, shuts } from "../experiment/results/gate.js";
import { readGate } from "../experiment/results/gate-file.js";
import { bencherOf, githubBenchmarkOf, junitOf, sentence } from "../experiment/results/gate-formats.js";
import { comparedPairs, type PairOptions } from "../experiment/results/pairs.js";
import { formatDifference, formatMetric } from "../metrics/format-metric.js";
import { InputError } from "../objects/input-error.js";
import { EXIT } from "./exit.js";
import { csvTable, markdownTable, plainTable } from "./text-table.js";

export interface GateOptions extends PairOptions {
	readonly gate: string;
	readonly format: string;
}

/** Prints what the gate found; exit code 1 if it stays shut, 3 if runs are missing that could have shut it. */
export async function gateCommand(
	folders: readonly string[],
	{ gate, format, ...options }: GateOptions,
): Promise<void> {
	if (folders.length > 2)
		throw new InputError(`a gate is for one results folder, or two (base and candidate), not ${folders.length}`);
	const { pairs, notes, missing } = await comparedPairs(folders, options);
	const result = runGate(readGate(gate), pairs, missing);
	for (const note of notes) process.stderr.write(`note: ${note}\n`);
	process.stdout.write(printed(result, format));
	if (format !== "table") process.stderr.write(`${outcome(result)}\n`);
	if (result.checks.some(shuts)) process.exitCode = EXIT.difference;
	else if (!result.passed) process.exitCode = EXIT.failed;
}

function printed(result: GateResult, format: string): string {
	switch (format) {
		case "json":
			return `${JSON.stringify({ schema: 1, ...result })}\n`;
		case "junit":
			return junitOf(result);
		case "github-benchmark":
			return githubBenchmarkOf(result);
		case "bencher":
			return bencherOf(result);
		case "csv":
			return csvTable(CSV_COLUMNS, result.checks.map(csvCells));
		case "markdown":
			return `**${outcome(result)}**\n\n${markdownTable(COLUMNS, result.checks.map(cells))}`;
		default:
			return `${plainTable(COLUMNS, result.checks.map(cells))}\n${outcome(result)}\n`;
	}
}

/** One line. */
function outcome({ passed, checks, missing }: GateResult): string {
	const shut = checks.filter(shuts);
	const unsure = checks.filter(({ verdict }) => verdict === "inconclusive").length;
	if (passed) return `gate passed: ${checks.length} checks${unsure === 0 ? "" : `, ${unsure} inconclusive`}`;
	if (shut.length === 0) return `gate undecided: the candidate lacks runs that the base has: ${missing.join("; ")}`;
	return `gate shut by ${shut.length} of ${checks.length} checks: ${shut.map(sentence).join("; ")}`;
}

const COLUMNS = (
	["metric", "variant", "base", "candidate", "worse by", "margin", "p", "seeds", "verdict"] as const
).map((title, i) => ({ title, align: i < 2 || title === "verdict" ? "left" : "right" }) as const);

function cells(check: CheckedMetric): string[] {
	const { metric, variant, baseMean, mean, worsening, margin, probability, seeds, verdict } = check;
	return [
		metric,
		variant === "" ? "(all)" : variant,
		formatMetric(metric, baseMean),
		formatMetric(metric, mean),
		formatDifference(metric, worsening),
		formatMetric(metric, margin),
		probability === null ? "-" : probability.toPrecision(2),
		String(seeds),
		verdict,
	];
}

const CSV_COLUMNS = [
	"metric",
	"variant",
	"rule",
	"better",
	"base_mean",
	"mean",
	"worsening",
	"margin",
	"p",
	"seeds",
	"verdict",
];

function csvCells(check: CheckedMetric): (string | number | null)[] {
	const { metric, variant, rule, better, baseMean, mean, worsening, margin, probability, seeds, verdict } = check;
	return [metric, variant, rule, better, baseMean, mean, worsening, margin, probability, seeds, verdict];
}
