/** Pods that ask for a scheduler which is not there: nobody tries them, the run goes on, and every report says so. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { closing } from "../../src/cli/overview.js";
import { checkExperiment } from "../../src/experiment/check.js";
import { explainPod } from "../../src/experiment/results/explain.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { readTable } from "../../src/metrics/sinks/read.js";
import { runFolder } from "../scenarios/run-folder.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("left-alone");

/** One node of 4 cpu. Pods of 3 cpu and an hour come one after the other: of volcano, of nobody in particular, two more of volcano. */
function experiment(discipline: string, schedulers = "[{scheduler: kube-scheduler}]", architecture = "monolithic") {
	const workload = (name: string, at: number, count: number, schedulerName: string) => `
  - name: ${name}
    arrival: {at: ${at}s}
    count: ${count}
    template: {spec: {${schedulerName} containers: [{name: c, resources: {requests: {cpu: "3"}}}]}}
    sim: {duration: 1h}`;
	const file = join(folder, "e.yaml");
	writeFileSync(
		file,
		experimentText(`
clock: {end: 3h}
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
workloads:${workload("early", 0, 1, "schedulerName: volcano,")}${workload("plain", 1, 2, "")}${workload("late", 2, 2, "schedulerName: volcano,")}
scheduling: {architecture: ${architecture}, schedulers: ${schedulers}, queue: {discipline: ${discipline}}}
outputs: {tables: [pods, jobs, attempts]}
`),
	);
	return checkExperiment(file);
}

async function ran(...args: Parameters<typeof experiment>): Promise<string> {
	const { plans } = await experiment(...args);
	return runFolder(plans[0]!, folder);
}

test.each([
	"skip",
	"strict",
	"kubernetes",
])("with the queue %s the others are placed as if they were not there", async (discipline) => {
	const place = await ran(discipline);
	const outcomes = await Promise.all(
		["early-0-0", "plain-0-0", "plain-1-0", "late-0-0", "late-1-0"].map(async (name) => {
			const { pod, history } = await explainPod(place, name);
			return [pod.outcome, pod.attempts > 0, history.length > 1];
		}),
	);
	const placed = ["succeeded", true, true];
	expect(outcomes).toEqual([
		["pending", false, false],
		placed,
		placed,
		["pending", false, false],
		["pending", false, false],
	]);
	const manifest = await readManifest(place);
	expect(manifest).toMatchObject({ leftAlone: { volcano: 3 }, pods: 5, summary: { pods_unscheduled: 3 } });
});

test.each(["two-level", "shared-state"])("so too under %s", async (architecture) => {
	expect(await readManifest(await ran("skip", undefined, architecture))).toMatchObject({ leftAlone: { volcano: 3 } });
});

describe("what is said of them", () => {
	test("explain: that there is no such scheduler, and nothing of the kind of pods that are tried", async () => {
		const place = await ran("skip");
		expect((await explainPod(place, "late-1-0")).leftAlone).toBe("no scheduler named 'volcano'");
		expect((await explainPod(place, "plain-1-0")).leftAlone).toBe(null);
	});

	test("import_report: one row with a count and the first of them", async () => {
		const report = await readTable(join(await ran("skip"), "import_report.arrow"));
		expect(Object.fromEntries([...report.columns].map(([name, [cell]]) => [name, cell]))).toEqual({
			source: "schedulers",
			rule: "no scheduler named 'volcano': pods that nobody tries",
			action: "noted",
			rows: 3,
			example: "early-0-0",
		});
	});

	test("run: one line at the end", async () => {
		const place = await ran("skip");
		const text = await closing([await readManifest(place)], 2, folder);
		expect(text).toContain(
			"\nUp to 3 pods ask for a scheduler that there is not, and nobody tries them: 'volcano' 3.\n",
		);
	});

	test("check: those among the first jobs", async () => {
		expect((await experiment("skip")).doubts).toEqual([
			"no scheduler named 'volcano': 3 pods among the first jobs ask for it, and they stay pending for ever",
		]);
	});
});

describe("nobody is left alone", () => {
	test.each<[what: string, schedulers: string]>([
		["where a scheduler asks for no names", "[{scheduler: best-fit}]"],
		[
			"where another profile has the name",
			"[{name: a, scheduler: kube-scheduler}, {name: b, scheduler: {name: kube-scheduler, configuration: {apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: [{schedulerName: volcano}]}}}]",
		],
	])("%s", async (_what, schedulers) => {
		expect((await experiment("skip", schedulers, "shared-state")).doubts).toEqual([]);
		const place = await ran("skip", schedulers, "shared-state");
		expect(await readManifest(place)).not.toHaveProperty("leftAlone");
		expect((await explainPod(place, "early-0-0")).pod.outcome).toBe("succeeded");
	});
});
