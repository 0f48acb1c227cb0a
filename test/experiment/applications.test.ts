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
		expect(summary.pods_deleted).toBe(40);
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
			"{name: swarm, version: 1.12}",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {update_config: {order: start-first}}}}}]",
			"spec.applications[0].swarm.spec.deploy.update_config.order: Service web: order: start-first is supported from 17.05 on: this is 1.12",
		],
		[
			"swarm",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {mode: global}}}}]",
			"spec.applications[0].swarm.spec.deploy: Service web: replicas can only be used with replicated or replicated-job mode",
		],
		[
			"swarm",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {placement: {constraints: [node.labels.a=b]}}}}}]",
			"spec.applications[0].swarm.spec.deploy.placement.constraints[0]: Service web: constraint expected one operator from ==, !=: 'node.labels.a=b'",
		],
		[
			"{name: swarm, version: 1.13}",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {placement: {preferences: [{spread: node.labels.zone}]}}}}}]",
			"spec.applications[0].swarm.spec.deploy.placement.preferences: Service web: preferences is supported from 17.04 on: this is 1.13",
		],
		[
			"{name: swarm, version: 17.05}",
			"actions: [{at: 1s, action: create, manifest: {kind: Service, metadata: {name: web}, spec: {image: web, deploy: {placement: {max_replicas_per_node: 1}}}}}]",
			"spec.actions[0].manifest.spec.deploy.placement.max_replicas_per_node: Service web: max_replicas_per_node is supported from 19.03 on: this is 17.05",
		],
		[
			"swarm",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {placement: {preferences: [{spread: node.hostname}]}}}}}]",
			"spec.applications[0].swarm.spec.deploy.placement.preferences[0].spread: Service web: 'node.hostname' is nothing to spread over: expected node.labels.<name> or engine.labels.<name>",
		],
		[
			"{name: swarm, version: 19.03}",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {mode: replicated-job}}}}]",
			"spec.applications[0].swarm.spec.deploy.mode: Service web: mode: replicated-job is supported from 20.10 on: this is 19.03",
		],
		[
			"swarm",
			"applications: [{name: web, image: web, swarm: {spec: {deploy: {max_concurrent: 2}}}}]",
			"spec.applications[0].swarm.spec.deploy.max_concurrent: Service web: max_concurrent can only be used with replicated-job mode",
		],
		[
			"swarm",
			"applications: [{name: web, image: web, update: {parallelism: 2}, swarm: {spec: {deploy: {mode: replicated-job}}}}]",
			"Service web: Jobs may not have an update config",
		],
		[
			"{name: swarm, version: 1.14}",
			web,
			"spec.orchestrator.version: swarm is not known in version 1.14: expected 1.12, 1.13, 17.05, 19.03, 20.10",
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

test("Kubernetes' own objects mean nothing to a swarm", async () => {
	const folder = temporaryFolder("swarm-documents");
	const beside = `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}
`;
	expect(await refusal(folder, `clock: {end: 1m}\norchestrator: swarm\n${CLUSTER}`, beside)).toContain(
		"spec.orchestrator: swarm has no use for Kubernetes objects (Deployment) beside the experiment: declare applications, or create Service, Node, Namespace by actions",
	);
});

test("machines in full pull what an application says how large it is", async () => {
	const text = (size: string) =>
		experimentText(`
clock: {end: 10m}
orchestrator: {name: swarm, version: 1.12}
${CLUSTER}
node: {machine: {images: {list: [], bandwidth: 100Mi}}}
applications: [{name: web, replicas: 3, image: {name: "web:1"${size}}}]
outputs: {tables: [pods]}`);
	const folder = folderWith({ "large.yaml": text(", size: 1000Mi"), "none.yaml": text("") });
	const seconds = async (file: string) => {
		const { code, stdout, stderr } = await cellsim(["run", file, "--json", "-o", file.slice(0, 4)], { cwd: folder });
		expect(code, stderr).toBe(0);
		return JSON.parse(stdout).runs[0].summary.rollout_time_max_us / 1e6;
	};
	// 1000 MiB at 100 MiB a second, on each of three nodes at the same time.
	expect((await seconds("large.yaml")) - (await seconds("none.yaml"))).toBeCloseTo(10, 0);
});

test("a task that waits for the old one to stop is made ready meanwhile, on simple machines and on full ones", async () => {
	const text = (node: string) =>
		experimentText(`
clock: {warmup: 30s, end: 10m}
orchestrator: {name: swarm, version: 1.12}
${CLUSTER}
node: {startDelay: 5s${node}}
applications: [{name: web, replicas: 4, image: "web:1", stop: {ignoresSigterm: true}}]
actions: [{at: 1m, action: update, application: web, image: "web:2"}]
outputs: {tables: [pods]}`);
	const folder = folderWith({ "simple.yaml": text(""), "full.yaml": text(", machine: {}") });
	for (const file of ["simple.yaml", "full.yaml"]) {
		const { code, stdout, stderr } = await cellsim(["run", file, "--json", "-o", file.slice(0, 4)], { cwd: folder });
		expect(code, stderr).toBe(0);
		// Four times 10 s of grace; the 5 s that a start takes are over by then.
		const seconds = JSON.parse(stdout).runs[0].summary.rollout_time_max_us / 1e6;
		expect(seconds, file).toBeGreaterThan(40);
		expect(seconds, file).toBeLessThan(44);
	}
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
