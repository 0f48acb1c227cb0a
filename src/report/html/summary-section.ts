/** The summary of a report: means with intervals, and what differs from the first variant. */
import { SeededRandomSource } from "../../engine/random.js";
import type { ComparedMetric } from "../../experiment/results/compare.js";
import { HEADLINES } from "../../experiment/results/headlines.js";
import type { RunRow } from "../../experiment/results/runs-table.js";
import { bootstrapInterval, mean } from "../../experiment/results/statistics.js";
import { describeMetric } from "../../metrics/catalogue.js";
import { formatDifference, formatMetric } from "../../metrics/format-metric.js";
import { cell, type TableCell, table } from "./markup.js";

/** A row a variant, a column a headline: the mean over seeds, and its 95 % interval below it. */
export function summaryTable(rows: readonly RunRow[]): string {
	const metrics = HEADLINES.filter(([metric]) => rows.some(({ metrics }) => metrics.has(metric)));
	const labels = [...new Set(rows.map(({ variant }) => variant))];
	const head = ["variant", "runs", ...metrics.map(([, title]) => title)];
	const body = labels.map((label): readonly TableCell[] => {
		const mine = rows.filter(({ variant }) => variant === label);
		const values = metrics.map(([metric]) => valueCell(metric, label, mine));
		return [cell(label === "" ? "(all)" : label), cell(String(mine.length), { number: true }), ...values];
	});
	return table("Means over seeds; below them the 95 % interval of the mean (bootstrap over seeds)", head, body);
}

// As everywhere, the draws depend on nothing but names.
const RANDOM = new SeededRandomSource("0");

function valueCell(metric: string, variant: string, rows: readonly RunRow[]): TableCell {
	const values = rows.flatMap(({ metrics }) => metrics.get(metric) ?? []);
	if (values.length === 0) return cell("-", { number: true });
	const interval = bootstrapInterval(values, RANDOM.stream(`report/${metric}/${variant}`));
	const below =
		interval === null ? "one seed" : `${formatMetric(metric, interval.low)} to ${formatMetric(metric, interval.high)}`;
	return cell(formatMetric(metric, mean(values)), {
		number: true,
		small: below,
		title: describeMetric(metric).description,
	});
}

/** What differs from the base, metric by metric; "" for nothing to compare. */
export function differencesTable(base: string, rows: readonly ComparedMetric[]): string {
	if (rows.length === 0) return "";
	const head = ["metric", "variant", "base", "mean", "difference", "95 % interval", "seeds", "verdict"];
	const body = rows.map(({ metric, variant, baseMean, mean: value, difference, percent, interval, seeds, verdict }) => {
		const numbers = [
			baseMean === null ? "-" : formatMetric(metric, baseMean),
			value === null ? "-" : formatMetric(metric, value),
			difference === null
				? "-"
				: `${formatDifference(metric, difference)}${percent === null ? "" : ` (${percent > 0 ? "+" : ""}${percent.toFixed(1)} %)`}`,
			interval === null
				? "-"
				: `${formatDifference(metric, interval.low)} to ${formatDifference(metric, interval.high)}`,
			String(seeds),
		];
		return [cell(metric), cell(variant), ...numbers.map((text) => cell(text, { number: true })), cell(verdict)];
	});
	return table(`Differences from ${base}, paired by seed`, head, body);
}
