import { describe, expect, test } from "vitest";
import { checkInvariants } from "../../src/cell/invariants.js";
import { assemble } from "../../src/experiment/assemble.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { jobsProbe } from "../../src/metrics/probes/jobs.js";
import { podsProbe } from "../../src/metrics/probes/pods.js";
import type { TableProbe } from "../../src/metrics/probes/probe.js";
import { MemorySink } from "../../src/metrics/sinks/memory.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { jobs, logOf, planOf } from "../scenarios/scenario.js";
import { job, node } from "../support/cells.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";
import { architectureNamed, simulate } from "../support/simulations.js";

const SCHEDULING = "scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}";

/** A cluster of `count` nodes of 4 cpu and 16 Gi, with this `prefill`. */
function cluster(count: number, prefill: string): string {
	const group = `{name: n, count: ${count}, template: {status: {allocatable: {cpu: "4", memory: 16Gi}}}}`;
	return `cluster: {nodeGroups: [${group}], prefill: ${prefill}}`;
}

const idle = (name: string, cpu: string, duration: string, more = "") =>
	jobs(name, { cpu, duration, arrival: "at: 0s", count: 0, more });

async function fill(spec: string, seed = "1") {
	const report = new ImportReport();
	const { prefill = [], nodes } = await assemble({ ...planOf(spec), seed }, report);
	const filled = [...prefill];
	const pods = filled.flatMap(({ job, nodes }) => job.pods.map((pod, i) => ({ job: job.name, node: nodes[i]!, pod })));
	return { filled, pods, report, nodes, prefill };
}

describe("a program that names the nodes", () => {
	const old = job("old", { pods: 2, cpu: 3000, durationUs: 100 });

	test("has jobs that run from the start, in the way of those that come", async () => {
		const { log, attempts, simulation } = await simulate({
			nodes: [node("n"), node("m")],
			prefill: [{ job: old, nodes: [1, 0] }],
			jobs: [job("new", { timeUs: 5, cpu: 2000, durationUs: 10 })],
			startDelayUs: 7,
		});
		// Whoever runs already has started: the delay of 7 is for new only.
		expect(log).toEqual([
			"0 node-added n",
			"0 node-added m",
			"0 bound old-0 m",
			"0 started old-0",
			"0 bound old-1 n",
			"0 started old-1",
			"100 succeeded old-0",
			"100 succeeded old-1",
			"100 bound new-0 n",
			"107 started new-0",
			"117 succeeded new-0",
		]);
		expect(attempts.map(({ job: { name }, beginUs, placed }) => [name, beginUs, placed])).toEqual([
			["new", 5, 0],
			["new", 100, 1],
		]);
		checkInvariants(simulation.cell);
	});

	test("is covered by the digest: other nodes and other run times are other runs", async () => {
		const digestOf = async (nodes: readonly number[], durationUs: number) => {
			const prefill = [{ job: job("old", { pods: 2, durationUs }), nodes }];
			const { simulation } = await simulate({ nodes: [node("n"), node("m")], prefill });
			return simulation.engine.digest.hex();
		};
		const digests = [await digestOf([0, 0], 100), await digestOf([0, 1], 100), await digestOf([0, 0], 99)];
		expect(new Set(digests).size).toBe(3);
		expect(await digestOf([0, 0], 100)).toBe(digests[0]);
	});

	test("hears of a pod that does not fit", async () => {
		const prefill = [{ job: old, nodes: [0, 0] }];
		await expect(simulate({ nodes: [node("n")], prefill })).rejects.toThrow(
			"pod 'old-1' cannot be placed on node 0: no-longer-fits",
		);
	});

	test.each(["monolithic", "shared-state"])("under %s, pods that lose their node come to a scheduler", async (name) => {
		const { log, attempts } = await simulate({
			nodes: [node("n"), node("m")],
			prefill: [{ job: job("old", { cpu: 3000, durationUs: 100 }), nodes: [0] }],
			faults: [{ atUs: 40, action: "fail", selects: ({ name: of }) => of === "n" }],
			architecture: architectureNamed(name),
		});
		expect(log.slice(-4)).toEqual([
			"40 requeued old-0 node-lost",
			"40 bound old-0 m",
			"40 started old-0",
			"140 succeeded old-0",
		]);
		expect(attempts).toHaveLength(1);
	});

	test("is told apart in metrics: levels see it, counts of submitted pods, waits and attempts do not", async () => {
		const sink = new MemorySink();
		let summary: SummaryProbe | null = null;
		const probes: TableProbe[] = [];
		const { endedUs } = await simulate({
			nodes: [node("n"), node("m")],
			prefill: [{ job: old, nodes: [0, 1] }],
			jobs: [job("new", { cpu: 1000, durationUs: 200 })],
			endUs: 200,
			observers: [
				(_engine, cell) => {
					summary = new SummaryProbe(cell, 0);
					probes.push(podsProbe(cell, sink), jobsProbe(cell, sink));
				},
			],
		});
		for (const probe of probes) probe.finish(endedUs);
		const result = summary!.result(endedUs);
		// 6000 of 8000 for half of the time, and 1000.
		expect(result).toMatchObject({
			pods_submitted: 1,
			pods_prefilled: 2,
			pods_succeeded: 1,
			jobs_submitted: 1,
			jobs_finished: 1,
			attempts: 1,
			makespan_us: 200,
			cpu_allocation: (6000 * 100 + 1000 * 200) / (8000 * 200),
		});
		const [pods, table] = ["pods", "jobs"].map((name) => sink.tables.find((other) => other.name === name)!);
		const rows = (of: typeof pods, ...names: string[]) =>
			sink.rows(of!.name).map((row) => names.map((name) => row[name]));
		expect(rows(pods, "name", "prefilled")).toEqual([
			["old-0", true],
			["old-1", true],
			["new-0", false],
		]);
		expect(rows(table, "name", "prefilled", "attempts")).toEqual([
			["old", true, 0],
			["new", false, 1],
		]);
	});
});

describe("an experiment file", () => {
	test("fills the cell to a fraction, the last job cut to the pods that reach it", async () => {
		// 12 cpu, 60 % are 7.2: jobs of 3 pods of 1 cpu, 3 + 3 + 2 pods. First fit: four on n-0, four on n-1. Nobody decides on them,
		// and the pod that comes at 1 s finds the last node empty.
		const log = await logOf(`
${cluster(3, "{fraction: 0.6, workloads: [stock], placement: first-fit}")}
workloads:
  - ${idle("stock", "1", "10s", ", pods: 3")}
  - ${jobs("new", { cpu: "4", duration: "1s", arrival: "at: 1s", count: 2 })}
${SCHEDULING}
`);
		expect(log).toMatchInlineSnapshot(`
			"
			0s bind prefill-stock-0-0 -> n-0
			0s start prefill-stock-0-0
			0s bind prefill-stock-0-1 -> n-0
			0s start prefill-stock-0-1
			0s bind prefill-stock-0-2 -> n-0
			0s start prefill-stock-0-2
			0s bind prefill-stock-1-0 -> n-0
			0s start prefill-stock-1-0
			0s bind prefill-stock-1-1 -> n-1
			0s start prefill-stock-1-1
			0s bind prefill-stock-1-2 -> n-1
			0s start prefill-stock-1-2
			0s bind prefill-stock-2-0 -> n-1
			0s start prefill-stock-2-0
			0s bind prefill-stock-2-1 -> n-1
			0s start prefill-stock-2-1
			1s job-arrival new-0
			1s job-arrival new-1
			1s scheduler-wake main
			1s bind new-0-0 -> n-2
			1s start new-0-0
			1s attempt main new-0 placed 1/1
			1s attempt main new-1 unschedulable 0/1, 0/3 nodes are available: 3 Insufficient cpu.
			2s node-due n-2
			2s end new-0-0 succeeded
			2s scheduler-wake main
			2s bind new-1-0 -> n-2
			2s start new-1-0
			2s attempt main new-1 placed 1/1
			3s node-due n-2
			3s end new-1-0 succeeded
			10s node-due n-0
			10s end prefill-stock-0-0 succeeded
			10s end prefill-stock-0-1 succeeded
			10s end prefill-stock-0-2 succeeded
			10s end prefill-stock-1-0 succeeded
			10s node-due n-1
			10s end prefill-stock-1-1 succeeded
			10s end prefill-stock-1-2 succeeded
			10s end prefill-stock-2-0 succeeded
			10s end prefill-stock-2-1 succeeded
			"
		`);
	});

	test("divides the fraction by share, one workload after the other", async () => {
		const { pods } = await fill(`
${cluster(10, "{fraction: 0.5, workloads: [{name: service, share: 3}, batch]}")}
workloads: [${idle("batch", "500m", "1m")}, ${idle("service", "1", "1h")}]
${SCHEDULING}
`);
		// 40 cpu: 20 requested, 15 by service in 15 pods, 5 by batch in 10.
		expect(pods.map(({ job: name }) => name.replace(/-\d+$/, ""))).toEqual([
			...new Array(15).fill("prefill-service"),
			...new Array(10).fill("prefill-batch"),
		]);
		expect(new Set(pods.map(({ node: on }) => on)).size).toBeGreaterThan(5);
		expect(pods[0]!.pod.durationUs).toBe(3600e6);
	});

	test("counts what does not fit, and says when the fraction is out of reach", async () => {
		// One pod of 3 cpu a node: 9 of 12 cpu, where 10.8 are wanted.
		const { pods, report } = await fill(`
${cluster(3, "{fraction: 0.9, workloads: [big]}")}
workloads: [${idle("big", "3", "1m")}]
${SCHEDULING}
`);
		expect(pods).toHaveLength(3);
		expect(report.rows).toEqual([
			{ source: "big", rule: "prefilled pod fits no node", action: "dropped", rows: 1000, example: "prefill-big-3" },
			{
				source: "big",
				rule: "nothing of 1000 jobs could be prefilled",
				action: "noted",
				rows: 1000,
				example: "0.7500 requested where 0.9000 was asked for",
			},
		]);
	});

	test("is the same each time, another with another seed, and of no consequence for what arrives", async () => {
		const random = ", pods: {dist: uniform, min: 1, max: 5}";
		const spec = (prefill: string) => `
${cluster(10, `{fraction: 0.5, workloads: [w]${prefill}}`)}
workloads: [${jobs("w", { cpu: "500m", duration: "{dist: exponential, mean: 1m}", arrival: "poisson: {ratePerSecond: 1}", count: 20, more: random })}]
${SCHEDULING}
`;
		const { filled, prefill } = await fill(spec(""));
		expect([...prefill]).toEqual(filled);
		expect((await fill(spec(""), "2")).filled).not.toEqual(filled);
		const arrivals = async (text: string) => {
			const batches = [];
			for await (const batch of (await assemble(planOf(text), new ImportReport())).arrivals) batches.push(batch);
			return batches;
		};
		expect(await arrivals(spec(""))).toEqual(await arrivals(spec("").replace(/, prefill: [^\n]*\}\}/, "}")));
	});

	test("residual: pods are met in the middle of their run, the long ones more often", async () => {
		const mixture = "{dist: mixture, of: [{weight: 9, value: 1m}, {weight: 1, value: 91m}]}";
		const meanUs = async (residual: boolean) => {
			const { pods } = await fill(`
${cluster(500, `{fraction: 1, workloads: [w], residual: ${residual}}`)}
workloads: [${idle("w", "1", mixture)}]
${SCHEDULING}
`);
			expect(pods).toHaveLength(2000);
			return pods.reduce((sum, { pod }) => sum + pod.durationUs, 0) / pods.length;
		};
		// A whole run: 0.9 x 1 + 0.1 x 91 = 10 min. What is left of one met at random: E[X^2] / (2 E[X]) = (0.9 + 828.1) / 20 = 41.45.
		expect(Math.abs((await meanUs(false)) / 60e6 - 10)).toBeLessThan(2);
		expect(Math.abs((await meanUs(true)) / 60e6 - 41.45)).toBeLessThan(2);
	});

	test("runs to its end in every phase, invariants checked", async () => {
		const plan = planOf(`
clock: {end: 5m}
${cluster(20, "{fraction: 0.8, of: memory, workloads: [w]}")}
workloads: [${jobs("w", { cpu: "200m", duration: "{dist: exponential, mean: 1m}", arrival: "poisson: {ratePerSecond: 2}", count: 300 })}]
${SCHEDULING}
`);
		const simulation = new Simulation({ ...(await assemble(plan, new ImportReport())), observers: [] });
		const { cell } = simulation;
		// 80 % of 320 GiB in pods of 1 GiB.
		expect(cell.pods.live).toBe(256);
		checkInvariants(cell);
		await simulation.run();
		checkInvariants(cell);
	});
});

describe("mistakes", () => {
	const folder = temporaryFolder("prefill");
	const spec = (prefill: string) => `
${cluster(3, prefill)}
workloads:
  - ${idle("batch", "1", "1m")}
  - ${idle("service", "1", "forever")}
  - {name: trace, source: {format: openb, nodes: test/fixtures/openb/nodes.csv, pods: test/fixtures/openb/pods.csv}}
${SCHEDULING}
`;

	test.each<[string, string]>([
		[
			"{fraction: 0.6, workloads: [batch2]}",
			"e.yaml:5:146 error spec.cluster.prefill.workloads[0]: 'batch2' is not a generated workload of this file; did you mean 'batch'?",
		],
		[
			"{fraction: 0.6, workloads: [trace]}",
			"e.yaml:5:146 error spec.cluster.prefill.workloads[0]: 'trace' is not a generated workload of this file; generated workloads: batch, service",
		],
		[
			"{fraction: 1.6, workloads: [batch]}",
			"e.yaml:5:129 error spec.cluster.prefill.fraction: must be at most 1, got 1.6",
		],
		["{fraction: 0.6, workloads: []}", "e.yaml:5:145 error spec.cluster.prefill.workloads: needs at least 1 item"],
		[
			"{fraction: 0.6, workloads: [{name: batch, weight: 2}]}",
			"e.yaml:5:160 error spec.cluster.prefill.workloads[0].weight: unknown key 'weight'; allowed: share",
		],
		[
			"{fraction: 0.6, workloads: [batch, service], residual: true}",
			"e.yaml:5:153 error spec.cluster.prefill.workloads[1]: residual: a run time of 'service' may be for ever, a Weibull or a beta, of which it cannot be said what is left",
		],
		[
			"{fraction: 0.6, workloads: [batch], of: example.com/nic}",
			"cluster.prefill: the nodes have no 'example.com/nic' to fill",
		],
	])("%s", async (prefill, message) => {
		expect(await refusal(folder, spec(prefill))).toBe(message);
	});
});
