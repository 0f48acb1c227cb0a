/** Trials of compactions from the spec of an experiment, without the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTrial, type TrialResult } from "../../src/experiment/compaction/trial.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { experimentText } from "./experiment-files.js";

let files = 0;

/** One trial of the first run of an experiment with this `spec` (see `experimentText`) and these Kubernetes documents beside it. */
export async function trialOf(folder: string, spec: string, { trial = 0, beside = "" } = {}): Promise<TrialResult> {
	const file = join(folder, `compaction-${files++}.yaml`);
	writeFileSync(file, `${experimentText(spec)}${beside}`);
	const { plans } = await prepareExperiment(file);
	return makeTrial(plans[0]!, trial);
}

/** A group of nodes, as a line of `cluster.nodeGroups`. */
export function group(name: string, count: number, cpu: number, extra = ""): string {
	return `- {name: ${name}, count: ${count}, template: {${extra} status: {allocatable: {cpu: "${cpu}", memory: 64Gi}}}}`;
}

export interface TaskGroup {
	readonly name: string;
	readonly jobs: number;
	readonly tasks: number;
	readonly cpu: number;
	/** More of the pod's spec, in flow style: `priority: 200, ` and the like. */
	readonly pod?: string;
}

/** Jobs that are there from the start and run for ever, as an item of `workloads`. */
export function tasks({ name, jobs, tasks: pods, cpu, pod = "" }: TaskGroup): string {
	const containers = `containers: [{name: c, resources: {requests: {cpu: "${cpu}", memory: 1Gi}}}]`;
	return `- {name: ${name}, arrival: {at: 0s}, count: ${jobs}, pods: ${pods}, template: {spec: {${pod} ${containers}}}, sim: {duration: forever}}`;
}

/** A spec of these groups of nodes and workloads. */
export function specOf(
	nodes: readonly string[],
	workloads: readonly string[],
	compaction: string,
	scheduler = "best-fit",
): string {
	return `cluster:
  nodeGroups:
${nodes.map((line) => `    ${line}`).join("\n")}
workloads:
${workloads.map((line) => `  ${line}`).join("\n")}
scheduling: {architecture: monolithic, schedulers: [{scheduler: ${scheduler}}]}
compaction: ${compaction}`;
}
