/** The table that `cellsim run` ends with: a row a variant, the mean over seeds of the metrics that people ask for first. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HEADLINES } from "../experiment/results/headlines.js";
import { experimentDigest, RUN_ID, type RunManifest } from "../experiment/results/manifest.js";
import { runName } from "../experiment/results/run-folder.js";
import { formatCount, formatMetric } from "../metrics/format-metric.js";
import { shellWord } from "./shell-word.js";
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

/** Where the results are, what to do next, and what ought not to go unnoticed. `place` is the folder of the experiment's results. */
export async function closing(manifests: readonly RunManifest[], planned: number, place: string): Promise<string> {
	const lines = [
		`${manifests.length} of ${planned} runs in ${place}: one folder a run, ${join(place, "runs.arrow")} over all.`,
	];
	const known = new Set(manifests.map(({ id }) => id));
	const older = (await readdir(place)).filter((name) => RUN_ID.test(name) && !known.has(name)).length;
	if (older > 0)
		lines.push(
			`${older} other ${older === 1 ? "run" : "runs"} in the folder, of other variants or of another version of file, inputs or code.`,
		);
	if (new Set(manifests.map(({ plan }) => plan.label)).size > 1)
		lines.push(`Differences with intervals: cellsim compare ${place}`);
	const worst = [...manifests].sort((a, b) => unscheduled(b) - unscheduled(a))[0]!;
	if (unscheduled(worst) > 0) {
		const [reason] = Object.keys(worst.summary)
			.filter((name) => name.startsWith("rejections."))
			.sort((a, b) => worst.summary[b]! - worst.summary[a]!);
		const mostly = reason === undefined ? "" : `, mostly ${reason.slice("rejections.".length).replaceAll("_", " ")}`;
		lines.push(
			`Up to ${formatCount(unscheduled(worst))} pods never got a node${mostly}: cellsim explain ${shellWord(join(place, runName(worst.plan)))} --pending`,
		);
	}
	const most = [...manifests].sort((a, b) => leftAlone(b) - leftAlone(a))[0]!;
	if (leftAlone(most) > 0) {
		const names = Object.entries(most.leftAlone!).map(([name, pods]) => `'${name}' ${formatCount(pods)}`);
		lines.push(
			`Up to ${formatCount(leftAlone(most))} pods ask for a scheduler that there is not, and nobody tries them: ${names.join(", ")}.`,
		);
	}
	if (manifests.length === planned) {
		const digest = experimentDigest(manifests.map((manifest) => manifest.digest));
		lines.push(`Digest over all runs: ${digest} (same input, code and Node.js give the same)`);
	}
	return `\n${lines.join("\n")}\n`;
}

function unscheduled({ summary }: RunManifest): number {
	return summary["pods_unscheduled"] ?? 0;
}

function leftAlone({ leftAlone: pods = {} }: RunManifest): number {
	return Object.values(pods).reduce((sum, count) => sum + count, 0);
}
