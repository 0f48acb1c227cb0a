/** Rolling updates of a Deployment: `experiments/kubernetes/rollouts.yaml`, and what an experiment file may declare to a control plane. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";

const FILE = fileURLToPath(new URL("../../experiments/kubernetes/rollouts.yaml", import.meta.url));

interface Run {
	readonly variant: {
		readonly strategy: { readonly update: { readonly maxUnavailable: string | number } };
		readonly ready: string;
	};
	readonly summary: Readonly<Record<string, number>>;
}

/** The runs with these values, each with what its strategy allows to be missing. */
async function runs(only: readonly string[]): Promise<readonly Run[]> {
	const args = ["run", FILE, "--json", ...only.flatMap((choice) => ["--only", choice])];
	const { code, stdout, stderr } = await cellsim(args, { cwd: folderWith({}) });
	expect(code, stderr).toBe(0);
	return (JSON.parse(stdout) as { readonly runs: readonly Run[] }).runs;
}

function byMissing(of: readonly Run[], metric: string): Readonly<Record<string, number>> {
	return Object.fromEntries(
		of.map(({ variant, summary }) => [String(variant.strategy.update.maxUnavailable), summary[metric] ?? 0]),
	);
}

test("what is allowed to be missing bounds what is missing, and slow servers take longer to replace", async () => {
	const all = await runs(["hook=0", "failure=20m"]);
	const of = (metric: string, ready: string) =>
		byMissing(
			all.filter(({ variant }) => variant.ready === ready),
			metric,
		);
	// Two rollouts: the new template, and ten pods more. All at once: nothing serves while ten pods start (2 s) and get ready (10 s).
	const outage = of("replicas_outage_us", "10s");
	expect(outage).toMatchObject({ "0": 0, "1": 0, "25%": 0 });
	expect(outage["100%"]! / 1e6).toBeCloseTo(12, 0);
	// One by one, ten times 12 s, against all at once.
	const slow = of("rollout_time_max_us", "10s");
	expect(slow["0"]! / slow["100%"]!).toBeGreaterThan(9);
	const fast = of("rollout_time_max_us", "0s");
	for (const share of Object.keys(fast)) expect(slow[share]! / fast[share]!).toBeGreaterThan(4);
	// Of 600 requests a second none is served for so long; with pods left, those are lost that are sent to pods on their way out.
	const [lost, none, refused] = ["lost", "lost_no_endpoints", "lost_refused"].map((name) =>
		of(`requests_${name}`, "10s"),
	);
	const outageUs = of("requests_outage_us", "10s");
	expect(outageUs["100%"]! / outage["100%"]!).toBeCloseTo(1, 1);
	expect(none!["100%"]! + refused!["100%"]!).toBeGreaterThan((600 * outageUs["100%"]!) / 1e6);
	for (const share of ["0", "1", "25%"]) {
		expect(lost![share]).toBe(refused![share]);
		expect(lost![share]).toBeGreaterThan(300);
	}
});

test("servers that go on until proxies have heard lose nothing, and a node without a network what is sent there", async () => {
	const whole = await runs(["ready=10s", "hook=5", "failure=20m"]);
	expect(byMissing(whole, "requests_lost")).toMatchObject({ "0": 0, "1": 0, "25%": 0 });
	const broken = await runs(["ready=0s", "hook=5", "failure=121s"]);
	// Two of ten pods are there: of 600 requests a second 120 are lost until the node is taken for dead, 40 to 50 seconds after its last lease.
	const unreachableS = byMissing(broken, "requests_lost_unreachable")["0"]! / 120;
	expect(unreachableS).toBeGreaterThan(40);
	expect(unreachableS).toBeLessThan(51);
});

describe("an experiment with objects for a control plane", () => {
	const folder = temporaryFolder("control");
	const spec = (more: string) => `
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "1"}}}}]}
scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}]}
clock: {end: 1m}
${more}`;
	const deployment = (body: string) => `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: ${body}
`;
	const template = "{metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}";

	test.each([
		[
			"a selector that does not match",
			`{selector: {matchLabels: {app: api}}, template: ${template}}`,
			'Deployment web: `selector` does not match template `labels`: {"app":"web"}',
		],
		[
			"no room for a step",
			`{selector: {matchLabels: {app: web}}, template: ${template}, strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}}`,
			"Deployment web: may not be 0 when `maxSurge` is 0",
		],
		[
			"negative replicas",
			`{replicas: -1, selector: {matchLabels: {app: web}}, template: ${template}}`,
			"Deployment web: must be greater than or equal to 0",
		],
		[
			"an annotation that nobody understands",
			`{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}, annotations: {cellsim.io/ready-after: soon}}, spec: {containers: [{name: c}]}}}`,
			"Deployment web: 'soon' is not a duration such as 30s",
		],
	])("%s is refused", async (_what, body, message) => {
		expect(await refusal(folder, `${spec("orchestrator: kubernetes")}`, deployment(body))).toContain(message);
	});

	test("without an orchestrator nobody would make its pods", async () => {
		const body = `{selector: {matchLabels: {app: web}}, template: ${template}}`;
		expect(await refusal(folder, spec(""), deployment(body))).toContain(
			"apps/v1 Deployment needs controllers: add spec.orchestrator: kubernetes",
		);
	});

	test("actions without an orchestrator are a mistake", async () => {
		const actions = "actions: [{at: 1s, action: scale, kind: Deployment, name: web, replicas: 3}]";
		const workload =
			"workloads: [{name: w, arrival: {at: 0s}, count: 1, template: {spec: {containers: [{name: c}]}}, sim: {duration: 1s}}]";
		expect(await refusal(folder, spec(`${actions}\n${workload}`))).toContain(
			"actions are done to a control plane: add spec.orchestrator: kubernetes",
		);
	});
});
