/** Bin packing on named resources, extended ones among them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { addScores } from "../../src/scheduling/pipeline.js";
import { Candidates } from "../../src/scheduling/plugin.js";
import { type BinPackingOptions, makeBinPacking, PACKED_TIGHT } from "../../src/scheduling/plugins/bin-packing.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { nodeSpecs, podOptions } from "../support/arbitraries.js";
import { bindNew, cellOf, job, type NodeOptions, node, type PodOptions, snapshotOf } from "../support/cells.js";
import { complaints } from "../support/complaints.js";
import { schedulerNamed } from "../support/simulations.js";

const GPU = "nvidia.com/gpu";
/** The weights of the example in kubernetes.io, "Resource Bin Packing". */
const WEIGHTED: BinPackingOptions["resources"] = [
	{ name: GPU, weight: 5 },
	{ name: "memory", weight: 1 },
	{ name: "cpu", weight: 3 },
];

function score(options: Partial<BinPackingOptions>, offers: NodeOptions, asks: PodOptions, bound: PodOptions): number {
	const cell = cellOf([node("a", offers)]);
	bindNew(cell, 0, bound);
	const { podClass } = cell.pod(cell.submit(job("asks", asks)).pending[0]!);
	return makeBinPacking({ resources: WEIGHTED, shape: PACKED_TIGHT, ...options }).score(
		podClass,
		cell.node(0 as NodeId),
	);
}

describe("the example of the documentation", () => {
	const asks = { cpu: 2000, memory: 256, extended: { [GPU]: 2 } };
	const one = { cpu: 8000, memory: 1024, extended: { [GPU]: 4 } };
	const two = { cpu: 8000, memory: 1024, extended: { [GPU]: 8 } };
	type Row = [string, Partial<BinPackingOptions>, NodeOptions, PodOptions, PodOptions, number];
	test.each<Row>([
		// gpu (2 + 1) / 4 = 75, memory (256 + 256) / 1024 = 50, cpu (2 + 1) / 8 = 37: (5 x 75 + 50 + 3 x 37) / 9 = 59.6
		["node 1", {}, one, asks, { cpu: 1000, memory: 256, extended: { [GPU]: 1 } }, 60],
		// gpu (2 + 2) / 8 = 50, memory (256 + 512) / 1024 = 75, cpu (2 + 6) / 8 = 100: (5 x 50 + 75 + 3 x 100) / 9 = 69.4
		["node 2", {}, two, asks, { cpu: 6000, memory: 512, extended: { [GPU]: 2 } }, 69],
		// Without the gpu: (50 + 3 x 37) / 4 = 40.25
		["a pod that asks for no gpu", {}, one, { ...asks, extended: {} }, { cpu: 1000, memory: 256 }, 40],
		// gpu 75 alone
		["gpu alone", { resources: [{ name: GPU, weight: 1 }] }, one, asks, { extended: { [GPU]: 1 } }, 75],
		// Utilization 75 of gpu scores 25, 50 scores 50, 37 scores 63: (5 x 25 + 50 + 3 x 63) / 9 = 40.4
		[
			"the shape turned round",
			{
				shape: [
					{ utilization: 0, score: 10 },
					{ utilization: 100, score: 0 },
				],
			},
			one,
			asks,
			{ cpu: 1000, memory: 256, extended: { [GPU]: 1 } },
			40,
		],
		// Nothing below 50 %: memory 50 scores 0 and is left out with cpu; gpu 75 is half way.
		[
			"what scores 0 is left out",
			{
				shape: [
					{ utilization: 50, score: 0 },
					{ utilization: 100, score: 10 },
				],
			},
			one,
			asks,
			{ cpu: 1000, memory: 256, extended: { [GPU]: 1 } },
			50,
		],
		[
			"a resource of which the cell has never heard",
			{ resources: [{ name: "no.such/thing", weight: 1 }] },
			one,
			asks,
			{},
			0,
		],
	])("%s", (_what, options, offers, pod, bound, expected) => {
		expect(score(options, offers, pod, bound)).toBe(expected);
	});
});

test("the form over columns gives what the readable form gives, whatever is packed", () => {
	const names = ["cpu", "memory", "gpu", "example.com/fpga", "no.such/thing"];
	const points = fc.uniqueArray(fc.record({ utilization: fc.nat(100), score: fc.nat(10) }), {
		minLength: 1,
		maxLength: 4,
		selector: ({ utilization }) => utilization,
	});
	const options = fc.record({
		resources: fc
			.subarray(names, { minLength: 1 })
			.chain((list) => fc.tuple(...list.map((name) => fc.record({ name: fc.constant(name), weight: fc.nat(9) })))),
		shape: points.map((list) => list.sort((a, b) => a.utilization - b.utilization)),
	});
	const scene = fc.record({
		options,
		specs: nodeSpecs(8),
		asks: podOptions,
		runs: fc.array(podOptions, { maxLength: 8 }),
	});
	let positive = 0;
	fc.assert(
		fc.property(scene, ({ options: { resources, shape }, specs, asks, runs }) => {
			const cell = cellOf(specs);
			runs.forEach((run, i) => {
				const pod = cell.submit(job("runs", run)).pending[0]!;
				if (cell.nodes.fits(cell.pod(pod).podClass, (i % specs.length) as NodeId))
					cell.adoptPod(pod, (i % specs.length) as NodeId);
			});
			const { podClass } = cell.pod(cell.submit(job("asks", asks)).pending[0]!);
			const plugin = makeBinPacking({ resources: resources.map((r) => ({ ...r, weight: r.weight + 1 })), shape });
			const candidates = new Candidates();
			candidates.reset(cell.nodes);
			const scores = new Float64Array(candidates.count);
			addScores(plugin, podClass, cell.nodes, candidates, scores, 1);
			const readable = [...candidates.nodes.subarray(0, candidates.count)].map((id) =>
				plugin.score(podClass, cell.node(id as NodeId)),
			);
			expect([...scores]).toEqual(readable);
			positive += readable.filter((value) => value > 0).length;
		}),
		{ seed: 71, numRuns: 200 },
	);
	expect(positive).toBeGreaterThan(200);
});

describe("the scheduler", () => {
	test("fills the node whose GPUs are taken already, where cpu and memory alone would take the other", () => {
		const offers = { extended: { [GPU]: 8 } };
		const cell = cellOf([node("busy", offers), node("cards", offers)]);
		bindNew(cell, 0, { cpu: 2000 });
		bindNew(cell, 1, { cpu: 500, extended: { [GPU]: 4 } });
		const { pending } = cell.submit(job("trains", { cpu: 500, extended: { [GPU]: 2 } }));
		const random = new SeededRandomSource("1").stream("x");
		const takes = (params: object) =>
			schedulerNamed("bin-packing", params).decide([cell.pod(pending[0]!)], snapshotOf(cell), random).placements[0]!
				.node;
		expect([takes({}), takes({ resources: [{ name: GPU, weight: 5 }, { name: "cpu" }] })]).toEqual([0, 1]);
	});

	const { params } = schedulers.all.get("bin-packing")!;
	test.each<[object, string]>([
		[{ resources: [] }, "resources: "],
		[
			{ resources: [{ name: "fpga" }] },
			"resources[0].name: 'fpga' is not a resource: write cpu, memory, gpu, ephemeral-storage, hugepages-<size> or a name with a domain",
		],
		[{ resources: [{ name: "cpu" }, { name: "cpu" }] }, "resources[1].name: 'cpu' is there already"],
		[{ resources: [{ name: "cpu", weight: 0 }] }, "resources[0].weight: must be at least 1, got 0"],
		[
			{
				shape: [
					{ utilization: 50, score: 1 },
					{ utilization: 10, score: 2 },
				],
			},
			"shape[1].utilization: the points must come by rising utilization",
		],
	])("refuses %j", (given, message) => {
		expect(complaints(params!, given)[0]).toContain(message);
	});
});
