import { expect, test } from "vitest";
import { assemble } from "../../src/experiment/assemble.js";
import { Simulation } from "../../src/experiment/simulation.js";
import { jobsProbe } from "../../src/metrics/probes/jobs.js";
import type { TableProbe } from "../../src/metrics/probes/probe.js";
import { MemorySink } from "../../src/metrics/sinks/memory.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { jobs, logOf, planOf, THREE_NODES } from "../scenarios/scenario.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";

/** Two jobs of 2 pods of 1 cpu and 1 min, elastic up to 9, at 0 and at 10 s; one of them has no class. */
const workloads = `workloads:
  - ${jobs("mr", { cpu: "1", duration: "1m", arrival: "deterministic: {every: 30s}", count: 2, more: ", pods: 2|, elastic: {maxWorkers: 9}, shapes: [{weight: 1, requests: {cpu: '1'}, className: MapReduce}]" })}
  - ${jobs("plain", { cpu: "1", duration: "5s", arrival: "at: 40s", count: 1 })}`;

const scheduling = (elastic: string) =>
	`scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, elastic: ${elastic}}]}`;

async function run(elastic: string) {
	const spec = `${THREE_NODES}\n${workloads}\n${scheduling(elastic)}`;
	const sink = new MemorySink();
	let probe: SummaryProbe | null = null;
	const table: TableProbe[] = [];
	const simulation = new Simulation({
		...(await assemble(planOf(spec), new ImportReport())),
		observers: [
			(_engine, cell) => {
				probe = new SummaryProbe(cell, 0);
				table.push(jobsProbe(cell, sink));
			},
		],
	});
	const endUs = await simulation.run();
	for (const probe of table) probe.finish(endUs);
	const rows = sink.rows("jobs").toSorted((a, b) => Number(a["job"]) - Number(b["job"]));
	const summary: RunSummary = probe!.result(endUs);
	return { summary, rows: rows.map(({ name, pods, speed_up }) => [name, pods, speed_up]) };
}

test("a job runs with the workers that are free when it is decided on", async () => {
	// 12 cpu: mr-0 gets the 9 workers that it can use, 2 x 60 s / 9 = 13.333333 s each. mr-1 as well. plain has 3 cpu left.
	const log = await logOf(`${THREE_NODES}\n${workloads}\n${scheduling("max-parallelism")}`);
	expect(log).toMatchInlineSnapshot(`
		"
		0s job-arrival mr-0 (2 pods)
		0s scheduler-wake main
		0s grow mr-0 2 -> 9 pods
		0s bind mr-0-0 -> n-0
		0s start mr-0-0
		0s bind mr-0-1 -> n-0
		0s start mr-0-1
		0s bind mr-0-2 -> n-0
		0s start mr-0-2
		0s bind mr-0-3 -> n-0
		0s start mr-0-3
		0s bind mr-0-4 -> n-1
		0s start mr-0-4
		0s bind mr-0-5 -> n-1
		0s start mr-0-5
		0s bind mr-0-6 -> n-1
		0s start mr-0-6
		0s bind mr-0-7 -> n-1
		0s start mr-0-7
		0s bind mr-0-8 -> n-2
		0s start mr-0-8
		0s attempt main mr-0 placed 9/9
		13.333333s node-due n-0
		13.333333s end mr-0-0 succeeded
		13.333333s end mr-0-1 succeeded
		13.333333s end mr-0-2 succeeded
		13.333333s end mr-0-3 succeeded
		13.333333s node-due n-1
		13.333333s end mr-0-4 succeeded
		13.333333s end mr-0-5 succeeded
		13.333333s end mr-0-6 succeeded
		13.333333s end mr-0-7 succeeded
		13.333333s node-due n-2
		13.333333s end mr-0-8 succeeded
		30s job-arrival mr-1 (2 pods)
		30s scheduler-wake main
		30s grow mr-1 2 -> 9 pods
		30s bind mr-1-0 -> n-0
		30s start mr-1-0
		30s bind mr-1-1 -> n-0
		30s start mr-1-1
		30s bind mr-1-2 -> n-0
		30s start mr-1-2
		30s bind mr-1-3 -> n-0
		30s start mr-1-3
		30s bind mr-1-4 -> n-1
		30s start mr-1-4
		30s bind mr-1-5 -> n-1
		30s start mr-1-5
		30s bind mr-1-6 -> n-1
		30s start mr-1-6
		30s bind mr-1-7 -> n-1
		30s start mr-1-7
		30s bind mr-1-8 -> n-2
		30s start mr-1-8
		30s attempt main mr-1 placed 9/9
		40s job-arrival plain-0
		40s scheduler-wake main
		40s bind plain-0-0 -> n-2
		40s start plain-0-0
		40s attempt main plain-0 placed 1/1
		43.333333s node-due n-0
		43.333333s end mr-1-0 succeeded
		43.333333s end mr-1-1 succeeded
		43.333333s end mr-1-2 succeeded
		43.333333s end mr-1-3 succeeded
		43.333333s node-due n-1
		43.333333s end mr-1-4 succeeded
		43.333333s end mr-1-5 succeeded
		43.333333s end mr-1-6 succeeded
		43.333333s end mr-1-7 succeeded
		43.333333s node-due n-2
		43.333333s end mr-1-8 succeeded
		45s node-due n-2
		45s end plain-0-0 succeeded
		"
	`);
});

test("speed-ups are in the jobs table and, by class, in the summary", async () => {
	const { rows, summary } = await run("{policy: relative-size, factor: 3}");
	expect(rows).toEqual([
		["mr-0", 6, 3],
		["mr-1", 6, 3],
		["plain-0", 1, null],
	]);
	expect(summary).toMatchObject({
		pods_submitted: 13,
		pods_succeeded: 13,
		elastic_jobs: 2,
		elastic_jobs_sped_up: 1,
		speed_up_mean: 3,
		speed_up_p50: 3,
		speed_up_p80: 3,
		speed_up_p90: 3,
		"elastic_jobs.class_mapreduce": 2,
		"speed_up_p80.class_mapreduce": 3,
	});
});

test("quantiles are over jobs, those without a gain too", async () => {
	// Up to 60 % of 12 cpu: 7 workers, 3.5 times as many. mr-1 comes while mr-0 runs for 60 / 3.5 = 17 s: 7 again.
	expect((await run("global-cap")).summary).toMatchObject({ elastic_jobs_sped_up: 1, speed_up_p50: 3.5 });
	// Below 4 cpu 4 workers run 30 s. mr-1 is decided on as they end: twice as fast again.
	expect((await run("{policy: global-cap, threshold: 0.34}")).summary).toMatchObject({ speed_up_p90: 2 });
	// Below 3 cpu 3 workers run 40 s, and mr-1 finds its share used up: 1.5 and 1.
	expect((await run("{policy: global-cap, threshold: 0.25}")).summary).toMatchObject({
		elastic_jobs_sped_up: 0.5,
		speed_up_mean: 1.25,
		speed_up_p50: 1,
		speed_up_p90: 1.5,
	});
});

test("without a policy nothing is gained, and where nothing is elastic nothing is said", async () => {
	const { rows, summary } = await run("none");
	expect(rows).toEqual([
		["mr-0", 2, 1],
		["mr-1", 2, 1],
		["plain-0", 1, null],
	]);
	expect(summary).toMatchObject({ pods_submitted: 5, elastic_jobs_sped_up: 0, speed_up_p90: 1 });
});

const folder = temporaryFolder("elastic");

test.each<[string, string, string]>([
	[
		"max-paralelism",
		"{maxWorkers: 9}",
		"e.yaml:8:87 error spec.scheduling.schedulers[0].elastic: unknown elastic policy 'max-paralelism': expected none, max-parallelism, global-cap, relative-size; did you mean 'max-parallelism'?",
	],
	[
		"{policy: global-cap, threshold: 60}",
		"{maxWorkers: 9}",
		"e.yaml:8:119 error spec.scheduling.schedulers[0].elastic.threshold: must be at most 1, got 60",
	],
	[
		"{policy: relative-size, threshold: 0.6}",
		"{maxWorkers: 9}",
		"e.yaml:8:111 error spec.scheduling.schedulers[0].elastic.threshold: unknown key 'threshold'; allowed: factor",
	],
	[
		"none",
		"{maxWorker: 9}",
		"e.yaml:7:194 error spec.workloads[0].sim.elastic: missing 'maxWorkers': expected a number",
	],
])("refuses elastic: %s and sim.elastic: %s", async (policy, elastic, message) => {
	const work = jobs("mr", { cpu: "1", duration: "1m", arrival: "at: 0s", count: 1, more: `|, elastic: ${elastic}` });
	expect(await refusal(folder, `${THREE_NODES}\nworkloads:\n  - ${work}\n${scheduling(policy)}`)).toBe(message);
});
