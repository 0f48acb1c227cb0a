import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId, PodId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { CPU, GPU, MEMORY, PODS } from "../../src/objects/resources.js";
import {
	bindNew,
	cellOf,
	commit,
	HandClock,
	job,
	node,
	pendingPod,
	placementOf,
	podArrival,
} from "../support/cells.js";

const A = 0 as NodeId;
const B = 1 as NodeId;

function free(cell: Cell, id: NodeId): number[] {
	return [CPU, MEMORY, PODS, GPU].map((resource) => cell.node(id).free(resource));
}

describe("a pod's life", () => {
	test("takes and returns what it asks for, and leaves its times behind", () => {
		const clock = new HandClock();
		const cell = cellOf([node("a", { gpus: 2 })], clock);
		clock.nowUs = 10;
		const submitted = cell.submit(job("web", { gpu: { milli: 400 } }));
		const pod = pendingPod(submitted);
		const view = cell.pod(pod);
		expect([view.phase, view.node, view.submitUs, view.boundUs]).toEqual(["pending", -1, 10, Number.NaN]);

		clock.nowUs = 25;
		commit(cell, [placementOf(cell, pod, A)]);
		// 4000 - 1000 milli-cpu, 1000 - 100 bytes, 110 - 1 pods, 2000 - 400 milli-GPU.
		expect(free(cell, A)).toEqual([3000, 900, 109, 1600]);
		expect([cell.pod(pod).phase, cell.pod(pod).devices, cell.pendingPods]).toEqual(["bound", 1, 0]);

		clock.nowUs = 30;
		cell.startPod(pod);
		expect([cell.pod(pod).phase, cell.pod(pod).startUs, submitted.fullStartUs]).toEqual(["running", 30, 30]);

		clock.nowUs = 40;
		cell.requeuePod(pod, "node-lost");
		expect(free(cell, A)).toEqual([4000, 1000, 110, 2000]);
		expect([cell.pod(pod).phase, cell.pod(pod).requeues, submitted.pending]).toEqual(["pending", 1, [pod]]);

		clock.nowUs = 50;
		commit(cell, [placementOf(cell, pod, A)]);
		expect([cell.pod(pod).firstBoundUs, cell.pod(pod).boundUs]).toEqual([25, 50]);
		cell.endPod(pod, "failed");
		expect(free(cell, A)).toEqual([4000, 1000, 110, 2000]);
		expect([submitted.remaining, cell.pods.live, cell.pods.has(pod)]).toEqual([0, 0, false]);
	});

	test("is announced in order, each change after it is complete", () => {
		const cell = cellOf([]);
		const heard: string[] = [];
		const listener = (name: string) => ({
			nodeChanged: (_id: NodeId, change: string) => heard.push(`${name}: ${change}`),
			jobSubmitted: () => heard.push(`${name}: submitted`),
			podBound: (pod: PodId) => heard.push(`${name}: bound ${cell.pod(pod).phase}`),
			podStarted: (pod: PodId) => heard.push(`${name}: started ${cell.pod(pod).phase}`),
			jobFullyStarted: () => heard.push(`${name}: fully started`),
			podEnded: (pod: PodId) => heard.push(`${name}: ended ${cell.pod(pod).phase}, cpu ${cell.node(A).free(CPU)}`),
			jobEnded: () => heard.push(`${name}: job ended`),
		});
		cell.watch(listener("first"));
		cell.watch({ podBound: (pod) => cell.startPod(pod) });
		cell.watch(listener("last"));
		cell.addNode(node("a"));
		cell.endPod(bindNew(cell, A), "succeeded");
		// The second listener starts the pod while its binding is being announced: whoever acts comes after who looks on.
		expect(heard).toEqual([
			"first: node-added",
			"last: node-added",
			"first: submitted",
			"last: submitted",
			"first: bound bound",
			"first: started running",
			"last: started running",
			"first: fully started",
			"last: fully started",
			"last: bound running",
			"first: ended ended, cpu 4000",
			"last: ended ended, cpu 4000",
			"first: job ended",
			"last: job ended",
		]);
	});
});

describe("pod ids", () => {
	test("are stale once their pod has ended, also when the row has a new tenant", () => {
		const cell = cellOf([node("a")]);
		const old = pendingPod(cell.submit(job("old")));
		cell.endPod(old, "deleted");
		const tenant = pendingPod(cell.submit(job("new")));
		expect(cell.pods.row(tenant)).toBe(0);
		for (const use of [
			() => cell.pod(old),
			() => cell.startPod(old),
			() => cell.endPod(old, "failed"),
			() => cell.requeuePod(old, "node-lost"),
		]) {
			expect(use).toThrow(`pod id ${old} is stale: its pod has ended`);
		}
		expect(commit(cell, [{ pod: old, node: A, devices: 0, nodeVersion: 1 }]).conflicts[0]!.reason).toBe("pod-gone");
		expect(cell.pod(tenant).name).toBe("new-0");
	});

	test("stay apart over 255 tenants of a row, and the table stays as long as the cell was ever full", () => {
		const cell = cellOf([node("a")]);
		const ids = new Set<PodId>();
		for (let i = 0; i < 256; i++) {
			const pod = pendingPod(cell.submit(job("one")));
			ids.add(pod);
			cell.endPod(pod, "deleted");
		}
		expect(ids.size).toBe(256);
		expect(cell.pods.rows).toBe(1);
		cell.submit(job("many", { pods: 200 }));
		for (const pod of [...cell.pods.all()]) cell.endPod(pod, "deleted");
		cell.submit(job("fewer", { pods: 150 }));
		expect([cell.pods.rows, cell.pods.live, cell.pods.submitted]).toEqual([200, 150, 606]);
		expect(cell.classes.size).toBe(1);
	});
});

describe("commit", () => {
	test("places what fits and says why the rest does not", () => {
		const cell = cellOf([node("a", { cpu: 2500 }), node("b"), node("c")]);
		const { pending } = cell.submit(job("web", { pods: 6 }));
		const [one, two, three, four, five, six] = pending as [PodId, PodId, PodId, PodId, PodId, PodId];
		cell.setNodeReady(B, false);
		cell.removeNode(2 as NodeId);
		const gone = placementOf(cell, five, A);
		cell.endPod(five, "deleted");
		const { accepted, conflicts } = commit(cell, [
			placementOf(cell, one, A),
			placementOf(cell, two, B),
			placementOf(cell, three, 2),
			placementOf(cell, four, A),
			gone,
			placementOf(cell, six, A),
		]);
		expect(accepted.map(({ pod }) => pod)).toEqual([one, four]);
		expect(conflicts.map(({ placement, reason }) => [placement.pod, reason])).toEqual([
			[two, "node-gone"],
			[three, "node-gone"],
			[five, "pod-gone"],
			// 2500 - 2 x 1000 leaves 500.
			[six, "no-longer-fits"],
		]);
		checkInvariants(cell);
	});

	test("all or nothing: the first conflict leaves everything as it was, preemptions included", () => {
		const cell = cellOf([node("a", { cpu: 2000 })]);
		const victim = bindNew(cell, A, { cpu: 2000 });
		const { pending } = cell.submit(job("gang", { pods: 3, gang: true }));
		const before = [free(cell, A), [...cell.podsOn(A)], cell.pendingPods, cell.nodes.version[A]];
		const heard: string[] = [];
		cell.watch({ podBound: () => heard.push("bound"), podRequeued: () => heard.push("requeued") });
		const placements = pending.map((pod) => placementOf(cell, pod, A));
		const result = commit(cell, placements, { preemptions: [victim], atomicity: "all-or-nothing" });
		// Two of three fit in the room that the victim would leave.
		expect(result.accepted).toEqual([]);
		expect(result.conflicts.map(({ placement }) => placement.pod)).toEqual([pending[2]]);
		expect([free(cell, A), [...cell.podsOn(A)], cell.pendingPods, cell.nodes.version[A]]).toEqual(before);
		expect(heard).toEqual([]);
		// Without the third it stands.
		commit(cell, placements.slice(0, 2), { preemptions: [victim], atomicity: "all-or-nothing" });
		expect(heard).toEqual(["requeued", "bound", "bound"]);
		expect(cell.pod(victim).phase).toBe("pending");
		checkInvariants(cell);
	});

	test("node-version: any change of the node since the snapshot is a conflict, one within the transaction is not", () => {
		const cell = cellOf([node("a"), node("b")]);
		const pending = [...cell.submit(job("web", { pods: 4 })).pending];
		const onA = pending.slice(0, 2).map((pod) => placementOf(cell, pod, A));
		const onB = pending.slice(2).map((pod) => placementOf(cell, pod, B));
		const other = bindNew(cell, B);
		cell.endPod(other, "succeeded");
		// Node b is as free as it was, but it was in between changed twice.
		const { accepted, conflicts } = commit(cell, [...onA, ...onB], { conflictRule: "node-version" });
		expect(accepted.map(({ pod }) => pod)).toEqual(pending.slice(0, 2));
		expect(conflicts.map(({ reason }) => reason)).toEqual(["node-changed", "node-changed"]);
		expect(commit(cell, onB, { conflictRule: "fit" }).conflicts).toEqual([]);
	});

	test("a pod placed twice in one transaction is placed once", () => {
		const cell = cellOf([node("a"), node("b")]);
		const pod = pendingPod(cell.submit(job("web")));
		const result = commit(cell, [placementOf(cell, pod, A), placementOf(cell, pod, B)]);
		expect([result.accepted.length, result.conflicts[0]!.reason]).toEqual([1, "pod-gone"]);
		checkInvariants(cell);
	});

	test("a node that does not exist is gone", () => {
		const cell = cellOf([node("a")]);
		const pod = pendingPod(cell.submit(job("web")));
		for (const id of [1, 500, -1]) {
			const placement = { pod, node: id as NodeId, devices: 0, nodeVersion: 0 };
			expect(commit(cell, [placement]).conflicts[0]!.reason).toBe("node-gone");
		}
	});

	test("devices: the ones named must have the share free", () => {
		const cell = cellOf([node("a", { gpus: 2 })]);
		bindNew(cell, A, { gpu: { milli: 700 } });
		const pod = pendingPod(cell.submit(job("share", { gpu: { milli: 500 } })));
		const wrong = { ...placementOf(cell, pod, A), devices: 0b01 };
		expect(commit(cell, [wrong]).conflicts[0]!.reason).toBe("no-longer-fits");
		expect(commit(cell, [{ ...wrong, devices: 0b10 }]).conflicts).toEqual([]);
	});
});

describe("chooseDevices", () => {
	// [milli taken per device, count, milli asked, devices chosen]
	test.each([
		["a share goes to the fullest device with room", [0, 300, 600, 800], 1, 400, 0b0100],
		["a share that fits exactly is the fullest", [500, 300, 0], 1, 500, 0b0001],
		["equal devices: the lower index", [0, 0, 0], 1, 250, 0b0001],
		["a whole device: the first idle one", [1, 0, 0], 1, 1000, 0b0010],
		["several devices: idle ones in order", [0, 100, 0, 0], 2, 1000, 0b0101],
	] as const)("%s", (_what, taken, count, milli, expected) => {
		const cell = cellOf([node("a", { gpus: taken.length })]);
		taken.forEach((share, device) => {
			if (share === 0) return;
			const pod = pendingPod(cell.submit(job(`holder-${device}`, { cpu: 0, gpu: { milli: share } })));
			commit(cell, [{ pod, node: A, devices: 1 << device, nodeVersion: 0 }]);
		});
		const pod = pendingPod(cell.submit(job("asks", { gpu: { count, milli } })));
		expect(placementOf(cell, pod, A).devices).toBe(expected);
	});

	test("no request, no devices", () => {
		const cell = cellOf([node("a", { gpus: 2 })]);
		expect(placementOf(cell, pendingPod(cell.submit(job("plain"))), A).devices).toBe(0);
	});
});

describe("nodes", () => {
	test("have a name each, which is free again after removal", () => {
		const cell = cellOf([node("a")]);
		expect(() => cell.addNode(node("a"))).toThrow("two nodes named 'a'");
		const pod = bindNew(cell, A);
		expect(() => cell.removeNode(A)).toThrow("node 'a' still has pods");
		cell.endPod(pod, "deleted");
		cell.removeNode(A);
		expect(cell.nodeNamed("a")).toBeUndefined();
		expect(cell.addNode(node("a"))).toBe(1);
		expect(cell.nodeNamed("a")).toBe(1);
		cell.removeNode(A);
		expect(cell.nodeNamed("a")).toBe(1);
		expect(free(cell, A)).toEqual([0, 0, 0, 0]);
		cell.setNodeReady(A, true);
		expect(cell.node(A).ready).toBe(false);
		checkInvariants(cell);
	});

	test("take 110 pods unless they say otherwise, and 31 devices at most", () => {
		const cell = cellOf([node("a"), node("b", { pods: 3 })]);
		expect([cell.node(A).allocatable(PODS), cell.node(B).allocatable(PODS)]).toEqual([110, 3]);
		expect(() => cell.addNode(node("c", { gpus: 32 }))).toThrow(
			"node 'c' has 32 GPU devices; at most 31 are supported",
		);
	});

	test("resources that only pods or later nodes name are zero elsewhere", () => {
		const cell = cellOf([node("a")]);
		const pod = pendingPod(cell.submit(job("wants", { extended: { "example.com/fpga": 1 } })));
		expect(cell.nodes.fits(cell.pod(pod).podClass, A)).toBe(false);
		expect(commit(cell, [placementOf(cell, pod, A)]).conflicts[0]!.reason).toBe("no-longer-fits");
		const b = cell.addNode(node("b", { extended: { "example.com/fpga": 2 } }));
		expect(commit(cell, [placementOf(cell, pod, b)]).conflicts).toEqual([]);
		checkInvariants(cell);
	});
});

test("a job's priority is the highest of its pods", () => {
	const cell = cellOf([]);
	const pods = [5, 9, -3].map((priority) => podArrival({ facts: { priority } }));
	expect(cell.submit(job("mixed", { pods })).priority).toBe(9);
});
