/** Requests to Services in experiment files: releases and autoscaling in `experiments/kubernetes`, and what is refused. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { experimentText, refusal, temporaryFolder } from "../support/experiment-files.js";

interface Run {
	readonly variant: Readonly<Record<string, unknown>>;
	readonly summary: Readonly<Record<string, number>>;
}

async function runsOf(name: string, more: readonly string[] = []): Promise<readonly Run[]> {
	const file = fileURLToPath(new URL(`../../experiments/kubernetes/${name}.yaml`, import.meta.url));
	const { code, stdout, stderr } = await cellsim(["run", file, "--json", ...more], { cwd: folderWith({}) });
	expect(code, stderr).toBe(0);
	return (JSON.parse(stdout) as { readonly runs: readonly Run[] }).runs;
}

test("blue-green: a Service is switched in one write, and to whom matters", async () => {
	const runs = await runsOf("blue-green");
	const of = (name: string, at: string) => {
		const found = runs.find(
			({ variant }) => (variant["green"] as { readonly name: string }).name === name && variant["switch"] === at,
		);
		return (metric: string) => found!.summary[metric] ?? 0;
	};
	expect(of("good", "3m")("requests_lost")).toBe(0);
	// 400 requests a second; green is ready 30 seconds after 1m.
	expect(of("good", "80s")("requests_lost_no_endpoints") / 400).toBeCloseTo(10, 0);
	expect(of("good", "80s")("requests_outage_us") / 1e6).toBeCloseTo(10, 0);
	// A fifth of one minute.
	expect(of("faulty", "3m")("requests_lost") / (400 * 60 * 0.2)).toBeCloseTo(1, 2);
	expect(of("faulty", "3m")("requests_lost")).toBe(of("faulty", "3m")("requests_lost_error"));
	// What they can do takes 40 ms of half a CPU each: 125 a second. With 512 in each pod all of that is too late.
	expect(of("slow", "3m")("requests_lost") / (400 * 60)).toBeGreaterThan(0.9);
});

test("canary: its share is that of its pods, or what a route says, whatever its pods can do", async () => {
	const runs = await runsOf("canary");
	const of = (pods: number, metric: string) =>
		runs.find(({ variant }) => variant["pods"] === pods)!.summary[metric] ?? 0;
	for (const pods of [1, 2, 4]) {
		// By selector for two minutes and what it takes to come and go.
		expect(of(pods, "requests_lost.web") / (400 * 120 * 0.2 * (pods / 10))).toBeGreaterThan(1);
		expect(of(pods, "requests_lost.web") / (400 * 120 * 0.2 * (pods / 10))).toBeLessThan(1.05);
		expect(of(pods, "requests_lost.web")).toBe(of(pods, "requests_lost_error.web"));
	}
	// By weight from 65s to 3m; one pod can do 100 requests a second.
	for (const pods of [1, 2]) expect(of(pods, "requests_lost.shop") / (400 * 115 * 0.2 * (pods / 10))).toBeCloseTo(1, 2);
	expect(of(4, "requests_lost_overflow.shop") / ((160 - 100) * 115)).toBeGreaterThan(0.9);
});

test("autoscaling: the more of their CPU pods shall use, the fewer there are, and the slower they answer", async () => {
	const runs = await runsOf("autoscaling", ["--only", "node=0s", "--set", "spec.clock.end=5h"]);
	const of = (metric: string) =>
		[50, 70, 90].map((target) => runs.find((r) => r.variant["target"] === target)!.summary[metric]!);
	const [low, middle, high] = of("serving_utilization");
	for (const [is, wanted] of [
		[low!, 0.5],
		[middle!, 0.7],
	] as const)
		expect(Math.abs(is / wanted - 1)).toBeLessThan(0.15);
	expect(high).toBeGreaterThan(middle!);
	const slow = of("requests_slow_fraction");
	expect(slow).toEqual([...slow].sort((a, b) => a - b));
	const [, , cost] = of("node_cost");
	expect(cost).toBeLessThanOrEqual(of("node_cost")[0]!);
});

describe("traffic is refused", () => {
	const folder = temporaryFolder("traffic");
	const SERVICE = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n";
	const spec = (traffic: string, head = "orchestrator: kubernetes\nclock: {end: 1m}") => `
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "1"}}}}]}
scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}]}
${head}
traffic: [${traffic}]`;
	const RATE = "rate: [{constant: 1}]";

	test.each([
		[
			"for a Service that there is not",
			`{service: wep, ${RATE}}`,
			"there is no Service 'wep' in namespace 'default': declare it beside the experiment, or by an action; did you mean 'web'?",
		],
		[
			"in another namespace",
			`{service: web, namespace: shop, ${RATE}}`,
			"there is no Service 'web' in namespace 'shop': declare it beside the experiment, or by an action",
		],
		[
			"for a route that there is not",
			`{route: web, ${RATE}}`,
			"there is no HTTPRoute 'web' in namespace 'default': declare it beside the experiment, or by an action",
		],
		["for nobody", `{${RATE}}`, "needs either 'service' or 'route'"],
		[
			"with two courses in one",
			"{service: web, rate: [{constant: 1, steps: [[0s, 1]]}]}",
			"exactly one course is needed: constant, diurnal, spike, steps",
		],
		[
			"with steps that go back",
			"{service: web, rate: [{steps: [[10s, 1], [5s, 2]]}]}",
			"the steps are not sorted: each time must be later than the one before",
		],
		["with a hop that there is not", `{service: web, ${RATE}, path: {kubeproxy: 1ms}}`, "did you mean 'kubeProxy'?"],
		["with a duration without a unit", `{service: web, ${RATE}, request: {timeout: 1}}`, "a number without a unit"],
		["named twice", `{service: web, ${RATE}}, {service: web, ${RATE}}`, "the name 'web' is used twice"],
	])("%s", async (_what, traffic, message) => {
		const text = await refusal(folder, spec(traffic), SERVICE);
		expect(text).toContain(message);
		expect(text).toMatch(/^e\.yaml:\d+:\d+ error spec\.traffic/);
	});

	test.each([
		[
			"without a control plane",
			"clock: {end: 1m}",
			"requests go to services of a control plane: add spec.orchestrator: kubernetes",
		],
		[
			"to an app that there is not",
			"orchestrator: mesos\nclock: {end: 1m}",
			"there is no App 'web' in namespace 'default'",
		],
		[
			"to a job that there is not",
			"orchestrator: borg\nclock: {end: 1m}",
			"there is no BorgJob 'web' in namespace 'default'",
		],
		["without an end", "orchestrator: kubernetes", "requests come for ever: give the experiment an end (clock.end)"],
	])("%s", async (_what, head, message) => {
		const workload =
			"workloads: [{name: w, arrival: {at: 0s}, count: 1, template: {spec: {containers: [{name: c}]}}, sim: {duration: 1s}}]";
		expect(await refusal(folder, spec(`{service: web, ${RATE}}`, `${head}\n${workload}`), "")).toContain(message);
	});

	test("what a pod says of itself as a server", async () => {
		const deployment = (annotation: string) => `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}, annotations: {${annotation}}}, spec: {containers: [{name: c}]}}}
`;
		const text = (annotation: string) =>
			refusal(folder, spec(`{service: web, ${RATE}}`), SERVICE + deployment(annotation));
		expect(await text('cellsim.io/request-errors: "1.5"')).toContain("'1.5' is no share from 0 to 1, such as 0.05");
		expect(await text("cellsim.io/request-cpu: 0s")).toContain("a request takes some CPU time, such as 1ms");
		expect(await text('cellsim.io/request-errors: "0.5"')).toBe("");
	});
});

test("one application with its requests under every orchestrator: Swarm of 1.12 sends to tasks until they have stopped", async () => {
	const text = `
clock: {end: 2m}
strategy: {matrix: {orchestrator: [kubernetes, {name: swarm, version: "1.12"}, {name: swarm, version: "17.05"}, borg, mesos]}}
orchestrator: "\${{ matrix.orchestrator }}"
cluster: {nodeGroups: [{name: node, count: 4, template: {status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}}}}]}
applications:
  - name: web
    replicas: 6
    image: "web:1"
    resources: {requests: {cpu: 500m, memory: 512Mi}}
    stop: {takes: 3s}
    update: {parallelism: 1, delay: 5s, order: stop-first}
actions: [{at: 30s, action: update, application: web, image: "web:2"}]
traffic: [{service: web, rate: [{constant: 300}], proxies: {delay: 100ms, minSync: 0s}}]
outputs: {tables: [requests]}`;
	const folder = folderWith({ "e.yaml": experimentText(text) });
	const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json"], { cwd: folder });
	expect(code, stderr).toBe(0);
	const { runs } = JSON.parse(stdout) as { readonly runs: readonly Run[] };
	const refused = runs.map(({ summary }) => summary["requests_lost_refused"] ?? 0);
	// Six times a sixth of 300 a second: until the proxy has heard, after 100 ms, of which SIGTERM comes half later in Swarm; and in 1.12 for
	// the 3 s until the task has stopped, too.
	expect(refused[0]! / 30).toBeCloseTo(1, 0);
	expect(refused[1]! / (300 * 3.1)).toBeCloseTo(1, 1);
	expect(refused[2]! / 15).toBeCloseTo(1, 0);
	// Clients of Borg hear of it as proxies do; containers under Marathon have no time to stop in.
	expect(refused[3]! / 30).toBeCloseTo(1, 0);
	expect(refused[4]! / 30).toBeCloseTo(1, 0);
});
