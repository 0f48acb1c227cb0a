import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	containerResourcesSchema,
	effectiveRequests,
	podLevelResourcesSchema,
	type RequestingPod,
} from "../../src/objects/requests.js";
import type { ResourceList } from "../../src/objects/resources.js";

const asking = (requests: ResourceList, limits: ResourceList = {}) => ({ resources: { requests, limits } });
const init = (cpu: number, sidecar = false) => ({ ...asking({ cpu }), sidecar });
const pod = (parts: Partial<RequestingPod>): RequestingPod => ({
	containers: [],
	initContainers: [],
	resources: null,
	overhead: {},
	...parts,
});

describe("effectiveRequests", () => {
	test.each<[string, Partial<RequestingPod>, ResourceList]>([
		["containers add up", { containers: [asking({ cpu: 1, memory: 5 }), asking({ cpu: 2 })] }, { cpu: 3, memory: 5 }],
		[
			"an init container runs before: the larger counts",
			{ containers: [asking({ cpu: 3 })], initContainers: [init(5)] },
			{ cpu: 5 },
		],
		[
			"init containers run one by one",
			{ containers: [asking({ cpu: 3 })], initContainers: [init(5), init(4)] },
			{ cpu: 5 },
		],
		["a sidecar stays: 3 + 2", { containers: [asking({ cpu: 3 })], initContainers: [init(2, true)] }, { cpu: 5 }],
		[
			"an init container runs beside earlier sidecars: 2 + 4",
			{ containers: [asking({ cpu: 3 })], initContainers: [init(2, true), init(4)] },
			{ cpu: 6 },
		],
		[
			"but not beside later ones: max(4, 3 + 2)",
			{ containers: [asking({ cpu: 3 })], initContainers: [init(4), init(2, true)] },
			{ cpu: 5 },
		],
		[
			"overhead comes on top",
			{ containers: [asking({ cpu: 3 })], initContainers: [init(5)], overhead: { cpu: 1, memory: 2 } },
			{ cpu: 6, memory: 2 },
		],
		[
			"a limit without a request is one",
			{ containers: [asking({ cpu: 1 }, { cpu: 2, memory: 7 })] },
			{ cpu: 1, memory: 7 },
		],
		[
			"the pod's own request replaces the sum, overhead still on top",
			{
				containers: [asking({ cpu: 3, memory: 4, "a/b": 1 })],
				resources: { requests: { cpu: 2 }, limits: {} },
				overhead: { cpu: 1 },
			},
			{ cpu: 3, memory: 4, "a/b": 1 },
		],
		[
			"the pod's own limit counts where no container asks",
			{ containers: [asking({ cpu: 3 })], resources: { requests: {}, limits: { cpu: 9, memory: 8 } } },
			{ cpu: 3, memory: 8 },
		],
		["zeros are left out", { containers: [asking({ cpu: 0 }, { cpu: 5 })] }, {}],
	])("%s", (_, parts, expected) => {
		expect(effectiveRequests(pod(parts))).toEqual(expected);
	});

	test("is the largest sum over the moments of a pod's life", () => {
		const cpu = fc.nat(9);
		const inits = fc.array(fc.record({ cpu, sidecar: fc.boolean() }), { maxLength: 5 });
		fc.assert(
			fc.property(inits, fc.array(cpu, { minLength: 1, maxLength: 3 }), (inits, containers) => {
				const sidecarsBefore = (index: number) =>
					inits.slice(0, index).reduce((sum, one) => sum + (one.sidecar ? one.cpu : 0), 0);
				const moments = inits.map((one, index) => sidecarsBefore(index) + one.cpu);
				moments.push(sidecarsBefore(inits.length) + containers.reduce((sum, one) => sum + one, 0));
				const request = effectiveRequests(
					pod({
						containers: containers.map((cpu) => asking({ cpu })),
						initContainers: inits.map((one) => init(one.cpu, one.sidecar)),
					}),
				);
				expect(request["cpu"] ?? 0).toBe(Math.max(...moments));
			}),
			{ seed: 4, numRuns: 500 },
		);
	});
});

describe("schemas", () => {
	test.each([
		[
			{ requests: { cpu: 2 }, limits: { cpu: "1500m" } },
			"limits.cpu",
			"the limit of cpu (1500m) is below its request (2): raise the limit or lower the request",
		],
		[
			{ requests: { "nvidia.com/gpu": 1 }, limits: { "nvidia.com/gpu": 2 } },
			"limits.nvidia.com/gpu",
			"nvidia.com/gpu cannot be overcommitted: limit (2) and request (1) must be equal",
		],
		[
			{ requests: { "nvidia.com/gpu": "0.5" } },
			"requests.nvidia.com/gpu",
			"'0.5' is not a whole number: write an integer such as 2",
		],
		[
			{ requests: { cpu: "1x" } },
			"requests.cpu",
			"'1x' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3",
		],
		[{ requests: { cpu: "-1" } }, "requests.cpu", "'-1' is negative: write 0 or more"],
		[{ requests: { cpu: true } }, "requests.cpu", "expected a quantity such as 500m, 2 or 16Gi"],
		[{ requests: { pods: 1 } }, "requests.pods", "every pod takes exactly one pod: leave it out"],
		[
			{ requests: { memroy: 1 } },
			"requests.memroy",
			"'memroy' is not a resource: write cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain such as example.com/memroy",
		],
		[
			{ requests: { gpu: 1 } },
			"requests.gpu",
			"'gpu' is not a Kubernetes resource: write nvidia.com/gpu, or alibabacloud.com/gpu-count for GPUs that pods may share",
		],
		[
			{ requests: { "alibabacloud.com/gpu-count": 1 } },
			"requests.alibabacloud.com/gpu-count",
			"a pod asks for shared GPUs by annotation: write alibabacloud.com/gpu-count under metadata.annotations",
		],
	])("refuses %j", (resources, path, message) => {
		const issue = containerResourcesSchema.safeParse(resources).error?.issues[0];
		expect([issue?.path.join("."), issue?.message]).toEqual([path, message]);
	});

	test("a pod as a whole requests cpu, memory and huge pages only", () => {
		expect(podLevelResourcesSchema.safeParse({ requests: { cpu: 1, memory: 1, "hugepages-2Mi": 1 } }).success).toBe(
			true,
		);
		const issue = podLevelResourcesSchema.safeParse({ limits: { "ephemeral-storage": 1 } }).error?.issues[0];
		expect([issue?.path.join("."), issue?.message]).toEqual([
			"limits.ephemeral-storage",
			"a pod as a whole has cpu, memory and hugepages only: move ephemeral-storage to a container",
		]);
	});
});
