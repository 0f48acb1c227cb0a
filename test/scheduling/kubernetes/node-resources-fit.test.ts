/** NodeResourcesFit on extended resources, with the numbers of kubernetes.io, "Resource Bin Packing". */
import { expect, test } from "vitest";
import type { NodeId } from "../../../src/cell/ids.js";
import { nodeFromManifest, nodeSchema } from "../../../src/objects/node.js";
import { KubeCell } from "../../support/kubernetes.js";

const resources = (extended: string) => [
	{ name: extended, weight: 5 },
	{ name: "memory", weight: 1 },
	{ name: "cpu", weight: 3 },
];
const shape = [
	{ utilization: 0, score: 0 },
	{ utilization: 100, score: 10 },
];

/** Scores of the two nodes of the example. */
function scores(extended: string, scoringStrategy: object): readonly number[] {
	const kube = new KubeCell({
		configuration: {
			profiles: [
				{
					plugins: { score: { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit" }] } },
					pluginConfig: [
						{
							name: "NodeResourcesFit",
							args: { scoringStrategy: { resources: resources(extended), ...scoringStrategy } },
						},
					],
				},
			],
		},
	});
	const amounts = (cpu: string, memory: string, count: number) => ({ cpu, memory, [extended]: String(count) });
	const asking = (requests: object) => ({
		containers: [
			{ name: "c", resources: { requests, limits: { [extended]: (requests as Record<string, string>)[extended] } } },
		],
	});
	for (const [name, count] of [
		["one", 4],
		["two", 8],
	] as const) {
		const manifest = { metadata: { name }, status: { allocatable: amounts("8", "1Gi", count) } };
		kube.cell.addNode(nodeFromManifest(nodeSchema.parse(manifest)));
	}
	kube.cell.adoptPod(kube.pod("a", asking(amounts("1", "256Mi", 1))), 0 as NodeId);
	kube.cell.adoptPod(kube.pod("b", asking(amounts("6", "512Mi", 2))), 1 as NodeId);
	const { findings } = kube.try(kube.pod("asks", asking(amounts("2", "256Mi", 2))));
	expect(findings!.feasible).toEqual([0, 1]);
	return [...findings!.scores[0]!.raw];
}

test.each(["intel.com/foo", "nvidia.com/gpu"])("RequestedToCapacityRatio counts %s by its weight", (extended) => {
	// Node 1: 3 of 4 = 75, 512 of 1024 = 50, 3 of 8 = 37: (5 x 75 + 50 + 3 x 37) / 9 = 59.6, rounded.
	// Node 2: 4 of 8 = 50, 768 of 1024 = 75, 8 of 8 = 100: (5 x 50 + 75 + 3 x 100) / 9 = 69.4, rounded.
	// The page has 5 and 7: it rounds each resource down to tenths first, of a scale that ends at 10.
	expect(scores(extended, { type: "RequestedToCapacityRatio", requestedToCapacityRatio: { shape } })).toEqual([60, 69]);
});

test("MostAllocated and LeastAllocated count it as well", () => {
	// As above, but the mean is rounded down.
	expect(scores("nvidia.com/gpu", { type: "MostAllocated" })).toEqual([59, 69]);
	// Free: 25, 50 and 62; 50, 25 and 0: (5 x 25 + 50 + 3 x 62) / 9 = 40.1 and (5 x 50 + 25 + 0) / 9 = 30.6
	expect(scores("nvidia.com/gpu", { type: "LeastAllocated" })).toEqual([40, 30]);
});
