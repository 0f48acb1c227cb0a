/** The table that `cellsim run` ends with: a row a variant, the mean over seeds of the metrics that people ask for first. */
import Table from "cli-table3";
import type { RunManifest } from "../experiment/manifest.js";
import { formatMetric } from "./format-metric.js";

const HEADLINES = [
	["pending_time_mean_us", "pending mean"],
	["pending_time_p99_us", "pending p99"],
	["cpu_allocation", "cpu alloc"],
	["gpu_allocation", "gpu alloc"],
	["gpu_fragmentation", "gpu frag"],
	["cpu_stranded", "cpu stranded"],
	["attempts", "attempts"],
	["conflicts", "conflicts"],
	["pods_unscheduled", "unscheduled"],
] as const;

export function overview(manifests: readonly RunManifest[]): string {
	const byVariant = new Map<string, RunManifest[]>();
	for (const manifest of manifests) {
		const label = manifest.plan.label || "(all)";
		byVariant.set(label, [...(byVariant.get(label) ?? []), manifest]);
	}
	const shown = HEADLINES.filter(([metric]) => manifests.some(({ summary }) => metric in summary));
	const table = new Table({
		head: ["variant", "runs", ...shown.map(([, title]) => title)],
		style: { head: [], border: [], compact: true },
		chars: PLAIN,
		colAligns: ["left", ...shown.map(() => "right" as const), "right"],
	});
	for (const [label, runs] of byVariant) {
		table.push([
			label,
			runs.length,
			...shown.map(([metric]) => formatMetric(metric, mean(runs.map(({ summary }) => summary[metric])))),
		]);
	}
	return `${table.toString()}\n`;
}

/** Columns apart by two spaces, one line under the head: what kubectl users expect, and easy to paste. */
export const PLAIN = {
	top: "",
	"top-mid": "",
	"top-left": "",
	"top-right": "",
	bottom: "",
	"bottom-mid": "",
	"bottom-left": "",
	"bottom-right": "",
	left: "",
	"left-mid": "",
	mid: "",
	"mid-mid": "",
	right: "",
	"right-mid": "",
	middle: " ",
} as const;

function mean(values: readonly (number | undefined)[]): number {
	const known = values.filter((value) => value !== undefined);
	return known.reduce((sum, value) => sum + value, 0) / known.length;
}
