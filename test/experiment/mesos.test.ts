/** Mesos in experiment files: applications in neutral terms, other frameworks beside Marathon and Chronos, and what is refused. */
import { describe, expect, test } from "vitest";
import { applicationSchema } from "../../src/control/application.js";
import { appKind } from "../../src/control/kinds/marathon/app.js";
import { appOf } from "../../src/control/orchestrators/mesos-application.js";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { experimentText, refusal, temporaryFolder } from "../support/experiment-files.js";

const CLUSTER =
	'cluster: {nodeGroups: [{name: agent, count: 3, template: {status: {allocatable: {cpu: "8", memory: 16Gi, pods: "110"}}}}]}';

const spec = (more: string, version = "1.0") => `
clock: {end: 10m}
orchestrator: {name: mesos, version: "${version}"}
${CLUSTER}
${more}
outputs: {tables: [pods]}`;

/** The summary of a run, and what it says about pods. */
async function summaryOf(more: string): Promise<Readonly<Record<string, number>>> {
	const folder = folderWith({ "e.yaml": experimentText(spec(more)) });
	const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json"], { cwd: folder });
	expect(code, stderr).toBe(0);
	return JSON.parse(stdout).runs[0].summary;
}

test("an application is scaled, updated and removed; Marathon's default update starts a second set", async () => {
	const summary = await summaryOf(`
applications: [{name: web, replicas: 5, image: "web:1", resources: {requests: {cpu: 500m, memory: 64Mi}}, stop: {ignoresSigterm: true}}]
actions:
  - {at: 1m, action: scale, application: web, replicas: 8}
  - {at: 2m, action: update, application: web, image: "web:2"}
  - {at: 8m, action: remove, application: web}`);
	// 5, 3 more, and 8 in place of them; all gone in the end.
	expect([summary["pods_submitted"], summary["pods_deleted"]]).toEqual([16, 16]);
});

test("an ordinary scheduler is a framework beside Marathon and Chronos, with its workload", async () => {
	const summary = await summaryOf(`
applications: [{name: web, replicas: 4, image: "web:1", resources: {requests: {cpu: 500m, memory: 64Mi}}}]
scheduling:
  schedulers: [{name: marathon, scheduler: marathon}, {name: chronos, scheduler: marathon}, {name: batch, scheduler: best-fit}]
workloads:
  - name: batch
    arrival: {poisson: {ratePerSecond: 1}}
    until: 1m
    template: {spec: {schedulerName: batch, containers: [{name: main, resources: {requests: {cpu: 100m}}}]}}
    sim: {duration: 1m}`);
	expect(summary["pods_unscheduled"] ?? 0).toBe(0);
	expect(summary["pods_submitted"]).toBeGreaterThan(40);
	expect(summary["pods_submitted"]! - summary["pods_succeeded"]!).toBe(4);
});

describe("an application as an app", () => {
	const specOf = (application: object) => {
		const object = appOf(applicationSchema.parse({ name: "web", image: "web:1", ...application }));
		expect(appKind.spec.safeParse(object.spec).success).toBe(true);
		return object.spec as Readonly<Record<string, unknown>>;
	};

	test("says what it asks for, where it may be, and how it ends", () => {
		const requests = { cpu: "250m", memory: "64Mi" };
		expect(
			specOf({ replicas: 3, resources: { requests }, nodeLabels: { "a.b": "x.y" }, stop: { grace: "7s" } }),
		).toEqual({
			instances: 3,
			cpus: 0.25,
			mem: 64,
			container: { type: "DOCKER", docker: { image: "web:1" } },
			constraints: [["a.b", "LIKE", "x\\.y"]],
			taskKillGracePeriodSeconds: 7,
		});
	});

	test.each([
		// ceil(n x mhc) stay, floor(n x (1 + moc)) at most.
		[7, { parallelism: 1, order: "stop-first" }, 6, 7],
		[3, { parallelism: 1, order: "stop-first" }, 2, 3],
		[10, { parallelism: 3 }, 10, 13],
		[7, { parallelism: 1, order: "start-first" }, 7, 8],
		[2, { parallelism: 5, order: "start-first" }, 2, 4],
	])("%i instances, %j: %i stay at least, %i there are at most", (replicas, update, least, most) => {
		const { minimumHealthCapacity, maximumOverCapacity } = specOf({ replicas, update })["upgradeStrategy"] as Record<
			string,
			number
		>;
		expect(Math.ceil(replicas * minimumHealthCapacity!)).toBe(least);
		expect(Math.floor(replicas * (1 + maximumOverCapacity!))).toBe(most);
	});
});

describe("what is refused, with its place", () => {
	const folder = temporaryFolder("mesos");
	const create = (...manifests: readonly string[]) =>
		`actions:\n${manifests.map((manifest) => `  - {at: 0s, action: create, manifest: ${manifest}}`).join("\n")}`;
	const app = (name: string, fields: string) => `{kind: App, metadata: {name: ${name}}, spec: {cmd: x, ${fields}}}`;
	test.each([
		[
			create(app("/web", "upgradeStrategy: {minimumHealthCapacity: 1.5}")),
			"spec.actions[0].manifest.spec.upgradeStrategy.minimumHealthCapacity: App /web: got a number, but it must be between 0.0 and 1.0",
		],
		[create(app("/Web", "instances: 1")), "spec.actions[0].manifest: App /Web: '/Web' is not an id"],
		[
			create(app("/web", "constraints: [[hostname, NEAR]]")),
			"spec.actions[0].manifest.spec.constraints[0]: App /web: Constraint operator must be one of the following UNIQUE",
		],
		[
			create(app("/web", "constraints: [[hostname, IS, a]]")),
			"spec.actions[0].manifest: App /web: constraints: Marathon 1.3 knows no operator IS",
		],
		[
			create(app("/a", "dependencies: [/b]"), app("/b", "dependencies: [/a]")),
			"spec.actions[1].manifest: Dependency graph has cyclic dependencies: /a -> /b -> /a",
		],
		[
			create("{kind: Job, metadata: {name: j}, spec: {schedule: hourly}}"),
			"spec.actions[0].manifest.spec.schedule: Job j: the schedule 'hourly' is not an ISO 8601 repeating interval",
		],
		[
			create("{kind: Job, metadata: {name: j}, spec: {parents: [k]}}"),
			"spec.actions[0].manifest: Job j: the parent 'k' is not there",
		],
		[
			create("{kind: Deployment, metadata: {name: d}}"),
			'spec.actions[0].manifest.kind: no matches for kind "Deployment": expected one of App',
		],
		[
			"applications: [{name: web, image: web, marathon: {spec: {instance: 1}}}]",
			"spec.applications[0].marathon.spec.instance: App /web: unknown key 'instance'; did you mean 'instances'?",
		],
	])("%s", async (more, message) => {
		const refused = await refusal(folder, spec(more));
		expect(refused).toContain(message);
		expect(refused).toMatch(/^e\.yaml:\d+:\d+ error /);
	});
});
