/** Borg in experiment files: applications in neutral terms, and what is refused. */
import { describe, expect, test } from "vitest";
import { applicationSchema } from "../../src/control/application.js";
import { borgJobKind } from "../../src/control/kinds/borg/job.js";
import { jobOf } from "../../src/control/orchestrators/borg-application.js";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { experimentText, refusal, temporaryFolder } from "../support/experiment-files.js";

const spec = (more: string, params = "") => `
clock: {end: 10m}
orchestrator: {name: borg, version: "2015"${params}}
cluster: {nodeGroups: [{name: machine, count: 3, template: {status: {allocatable: {cpu: "8", memory: 16Gi, pods: "110"}}}}]}
${more}
outputs: {tables: [pods]}`;

/** The summary of a run, and what it says about pods. */
async function summaryOf(more: string, params = ""): Promise<Readonly<Record<string, number>>> {
	const folder = folderWith({ "e.yaml": experimentText(spec(more, params)) });
	const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json"], { cwd: folder });
	expect(code, stderr).toBe(0);
	return JSON.parse(stdout).runs[0].summary;
}

test("an application is scaled, updated within a limit of disruptions, and removed", async () => {
	const summary = await summaryOf(`
applications:
  - name: web
    replicas: 5
    image: "web:1"
    resources: {requests: {cpu: 500m, memory: 64Mi}}
    borg: {spec: {update: {maxDisruptions: 6}}}
actions:
  - {at: 1m, action: scale, application: web, replicas: 8}
  - {at: 2m, action: update, application: web, image: "web:2"}
  - {at: 4m, action: update, application: web, resources: {requests: {cpu: 600m, memory: 64Mi}}}
  - {at: 8m, action: remove, application: web}`);
	// 5, 3 more, and 6 of the 8 replaced; the second update restarts the 2 that were skipped, and changes the others where they are.
	expect([summary["pods_submitted"], summary["pods_deleted"]]).toEqual([16, 16]);
});

test("jobs beyond the quota of their user are turned away, and so are changes; the run goes on", async () => {
	const quotas = ', quotas: [{user: default, band: production, resources: {cpu: "4"}}]';
	const job = (name: string, fields: string) =>
		`{at: 0s, action: create, manifest: {kind: BorgJob, metadata: {name: ${name}}, spec: {image: a, requests: {cpu: "1"}, ${fields}}}}`;
	const summary = await summaryOf(
		`
actions:
  - ${job("web", "replicas: 3")}
  - ${job("api", "replicas: 2")}
  - ${job("batch", "replicas: 1, priority: batch")}
  - ${job("spare", "replicas: 5, priority: best-effort")}
  - {at: 1m, action: scale, kind: BorgJob, name: web, replicas: 5}
  - {at: 2m, action: scale, kind: BorgJob, name: web, replicas: 4}`,
		quotas,
	);
	// Production: 3, then 3 + 2 > 4, 5 > 4, and 4. Batch has no quota at all, best-effort all it wants: 4 + 5.
	expect(summary["pods_submitted"]).toBe(9);
});

test("an application as a job", () => {
	const application = {
		name: "web",
		image: "web:1",
		replicas: 3,
		resources: { requests: { cpu: "250m" }, limits: { memory: "64Mi" } },
		readyAfter: "2s",
		nodeLabels: { disk: "ssd" },
		update: { parallelism: 2, delay: "10s", order: "start-first", onFailure: "rollback" },
		stop: { grace: "7s" },
	};
	const object = jobOf(applicationSchema.parse(application));
	expect(borgJobKind.spec.safeParse(object.spec).success).toBe(true);
	expect(object).toEqual({
		kind: "BorgJob",
		metadata: { name: "web" },
		spec: {
			replicas: 3,
			image: "web:1",
			requests: { cpu: "250m" },
			limits: { memory: "64Mi" },
			constraints: [{ label: "disk", value: "ssd" }],
			behaviour: { "cellsim.io/ready-after": "2s" },
			notice: "7s",
			update: { atOnce: 2, delay: "10s" },
		},
	});
});

describe("what is refused, with its place", () => {
	const folder = temporaryFolder("borg");
	const job = (fields: string) =>
		`actions:\n  - {at: 0s, action: create, manifest: {kind: BorgJob, metadata: {name: web}, spec: {image: a, ${fields}}}}`;
	test.each([
		[
			job("priority: high"),
			"spec.actions[0].manifest.spec.priority: BorgJob web: expected monitoring, production, batch or best-effort, got 'high'",
		],
		[job("replicas: -1"), "spec.actions[0].manifest.spec.replicas: BorgJob web: must be greater than or equal to 0"],
		[
			job("update: {atOnce: 0}"),
			"spec.actions[0].manifest.spec.update.atOnce: BorgJob web: must be greater than or equal to 1",
		],
		[job("update: {maxDisruption: 1}"), "unknown key 'maxDisruption'; did you mean 'maxDisruptions'?"],
		[
			job("transaction: undo"),
			"spec.actions[0].manifest.spec.transaction: BorgJob web: expected pushed, open, undone or closed, got 'undo'",
		],
		[
			job("maxDown: null"),
			"spec.actions[0].manifest.spec.maxDown: BorgJob web: expected a whole number or 'unlimited', got nothing",
		],
		[
			"applications: [{name: web, image: web, borg: {spec: {update: {maxDisruptions: any}}}}]",
			"spec.applications[0].borg.spec.update.maxDisruptions: BorgJob web: expected a whole number or 'unlimited', got 'any'",
		],
		[job("notice: 30"), "spec.actions[0].manifest.spec.notice: BorgJob web: '30' is a number without a unit"],
		[
			"applications: [{name: web, image: web, borg: {spec: {tasks: 1}}}]",
			"spec.applications[0].borg.spec.tasks: BorgJob web: unknown key 'tasks'",
		],
	])("%s", async (more, message) => {
		const refused = await refusal(folder, spec(more));
		expect(refused).toContain(message);
		expect(refused).toMatch(/^e\.yaml:\d+:\d+ error /);
	});
});
