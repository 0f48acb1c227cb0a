/** Runs a small experiment text and gives its whole event log. */
import { assemble } from "../../src/experiment/assemble.js";
import { parseExperiment } from "../../src/experiment/file/document.js";
import { resolveExperiment } from "../../src/experiment/file/resolve.js";
import type { RunPlan } from "../../src/experiment/plan.js";
import { registries } from "../../src/experiment/registries.js";
import { eventLog } from "../../src/experiment/results/event-log.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { experimentText } from "../support/experiment-files.js";

/** The plan of the only run of an experiment. `spec` is its `spec`, in YAML, from column one. */
export function planOf(spec: string): RunPlan {
	const { runs } = resolveExperiment(parseExperiment(experimentText(spec), "scenario.yaml"), registries);
	const { index, variant, label, seed, raw } = runs[0]!;
	return {
		experiment: "scenario",
		index,
		variant,
		label,
		seed,
		document: raw,
		kubernetes: [],
		baseDirs: [],
		schedulers: [],
	};
}

/** Every line of the event log but the addition of the nodes, with a line break before and after. */
export async function logOf(spec: string): Promise<string> {
	const assembled = await assemble(planOf(spec), new ImportReport());
	const lines: string[] = [];
	const log = eventLog({ ...assembled, write: (line) => lines.push(line) });
	await new Simulation({ ...assembled, observers: [log] }).run();
	return `\n${lines.filter((line) => !line.startsWith("0s node-added ")).join("\n")}\n`;
}

/** Three nodes n-0, n-1, n-2 of 4 cpu each. */
export const THREE_NODES =
	'cluster: {nodeGroups: [{name: n, count: 3, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}]}';

/** A workload of `count` jobs whose pods are labelled with its name. */
export function jobs(
	name: string,
	{
		cpu,
		duration,
		arrival,
		count,
		more = "",
	}: Readonly<Record<"cpu" | "duration" | "arrival", string>> & {
		readonly count: number;
		/** Further fields of the workload, and of `sim` after a `|`. */
		readonly more?: string;
	},
): string {
	const [fields = "", sim = ""] = more.split("|");
	return `{name: ${name}, arrival: {${arrival}}, count: ${count}${fields}, template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: main, resources: {requests: {cpu: "${cpu}", memory: 1Gi}}}]}}, sim: {duration: ${duration}${sim}}}`;
}
