/** Pods that have their nodes when a run begins, and the other objects of a cluster. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble } from "../../src/experiment/assemble.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import { eventLog } from "../../src/experiment/results/event-log.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { ImportReport } from "../../src/workload/arrivals.js";

const folder = mkdtempSync(join(tmpdir(), "cellsim-running-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An experiment of kube-scheduler on two nodes of 4 cpu, with these documents beside it, from line 10 on. */
function experiment(documents: string, spec = "workloads: []"): string {
	const file = join(folder, "e.yaml");
	const text = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: e}
spec:
  clock: {end: 1m}
  cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", pods: 110}}}}]}
  ${spec}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}]}
---
${documents}`;
	writeFileSync(file, text);
	return file;
}

const pod = (name: string, cpu: number, spec = "", labels = "") =>
	`{kind: Pod, metadata: {name: ${name}, labels: {${labels}}}, spec: {${spec} containers: [{resources: {requests: {cpu: ${cpu}}}}]}}\n---\n`;

async function logOf(file: string): Promise<readonly string[]> {
	const { plans } = await prepareExperiment(file);
	const assembled = await assemble(plans[0]!, new ImportReport());
	const lines: string[] = [];
	const log = eventLog({ ...assembled, write: (line) => lines.push(line) });
	await new Simulation({ ...assembled, observers: [log] }).run();
	return lines.filter((line) => / (bind|start|attempt|requeue|job-arrival) /.test(line));
}

const refusal = (file: string) =>
	prepareExperiment(file).then(
		() => "",
		(error) => {
			const at = error.position === undefined ? "" : `${error.position.line}:${error.position.column} `;
			return `${at}${error.message}`.replaceAll(`${folder}/`, "");
		},
	);

describe("pods beside the experiment", () => {
	test("with a node are there from the start, and no scheduler is asked", async () => {
		const file = experiment(pod("there", 3, "nodeName: n-1,") + pod("new", 2) + pod("big", 3));
		expect(await logOf(file)).toEqual([
			"0s bind default/there -> n-1",
			"0s start default/there",
			"0s job-arrival default/new",
			"0s job-arrival default/big",
			"0s bind default/new -> n-0",
			"0s start default/new",
			"0s attempt main default/new placed 1/1",
			"0s attempt main default/big unschedulable 0/1, 0/2 nodes are available: 2 Insufficient cpu.",
		]);
	});

	test("on a node that is not there, or that has no room", async () => {
		expect(await refusal(experiment(pod("a", 1, "nodeName: n-0,") + pod("b", 1, "nodeName: n-9,")))).toBe(
			"12:63 Pod default/b: spec.nodeName: there is no node 'n-9'; did you mean 'n-0'?",
		);
		expect(await refusal(experiment(pod("a", 3, "nodeName: n-0,") + pod("b", 2, "nodeName: n-0,")))).toBe(
			"12:63 Pod default/b: spec.nodeName: node 'n-0' has no room for it beside the pods before it: it requests cpu 2 of 1 that are free",
		);
	});

	test("or nodes with one name twice", async () => {
		const node = "{kind: Node, metadata: {name: a}, status: {allocatable: {cpu: 1}}}\n---\n";
		expect(await refusal(experiment(node + pod("p", 1) + node))).toBe(
			`e.yaml:14:31 error Node 'a' is declared twice: first in line 10, again here; rename one of them or take it out
 14 | {kind: Node, metadata: {name: a}, status: {allocatable: {cpu: 1}}}
    |                               ^`,
		);
	});
});

describe("other objects", () => {
	const budget = (allowed: number) =>
		`{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {selector: {matchLabels: {app: web}}}, status: {disruptionsAllowed: ${allowed}}}\n---\n`;

	test("beside the experiment are what the scheduler goes by: a budget turns preemption to the other node", async () => {
		const pods =
			pod("web", 4, "nodeName: n-0,", "app: web") +
			pod("db", 4, "nodeName: n-1,", "app: db") +
			pod("high", 4, "priority: 9,");
		const stopped = async (documents: string) =>
			(await logOf(experiment(documents))).filter(
				(line) => line.includes(" requeue ") || line.includes("bind default/high"),
			);
		expect(await stopped(budget(1) + pods)).toEqual([
			"0s requeue default/web preempted",
			"0s bind default/high -> n-0",
		]);
		expect(await stopped(budget(0) + pods)).toEqual(["0s requeue default/db preempted", "0s bind default/high -> n-1"]);
	});

	test("of a dump that is read for nodes and for pods are there once", async () => {
		const dump = `kind: Node\nmetadata: {name: x}\nstatus: {allocatable: {cpu: 4}}\n---\n${budget(1)}kind: Pod\nmetadata: {name: p}\nspec: {nodeName: x, containers: [{resources: {requests: {cpu: 5}}}]}\n`;
		writeFileSync(join(folder, "dump.yaml"), dump);
		const spec =
			"workloads: [{name: pods, source: {format: kubernetes, path: dump.yaml, placement: bound}}]\n  cluster: {source: {format: kubernetes, path: dump.yaml}}";
		const file = experiment("", spec);
		writeFileSync(
			file,
			(await import("node:fs")).readFileSync(file, "utf8").replace(/ {2}cluster: \{nodeGroups.*\n/, ""),
		);
		const plan = (await prepareExperiment(file)).plans[0]!;
		const failure = await assemble(plan, new ImportReport()).catch((error) => error);
		expect(`${failure.position.line}:${failure.position.column} ${failure.message}`).toBe(
			"9:18 Pod default/p: spec.nodeName: node 'x' has no room for it beside the pods before it: it requests cpu 5 of 4 that are free",
		);
		writeFileSync(join(folder, "dump.yaml"), dump.replace("cpu: 5", "cpu: 3"));
		const { objects, prefill } = await assemble(plan, new ImportReport());
		expect(objects!.budgets.map(({ name }) => name)).toEqual(["b"]);
		expect([...prefill!].map(({ job, nodes }) => [job.name, nodes])).toEqual([["default/p", [0]]]);
	});
});
