/** Applications in neutral terms, and what an orchestrator brings to an experiment that says nothing of schedulers. */
import { describe, expect, test } from "vitest";
import { difference } from "../../src/control/application.js";
import { mergePatch } from "../../src/control/merge-patch.js";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { experimentText, refusal, temporaryFolder } from "../support/experiment-files.js";

const CLUSTER =
	'cluster: {nodeGroups: [{name: node, count: 3, template: {status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}}}}]}';

describe("under kubernetes", () => {
	const spec = (orchestrator: string, more: string) => `
clock: {end: 10m}
orchestrator: ${orchestrator}
${CLUSTER}
${more}
outputs: {tables: [pods]}`;

	test("an application is scaled, updated and removed", async () => {
		const folder = folderWith({
			"e.yaml": experimentText(
				spec(
					"{name: kubernetes, version: 1.34}",
					`
applications:
  - name: web
    replicas: 10
    image: {name: "web:1", size: 120Mi}
    readyAfter: 2s
    stop: {ignoresSigterm: true, grace: 10s}
    update: {parallelism: 2, order: start-first}
    kubernetes: {spec: {minReadySeconds: 1}}
actions:
  - {at: 3m, action: update, application: web, image: "web:2"}
  - {at: 1m, action: scale, application: web, replicas: 20}
  - {at: 8m, action: remove, application: web}`,
				),
			),
		});
		const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json"], { cwd: folder });
		expect(code, stderr).toBe(0);
		const [{ summary }] = JSON.parse(stdout).runs;
		// 10, 10 more, and 20 in place of them; all gone in the end.
		expect(summary.pods_submitted).toBe(40);
		expect(summary.pods_running_at_end ?? 0).toBe(0);
		// Two at a time: ten steps of 2 s to get ready and one to be available.
		expect(summary.rollout_time_max_us / 1e6).toBeGreaterThan(29);
		expect(summary.rollout_time_max_us / 1e6).toBeLessThan(32);
	});

	const folder = temporaryFolder("applications");
	const web = "applications: [{name: web, image: web}]";
	test.each([
		[
			"kubernetes",
			"applications: [{name: web, image: web, kubernetes: {spec: {minReadySecond: 1}}}]",
			"spec.applications[0].kubernetes.spec.minReadySecond: Deployment web: unknown key 'minReadySecond'; did you mean 'minReadySeconds'?",
		],
		[
			"kubernetes",
			"applications: [{name: web, image: web, replicas: -1}]",
			"spec.applications[0].replicas: must be greater than or equal to 0",
		],
		[
			"kubernetes",
			"applications: [{name: web, image: web, stop: {takes: 1s, ignoresSigterm: true}}]",
			"spec.applications[0].stop.takes: what ignores SIGTERM never ends by itself",
		],
		[
			"kubernetes",
			`${web}\nactions: [{at: 1s, action: scale, application: wep, replicas: 2}]`,
			"spec.actions[0].application: 'wep' is not an application of this file; did you mean 'web'?",
		],
		[
			"kubernetes",
			`${web}\nactions: [{at: 1s, action: scale, application: web, kind: Deployment, replicas: 2}]`,
			"spec.actions[0]: name either an application, or the kind and name of an object",
		],
		[
			"{name: kubernetes, version: 1.5}",
			web,
			"spec.orchestrator.version: kubernetes is not known in version 1.5: expected ",
		],
	])("%s: %s", async (orchestrator, more, message) => {
		expect(await refusal(folder, spec(orchestrator, more))).toContain(message);
	});

	test("without an orchestrator nobody would run it, and nobody would schedule", async () => {
		const refused = await refusal(folder, `${CLUSTER}\n${web}`);
		expect(refused).toContain("spec: missing 'scheduling'");
	});
});

test("a difference is the patch that leads from one to the other", () => {
	const before = { a: 1, gone: 2, list: [{ name: "c", image: "x", resources: { cpu: 1 } }], same: [1, 2] };
	const after = { a: 2, list: [{ name: "c", image: "y" }], same: [1, 2] };
	const patch = difference({ containers: before.list, ...before }, { containers: after.list, ...after });
	expect(patch).toMatchObject({ a: 2, gone: null, containers: [{ name: "c", image: "y", resources: null }] });
	expect(mergePatch({ containers: before.list }, { containers: [{ name: "c", image: "y", resources: null }] })).toEqual(
		{
			containers: after.list,
		},
	);
	expect(difference(before, structuredClone(before))).toBeUndefined();
});
