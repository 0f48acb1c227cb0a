/** The table that `cellsim compact` ends with: a row a variant and seed, the result over its trials and their spread. */
import { join } from "node:path";
import type { MadeTrial } from "../experiment/compaction/runner.js";
import { spreadOf } from "../experiment/compaction/summary.js";
import { specOf } from "../experiment/registries.js";
import { experimentDigest } from "../experiment/results/manifest.js";
import { formatCount } from "../metrics/format-metric.js";
import { plainTable } from "./text-table.js";

/** `place` is the folder of the results. */
export function compactionTable(trials: readonly MadeTrial[], place: string): string {
	const byPlan = new Map<number, MadeTrial[]>();
	for (const made of trials) byPlan.set(made.plan.index, [...(byPlan.get(made.plan.index) ?? []), made]);
	const seeds = new Set(trials.map(({ plan }) => plan.seed)).size;
	const rows = [...byPlan.values()].map((made) => rowOf(made, seeds > 1));
	const columns = TITLES.map((title, i) => ({ title, align: i < 2 ? "left" : "right" }) as const);
	const left = sum(trials, ({ unplaceableTasks }) => unplaceableTasks);
	const lines = [
		`${trials.length} trials in ${place}: a folder each, ${join(place, "compaction.arrow")} over all.`,
		...(left > 0
			? ["unplaceable: tasks left out because they fit on no machine; each would need a machine of its own."]
			: []),
		`Digest over all trials: ${experimentDigest(trials.map(({ result }) => result.digest))} (same input, code and Node.js give the same)`,
	];
	return `${plainTable(columns, rows)}\n${lines.join("\n")}\n`;
}

const TITLES = [
	"variant",
	"method",
	"trials",
	"machines",
	"result",
	"min",
	"median",
	"max",
	"of original",
	"cells",
	"tasks",
	"pending",
	"unplaceable",
	"packings",
	"empty",
	"cpu stranded",
	"memory stranded",
];

function rowOf(made: readonly MadeTrial[], withSeed: boolean): string[] {
	const { plan } = made[0]!;
	const results = made.map(({ result }) => result);
	const { compaction } = specOf(plan.document);
	const spread = spreadOf(results, compaction);
	const grows = compaction.method === "fill" || compaction.method === "inflate";
	const shown = (value: number) => (grows ? `+${(100 * value).toFixed(1)} %` : formatCount(value));
	const [{ originalMachines, tasks, unplaceableTasks }] = results as [(typeof results)[number]];
	const label = [plan.label, withSeed ? `seed ${plan.seed}` : ""].filter((part) => part !== "").join(", ");
	return [
		label || "(all)",
		compaction.method,
		String(made.length),
		formatCount(originalMachines),
		shown(spread.result),
		shown(spread.min),
		shown(spread.median),
		shown(spread.max),
		grows ? "-" : percent(spread.result / originalMachines),
		formatCount(Math.max(...results.map(({ cells }) => cells))),
		formatCount(tasks),
		formatCount(Math.max(...results.map(({ pendingTasks }) => pendingTasks))),
		formatCount(unplaceableTasks),
		formatCount(sum(made, ({ packings }) => packings)),
		formatCount(sum(made, ({ emptyMachines }) => emptyMachines) / made.length),
		percent(sum(made, ({ cpuStranded, cpuOffered }) => cpuStranded / cpuOffered) / made.length),
		percent(sum(made, ({ memoryStranded, memoryOffered }) => memoryStranded / memoryOffered) / made.length),
	];
}

function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}

function sum(trials: readonly MadeTrial[], of: (result: MadeTrial["result"]) => number): number {
	return trials.reduce((total, { result }) => total + of(result), 0);
}
