import { expect, test } from "vitest";
import { karpenter } from "../../../../src/control/controllers/karpenter/karpenter.js";
import { karpenterSchema } from "../../../../src/control/controllers/karpenter/schema.js";
import type { NodeObject } from "../../../../src/control/kinds/node.js";
import { SeededRandomSource } from "../../../../src/engine/random.js";
import { autoscaledPlane, deployment, nodeNames } from "../../../support/autoscaled-planes.js";
import type { TestPlane } from "../../../support/control-planes.js";

const type = (name: string, cpu: number, price: number, labels = {}) => ({
	name,
	price,
	template: { metadata: { labels }, status: { allocatable: { cpu: String(cpu), memory: `${cpu * 4}Gi` } } },
});
/** A large node costs less than two small ones. */
const TYPES = [
	type("small", 2, 1),
	type("medium", 4, 1.9),
	type("large", 8, 3.6),
	type("arm", 8, 3, { arch: "arm64" }),
];
const X86 = { matchExpressions: [{ key: "arch", operator: "DoesNotExist" }] };
const ALL = [{ nodes: "100%" }];

function planeWith(pool: object = {}, options: object = {}) {
	const nodePools = [{ name: "default", requirements: X86, disruption: { budgets: ALL }, ...pool }];
	const parsed = karpenterSchema.parse({ instanceTypes: TYPES, nodePools, ...options });
	return autoscaledPlane((access) => karpenter(parsed, access, new SeededRandomSource("1")), "karpenter");
}

function typesOf(plane: TestPlane): readonly string[] {
	const nodes = [...plane.plane.server.list("Node")] as NodeObject[];
	return nodes.map(({ metadata }) => metadata.labels["node.kubernetes.io/instance-type"]!).sort();
}

test("pods that come together have one node of the cheapest type that holds them all", () => {
	const { plane, said } = planeWith();
	// 3 pods of 1 CPU: 3 CPUs fit a medium node (1.9), not a small one.
	plane.create(deployment("web", 3, { cpu: 1 }));
	plane.runFor(44);
	expect(nodeNames(plane)).toEqual([]);
	plane.runFor(4);
	expect(typesOf(plane)).toEqual(["medium"]);
	expect(plane.pods.map(({ status }) => status.ready)).toEqual([true, true, true]);
	// They are waited for: a second without another one.
	expect(said.map(([at, , message]) => [Math.floor(at), message])).toEqual([
		[1, "Pod should schedule on: nodeclaim/default-0"],
		[1, "Pod should schedule on: nodeclaim/default-0"],
		[1, "Pod should schedule on: nodeclaim/default-0"],
	]);
});

test("a batch is closed after its longest time, however many pods come yet", () => {
	const { plane, said } = planeWith({}, { batchIdleDuration: "2s", batchMaxDuration: "5s" });
	for (let n = 0; n < 8; n++) {
		plane.create(deployment(`app-${n}`, 1, { cpu: "100m" }));
		plane.runFor(1);
	}
	expect(said[0]![0]).toBe(5);
});

test("what does not fit one node has several, the largest pods first", () => {
	const { plane } = planeWith({ disruption: { consolidateAfter: "Never" } });
	// 8 + 3: 5 CPUs and 3 CPUs fill a large node; 5 CPUs and nothing else want another large one.
	plane.create(deployment("five", 2, { cpu: 5 }));
	plane.create(deployment("three", 1, { cpu: 3 }));
	plane.runFor(60);
	expect(typesOf(plane)).toEqual(["large", "large"]);
});

test("selectors, taints and weights choose the pool; limits end it", () => {
	const pools = [
		{
			name: "special",
			weight: 10,
			taints: [{ key: "special", value: "yes", effect: "NoSchedule" }],
			limits: { cpu: "2" },
		},
		{ name: "arm", requirements: { matchExpressions: [{ key: "arch", operator: "In", values: ["arm64"] }] } },
		{ name: "plain", requirements: X86 },
	].map((pool) => ({ disruption: { consolidateAfter: "Never" }, ...pool }));
	const { plane } = planeWith({}, { nodePools: pools });
	const tolerations = [{ key: "special", operator: "Exists" }];
	plane.create(deployment("a", 1, { cpu: 1 }, { tolerations }));
	plane.runFor(60);
	// Beyond 2 CPUs the pool may have no more: the next one goes by name.
	plane.create(deployment("b", 1, { cpu: 2 }, { tolerations, nodeSelector: { "kubernetes.io/os": "linux" } }));
	plane.create(deployment("c", 1, { cpu: 2 }, { nodeSelector: { arch: "arm64" } }));
	plane.create(deployment("d", 1, { cpu: 2 }, { nodeSelector: { "karpenter.sh/nodepool": "plain" } }));
	plane.runFor(60);
	const poolOf = (app: string) => plane.pods.find(({ metadata }) => metadata.labels["app"] === app)!.spec.nodeName;
	expect([poolOf("a"), poolOf("b"), poolOf("c"), poolOf("d")]).toEqual(["special-0", "", "arm-1", "plain-2"]);
});

test("pods that no type holds are told so", () => {
	const { plane, said } = planeWith();
	plane.create(deployment("huge", 1, { cpu: 9 }));
	plane.runFor(5);
	expect(said.map(([, , message]) => message)).toEqual([
		'Failed to schedule pod, incompatible with nodepool "default", no instance type satisfied resources and requirements',
	]);
});

test("an empty node goes a poll and a validation after its last pod", () => {
	const { plane, said } = planeWith({ disruption: { budgets: ALL, consolidateAfter: "1m" } });
	plane.create(deployment("web", 1, { cpu: 1 }));
	plane.runFor(100);
	const atUs = plane.engine.nowUs;
	plane.patch("Deployment", "web", { spec: { replicas: 0 } });
	plane.runFor(120);
	expect(nodeNames(plane)).toEqual([]);
	const gone = said.find(([, , message]) => message === "Disrupting Node: Empty/Delete")!;
	// One minute, up to 10 s until it is looked at, 15 s.
	expect(gone[0] - atUs / 1e6).toBeGreaterThanOrEqual(60 + 15);
	expect(gone[0] - atUs / 1e6).toBeLessThanOrEqual(60 + 10 + 15 + 2);
});

test("a node is replaced by a cheaper one, which is there before its pods go", () => {
	const { plane, said } = planeWith();
	plane.create(deployment("web", 6, { cpu: 1 }));
	plane.runFor(60);
	expect(typesOf(plane)).toEqual(["large"]);
	plane.patch("Deployment", "web", { spec: { replicas: 2 } });
	plane.runFor(40);
	// 2 CPUs fit a small node, 1 < 3.6: it is on its way, and pods run on.
	expect(typesOf(plane)).toEqual(["large"]);
	plane.runFor(60);
	expect(typesOf(plane)).toEqual(["small"]);
	expect(plane.pods.map(({ status }) => status.ready)).toEqual([true, true]);
	expect(said.map(([, , message]) => message)).toContain("Disrupting Node: Underutilized/Replace");
});

test("several nodes become one: as many as one node stands in for", () => {
	const { plane } = planeWith();
	// Three nodes of 2 CPUs for three pods of 1.5: one after the other, so that each has its own.
	for (const name of ["a", "b", "c"]) {
		plane.create(deployment(name, 1, { cpu: "1500m" }));
		plane.runFor(12);
	}
	plane.runFor(40);
	const before = typesOf(plane);
	expect(before).toEqual(["small", "small", "small"]);
	// 4.5 CPUs want a large one at 3.6 > 3; but two of them want a medium one at 1.9 < 2.
	plane.runFor(300);
	expect(typesOf(plane)).toEqual(["medium", "small"]);
});

test.each([
	["a pod that says so", {}, { annotations: { "karpenter.sh/do-not-disrupt": "true" } }, {}, ["large"]],
	["a policy for empty nodes only", { consolidationPolicy: "WhenEmpty" }, {}, {}, ["large"]],
	["a budget of none", { budgets: [{ nodes: 0 }] }, {}, {}, ["large"]],
	["a budget of none for empty nodes", { budgets: [{ nodes: 0, reasons: ["Empty"] }] }, {}, {}, ["small"]],
	["a budget of pods", {}, {}, { minAvailable: 2 }, ["large"]],
	["nothing", {}, {}, {}, ["small"]],
])("what keeps a node that a cheaper one could stand in for: %s", (_what, disruption, metadata, budget, types) => {
	const { plane } = planeWith({ disruption: { budgets: ALL, ...disruption } });
	plane.create(deployment("web", 6, { cpu: 1 }, {}, metadata));
	if (Object.keys(budget).length > 0)
		plane.create({
			kind: "PodDisruptionBudget",
			metadata: { name: "pdb" },
			spec: { selector: { matchLabels: { app: "web" } }, ...budget },
		});
	plane.runFor(60);
	plane.patch("Deployment", "web", { spec: { replicas: 2 } });
	plane.runFor(200);
	expect(typesOf(plane)).toEqual(types);
});

test("a node that is too old goes, and its pods have another", () => {
	const { plane, said } = planeWith({ expireAfter: "10m" });
	plane.create(deployment("web", 1, { cpu: 1 }));
	plane.runFor(590);
	expect(nodeNames(plane)).toEqual(["default-0"]);
	plane.runFor(90);
	expect(nodeNames(plane)).toEqual(["default-1"]);
	expect(said.map(([, , message]) => message)).toContain("Disrupting Node: Expired");
	expect(plane.pods.map(({ status }) => status.ready)).toEqual([true]);
});

test("mistakes in the file", () => {
	const mistakesOf = (options: object) =>
		karpenterSchema.safeParse(options).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
	const pool = { name: "p" };
	expect(mistakesOf({ instanceTypes: TYPES, nodePools: [pool, pool] })).toEqual([
		"nodePools.1.name: 'p' is there already",
	]);
	expect(mistakesOf({ instanceTypes: TYPES, nodePools: [{ ...pool, expireAfter: "soon" }] })).toEqual([
		"nodePools.0.expireAfter: 'soon' is neither a duration such as 30s nor Never",
	]);
	expect(mistakesOf({ instanceTypes: TYPES, nodePools: [{ ...pool, weight: 101 }] })).toEqual([
		"nodePools.0.weight: Too big: expected number to be <=100",
	]);
});
