import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import { Engine } from "../../src/engine/engine.js";
import { declaredUsage } from "../../src/node/declared-usage.js";
import { LoadWatcher, type LoadWatcherOptions, type NodeUsage } from "../../src/node/load-watcher.js";
import { bindNew, cellOf, job, node, placementOf } from "../support/cells.js";

const SECOND = 1_000_000;
const A = 0 as NodeId;

/** A watcher over one node of 4000m and 1000 bytes, with a window of three measurements, one in ten seconds. */
function watched(usage: (atUs: number) => NodeUsage, options: Partial<LoadWatcherOptions> = {}) {
	const engine = new Engine();
	const cell = cellOf([node("a")]);
	const fired: number[] = [];
	engine.watch((timeUs, kind) => kind.name === "load-measured" && fired.push(timeUs / SECOND));
	const watcher = new LoadWatcher(engine, cell, 3, {
		usage: () => usage(engine.nowUs / SECOND),
		periodUs: 10 * SECOND,
		windowUs: 30 * SECOND,
		...options,
	});
	return { engine, cell, watcher, fired, load: () => cell.nodes.load.of(A) };
}

describe("reports", () => {
	// 1000m at 0, 10 and 20 s, 3000m from 30 s on.
	const jump = (at: number) => ({ cpuMilli: at < 30 ? 1000 : 3000, memoryBytes: 500 });
	test.each<[at: number, cpuMean: number, cpuDeviation: number]>([
		[0, 0.25, 0],
		[20, 0.25, 0],
		// 0.25, 0.25, 0.75: the mean is 5/12, the squares are (1/6)^2, (1/6)^2 and (1/3)^2, their mean 1/18.
		[30, 5 / 12, Math.sqrt(1 / 18)],
		// 0.25, 0.75, 0.75: mirrored.
		[40, 7 / 12, Math.sqrt(1 / 18)],
		[50, 0.75, 0],
	])("at %d s: mean and deviation of the last three", (at, cpuMean, cpuDeviation) => {
		const { engine, load } = watched(jump);
		engine.runUntil(at * SECOND);
		const { memoryMean, memoryDeviation, untilUs, ...cpu } = load();
		expect(cpu.cpuMean).toBeCloseTo(cpuMean, 12);
		expect(cpu.cpuDeviation).toBeCloseTo(cpuDeviation, 12);
		expect([memoryMean, memoryDeviation, untilUs]).toEqual([0.5, 0, at * SECOND]);
	});

	test("no more is used than there is", () => {
		const { engine, load } = watched(() => ({ cpuMilli: 9000, memoryBytes: 2000 }));
		engine.runUntil(0);
		expect(load()).toMatchObject({ cpuMean: 1, memoryMean: 1 });
	});

	test("a node that is away is not measured, and what is left of its window counts when it is back", () => {
		const { engine, cell, load } = watched((at) => ({ cpuMilli: at < 15 ? 1000 : 2000, memoryBytes: 0 }));
		engine.runUntil(15 * SECOND);
		cell.setNodeReady(A, false);
		engine.runUntil(20 * SECOND);
		expect(load()).toMatchObject({ cpuMean: 0.25, untilUs: 10 * SECOND });
		cell.setNodeReady(A, true);
		engine.runUntil(30 * SECOND);
		// 0.25 at 10 s and 0.5 at 30 s.
		expect(load()).toMatchObject({ cpuMean: 0.375, cpuDeviation: 0.125 });
	});
});

describe("sleep", () => {
	const constant = () => ({ cpuMilli: 1000, memoryBytes: 0 });

	test("once a window and two minutes have brought nothing new the run can end", () => {
		const { engine, fired, load } = watched(constant);
		engine.runUntil(Number.POSITIVE_INFINITY);
		// The first at 0, then 3 + 12 that found the same.
		expect(fired).toEqual(Array.from({ length: 16 }, (_, i) => i * 10));
		expect(load()).toMatchObject({ cpuMean: 0.25, cpuDeviation: 0, untilUs: 150 * SECOND });
	});

	test.each<[what: string, (cell: Cell) => void]>([
		["a pod that is bound", (cell) => bindNew(cell, A)],
		["a node that comes", (cell) => cell.addNode(node("b"))],
	])("%s wakes it at the next full period", (_what, change) => {
		const { engine, cell, fired } = watched(constant);
		engine.schedule(
			203 * SECOND,
			engine.kind("change", 0, () => change(cell)),
			0,
		);
		engine.runUntil(Number.POSITIVE_INFINITY);
		expect(fired.slice(16)).toEqual(Array.from({ length: fired.length - 16 }, (_, i) => 210 + i * 10));
	});

	test("and so does whoever knows that usage changes", () => {
		const { engine, watcher, load } = watched((at) => ({ cpuMilli: at < 200 ? 1000 : 2000, memoryBytes: 0 }));
		engine.schedule(
			200 * SECOND,
			engine.kind("change", 0, () => watcher.wake()),
			0,
		);
		engine.runUntil(Number.POSITIVE_INFINITY);
		expect(load()).toMatchObject({ cpuMean: 0.5, cpuDeviation: 0 });
	});
});

test("declared usage: requests of running pods times what they use of them", () => {
	const cell = cellOf([node("a")]);
	const usage = declaredUsage(cell);
	const arrival = job("web", { pods: 2, cpu: 1000, memory: 200 });
	const pods = arrival.pods.map((pod) => ({ ...pod, cpuUsageFraction: 0.25, memoryUsageFraction: 1.5 }));
	const [first, second] = cell.submit({ ...arrival, pods }).pending as [never, never];
	const placements = [first, second].map((pod) => placementOf(cell, pod, A));
	cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
	expect(usage(A)).toEqual({ cpuMilli: 0, memoryBytes: 0 });
	cell.startPod(first);
	expect(usage(A)).toEqual({ cpuMilli: 250, memoryBytes: 300 });
	cell.startPod(second);
	expect(usage(A)).toEqual({ cpuMilli: 500, memoryBytes: 600 });
	cell.endPod(first, "succeeded");
	expect(usage(A)).toEqual({ cpuMilli: 250, memoryBytes: 300 });
});
