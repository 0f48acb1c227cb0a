/** Levels that a summary reports, on cells small enough to check by hand. */
import { describe, expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { job, node as nodeSpec, podArrival } from "../support/cells.js";

const GIB = 2 ** 30;
const clock = { nowUs: 0 };

function cellOf(...nodes: readonly (readonly [cpu: number, memoryGib: number, gpus: number])[]) {
	clock.nowUs = 0;
	const cell = new Cell(clock);
	const summary = new SummaryProbe(cell, 0);
	nodes.forEach(([cpu, memory, gpus], i) => {
		cell.addNode(nodeSpec(`n${i}`, { cpu: cpu * 1000, memory: memory * GIB, gpus, gpuModel: "T4" }));
	});
	return { cell, summary };
}

/** Submits a pod and, where a node is given, binds it there. */
function put(cell: Cell, cpu: number, memoryGib: number, node: number | null): void {
	const pods = [podArrival({ cpu: cpu * 1000, memory: memoryGib * GIB })];
	const [pod] = cell.submit(job("job", { timeUs: clock.nowUs, pods })).pending;
	if (node === null) return;
	const placement = { pod: pod!, node: node as NodeId, devices: 0, nodeVersion: 0 };
	cell.commit({ placements: [placement], preemptions: [], conflictRule: "fit", atomicity: "incremental" });
}

describe("the standard deviation over time", () => {
	test("of what is requested, in shares of what there is", () => {
		// 4 cpu: 1 requested for 50, 3 for 150 of 200. Mean (50 + 450) / 200 = 2.5; variance (50 x 1.5^2 + 150 x 0.5^2) / 200 = 0.75.
		const { cell, summary } = cellOf([4, 8, 0]);
		put(cell, 1, 0, 0);
		clock.nowUs = 50;
		put(cell, 2, 0, 0);
		const levels = summary.result(200);
		expect(levels["cpu_allocation"]).toBeCloseTo(2.5 / 4, 12);
		expect(levels["cpu_allocation_stddev"]).toBeCloseTo(Math.sqrt(0.75) / 4, 12);
		// Nobody started a pod.
		expect([levels["cpu_utilization"], levels["cpu_utilization_stddev"]]).toEqual([0, 0]);
	});

	test("begins with the end of the warm-up, and is 0 where nothing changes", () => {
		clock.nowUs = 0;
		const cell = new Cell(clock);
		const summary = new SummaryProbe(cell, 100);
		cell.addNode(nodeSpec("n", { cpu: 3000 }));
		clock.nowUs = 60;
		put(cell, 1, 0, 0);
		clock.nowUs = 150;
		expect(summary.result(400)).toMatchObject({ cpu_allocation: 1 / 3, cpu_allocation_stddev: 0 });
	});
});

describe("stranded capacity", () => {
	test("the free part beyond the free share of the scarcest resource", () => {
		// 8 cpu, 16 GiB; a pod of 6 cpu, 4 GiB leaves 2/8 of the cpu and 12/16 of the memory free: of the memory, 3/4 - 1/4 = 1/2 is
		// stranded, of the cpu nothing. It holds for the second half of the time: 1/4 on average.
		const { cell, summary } = cellOf([8, 16, 0]);
		clock.nowUs = 100;
		put(cell, 6, 4, 0);
		clock.nowUs = 200;
		expect(summary.result(200)).toMatchObject({ cpu_stranded: 0, memory_stranded: 0.25 });
	});

	test("a node without GPU does not make GPUs scarce elsewhere, and a full cpu strands them all", () => {
		// n0: 4 cpu full, 2 GPUs idle: GPU stranded 1, memory 8 GiB free of 8. n1 has no GPU.
		const { cell, summary } = cellOf([4, 8, 2], [4, 8, 0]);
		put(cell, 4, 0, 0);
		clock.nowUs = 10;
		// Memory: 8 of 16 GiB.
		expect(summary.result(10)).toMatchObject({ gpu_stranded: 1, memory_stranded: 0.5, cpu_stranded: 0 });
	});

	test("a node that is down has no capacity, free or stranded", () => {
		const { cell, summary } = cellOf([8, 16, 0], [8, 16, 0]);
		put(cell, 6, 4, 0);
		clock.nowUs = 50;
		cell.setNodeReady(0 as NodeId, false);
		clock.nowUs = 100;
		// Half the time 2 nodes, of whose 32 GiB 8 are stranded; then 1 node, nothing: 8 x 50 / (32 x 50 + 16 x 50) = 1/6.
		expect(summary.result(100)["memory_stranded"]).toBeCloseTo(1 / 6, 12);
	});
});

describe("fragmentation", () => {
	test("the share of the free amount on nodes where a recent pod does not fit", () => {
		// Free after binding: n0 2 cpu, n1 8 cpu. Reference: pods of 6 (bound), 4 and 1 cpu (waiting). On n0 only the last fits: 2/3 of
		// its 2 cpu are lost; n1 takes all. 2 x 2/3 of 10 cpu = 2/15.
		const { cell, summary } = cellOf([8, 16, 0], [8, 16, 0]);
		put(cell, 6, 0, 0);
		put(cell, 4, 0, null);
		put(cell, 1, 0, null);
		summary.sample(0);
		expect(summary.result(1)["cpu_fragmentation"]).toBeCloseTo(2 / 15, 12);
	});

	test("is the mean over samples, of the last 64 pods only", () => {
		const { cell, summary } = cellOf([8, 16, 0]);
		put(cell, 100, 0, null);
		summary.sample(0);
		for (let i = 0; i < 64; i++) put(cell, 1, 0, null);
		summary.sample(1);
		// First nothing fits, then everything does.
		expect(summary.result(2)["cpu_fragmentation"]).toBe(0.5);
	});

	test("sees nodes that changed since the last sample", () => {
		const { cell, summary } = cellOf([8, 16, 0], [8, 16, 0]);
		put(cell, 5, 0, null);
		summary.sample(0);
		put(cell, 4, 0, 0);
		summary.sample(1);
		// Sample 1: 0. Sample 2: pods of 5 and 4; n0 has 4 free (the 5 does not fit: half of 4), n1 8: 2 / 12.
		expect(summary.result(2)["cpu_fragmentation"]).toBeCloseTo(1 / 12, 12);
	});
});
