/** Each filter by table: a node, a pod, and the reasons for which the node is turned down. */
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import type { NodeSelectorTerm } from "../../src/objects/selector.js";
import type { Toleration } from "../../src/objects/spec.js";
import type { FilterPlugin } from "../../src/scheduling/plugin.js";
import {
	defaultFilters,
	gpuDevices,
	nodeAffinity,
	nodeName,
	nodeReady,
	nodeUnschedulable,
	resourcesFit,
	taintToleration,
} from "../../src/scheduling/plugins/index.js";
import { bindNew, cellOf, job, type NodeOptions, node, type PodOptions } from "../support/cells.js";

/** Reasons of a filter for one pod on one node, on which `bound` run already; none if it accepts. */
function reasons(
	filter: FilterPlugin,
	options: NodeOptions,
	pod: PodOptions,
	bound: readonly PodOptions[] = [],
): readonly string[] {
	const cell = cellOf([node("the-node", options)]);
	for (const other of bound) bindNew(cell, 0, other);
	const { podClass } = cell.pod(cell.submit(job("asks", pod)).pending[0]!);
	if (filter.skips?.(podClass, cell.nodes)) return [];
	const rejection = filter.accepts(podClass, cell.node(0 as NodeId));
	if (rejection !== null) expect(rejection.plugin).toBe(filter.name);
	return rejection?.reasons ?? [];
}

const tolerates = (toleration: Partial<Toleration>): PodOptions => ({
	facts: {
		tolerations: [{ key: null, operator: "Equal", value: "", effect: null, tolerationSeconds: null, ...toleration }],
	},
});

test("node-ready turns down what is not healthy", () => {
	const cell = cellOf([node("a")]);
	const { podClass } = cell.pod(cell.submit(job("asks")).pending[0]!);
	const a = cell.node(0 as NodeId);
	expect(nodeReady.accepts(podClass, a)).toBeNull();
	cell.setNodeReady(a.id, false);
	expect(nodeReady.accepts(podClass, a)?.reasons).toEqual(["node(s) were not ready"]);
});

describe("resources-fit", () => {
	test.each<[string, NodeOptions, PodOptions, readonly PodOptions[], readonly string[]]>([
		["exactly what is left", { cpu: 3000 }, { cpu: 2000 }, [{ cpu: 1000 }], []],
		["one milli-cpu too much: 3000 - 1000 < 2001", { cpu: 3000 }, { cpu: 2001 }, [{ cpu: 1000 }], ["Insufficient cpu"]],
		[
			"all that lack are named",
			{ cpu: 10, memory: 5 },
			{ cpu: 11, memory: 6 },
			[],
			["Insufficient cpu", "Insufficient memory"],
		],
		["one pod too many", { pods: 1 }, { cpu: 0, memory: 0 }, [{ cpu: 0 }], ["Too many pods"]],
		[
			"a resource the node has never heard of",
			{},
			{ extended: { "example.com/fpga": 1 } },
			[],
			["Insufficient example.com/fpga"],
		],
		[
			"2 - 1 of an extended resource",
			{ extended: { "example.com/fpga": 2 } },
			{ extended: { "example.com/fpga": 1 } },
			[{ extended: { "example.com/fpga": 1 } }],
			[],
		],
		[
			"GPU in sum: 2 x 1000 - 600 < 1500",
			{ gpus: 2 },
			{ gpu: { count: 1, milli: 1500 } },
			[{ gpu: { milli: 600 } }],
			["Insufficient gpu"],
		],
		["nothing asked for", { cpu: 0, memory: 0 }, { cpu: 0, memory: 0 }, [], []],
	])("%s", (_what, options, pod, bound, expected) => {
		expect(reasons(resourcesFit, options, pod, bound)).toEqual(expected);
	});
});

describe("gpu-devices", () => {
	test.each<[string, NodeOptions, PodOptions, readonly PodOptions[], readonly string[]]>([
		[
			"a share that one device has: 1000 - 600 = 400",
			{ gpus: 1 },
			{ gpu: { milli: 400 } },
			[{ gpu: { milli: 600 } }],
			[],
		],
		[
			"free shares of two devices do not add up: 400 + 400 < one of 500",
			{ gpus: 2 },
			{ gpu: { milli: 500 } },
			[{ gpu: { milli: 600 } }, { gpu: { milli: 600 } }],
			["Insufficient gpu"],
		],
		[
			"two whole devices, one of two in use",
			{ gpus: 2 },
			{ gpu: { count: 2 } },
			[{ gpu: { milli: 1 } }],
			["Insufficient gpu"],
		],
		["two whole devices of three", { gpus: 3 }, { gpu: { count: 2 } }, [{ gpu: { milli: 1 } }], []],
		["an accepted model", { gpus: 1, gpuModel: "T4" }, { gpu: { models: ["A10", "T4"] } }, [], []],
		[
			"another model",
			{ gpus: 1, gpuModel: "T4" },
			{ gpu: { models: ["A10"] } },
			[],
			["node(s) didn't match the requested GPU model"],
		],
		[
			"a model on a node without GPU",
			{},
			{ gpu: { models: ["A10"] } },
			[],
			["node(s) didn't match the requested GPU model"],
		],
		["no GPU asked for", {}, {}, [], []],
	])("%s", (_what, options, pod, bound, expected) => {
		expect(reasons(gpuDevices, options, pod, bound)).toEqual(expected);
	});
});

describe("node-name", () => {
	test.each<[string | null, readonly string[]]>([
		[null, []],
		["the-node", []],
		["another", ["node(s) didn't match the requested node name"]],
	])("%s", (name, expected) => {
		expect(reasons(nodeName, {}, { facts: { nodeName: name } })).toEqual(expected);
	});
});

describe("node-unschedulable", () => {
	const cordoned = { unschedulable: true };
	const key = "node.kubernetes.io/unschedulable";
	test.each<[string, NodeOptions, PodOptions, boolean]>([
		["schedulable", {}, {}, true],
		["cordoned", cordoned, {}, false],
		["cordoned, tolerated by key", cordoned, tolerates({ key, operator: "Exists" }), true],
		["cordoned, everything tolerated", cordoned, tolerates({ operator: "Exists" }), true],
		[
			"cordoned, another effect tolerated",
			cordoned,
			tolerates({ key, operator: "Exists", effect: "NoExecute" }),
			false,
		],
	])("%s", (_what, options, pod, accepted) => {
		expect(reasons(nodeUnschedulable, options, pod)).toEqual(accepted ? [] : ["node(s) were unschedulable"]);
	});
});

describe("taint-toleration", () => {
	const taint = (effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute") => ({
		taints: [{ key: "team", value: "ml", effect }],
	});
	const untolerated = ["node(s) had untolerated taint(s)"];
	test.each<[string, NodeOptions, PodOptions, readonly string[]]>([
		["no taint", {}, {}, []],
		["NoSchedule", taint("NoSchedule"), {}, untolerated],
		["NoExecute", taint("NoExecute"), {}, untolerated],
		["PreferNoSchedule is a wish", taint("PreferNoSchedule"), {}, []],
		["equal key and value", taint("NoSchedule"), tolerates({ key: "team", value: "ml" }), []],
		["another value", taint("NoSchedule"), tolerates({ key: "team", value: "web" }), untolerated],
		["any value", taint("NoSchedule"), tolerates({ key: "team", operator: "Exists" }), []],
		[
			"another effect",
			taint("NoExecute"),
			tolerates({ key: "team", operator: "Exists", effect: "NoSchedule" }),
			untolerated,
		],
		[
			"one untolerated of several",
			{
				taints: [
					...taint("PreferNoSchedule").taints,
					{ key: "x", value: "", effect: "NoExecute" },
					...taint("NoSchedule").taints,
				],
			},
			{},
			untolerated,
		],
	])("%s", (_what, options, pod, expected) => {
		expect(reasons(taintToleration, options, pod)).toEqual(expected);
	});
});

describe("node-affinity", () => {
	const term = (key: string, operator: "In" | "NotIn" | "Exists" | "Gt", ...values: string[]): NodeSelectorTerm => ({
		matchExpressions: [{ key, operator, values }],
		matchFields: [],
	});
	const onNode = (name: string): NodeSelectorTerm => ({
		matchExpressions: [],
		matchFields: [{ key: "metadata.name", operator: "In", values: [name] }],
	});
	const labels = { zone: "a", cores: "16" };
	test.each<[string, PodOptions["facts"], boolean]>([
		["nothing asked", {}, true],
		["selector: every pair", { nodeSelector: { zone: "a", cores: "16" } }, true],
		["selector: one pair differs", { nodeSelector: { zone: "a", cores: "8" } }, false],
		["selector: a label the node lacks", { nodeSelector: { rack: "1" } }, false],
		["terms are alternatives", { requiredNodeTerms: [term("zone", "In", "b"), term("zone", "Exists")] }, true],
		["no term holds", { requiredNodeTerms: [term("zone", "NotIn", "a"), term("rack", "Exists")] }, false],
		[
			"parts of a term all hold",
			{ requiredNodeTerms: [{ ...term("cores", "Gt", "8"), matchFields: onNode("the-node").matchFields }] },
			true,
		],
		[
			"a part does not hold",
			{ requiredNodeTerms: [{ ...term("cores", "Gt", "8"), matchFields: onNode("other").matchFields }] },
			false,
		],
		["no terms at all match nothing", { requiredNodeTerms: [] }, false],
		["an empty term matches nothing", { requiredNodeTerms: [{ matchExpressions: [], matchFields: [] }] }, false],
		["selector and terms, both", { nodeSelector: { zone: "a" }, requiredNodeTerms: [onNode("other")] }, false],
	])("%s", (_what, facts, accepted) => {
		const expected = accepted ? [] : ["node(s) didn't match Pod's node affinity/selector"];
		expect(reasons(nodeAffinity, { labels }, { facts: facts! })).toEqual(expected);
	});
});

test("the default filters are all of these, in Kubernetes' order", () => {
	expect(defaultFilters.map(({ name }) => name)).toEqual([
		"node-ready",
		"node-unschedulable",
		"node-name",
		"taint-toleration",
		"node-affinity",
		"resources-fit",
		"gpu-devices",
	]);
});
