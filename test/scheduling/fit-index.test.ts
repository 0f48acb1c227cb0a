import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import type { NodeColumns } from "../../src/cell/node-columns.js";
import type { PodClass } from "../../src/objects/pod-class.js";
import { FitIndex } from "../../src/scheduling/fit-index.js";
import { nodeSpecs, podOptions } from "../support/arbitraries.js";
import { cellOf, commit, job, node, placementOf, snapshotOf } from "../support/cells.js";

/** By looking at one node after the other; amounts only, as the index. */
function scan(nodes: NodeColumns, pod: PodClass, from: number): number {
	for (let id = from; id < nodes.count; id++) {
		const fits = [...pod.needs].every((r) => (nodes.free[r]?.[id] ?? 0) >= pod.request[r]!);
		if (nodes.ready[id] === 1 && fits) return id;
	}
	return -1;
}

describe("FitIndex", () => {
	test("finds what a scan finds, from anywhere, after any changes", () => {
		const steps = fc.array(fc.record({ what: fc.integer({ min: 0, max: 5 }), which: fc.nat(), options: podOptions }), {
			maxLength: 40,
			size: "max",
		});
		fc.assert(
			fc.property(nodeSpecs(12), steps, (specs, drawn) => {
				const cell = cellOf(specs);
				const snapshot = snapshotOf(cell);
				const index = new FitIndex();
				for (const { what, which, options } of drawn) {
					const id = (which % cell.nodes.count) as NodeId;
					const pod = cell.submit(job("j", options)).pending[0]!;
					const { podClass } = cell.pod(pod);
					if (what === 0) cell.setNodeReady(id, which % 2 === 0);
					else if (what === 1) cell.addNode({ ...specs[which % specs.length]!, name: `more-${cell.nodes.count}` });
					else if (what === 2) for (const gone of [...cell.podsOn(id)]) cell.endPod(gone, "succeeded");
					else if (what === 3 && cell.nodes.fits(podClass, id)) commit(cell, [placementOf(cell, pod, id)]);
					if (what !== 4) snapshot.refresh();
					else if (snapshot.nodes.ready[id] === 1 && snapshot.fits(podClass, id)) snapshot.assume(cell.pod(pod), id);
					index.follow(snapshot.nodes);
					for (const from of [0, id, snapshot.nodes.count - 1, snapshot.nodes.count, 1000]) {
						expect(index.firstFit(podClass, from)).toBe(scan(snapshot.nodes, podClass, from));
					}
				}
			}),
			{ seed: 71, numRuns: 100 },
		);
	});

	test("looks on when the maxima of a subtree fit and none of its nodes does", () => {
		// Cpu of one, memory of another: their common maxima would fit 4000 and 1000.
		const specs = [node("a", { memory: 10 }), node("b", { cpu: 10 }), node("c", { memory: 10 }), node("d")];
		const cell = cellOf(specs);
		const { podClass } = cell.pod(cell.submit(job("j", { cpu: 4000, memory: 1000 })).pending[0]!);
		const index = new FitIndex();
		index.follow(cell.nodes);
		expect([index.firstFit(podClass, 0), index.firstFit(podClass, 3), index.firstFit(podClass, 4)]).toEqual([3, 3, -1]);
	});

	test("starts anew on other columns", () => {
		const [one, other] = [cellOf([node("a")]), cellOf([node("a", { cpu: 1 }), node("b")])];
		const { podClass } = one.pod(one.submit(job("j")).pending[0]!);
		const index = new FitIndex();
		index.follow(one.nodes);
		expect(index.firstFit(podClass, 0)).toBe(0);
		index.follow(other.nodes);
		expect(index.firstFit(podClass, 0)).toBe(1);
	});

	test("an empty cell has no node", () => {
		const cell = cellOf([]);
		const { podClass } = cell.pod(cell.submit(job("j")).pending[0]!);
		const index = new FitIndex();
		index.follow(cell.nodes);
		expect(index.firstFit(podClass, 0)).toBe(-1);
	});
});
