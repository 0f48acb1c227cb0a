/** A comparison as tables of text. */
import type { ComparedMetric, Comparison } from "../experiment/results/compare.js";
import type { Worst } from "../experiment/results/worst.js";
import { formatDifference, formatMetric } from "../metrics/format-metric.js";
import { shellWord } from "./shell-word.js";
import type { Column } from "./text-table.js";

interface TextTable {
	readonly columns: readonly Column[];
	readonly rows: readonly (readonly string[])[];
}

/** A row for each metric and variant. `sparse`: a metric is named once. */
export function comparisonRows({ rows }: Comparison, sparse: boolean): TextTable {
	const parts = rows.some(({ most }) => most !== null);
	const titles = ["metric", "variant", "base", "mean", "difference", "%", "95 % interval", "p", "seeds", "verdict"];
	const columns = [...titles, ...(parts ? ["most in"] : [])].map((title) => column(title, LEFT.has(title)));
	return {
		columns,
		rows: rows.map((row, i): string[] => {
			const { metric, variant, interval, probability, difference, most } = row;
			const change = (number: number) => formatDifference(metric, number);
			return [
				sparse && rows[i - 1]?.metric === metric ? "" : metric,
				variant === "" ? "(all)" : variant,
				value(metric, row.baseMean),
				value(metric, row.mean),
				difference === null ? "-" : change(difference),
				percentText(row),
				interval === null ? "-" : `${change(interval.low)} .. ${change(interval.high)}`,
				probability === null ? "-" : probability.toPrecision(2),
				String(row.seeds),
				row.verdict,
				...(parts ? [most === null ? "" : `${most.of} ${change(most.difference)}`] : []),
			];
		}),
	};
}

const LEFT: ReadonlySet<string> = new Set(["metric", "variant", "verdict", "most in"]);

/** A row for each metric, a column for each variant: its mean, how far that is from the base, and whether that means anything. */
export function variantColumns({ rows }: Comparison): TextTable {
	const variants = [...new Set(rows.map(({ variant }) => variant))];
	const metrics = [...new Set(rows.map(({ metric }) => metric))];
	const titles = variants.map((variant) => (variant === "" ? "(all)" : variant));
	return {
		columns: [column("metric", true), column("base", false), ...titles.map((title) => column(title, false))],
		rows: metrics.map((metric) => {
			const cells = variants.map((variant) => rows.find((row) => row.metric === metric && row.variant === variant));
			const bases = [...new Set(cells.flatMap((row) => (row === undefined ? [] : [value(metric, row.baseMean)])))];
			const texts = cells.map((row) => {
				if (row === undefined) return "-";
				const change = row.percent === null ? "" : ` (${percentText(row)})`;
				return `${value(metric, row.mean)}${change} ${row.verdict}`;
			});
			// Along an axis every column has a base of its own.
			return [metric, bases.length === 1 ? bases[0]! : "(each its own)", ...texts];
		}),
	};
}

/** For each metric the seed, its values, the pods that moved most and the commands that show them. */
export function worstText(worst: readonly Worst[]): string {
	if (worst.length === 0) return "Nothing differs.\n";
	return worst
		.map(({ metric, variant, seed, before, after, runs, pods }) => {
			const [base, candidate] = runs.map(shellWord);
			const head = `${metric}${variant === "" ? "" : `, ${variant}`}: worst on seed ${seed}, ${value(metric, before)} -> ${value(metric, after)}`;
			const lines = (pods ?? []).map(
				({ pod, before, after }) =>
					`  ${pod} waited ${wait(before)} -> ${wait(after)}: cellsim explain ${candidate} ${shellWord(pod)}`,
			);
			if (pods === null) lines.push("  no pods are named: add 'pods' to spec.outputs.tables");
			return [head, ...lines, `  where they part: cellsim diff ${base} ${candidate}`, ""].join("\n");
		})
		.join("\n");
}

function wait(us: number | null): string {
	return us === null ? "for ever" : formatMetric("pending_time_mean_us", us);
}

function value(metric: string, number: number | null): string {
	return number === null ? "-" : formatMetric(metric, number);
}

function percentText({ percent }: ComparedMetric): string {
	return percent === null ? "-" : `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}

function column(title: string, left: boolean): Column {
	return { title, align: left ? "left" : "right" };
}
