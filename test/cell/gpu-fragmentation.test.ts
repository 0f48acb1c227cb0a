/** Typical pods and the fragmentation of nodes, with the arithmetic beside it; the fast form is held to the definition. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type CountedShape,
	countShapes,
	FragmentationMeasure,
	fragmentation,
	type GpuShape,
	type IdleGpu,
	type TypicalPod,
	typicalPods,
} from "../../src/cell/gpu-fragmentation.js";
import type { NodeId } from "../../src/cell/ids.js";
import { bindNew, cellOf, node, podSpec } from "../support/cells.js";

const CPU_ONLY = { gpuCount: 0, gpuMilli: 0, models: [] };
const shape = (
	cpuMilli: number,
	gpuCount = 0,
	gpuMilli = gpuCount > 0 ? 1000 : 0,
	models: string[] = [],
): GpuShape => ({
	cpuMilli,
	gpuCount,
	gpuMilli,
	models,
});

test("shapes are counted by what the measure looks at: cpu, devices, milli and models, not memory", () => {
	const gpu = { count: 1, milli: 500, models: ["T4"] };
	const pods = [{ memory: 5, gpu }, { memory: 7, gpu }, { memory: 5 }, { cpu: 0 }].map((options) => podSpec(options));
	expect(countShapes(pods)).toEqual([
		{ cpuMilli: 1000, gpuCount: 1, gpuMilli: 500, models: ["T4"], pods: 2 },
		{ cpuMilli: 1000, ...CPU_ONLY, pods: 1 },
		{ cpuMilli: 0, ...CPU_ONLY, pods: 1 },
	]);
});

describe("typical pods", () => {
	const pods = (count: number, of: GpuShape): CountedShape => ({ ...of, pods: count });

	test("are the most frequent shapes until they stand for 95 % of the pods; shares are of those", () => {
		// 60 + 30 = 90 < 95; 60 + 30 + 5 = 95 is enough. 60 of 95, 30 of 95, 5 of 95.
		const counted = [pods(5, shape(1)), pods(60, shape(2)), pods(3, shape(3)), pods(30, shape(4)), pods(2, shape(5))];
		const typical = typicalPods(counted);
		expect(typical.map(({ cpuMilli }) => cpuMilli)).toEqual([2, 4, 1]);
		expect(typical.map(({ share }) => share)).toEqual([0.6 / 0.95, 0.3 / 0.95, 0.05 / 0.95]);
	});

	test("the shape that goes beyond 95 % is the last one", () => {
		const typical = typicalPods([pods(94, shape(1)), pods(4, shape(2)), pods(2, shape(3))]);
		expect(typical.map(({ cpuMilli }) => cpuMilli)).toEqual([1, 2]);
	});

	test("of equally frequent ones more cpu comes first, then more of a device, more devices, later models", () => {
		const order = [
			shape(9),
			shape(8, 4),
			shape(8, 1),
			shape(8, 1, 700),
			shape(7, 1, 500, ["T4"]),
			shape(7, 1, 500, ["G2", "T4"]),
			shape(7, 1, 500),
		];
		const counted = [...order].reverse().map((of) => pods(1, of));
		const { share: _, ...first } = typicalPods(counted)[0]!;
		expect(first).toEqual(order[0]);
		expect(typicalPods(counted).map(({ share: _, ...of }) => of)).toEqual(order);
	});

	test("no pods have no typical ones", () => {
		expect(typicalPods([])).toEqual([]);
	});
});

describe("the fragmentation of a node with 2000 cpu and 300, 1000, 1000 left on its T4 devices", () => {
	const left: IdleGpu = { cpuMilli: 2000, model: "T4", devices: [300, 1000, 1000] };
	test.each<[string, GpuShape, number]>([
		["a pod that fits can use the devices that have room: 300 lie elsewhere", shape(1000, 1, 500), 300],
		["a small share fits everywhere", shape(1000, 1, 300), 0],
		["two whole devices are there: 300 lie elsewhere", shape(2000, 2), 300],
		["three are not: all 2300", shape(1000, 3), 2300],
		["no cpu: all", shape(2001, 1, 100), 2300],
		["neither cpu nor devices: all", shape(2001, 3), 2300],
		["a pod without GPU can use none", shape(1000), 2300],
		["and none without cpu", shape(9000), 2300],
		["another model is asked for", shape(1000, 1, 100, ["G2", "P100"]), 2300],
		["this model is among those asked for", shape(1000, 1, 1000, ["G2", "T4"]), 300],
	])("%s", (_what, of, expected) => {
		expect(fragmentation(left, [{ ...of, share: 1 }])).toBe(expected);
	});

	test("is the mean over the typical pods", () => {
		// A quarter cannot use anything, three quarters all but 300: 0.25 x 2300 + 0.75 x 300 = 800.
		const typical = [
			{ ...shape(1000, 3), share: 0.25 },
			{ ...shape(1000, 1, 500), share: 0.75 },
		];
		expect(fragmentation(left, typical)).toBe(800);
	});

	test("without typical pods nothing is fragmented", () => {
		expect(fragmentation(left, [])).toBe(0);
	});
});

describe("the measure for many nodes", () => {
	const milli = fc.constantFrom(0, 100, 250, 300, 500, 700, 1000);
	const models = fc.subarray(["T4", "G2", "P100"]);
	const wanted = fc.oneof(
		fc.record({
			cpuMilli: fc.nat(4000),
			gpuCount: fc.constant(1),
			gpuMilli: fc.integer({ min: 1, max: 1000 }),
			models,
		}),
		fc.record({
			cpuMilli: fc.nat(4000),
			gpuCount: fc.integer({ min: 1, max: 8 }),
			gpuMilli: fc.constant(1000),
			models,
		}),
		fc.record({ cpuMilli: fc.nat(4000) }).map((of) => ({ ...of, ...CPU_ONLY })),
	);
	const workload = fc.array(fc.tuple(wanted, fc.integer({ min: 1, max: 50 })), { maxLength: 12 });
	const typicalOf = (shapes: readonly (readonly [GpuShape, number])[]): readonly TypicalPod[] =>
		typicalPods(shapes.map(([of, pods]) => ({ ...of, pods })));

	test("is the definition, to the last bit", () => {
		const room = fc.record({
			cpuMilli: fc.nat(4000),
			model: fc.constantFrom("T4", "G2", ""),
			devices: fc.array(milli, { maxLength: 8 }),
		});
		fc.assert(
			fc.property(workload, fc.array(room, { minLength: 1, maxLength: 6 }), (shapes, rooms) => {
				const typical = typicalOf(shapes);
				const measure = new FragmentationMeasure(typical);
				for (const { cpuMilli, model, devices } of rooms) {
					const free = Int16Array.from([999, ...devices, 999]);
					const fast = measure.of(cpuMilli, model, free, 1, devices.length);
					expect(fast).toBe(fragmentation({ cpuMilli, model, devices }, typical));
				}
			}),
			{ seed: 2701, numRuns: 400 },
		);
	});

	test("reads the rows of a cell", () => {
		const cell = cellOf([node("a", { gpus: 2, gpuModel: "T4" }), node("b")]);
		const measure = new FragmentationMeasure([{ ...shape(3500, 1, 500), share: 1 }]);
		expect([0, 1].map((id) => measure.ofNode(cell.nodes, id as NodeId))).toEqual([0, 0]);
		// 1000 of 4000 cpu and 600 of the first device are taken: 3500 cpu are not there.
		bindNew(cell, 0, { gpu: { milli: 600 } });
		expect(measure.ofNode(cell.nodes, 0 as NodeId)).toBe(1400);
	});
});
