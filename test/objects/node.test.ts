import { describe, expect, test } from "vitest";
import { z } from "zod";
import { nodeFromManifest, nodeFromTemplate, nodeSchema, nodeTemplateSchema } from "../../src/objects/node.js";
import { complaints } from "../support/complaints.js";

const node = (parts: object) => nodeFromManifest(nodeSchema.parse({ metadata: { name: "n1" }, ...parts }));

describe("nodeFromManifest", () => {
	test("reads labels, taints, cordon and what is allocatable; leaves volumes out", () => {
		const read = node({
			apiVersion: "v1",
			kind: "Node",
			metadata: { name: "n1", labels: { zone: "z1" }, managedFields: [{}], creationTimestamp: null },
			spec: {
				podCIDR: "10.0.0.0/24",
				unschedulable: true,
				taints: [{ key: "a", effect: "NoExecute", timeAdded: "x" }],
			},
			status: {
				capacity: { cpu: "8", memory: "32Gi" },
				allocatable: {
					cpu: "7910m",
					memory: "31Gi",
					pods: "250",
					"ephemeral-storage": "92G",
					"hugepages-2Mi": "0",
					"nvidia.com/gpu": "2",
					"attachable-volumes-aws-ebs": "39",
				},
			},
		});
		expect(read).toEqual({
			name: "n1",
			labels: { zone: "z1" },
			taints: [{ key: "a", value: "", effect: "NoExecute" }],
			unschedulable: true,
			allocatable: {
				cpu: 7910,
				memory: 31 * 2 ** 30,
				pods: 250,
				"ephemeral-storage": 92e9,
				"hugepages-2Mi": 0,
				"nvidia.com/gpu": 2,
			},
			gpu: null,
		});
	});

	test("allocatable falls back to capacity as a whole, not by resource", () => {
		expect(node({ status: { capacity: { cpu: 4, memory: "1Gi" } } }).allocatable).toEqual({
			cpu: 4000,
			memory: 2 ** 30,
		});
		expect(node({ status: { capacity: { cpu: 4, memory: "1Gi" }, allocatable: { cpu: 3 } } }).allocatable).toEqual({
			cpu: 3000,
		});
	});

	test("shared GPUs are devices, not a resource; the model may be a label or an annotation", () => {
		const status = {
			allocatable: { cpu: 64, "alibabacloud.com/gpu-count": "2", "alibabacloud.com/gpu-milli": "2000" },
		};
		const model = { "alibabacloud.com/gpu-card-model": "V100" };
		expect(node({ status, metadata: { name: "n", labels: model } })).toMatchObject({
			allocatable: { cpu: 64_000 },
			gpu: { count: 2, model: "V100" },
		});
		expect(node({ status }).allocatable).toEqual({ cpu: 64_000 });
		expect(node({ status, metadata: { name: "n", annotations: model } }).gpu).toEqual({ count: 2, model: "V100" });
		expect(node({ status }).gpu).toEqual({ count: 2, model: "" });
		expect(node({ status: { allocatable: { "alibabacloud.com/gpu-count": 0 } } }).gpu).toBe(null);
	});

	test("a template takes a name later", () => {
		const template = nodeTemplateSchema.parse({ status: { allocatable: { cpu: 1 } } });
		expect(nodeFromTemplate(template, "g-0")).toMatchObject({ name: "g-0", labels: {}, allocatable: { cpu: 1000 } });
	});
});

test.each<[object, string]>([
	[{ metadata: { name: "n" } }, "missing 'status': a node needs status.allocatable, such as {cpu: 8, memory: 32Gi}"],
	[
		{ metadata: { name: "n" }, status: {} },
		"status: a node needs status.allocatable or status.capacity, such as {cpu: 8, memory: 32Gi}",
	],
	[{ status: { allocatable: {} } }, "missing 'metadata': an object needs a name: write metadata.name"],
	[
		{ metadata: { name: "" }, status: { allocatable: {} } },
		"metadata.name: an object needs a name: write metadata.name",
	],
	[
		{
			metadata: { name: "n" },
			status: { allocatable: { "alibabacloud.com/gpu-count": 2, "alibabacloud.com/gpu-milli": 500 } },
		},
		'status.allocatable["alibabacloud.com/gpu-milli"]: must be 1000 times alibabacloud.com/gpu-count, 2000, got 500',
	],
	[
		{ metadata: { name: "n" }, status: { allocatable: { pods: "1.5" } } },
		"status.allocatable.pods: '1.5' is not a whole number: write an integer such as 2",
	],
	[
		{ metadata: { name: "n" }, status: { allocatable: {} }, spec: { taints: [{ key: "a", effect: "Never" }] } },
		"spec.taints[0].effect: expected NoSchedule, PreferNoSchedule or NoExecute, got 'Never'",
	],
	[
		{ metadata: { name: "n", labels: { gen: 2 } }, status: { allocatable: {} } },
		"metadata.labels.gen: labels are text: put quotes around 2",
	],
])("refuses %j", (input, message) => {
	expect(complaints(nodeSchema, input)).toEqual([message]);
});

describe("keys that a Node does not have", () => {
	const status = { allocatable: { cpu: 1 } };
	test.each<[object, string]>([
		[{ status, sepc: {} }, "sepc: unknown key 'sepc'; did you mean 'spec'?"],
		[{ status, metadata: { label: {} } }, "metadata.label: unknown key 'label'; did you mean 'labels'?"],
		[{ status, spec: { taint: [] } }, "spec.taint: unknown key 'taint'; did you mean 'taints'?"],
		[
			{ status, spec: { taints: [{ key: "a", effect: "NoSchedule", vlaue: "b" }] } },
			"spec.taints[0].vlaue: unknown key 'vlaue'; did you mean 'value'?",
		],
		[
			{ status: { ...status, allocateable: {} } },
			"status.allocateable: unknown key 'allocateable'; did you mean 'allocatable'?",
		],
	])("are slips in a template, and passed over in a Node of a cluster: %j", (parts, message) => {
		expect(complaints(nodeTemplateSchema, parts)).toEqual([message]);
		const metadata = { name: "n", ...("metadata" in parts ? (parts.metadata as object) : {}) };
		expect(nodeSchema.safeParse({ ...parts, metadata }).success).toBe(true);
	});

	test("what a real Node has beside is taken", () => {
		const real = {
			apiVersion: "v1",
			kind: "Node",
			metadata: { name: "x", uid: "1", ownerReferences: [], managedFields: [] },
			spec: { podCIDR: "10.0.0.0/24", podCIDRs: [], providerID: "x", taints: [{ key: "a", effect: "NoSchedule" }] },
			status: { capacity: { cpu: 1 }, conditions: [], nodeInfo: {}, images: [], features: {} },
		};
		expect(nodeFromTemplate(nodeTemplateSchema.parse(real), "g-0")).toMatchObject({ allocatable: { cpu: 1000 } });
	});
});

test("the template has a JSON Schema", () => {
	const json = z.toJSONSchema(nodeTemplateSchema, { io: "input", target: "draft-7" });
	expect(json).toMatchObject({
		type: "object",
		required: ["status"],
		additionalProperties: false,
		properties: { status: { properties: { allocatable: {}, images: {} }, additionalProperties: false } },
	});
});
