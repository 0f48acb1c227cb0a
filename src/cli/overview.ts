/** The table that `cellsim run` ends with: a row a variant, the mean over seeds of the metrics that people ask for first. */
import { HEADLINES } from "../experiment/results/headlines.js";
import type { RunManifest } from "../experiment/results/manifest.js";
import { formatMetric } from "./format-metric.js";
import { plainTable } from "./text-table.js";

export function overview(manifests: readonly RunManifest[]): string {
	const byVariant = new Map<string, RunManifest[]>();
	for (const manifest of manifests) {
		const label = manifest.plan.label || "(all)";
		byVariant.set(label, [...(byVariant.get(label) ?? []), manifest]);
	}
	const shown = HEADLINES.filter(([metric]) => manifests.some(({ summary }) => metric in summary));
	const numbers = ["runs", ...shown.map(([, title]) => title)].map((title) => ({ title, align: "right" }) as const);
	const rows = [...byVariant].map(([label, runs]) => [
		label,
		String(runs.length),
		...shown.map(([metric]) => formatMetric(metric, mean(runs.map(({ summary }) => summary[metric])))),
	]);
	return plainTable([{ title: "variant", align: "left" }, ...numbers], rows);
}

function mean(values: readonly (number | undefined)[]): number {
	const known = values.filter((value) => value !== undefined);
	return known.reduce((sum, value) => sum + value, 0) / known.length;
}
