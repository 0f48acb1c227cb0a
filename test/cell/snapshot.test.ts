import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import { MAX_DEVICES, type NodeColumns, TouchCursor } from "../../src/cell/node-columns.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import type { Placement } from "../../src/cell/transaction.js";
import { CPU } from "../../src/objects/resources.js";
import { bindNew, cellOf, commit, job, node, pendingPod, placementOf, snapshotOf } from "../support/cells.js";

const A = 0 as NodeId;

/** Everything a decision may read of the nodes. */
function contents(nodes: NodeColumns): unknown {
	const { count } = nodes;
	return {
		count,
		free: nodes.free.map((column) => [...column.subarray(0, count)]),
		allocatable: nodes.allocatable.map((column) => [...column.subarray(0, count)]),
		ready: [...nodes.ready.subarray(0, count)],
		present: [...nodes.present.subarray(0, count)],
		devices: [...nodes.deviceFree.subarray(0, count * MAX_DEVICES)],
		deviceCount: [...nodes.deviceCount.subarray(0, count)],
		version: [...nodes.version.subarray(0, count)],
		largest: [...nodes.largest],
		restricted: nodes.restricted,
		specs: nodes.specs.slice(0, count),
	};
}

/** The same, and the lists of pods. */
function everything(nodes: NodeColumns): unknown {
	return {
		...(contents(nodes) as object),
		placed: Array.from({ length: nodes.count }, (_, n) => nodes.placed[n] ?? []),
	};
}

/** One change of the cell, drawn. */
function change(cell: Cell, what: number, which: number, names: { next: number }): void {
	const pods = [...cell.pods.all()];
	const pod = pods[which % Math.max(1, pods.length)];
	const id = (which % Math.max(1, cell.nodes.count)) as NodeId;
	if (what === 0 || cell.nodes.count === 0) {
		const taints = which % 3 === 0 ? [{ key: "k", value: "", effect: "NoSchedule" as const }] : [];
		const extended = which % 4 === 0 ? { [`example.com/r${which % 8}`]: 3 } : {};
		cell.addNode(node(`node-${names.next++}`, { gpus: which % 3, taints, extended, cpu: 1000 * (1 + (which % 9)) }));
	} else if (what === 1) cell.setNodeReady(id, which % 2 === 0);
	else if (what === 2 && [...cell.podsOn(id)].length === 0 && cell.nodes.present[id] === 1) cell.removeNode(id);
	else if (what === 3) cell.submit(job("j", { gpu: { count: 1, milli: 250 }, cpu: 100 * (1 + (which % 5)) }));
	else if (what === 4) cell.submit(job("j", { cpu: 500 }));
	else if (pod === undefined) return;
	else if (what === 5) cell.endPod(pod, "deleted");
	else if (cell.pod(pod).phase === "pending") commit(cell, [placementOf(cell, pod, id)]);
	else cell.requeuePod(pod, "node-lost");
}

describe("Snapshot", () => {
	test("is equal to the cell after refresh, whatever happened, whatever was assumed", () => {
		const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 100 })), {
			size: "max",
			maxLength: 60,
		});
		fc.assert(
			fc.property(steps, (drawn) => {
				const cell = cellOf([]);
				const names = { next: 0 };
				const followed = new Snapshot(cell);
				for (const [what, which] of drawn) {
					// 7 and 8: decide on what was seen last, without telling the cell; 9: look again.
					if (what === 7 || what === 8) assumeSomething(cell, followed, which);
					else if (what < 9) change(cell, what, which, names);
					else {
						followed.refresh();
						expect(contents(followed.nodes)).toEqual(contents(cell.nodes));
					}
				}
				followed.refresh();
				expect(contents(followed.nodes)).toEqual(contents(cell.nodes));
				expect(contents(snapshotOf(cell).nodes)).toEqual(contents(cell.nodes));
			}),
			{ seed: 21, numRuns: 150 },
		);
	});

	test("catches up when more changes came than its log holds", () => {
		const cell = cellOf([node("a"), node("b")]);
		const snapshot = snapshotOf(cell);
		bindNew(cell, 0);
		const pod = pendingPod(cell.submit(job("flips")));
		// 1500 changes of b since a has changed; the log of a small cell holds 1024.
		for (let i = 0; i < 750; i++) {
			commit(cell, [placementOf(cell, pod, 1)]);
			cell.requeuePod(pod, "preempted");
		}
		snapshot.refresh();
		expect(contents(snapshot.nodes)).toEqual(contents(cell.nodes));
	});

	test("in place: a decision sees what it would see on a copy, and nothing is left of it when it is ended", () => {
		const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 100 })), {
			size: "max",
			maxLength: 60,
		});
		fc.assert(
			fc.property(steps, fc.boolean(), (drawn, tracks) => {
				const cell = cellOf([node("a", { gpus: 2 })]);
				const names = { next: 0 };
				const place = Snapshot.inPlace(cell, cell.nodes);
				const copy = new Snapshot(cell);
				copy.refresh();
				if (tracks) for (const snapshot of [place, copy]) snapshot.trackPods();
				let before = everything(cell.nodes);
				for (const [what, which] of drawn) {
					if (what >= 6) {
						expect(assumeSomething(cell, place, which)).toEqual(assumeSomething(cell, copy, which));
						expect(everything(cell.nodes)).toEqual(everything(copy.nodes));
						continue;
					}
					place.end();
					expect(everything(cell.nodes)).toEqual(before);
					change(cell, what, which, names);
					before = everything(cell.nodes);
					place.refresh();
					copy.refresh();
					expect(before).toEqual(everything(copy.nodes));
				}
			}),
			{ seed: 22, numRuns: 300 },
		);
	});

	test("in place: what is forgotten is whose it was, in whatever order, and the rest is put back at the end", () => {
		const CPUS = [500, 700, 1100];
		for (const forgotten of [[0], [1], [2], [0, 1], [1, 0], [2, 0], [0, 1, 2], [2, 1, 0]]) {
			const cell = cellOf([node("a"), node("b"), node("c")]);
			const place = Snapshot.inPlace(cell, cell.nodes);
			const free = () => [0, 1, 2].map((id) => cell.node(id as NodeId).free(CPU));
			const placements = CPUS.map((cpu, i) =>
				place.assume(cell.pod(pendingPod(cell.submit(job("j", { cpu })))), i as NodeId),
			);
			place.forget(forgotten.map((i) => placements[i]!));
			expect(free()).toEqual(CPUS.map((cpu, i) => (forgotten.includes(i) ? 4000 : 4000 - cpu)));
			place.end();
			expect(free()).toEqual([4000, 4000, 4000]);
		}
	});

	test("in place: who follows the nodes hears of what is assumed and of its end, and no version changes", () => {
		const cell = cellOf([node("a"), node("b")]);
		const place = Snapshot.inPlace(cell, cell.nodes);
		const cursor = new TouchCursor();
		const heard = () => {
			const nodes: NodeId[] = [];
			cell.nodes.visitTouched(cursor, (id) => nodes.push(id));
			return nodes;
		};
		expect(heard()).toEqual([0, 1]);
		const { nodeVersion } = place.assume(cell.pod(pendingPod(cell.submit(job("j", { cpu: 1500 })))), A);
		expect([nodeVersion, heard(), cell.node(A).free(CPU)]).toEqual([1, [0], 2500]);
		place.end();
		expect([cell.nodes.version[0], heard(), cell.node(A).free(CPU)]).toEqual([1, [0], 4000]);
	});

	test("keeps what it saw until it is refreshed", () => {
		const cell = cellOf([node("a")]);
		const snapshot = snapshotOf(cell);
		const pod = pendingPod(cell.submit(job("j", { cpu: 1500 })));
		commit(cell, [placementOf(cell, pod, A)]);
		expect([snapshot.nodes.view(A).free(CPU), cell.node(A).free(CPU)]).toEqual([4000, 2500]);
		snapshot.refresh();
		expect(snapshot.nodes.view(A).free(CPU)).toBe(2500);
	});

	test("assume takes the devices that it is told, and refuses those without room", () => {
		const cell = cellOf([node("a", { gpus: 3 })]);
		bindNew(cell, A, { gpu: { milli: 600 } });
		const snapshot = snapshotOf(cell);
		const asks = (gpu: object) => cell.pod(pendingPod(cell.submit(job("j", { gpu }))));
		expect(snapshot.assume(asks({ milli: 400 }), A, 0b100).devices).toBe(0b100);
		// Left to itself it takes the fullest.
		expect(snapshot.assume(asks({ milli: 400 }), A).devices).toBe(0b001);
		const refused = (mask: number) => `pod 'j-0' was given devices (mask ${mask}) of node 'a' where it does not fit`;
		for (const mask of [0b001, 0b1000, 0b011, 0])
			expect(() => snapshot.assume(asks({ milli: 300 }), A, mask)).toThrow(refused(mask));
	});

	test("assume takes in the copy only, forget gives back", () => {
		const cell = cellOf([node("a", { gpus: 1 })]);
		const snapshot = snapshotOf(cell);
		const before = contents(cell.nodes);
		const [one, two] = cell.submit(job("j", { pods: 2, gpu: { milli: 600 } })).pending as [PodId, PodId];
		const placement = snapshot.assume(cell.pod(one), A);
		expect(placement).toEqual({ pod: one, node: A, devices: 1, nodeVersion: 1 });
		expect([snapshot.nodes.view(A).free(CPU), snapshot.fits(cell.pod(two).podClass, A)]).toEqual([3000, false]);
		expect(() => snapshot.assume(cell.pod(two), A)).toThrow("pod 'j-1' was placed on node 'a', where it does not fit");
		snapshot.forget([placement]);
		expect(snapshot.fits(cell.pod(two).podClass, A)).toBe(true);
		expect([snapshot.nodes.view(A).free(CPU), snapshot.nodes.deviceFree[0]]).toEqual([4000, 1000]);
		expect(contents(cell.nodes)).toEqual(before);
	});

	test("notes the version that the cell had when it was copied, not that of its own assumptions", () => {
		const cell = cellOf([node("a")]);
		const snapshot = snapshotOf(cell);
		const pods = cell.submit(job("j", { pods: 2 })).pending;
		const placements = pods.map((pod) => snapshot.assume(cell.pod(pod), A));
		expect(placements.map(({ nodeVersion }) => nodeVersion)).toEqual([1, 1]);
		expect(commit(cell, placements, { conflictRule: "node-version" }).conflicts).toEqual([]);
	});

	test.each([
		[7, "pod 'j-0' was placed on node 7, which does not exist"],
		[-1, "pod 'j-0' was placed on node -1, which does not exist"],
		[1, "pod 'j-0' was placed on node 'b', which is not ready"],
	])("refuses to assume a pod on node %i", (id, message) => {
		const cell = cellOf([node("a"), node("b")]);
		cell.setNodeReady(1 as NodeId, false);
		const pod = pendingPod(cell.submit(job("j")));
		expect(() => snapshotOf(cell).assume(cell.pod(pod), id as NodeId)).toThrow(message);
	});
});

function assumeSomething(cell: Cell, snapshot: Snapshot, which: number): Placement | null {
	const { count } = snapshot.nodes;
	for (const pod of cell.pods.all()) {
		const view = cell.pod(pod);
		const id = (which % Math.max(1, count)) as NodeId;
		if (view.phase !== "pending" || count === 0 || snapshot.nodes.ready[id] === 0) continue;
		if (!snapshot.fits(view.podClass, id)) continue;
		const placement = snapshot.assume(view, id);
		if (which % 3 === 0) snapshot.forget([placement]);
		return placement;
	}
	return null;
}
