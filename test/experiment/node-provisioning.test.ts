/** Who brings nodes, and what the loss of a control plane costs: `experiments/kubernetes/node-provisioning.yaml` and `plane-outage.yaml`. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { refusal, temporaryFolder } from "../support/experiment-files.js";

interface Run {
	readonly variant: { readonly provisioner?: string; readonly lost?: string };
	readonly summary: Readonly<Record<string, number>>;
}

async function runsOf(file: string): Promise<readonly Run[]> {
	const path = fileURLToPath(new URL(`../../experiments/kubernetes/${file}`, import.meta.url));
	const { code, stdout, stderr } = await cellsim(["run", path, "--set", "spec.seeds.count=1", "--json"], {
		cwd: folderWith({}),
	});
	expect(code, stderr).toBe(0);
	return (JSON.parse(stdout) as { readonly runs: readonly Run[] }).runs;
}

test("both bring what pods need; Karpenter pays less, since it takes large nodes and gives them back sooner", async () => {
	const runs = await runsOf("node-provisioning.yaml");
	const of = (name: string) => runs.find(({ variant }) => JSON.stringify(variant).includes(name))!.summary;
	const [autoscaler, karpenter] = [of("cluster-autoscaler"), of("karpenter")];
	for (const { pods_unscheduled, pending_time_max_us, node_cost } of [autoscaler, karpenter]) {
		expect(pods_unscheduled).toBe(0);
		// A minute until a machine comes, give or take, and a look or two.
		expect(pending_time_max_us! / 1e6).toBeLessThan(3 * 60);
		// 0.7 CPUs a pod: 10 pods for 3 h, 30 for 2 h, 60 for 1 h, are 105 CPU hours at 0.0475 (the large node's price) at least.
		expect(node_cost).toBeGreaterThan(105 * 0.0475);
	}
	expect(karpenter["node_cost"]).toBeLessThan(autoscaler["node_cost"]!);
});

test("a lease that runs out, one that is handed over, and a plane that comes back", async () => {
	const runs = await runsOf("plane-outage.yaml");
	const seconds = (name: string) =>
		runs.find(({ variant }) => JSON.stringify(variant).includes(`"${name}"`))!.summary["rollout_time_max_us"]! / 1e6;
	// Scaled at 299 s, lost at 300 s and scaled again at 301 s; servers take 2 s to start. The lease runs out 15 s after a renewal
	// in the two seconds before, seen up to 4.4 s later, and is taken up to 4.4 s after that.
	expect(seconds("leader")).toBeGreaterThan(15);
	expect(seconds("leader")).toBeLessThan(1 + 15 + 4.4 + 4.4 + 4);
	expect(seconds("leader-that-hands-over")).toBeLessThan(1 + 4.4 + 4);
	// Back after 300 s, when everybody sees the lease for the first time: the whole of it, and a try before and after.
	expect(seconds("plane")).toBeGreaterThan(1 + 300 + 15);
	expect(seconds("plane")).toBeLessThan(1 + 300 + 15 + 2 * 4.4 + 4);
});

describe("mistakes are refused where they stand", () => {
	const folder = temporaryFolder("provisioning");
	const spec = (orchestrator: string, more = "") => `
clock: {end: 1m}
orchestrator: ${orchestrator}
scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}]}
${more}`;
	const group = (name: string, more = "") =>
		`{name: ${name}, maxSize: 3, ${more} template: {status: {allocatable: {cpu: "2"}}}}`;

	const plane = (orchestrator: string, fault: string) => `
clock: {end: 1m}
orchestrator: ${orchestrator}
cluster: {nodeGroups: [{name: a, count: 1, template: {status: {allocatable: {cpu: "2"}}}}]}
faults: [${fault}]`;

	test.each([
		[
			"a group that is smaller than it may be",
			spec(`{name: kubernetes, clusterAutoscaler: {nodeGroups: [${group("a", "minSize: 5,")}]}}`),
			"spec.orchestrator.clusterAutoscaler.nodeGroups[0].minSize: min size must be less or equal to max size, 3",
		],
		[
			"a lease that is too short",
			spec(
				`{name: kubernetes, controlPlane: {leaderElection: {leaseDuration: 5s}}, clusterAutoscaler: {nodeGroups: [${group("a")}]}}`,
			),
			"spec.orchestrator.controlPlane.leaderElection.leaseDuration: leaseDuration must be greater than renewDeadline",
		],
		[
			"names that are taken",
			spec(
				`{name: kubernetes, clusterAutoscaler: {nodeGroups: [${group("a")}]}}`,
				`cluster: {nodeGroups: [{name: a, count: 1, template: {status: {allocatable: {cpu: "2"}}}}]}`,
			),
			"spec.orchestrator.clusterAutoscaler.nodeGroups[0].name: other nodes are called a-0, a-1, ...: choose another name",
		],
		[
			"a node that never comes",
			spec(
				`{name: kubernetes, clusterAutoscaler: {nodeGroups: [${group("a")}]}}`,
				"faults: [{at: 1s, action: fail, nodes: [a-0, b-0]}]",
			),
			"spec.faults[0].nodes[1]: there is never a node named 'b-0'",
		],
		[
			"nobody whose plane fails",
			`
clock: {end: 1m}
cluster: {nodeGroups: [{name: a, count: 1, template: {status: {allocatable: {cpu: "2"}}}}]}
workloads: [{name: w, count: 1, arrival: {at: 0s}, template: {spec: {containers: [{name: c}]}}, sim: {duration: 1s}}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
faults: [{at: 1s, action: fail-plane, component: store}]`,
			"spec.faults[0].action: there is no control plane: add spec.orchestrator: kubernetes",
		],
		[
			"a part of a swarm's managers",
			plane("swarm", "{at: 1s, action: fail-plane, component: store}"),
			"spec.faults[0].component: the managers of swarm fail as a whole: leave component out, or write manager",
		],
		[
			"managers that there are none of",
			plane("borg", "{at: 1s, action: recover-plane, component: manager}"),
			"spec.faults[0].component: borg has no managers: expected api-server, store, controller-manager, scheduler",
		],
		[
			"masters that there are none of",
			plane("kubernetes", "{at: 1s, action: fail-plane, component: master}"),
			"spec.faults[0].component: kubernetes has no masters: expected api-server, store, controller-manager, scheduler",
		],
		[
			"managers of Mesos",
			plane("mesos", "{at: 1s, action: fail-plane, component: manager}"),
			"spec.faults[0].component: mesos has no managers: expected api-server, store, controller-manager, scheduler, master",
		],
	])("%s", async (_what, text, message) => {
		expect(await refusal(folder, text)).toContain(message);
	});
});
