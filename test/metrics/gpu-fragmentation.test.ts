/** GPU fragmentation of a cell over time and over the arrived load, on cells small enough to check by hand. */
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { TypicalPod } from "../../src/cell/gpu-fragmentation.js";
import type { NodeId } from "../../src/cell/ids.js";
import { GpuFragmentation } from "../../src/metrics/gpu-fragmentation.js";
import { cellOf, commit, HandClock, job, node, placementOf } from "../support/cells.js";

const HALF: TypicalPod = { cpuMilli: 0, gpuCount: 1, gpuMilli: 500, models: [], share: 1 };

/** A cell with nodes of so many devices each, 4 in all, where pods of half a device are typical. */
function cellWith(
	devices: readonly number[],
	warmupUs = 0,
): { cell: Cell; clock: HandClock; measured: GpuFragmentation } {
	const clock = new HandClock();
	const cell = cellOf([], clock);
	const measured = new GpuFragmentation(cell, warmupUs, [HALF]);
	devices.forEach((gpus, i) => void cell.addNode(node(`n${i}`, { gpus })));
	return { cell, clock, measured };
}

/** A pod of this share arrives, and is placed where one is given. */
function arrive(cell: Cell, milli: number, on: number | null) {
	const of = cell.submit(job("job", { timeUs: cell.nowUs, cpu: 0, gpu: { milli } }));
	const pod = of.pending[0]!;
	if (on !== null) commit(cell, [placementOf(cell, pod, on)]);
	cell.report({
		job: of,
		scheduler: 0,
		beginUs: cell.nowUs,
		commitUs: cell.nowUs,
		decisionUs: 0,
		pods: 1,
		placed: on === null ? 0 : 1,
		conflicts: 0,
		withdrawn: 0,
		conflictReasons: new Map(),
		unplaced: on === null ? 1 : 0,
		outcome: on === null ? "unschedulable" : "placed",
		rejections: new Map(),
		nodes: 0,
		rejectionsByPods: [],
	});
	return pod;
}

describe("over time", () => {
	test("idle GPU that typical pods cannot use, over all and over what is idle", () => {
		const { cell, clock, measured } = cellWith([2, 2]);
		clock.nowUs = 100;
		// 400 left on a device are a fragment: 0 for 100, 400 of 4000 and of 3400 idle for 100.
		const pod = arrive(cell, 600, 0);
		clock.nowUs = 200;
		const summary = measured.result(200, []);
		expect(summary["gpu_fragmented"]).toBeCloseTo((0.5 * 400) / 4000, 12);
		// Areas: 400 x 100 over 4000 x 100 + 3400 x 100.
		expect(summary["gpu_fragmented_of_idle"]).toBeCloseTo(400 / 7400, 12);
		cell.endPod(pod, "succeeded");
		clock.nowUs = 400;
		expect(measured.result(400, [])["gpu_fragmented"]).toBeCloseTo((0.25 * 400) / 4000, 12);
	});

	test("begins with the end of the warm-up, and leaves out nodes that are not ready", () => {
		const { cell, clock, measured } = cellWith([2, 2], 100);
		arrive(cell, 600, 0);
		clock.nowUs = 150;
		cell.setNodeReady(0 as NodeId, false);
		clock.nowUs = 200;
		// 400 of 4000 for 50, then nothing of 2000 for 50.
		expect(measured.result(200, [])["gpu_fragmented"]).toBeCloseTo((400 * 50) / (4000 * 50 + 2000 * 50), 12);
	});

	test("a cell without GPU has no such metrics", () => {
		const { measured } = cellWith([]);
		expect(measured.result(100, [100])).toEqual({});
	});
});

describe("over the arrived load", () => {
	test("what is seen after each attempt is averaged by percent; pods without a node count as arrived", () => {
		const { cell, measured } = cellWith([2, 2]);
		// 1000 of 4000 arrived: 25 %, one device full.
		arrive(cell, 1000, 0);
		// 1600: 40 %, 400 are fragments.
		arrive(cell, 600, 0);
		// 1610: 40.25 %, which is 40: nobody places it.
		arrive(cell, 10, null);
		expect(measured.atLoad(25)).toEqual({ allocated: 0.25, fragmented: 0, fragmentedOfIdle: 0, attempts: 1 });
		expect(measured.atLoad(40)).toEqual({
			allocated: 0.4,
			fragmented: 0.1,
			fragmentedOfIdle: 400 / 2400,
			attempts: 2,
		});
		expect(measured.now).toEqual({ fragmentedMilli: 400, allocatedMilli: 1600, arrivedMilli: 1610 });
		const summary = measured.result(100, [40, 99]);
		expect(summary).toMatchObject({ "gpu_allocated.load_40": 0.4, "gpu_fragmented.load_40": 0.1 });
		expect(Object.keys(summary).filter((name) => name.endsWith("load_99"))).toEqual([]);
	});

	test("a half goes to the even percent", () => {
		const { cell, measured } = cellWith([2, 2]);
		// 980 of 4000: 24.5 %; 1020: 25.5 %.
		arrive(cell, 980, 0);
		arrive(cell, 40, 0);
		expect([24, 25, 26].map((percent) => measured.atLoad(percent)?.attempts)).toEqual([1, 0, 1]);
	});

	test("where nothing was seen the neighbours stand in, weighted by their attempts, and else nothing", () => {
		const { cell, measured } = cellWith([2, 2]);
		// 24 %, then twice 26 %: 960 allocated once, 1040 twice.
		arrive(cell, 960, 0);
		arrive(cell, 80, 1);
		arrive(cell, 1, null);
		expect(measured.atLoad(25)!.allocated).toBeCloseTo((960 + 2 * 1040) / 3 / 4000, 12);
		expect(measured.atLoad(23)!.allocated).toBe(0.24);
		expect(measured.atLoad(22)).toBeNull();
	});
});
