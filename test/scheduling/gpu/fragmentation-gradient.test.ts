/** FGD: its score and its devices by table, with the arithmetic, and what it keeps against what it would find out anew. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import { FragmentationMeasure, type TypicalPod } from "../../../src/cell/gpu-fragmentation.js";
import type { NodeId } from "../../../src/cell/ids.js";
import { MAX_DEVICES } from "../../../src/cell/node-columns.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { CPU } from "../../../src/objects/resources.js";
import { fragmentationGradient } from "../../../src/scheduling/gpu/fragmentation-gradient.js";
import { Candidates } from "../../../src/scheduling/plugin.js";
import { nodeSpecs, podOptions } from "../../support/arbitraries.js";
import { bindNew, cellOf, commit, job, node, type PodOptions, placementOf, snapshotOf } from "../../support/cells.js";
import { schedulerNamed } from "../../support/simulations.js";

const NO_DRAWS = new SeededRandomSource("1").stream("unused");
const HALF: TypicalPod = { cpuMilli: 1000, gpuCount: 1, gpuMilli: 500, models: [], share: 1 };
const share = (milli: number): PodOptions => ({ cpu: 0, gpu: { milli } });

/** A node of two devices on which shares of these sizes run, one a device. */
function cellWith(...taken: readonly number[]): Cell {
	const cell = cellOf([node("a", { gpus: 2 })]);
	for (const [device, milli] of taken.entries()) {
		const pod = cell.submit(job("runs", share(milli))).pending[0]!;
		commit(cell, [{ ...placementOf(cell, pod, 0), devices: 1 << device }]);
	}
	return cell;
}

describe("where pods of half a device are typical", () => {
	const { score, devices } = fragmentationGradient([HALF]);
	test.each<[string, readonly number[], PodOptions, expected: number, mask: number]>([
		// Before and after no device has less than 500 left: 100 / (1 + e^0) = 50.
		["a half from an idle device leaves a half", [], share(500), 50, 0b01],
		// 400 left is a fragment: the fall is -400, 100 / (1 + e^0.4) = 40.1.
		["six tenths leave a fragment of four", [], share(600), 40, 0b01],
		// 400 left of the first are a fragment before. There 300 more go: the fall is 300, 100 / (1 + e^-0.3) = 57.4. From the second: 50.
		["what is a fragment already is taken first", [600], share(300), 57, 0b01],
		// First device 500 - 200 = 300 left, a fragment: -300, 42.6. Second 1000 - 200: 50.
		["rather break an idle device than make a fragment", [500], share(200), 50, 0b10],
		// Both have 700 left, and 400 after: 40 each. The first counts.
		["of equal devices the first is taken", [300, 300], share(300), 40, 0b01],
		// The second is the only one with room: 1000 to 100, the fall is -100, 100 / (1 + e^0.1) = 47.5.
		["the device that has room is taken", [600], share(900), 47, 0b10],
		// 2000 idle before and nothing fragmented; nothing is idle after.
		["whole devices leave nothing", [], { cpu: 0, gpu: { count: 2 } }, 50, 0b11],
		// 3500 of 4000 cpu go: no half fits any more, all 2000 are fragments. 100 / (1 + e^2) = 11.9.
		["a pod without GPU that takes the cpu strands the devices", [], { cpu: 3500 }, 11, 0],
	])("%s", (_what, taken, options, expected, mask) => {
		const cell = cellWith(...taken);
		const { podClass } = cell.pod(cell.submit(job("asks", options)).pending[0]!);
		expect(score.score(podClass, cell.node(0 as NodeId))).toBe(expected);
		expect(devices(podClass, cell.nodes, 0 as NodeId, NO_DRAWS)).toBe(mask);
	});
});

test("the scheduler binds the device that the score counts on, not the fullest", () => {
	const cell = cellWith(500);
	const scheduler = schedulerNamed("fgd", { typicalPods: [{ pods: 1, cpu: 1, gpu: { milli: 500 } }] });
	const pod = cell.pod(cell.submit(job("asks", share(200))).pending[0]!);
	const { placements } = scheduler.decide([pod], snapshotOf(cell), NO_DRAWS);
	expect(placements.map(({ devices }) => devices)).toEqual([0b10]);
	expect(commit(cell, placements).conflicts).toEqual([]);
	expect(pod.devices).toBe(0b10);
});

test("without typical pods all nodes are equal", () => {
	const cell = cellOf([node("a", { gpus: 1 }), node("b", { gpus: 2 })]);
	bindNew(cell, 1, share(500));
	const pod = cell.pod(cell.submit(job("asks", share(500))).pending[0]!);
	const { placements } = schedulerNamed("fgd").decide([pod], snapshotOf(cell), NO_DRAWS);
	expect(placements.map(({ node }) => node)).toEqual([0]);
});

test("typical pods of a trace that nobody has read are an error", () => {
	expect(() => schedulerNamed("fgd", { typicalPods: { format: "openb", pods: "pods.csv" } })).toThrow(
		"nobody has read the typical pods of the trace 'openb'",
	);
});

test("scores from what is kept are those of the definition, and devices have room, whatever happened in between", () => {
	const typical: readonly TypicalPod[] = [
		{ ...HALF, share: 0.5 },
		{ cpuMilli: 500, gpuCount: 0, gpuMilli: 0, models: [], share: 0.2 },
		{ cpuMilli: 2000, gpuCount: 2, gpuMilli: 1000, models: ["T4"], share: 0.3 },
	];
	const steps = fc.array(fc.record({ options: podOptions, on: fc.nat(), ends: fc.boolean() }), { maxLength: 25 });
	fc.assert(
		fc.property(nodeSpecs(6), steps, (specs, happens) => {
			const cell = cellOf(specs);
			const { score, devices } = fragmentationGradient(typical);
			for (const { options, on, ends } of happens) {
				const view = cell.pod(cell.submit(job("asks", options)).pending[0]!);
				const candidates = new Candidates();
				candidates.clear(cell.nodes);
				for (let id = 0 as NodeId; id < cell.nodes.count; id++)
					if (cell.nodes.fits(view.podClass, id)) candidates.add(id);
				const scores = new Float64Array(candidates.count);
				score.scoreAll!(view.podClass, cell.nodes, candidates, scores, 1);
				for (let i = 0; i < candidates.count; i++) {
					const id = candidates.nodes[i]! as NodeId;
					const mask = devices(view.podClass, cell.nodes, id, NO_DRAWS);
					expect(cell.nodes.devicesFit(view.podClass, id, mask)).toBe(true);
					expect(scores[i]).toBe(scoreOf(cell, view.podClass.request[CPU]!, mask, view.podClass.gpuMilli, id, typical));
				}
				if (candidates.count === 0) continue;
				const node = candidates.nodes[on % candidates.count]! as NodeId;
				const mask = devices(view.podClass, cell.nodes, node, NO_DRAWS);
				commit(cell, [{ ...placementOf(cell, view.id, node), devices: mask }]);
				if (ends) cell.endPod(view.id, "succeeded");
			}
		}),
		{ seed: 2702, numRuns: 80 },
	);
});

/** The score of a placement on these devices: fragmentation before and after, from nothing. */
function scoreOf(
	{ nodes }: Cell,
	cpu: number,
	mask: number,
	milli: number,
	node: NodeId,
	typical: readonly TypicalPod[],
): number {
	const measure = new FragmentationMeasure(typical);
	const count = nodes.deviceCount[node]!;
	const free = Int16Array.from(
		{ length: count },
		(_, d) => nodes.view(node).columns.deviceFree[node * MAX_DEVICES + d]!,
	);
	const before = measure.ofNode(nodes, node);
	for (let d = 0; d < count; d++) if ((mask >> d) & 1) free[d]! -= milli;
	const after = measure.of(nodes.free[CPU]![node]! - cpu, nodes.specs[node]!.gpu?.model ?? "", free, 0, count);
	return Math.trunc(100 * (1 / (1 + Math.exp((after - before) / 1000))));
}
