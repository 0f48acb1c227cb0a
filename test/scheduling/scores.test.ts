/** Each score by table, with the arithmetic beside it. */
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import type { ScorePlugin } from "../../src/scheduling/plugin.js";
import {
	bestFit,
	dotProduct,
	gpuPacking,
	leastAllocated,
	mostAllocated,
	worstFit,
} from "../../src/scheduling/plugins/index.js";
import { bindNew, cellOf, job, type NodeOptions, node, type PodOptions } from "../support/cells.js";

/** Score of a pod on the first node, on which `bound` run; the other nodes only set the yardstick. */
function score(
	plugin: ScorePlugin,
	nodes: readonly NodeOptions[],
	pod: PodOptions,
	bound: readonly PodOptions[] = [],
): number {
	const cell = cellOf(nodes.map((options, i) => node(`node-${i}`, options)));
	for (const other of bound) bindNew(cell, 0, other);
	const { podClass } = cell.pod(cell.submit(job("asks", pod)).pending[0]!);
	return plugin.score(podClass, cell.node(0 as NodeId));
}

type Row = [
	what: string,
	nodes: readonly NodeOptions[],
	pod: PodOptions,
	bound: readonly PodOptions[],
	expected: number,
];

describe("best-fit", () => {
	test.each<Row>([
		// Left over: cpu (4000 - 1000) / 4000 = 0.75, memory (1000 - 500) / 1000 = 0.5; 100 x (1 - 1.25 / 2).
		["an empty node", [{}], { cpu: 1000, memory: 500 }, [], 37.5],
		// cpu (4000 - 2000 - 1000) / 4000 = 0.25, memory (1000 - 100 - 500) / 1000 = 0.4; 100 x (1 - 0.65 / 2).
		["what runs there counts", [{}], { cpu: 1000, memory: 500 }, [{ cpu: 2000, memory: 100 }], 67.5],
		// Against the largest node: cpu 3000 / 8000, memory 500 / 2000; 100 x (1 - 0.625 / 2).
		["the yardstick is the largest node", [{}, { cpu: 8000, memory: 2000 }], { cpu: 1000, memory: 500 }, [], 68.75],
		// GPU counts as a third resource: (2000 - 500) / 2000 = 0.75; 100 x (1 - (0.75 + 0.5 + 0.75) / 3).
		["every resource of the cell counts", [{ gpus: 2 }], { cpu: 1000, memory: 500, gpu: { milli: 500 } }, [], 100 / 3],
		["a full node", [{}], { cpu: 4000, memory: 1000 }, [], 100],
		["no resource to compare: nothing is left over", [{ cpu: 0, memory: 0 }], { cpu: 0, memory: 0 }, [], 100],
	])("%s", (_what, nodes, pod, bound, expected) => {
		expect(score(bestFit, nodes, pod, bound)).toBeCloseTo(expected, 9);
	});
});

describe("worst-fit", () => {
	test.each<Row>([
		// The complement of best fit: 100 x 1.25 / 2.
		["an empty node", [{}], { cpu: 1000, memory: 500 }, [], 62.5],
		["what runs there counts", [{}], { cpu: 1000, memory: 500 }, [{ cpu: 2000, memory: 100 }], 32.5],
		["the yardstick is the largest node", [{}, { cpu: 8000, memory: 2000 }], { cpu: 1000, memory: 500 }, [], 31.25],
		["no resource to compare: nothing is left over", [{ cpu: 0, memory: 0 }], { cpu: 0, memory: 0 }, [], 0],
	])("%s", (_what, nodes, pod, bound, expected) => {
		expect(score(worstFit, nodes, pod, bound)).toBeCloseTo(expected, 9);
	});
});

describe("dot-product", () => {
	test.each<Row>([
		// cpu (1000 / 4000) x (4000 / 4000) + memory (500 / 1000) x (1000 / 1000) = 0.75, over 2 resources.
		["an empty node", [{}], { cpu: 1000, memory: 500 }, [], 37.5],
		// cpu 0.25 x 0.5 + memory 0.5 x 0.9 = 0.575, over 2.
		["what runs there counts", [{}], { cpu: 1000, memory: 500 }, [{ cpu: 2000, memory: 100 }], 28.75],
		// cpu (1000 / 8000) x (4000 / 8000) + memory 0.5 x 1 = 0.5625, over 2.
		["the yardstick is the largest node", [{}, { cpu: 8000 }], { cpu: 1000, memory: 500 }, [], 28.125],
		["nothing asked for", [{}], { cpu: 0, memory: 0 }, [], 0],
		["no resource to compare", [{ cpu: 0, memory: 0 }], { cpu: 0, memory: 0 }, [], 0],
	])("%s", (_what, nodes, pod, bound, expected) => {
		expect(score(dotProduct, nodes, pod, bound)).toBeCloseTo(expected, 9);
	});
});

describe("least-allocated and most-allocated, in whole numbers", () => {
	test.each<[...Row, most: number]>([
		// cpu floor(3000 x 100 / 4000) = 75, memory floor(667 x 100 / 1000) = 66: floor(141 / 2); 25 and 33: floor(58 / 2).
		["rounds each share and the mean down", [{}], { cpu: 1000, memory: 333 }, [], 70, 29],
		// cpu free 4000 - 1000 - 1000 = 50, memory 1000 - 100 - 100 = 80; used 50 and 20.
		["what runs there counts", [{}], {}, [{}], 65, 35],
		["a full node", [{}], { cpu: 4000, memory: 1000 }, [], 0, 100],
		// Only cpu: 75, 25. The node has no memory.
		["what the node lacks is left out", [{ memory: 0 }], { cpu: 1000, memory: 0 }, [], 75, 25],
		// fpga floor(1 x 100 / 3) = 33 of 3, 66 free: (75 + 90 + 66) / 3 = 77; (25 + 10 + 33) / 3 = 22.67.
		[
			"other resources count when asked for",
			[{ extended: { "example.com/fpga": 3 } }],
			{ extended: { "example.com/fpga": 1 } },
			[],
			77,
			22,
		],
		["and not otherwise", [{ extended: { "example.com/fpga": 3 } }], {}, [], 82, 17],
		["a node with nothing", [{ cpu: 0, memory: 0 }], { cpu: 0, memory: 0 }, [], 0, 0],
	])("%s", (_what, nodes, pod, bound, least, most) => {
		expect([score(leastAllocated, nodes, pod, bound), score(mostAllocated, nodes, pod, bound)]).toEqual([least, most]);
	});
});

describe("gpu-packing", () => {
	const share = (milli: number): PodOptions => ({ cpu: 0, gpu: { milli } });
	test.each<Row>([
		["no GPU asked for", [{ gpus: 2 }], {}, [], 0],
		// An idle node of n devices: max(33 - n, n). Small ones first, and 32 devices never go below 1.
		["an idle node of 2", [{ gpus: 2 }], share(500), [], 31],
		["an idle node of 8", [{ gpus: 8 }], share(500), [], 25],
		// The fullest device with room has 400 free: 40 percent, 100 - floor(40 / 10).
		["a device in use", [{ gpus: 2 }], share(400), [share(600)], 96],
		// 400 < 500 is no room, so the idle device is taken: max(50 - 1, 33).
		["an idle device on a node in use", [{ gpus: 2 }], share(500), [share(600)], 49],
		// Two idle devices beside one in use: max(50 - 2, 33).
		["two idle devices on a node in use", [{ gpus: 3 }], { cpu: 0, gpu: { count: 2 } }, [share(100)], 48],
		// 500 free on each of two: 50 + 50 percent, 100 - floor(100 / 10).
		[
			"two shared devices",
			[{ gpus: 2 }],
			{ cpu: 0, gpu: { count: 2, milli: 300 } },
			[{ cpu: 0, gpu: { count: 2, milli: 500 } }],
			90,
		],
	])("%s", (_what, nodes, pod, bound, expected) => {
		expect(score(gpuPacking, nodes, pod, bound)).toBe(expected);
	});
});
