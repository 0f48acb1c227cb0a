/** Quota in experiment files: what is refused, and what a run says of jobs that were turned away. */
import { describe, expect, test } from "vitest";
import { explainPod } from "../../src/experiment/results/explain.js";
import { readManifest } from "../../src/experiment/results/manifest.js";
import { runFolder } from "../scenarios/run-folder.js";
import { planOf } from "../scenarios/scenario.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("quotas");

const SPEC = (quotas: string) => `
cluster: {nodeGroups: [{name: n, count: 2, template: {status: {allocatable: {cpu: "4", memory: 8Gi}}}}]}
workloads:
  - name: web
    arrival: {deterministic: {every: 1s}}
    count: 3
    pods: 2
    template:
      metadata: {namespace: ads}
      spec: {priority: 200, containers: [{name: c, resources: {requests: {cpu: "1"}}}]}
    sim: {duration: 1m}
scheduling:
  architecture: monolithic
  schedulers: [{scheduler: first-fit}]
  admission: {quotas: [${quotas}]}
outputs: {tables: [pods, jobs, attempts, changes]}
`;

describe("refused:", () => {
	test.each([
		[
			"production that is not there, in sum and at one time",
			"{user: ads, band: production, resources: {cpu: 6}}, {user: sre, band: monitoring, resources: {cpu: 3}, from: 1h}",
			"e.yaml:18:17 error spec.scheduling.admission.quotas: production quotas add up to cpu 9, but all nodes together offer 8: lower them, or add nodes",
		],
		[
			"devices of which there are none",
			"{user: ads, band: production, gpus: 0.5}",
			"e.yaml:18:17 error spec.scheduling.admission.quotas: production quotas add up to gpu 500m, but all nodes together offer 0: lower them, or add nodes",
		],
		[
			"quota for best-effort work",
			"{user: ads, band: best-effort, resources: {cpu: 6}}",
			"e.yaml:18:44 error spec.scheduling.admission.quotas[0].band: best-effort work has quota without end: leave it out",
		],
		[
			"quota of nothing",
			"{user: ads, band: batch}",
			"e.yaml:18:26 error spec.scheduling.admission.quotas[0]: missing 'resources': name a resource at least",
		],
		[
			"quota that is over before it begins",
			"{user: ads, band: batch, resources: {cpu: 6}, from: 2h, until: 1h}",
			"e.yaml:18:89 error spec.scheduling.admission.quotas[0].until: must lie after from",
		],
	])("%s", async (_what, quotas, complaint) => {
		expect(await refusal(folder, SPEC(quotas))).toBe(complaint);
	});

	test.each([
		[
			"one after the other",
			"{user: a, band: production, resources: {cpu: 8}, until: 1h}, {user: b, band: production, resources: {cpu: 8}, from: 1h}",
		],
		["batch, which may be oversold", "{user: a, band: batch, resources: {cpu: 80}}"],
	])("not %s", async (_what, quotas) => {
		expect(await refusal(folder, SPEC(quotas))).toBe("");
	});
});

test("a job beyond its quota: counted apart, in the tables with its reason, and explained", async () => {
	const run = await runFolder(planOf(SPEC("{user: ads, band: production, resources: {cpu: 5}}")), folder);
	const { pod, history } = await explainPod(run, "web-2-1");
	expect([pod.outcome, pod.node, pod.attempts]).toEqual(["turned-away", null, 0]);
	expect(history).toEqual([
		{ what: "submitted", timeUs: 2_000_000 },
		{
			what: "turned away",
			timeUs: 2_000_000,
			detail: "beyond the production quota of user 'ads': it asks for cpu 2, and 1 of 5 is left",
		},
	]);
	const { history: taken } = await explainPod(run, "web-1-0");
	expect(taken.map(({ what }) => what)).toEqual(["submitted", "attempt", "bound", "started", "ended"]);
	const { summary } = await readManifest(run);
	const names = ["jobs_submitted", "jobs_finished", "jobs_turned_away", "pods_submitted", "pods_turned_away"];
	expect(names.map((name) => summary[name])).toEqual([2, 2, 1, 4, 2]);
});
