import { describe, expect, test } from "vitest";
import { z } from "zod";
import { firstIssue, formatPath } from "../../src/objects/issues.js";
import { nodeFromManifest, nodeFromTemplate, nodeSchema, nodeTemplateSchema } from "../../src/objects/node.js";

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
	[{ metadata: { name: "n" } }, "status: a node needs status.allocatable, such as {cpu: 8, memory: 32Gi}"],
	[
		{ metadata: { name: "n" }, status: {} },
		"status: a node needs status.allocatable or status.capacity, such as {cpu: 8, memory: 32Gi}",
	],
	[{ status: { allocatable: {} } }, "metadata: an object needs a name: write metadata.name"],
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
	const issue = firstIssue(nodeSchema.safeParse(input).error!, input);
	expect(`${formatPath(issue.path)}: ${issue.message}`).toBe(message);
});

test("the template has a JSON Schema", () => {
	const json = z.toJSONSchema(nodeTemplateSchema, { io: "input", target: "draft-7" });
	expect(json).toMatchObject({ type: "object", required: ["status"] });
});
