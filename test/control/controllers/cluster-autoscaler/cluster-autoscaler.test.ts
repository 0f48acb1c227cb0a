import { expect, test } from "vitest";
import { clusterAutoscaler } from "../../../../src/control/controllers/cluster-autoscaler/cluster-autoscaler.js";
import { clusterAutoscalerSchema } from "../../../../src/control/controllers/cluster-autoscaler/schema.js";
import { SeededRandomSource } from "../../../../src/engine/random.js";
import { autoscaledPlane, deployment, nodeNames } from "../../../support/autoscaled-planes.js";

const SMALL = { status: { allocatable: { cpu: "4", memory: "16Gi" } } };

/** Two groups by default: nodes of 4 CPUs, from none to ten, that take a minute to come. */
function planeWith(options: object = {}, group: object = {}) {
	const nodeGroups = [{ name: "small", maxSize: 10, template: SMALL, provisioningTime: "1m", ...group }];
	const parsed = clusterAutoscalerSchema.parse({ nodeGroups, ...options });
	return autoscaledPlane(
		(access) => clusterAutoscaler(parsed, access, new SeededRandomSource("1")),
		"cluster-autoscaler",
	);
}

test("pods without a node bring as many as they come to, when these have had their time", () => {
	const { plane, said } = planeWith();
	// 10 pods of 1.5 CPUs, two on a node of 4: 5 nodes.
	plane.create(deployment("web", 10, { cpu: "1500m", memory: "1Gi" }));
	plane.runFor(59);
	expect(nodeNames(plane)).toEqual([]);
	plane.runFor(5);
	expect(nodeNames(plane)).toEqual(["small-0", "small-1", "small-2", "small-3", "small-4"]);
	expect(plane.pods.filter(({ status }) => status.ready).length).toBe(10);
	// It looks as soon as the first pods have no node, and again after each time that it did something.
	const sizes = said.flatMap(
		([, , message]) => /size to (\d+) instead of (\d+)/.exec(message)?.slice(1).map(Number) ?? [],
	);
	expect([sizes.at(1), sizes.at(-2)]).toEqual([0, 5]);
	const triggered = said.filter(([, , message]) =>
		/^pod triggered scale-up: \[\{small \d->\d \(max: 10\)\}\]$/.test(message),
	);
	// One pod finds room on a node that is on its way.
	expect(new Set(triggered.map(([, pod]) => pod)).size).toBe(9);
});

test("a group is made no larger than it may be; pods that no node helps are told why", () => {
	const { plane, said } = planeWith({}, { maxSize: 2 });
	plane.create(deployment("web", 5, { cpu: "3" }));
	plane.create(deployment("huge", 1, { cpu: "5" }));
	plane.runFor(120);
	expect(nodeNames(plane)).toEqual(["small-0", "small-1"]);
	const texts = new Set(said.map(([, about, message]) => `${about.slice(0, 4)} ${message}`));
	expect([...texts].filter((text) => text.includes("didn't")).sort()).toEqual([
		"huge pod didn't trigger scale-up: 1 Insufficient cpu",
		"huge pod didn't trigger scale-up: 1 max node group size reached",
		"web- pod didn't trigger scale-up: 1 max node group size reached",
	]);
});

test("what DaemonSets take of each node is not there for others", () => {
	const { plane } = planeWith();
	const { spec } = deployment("daemon", 0, { cpu: "1500m" });
	const { replicas: _, ...set } = spec;
	plane.create({ kind: "DaemonSet", metadata: { name: "daemon" }, spec: set });
	// 4 - 1.5 CPUs leave room for one pod of 2 CPUs, not for two: 3 nodes.
	plane.create(deployment("web", 3, { cpu: 2 }));
	plane.runFor(90);
	expect(nodeNames(plane)).toEqual(["small-0", "small-1", "small-2"]);
	expect(plane.pods.filter(({ status }) => status.ready).length).toBe(6);
});

test("filters of the scheduler decide what fits: one pod of an app on a node", () => {
	const { plane } = planeWith();
	const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
	const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
	plane.create(deployment("web", 3, { cpu: "100m" }, { affinity }));
	plane.runFor(90);
	expect(nodeNames(plane)).toEqual(["small-0", "small-1", "small-2"]);
});

test("a node that takes too long is given up, and its group is left alone for ever longer", () => {
	const { plane, said } = planeWith({ maxNodeProvisionTime: "2m" }, { provisioningTime: "1h" });
	plane.create(deployment("web", 1, { cpu: 2 }));
	plane.runFor(20 * 60);
	const times = said.filter(([, , message]) => /failed to register|setting group/.test(message));
	// Looks are ten seconds apart. Asked just after one, given up at the first look 2 min later; 5 min alone; 2 min; 10 min alone.
	expect(times.map(([at, , message]) => [Math.floor(at / 10) * 10, message])).toEqual([
		[0, "Scale-up: setting group small size to 1 instead of 0 (max: 10)"],
		[120, "Nodes added to group small failed to register within 2m0s"],
		[420, "Scale-up: setting group small size to 1 instead of 0 (max: 10)"],
		[540, "Nodes added to group small failed to register within 2m0s"],
		[1140, "Scale-up: setting group small size to 1 instead of 0 (max: 10)"],
	]);
	expect(
		said.some(([, , message]) => message === "pod didn't trigger scale-up: 1 in backoff after failed scale-up"),
	).toBe(true);
});

test("a node that is not needed for ten minutes is emptied and given back", () => {
	const { plane, said } = planeWith();
	plane.create(deployment("web", 6, { cpu: 2 }));
	plane.runFor(20 * 60);
	expect(nodeNames(plane).length).toBe(3);
	said.length = 0;
	// One pod of 2 CPUs: half of one node, and as much on another's: utilisation 0.5 is not below the threshold.
	plane.patch("Deployment", "web", { spec: { replicas: 2 } });
	plane.runFor(600 + 60);
	const left = nodeNames(plane);
	expect(plane.pods.length).toBe(2);
	const used = new Set(plane.pods.map(({ spec }) => spec.nodeName));
	expect(new Set(left)).toEqual(used);
	const [first] = said;
	expect(first![0] - 1200).toBeGreaterThanOrEqual(600);
	expect(first![0] - 1200).toBeLessThanOrEqual(620);
	expect(said.map(([, , message]) => message)).toContain("node removed by cluster autoscaler");
});

test("pods move off a node that is little used, and budgets are asked first", () => {
	const { plane, said } = planeWith();
	plane.create(deployment("web", 2, { cpu: "2500m" }));
	plane.create(deployment("small", 2, { cpu: "1" }));
	plane.runFor(60 + 20);
	expect(nodeNames(plane).length).toBe(2);
	// The large pods are gone: 1 of 4 CPUs on each node, 0.25 < 0.5. Either pod would fit on the other node, so one node goes.
	plane.patch("Deployment", "web", { spec: { replicas: 0 } });
	plane.create({
		kind: "PodDisruptionBudget",
		metadata: { name: "pdb" },
		spec: { selector: { matchLabels: { app: "small" } }, minAvailable: 2 },
	});
	plane.runFor(15 * 60);
	expect(nodeNames(plane).length).toBe(2);
	plane.delete("PodDisruptionBudget", "pdb");
	plane.runFor(5 * 60 + 10 * 60 + 60);
	expect(nodeNames(plane).length).toBe(1);
	expect(plane.pods.map(({ status }) => status.ready)).toEqual([true, true]);
	const drain = said.map(([, , message]) => message).filter((message) => message.startsWith("Scale-down"));
	expect(drain[0]).toMatch(/^Scale-down: removing node small-\d, utilization: 0.25, pods to reschedule: small-\S+$/);
	expect(drain[1]).toMatch(/^Scale-down: node small-\d removed with drain$/);
});

test.each([
	[
		"a pod that must not be evicted",
		{},
		{ annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" } },
		true,
	],
	["a pod with local storage", { volumes: [{ name: "scratch", emptyDir: {} }] }, {}, true],
	["local storage in memory", { volumes: [{ name: "scratch", emptyDir: { medium: "Memory" } }] }, {}, false],
	[
		"a pod with local storage that may be evicted",
		{ volumes: [{ name: "scratch", emptyDir: {} }] },
		{ annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" } },
		false,
	],
	["nothing special", {}, {}, false],
])("what keeps a node: %s", (_what, pod, metadata, keeps) => {
	const { plane } = planeWith({}, { minSize: 1, size: 2 });
	const anywhere = { cpu: "1" };
	const selector = { nodeSelector: {} };
	plane.create(deployment("a", 1, anywhere, { ...pod, ...selector }, metadata));
	plane.create(deployment("b", 1, anywhere, { ...pod, ...selector }, metadata));
	plane.runFor(15 * 60);
	expect(nodeNames(plane).length).toBe(keeps ? 2 : 1);
});

test("mistakes in the file", () => {
	const mistakesOf = (options: object) =>
		clusterAutoscalerSchema
			.safeParse(options)
			.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
	const group = { name: "g", maxSize: 3, template: SMALL };
	expect(mistakesOf({ nodeGroups: [{ ...group, minSize: 5 }, group] })).toEqual([
		"nodeGroups.0.minSize: min size must be less or equal to max size, 3",
		"nodeGroups.1.name: there is a node group 'g' already",
	]);
	expect(mistakesOf({ nodeGroups: [{ ...group, size: 4 }] })).toEqual(["nodeGroups.0.size: must be from 0 to 3"]);
	expect(mistakesOf({ nodeGroups: [group], expander: "cheapest" })?.[0]).toMatch(/^expander: Invalid input/);
});
