/**
 * What must hold after every transaction, checked from scratch: tests call it after each verb, `--paranoid` after each
 * commit. Slow on purpose; it shares nothing with the code that keeps the columns true.
 */
import type { Cell } from "./cell.js";
import type { NodeId } from "./ids.js";
import { DEVICE_MILLI, MAX_DEVICES } from "./node-columns.js";

/** Throws on the first broken invariant, saying which node or pod and by how much. */
export function checkInvariants(cell: Cell): void {
	const { nodes, pods } = cell;
	const onNode = new Map<number, NodeId>();
	for (let n = 0; n < nodes.count; n++) checkNode(cell, n as NodeId, onNode);
	let pending = 0;
	for (const pod of pods.all()) {
		const view = pods.view(pod);
		const listed = onNode.get(pod);
		if (view.phase === "pending") {
			pending++;
			if (view.node !== -1 || listed !== undefined) fail(`pending pod '${view.name}' has a node`);
			if (view.job.pending.filter((id) => id === pod).length !== 1)
				fail(`pending pod '${view.name}' is not listed once in its job`);
		} else if (view.phase === "bound" || view.phase === "running") {
			if (listed !== view.node) fail(`pod '${view.name}' is not in the list of its node`);
			if (view.job.pending.includes(pod)) fail(`pod '${view.name}' has a node and is listed as pending in its job`);
		} else fail(`ended pod '${view.name}' is still in the table`);
	}
	if (pending !== cell.pendingPods) fail(`${pending} pods are pending, the cell counts ${cell.pendingPods}`);
}

function checkNode(cell: Cell, node: NodeId, onNode: Map<number, NodeId>): void {
	const { nodes } = cell;
	const name = cell.node(node).name;
	const requested = new Float64Array(nodes.free.length);
	const devices = new Float64Array(MAX_DEVICES);
	for (const pod of cell.podsOn(node)) {
		if (onNode.has(pod)) fail(`pod '${cell.pod(pod).name}' is on two nodes`);
		onNode.set(pod, node);
		const { podClass, devices: mask } = cell.pod(pod);
		podClass.request.forEach((amount, r) => {
			requested[r]! += amount;
		});
		for (let d = 0; d < MAX_DEVICES; d++) if ((mask >> d) & 1) devices[d]! += podClass.gpuMilli;
	}
	for (let r = 0; r < nodes.free.length; r++) {
		const resource = nodes.resources.names[r]!;
		const expected = nodes.allocatable[r]![node]! - requested[r]!;
		if (nodes.free[r]![node] !== expected)
			fail(`node '${name}' has ${nodes.free[r]![node]} ${resource} free, its pods leave ${expected}`);
		// An overcommit policy may take back what it has offered.
		if (expected < 0 && nodes.specs[node]!.backed === undefined)
			fail(`node '${name}' is over-committed by ${-expected} ${resource}`);
	}
	for (let d = 0; d < nodes.deviceCount[node]!; d++) {
		const free = nodes.deviceFree[node * MAX_DEVICES + d]!;
		if (free !== DEVICE_MILLI - devices[d]!)
			fail(`device ${d} of node '${name}' has ${free} milli free, its pods leave ${DEVICE_MILLI - devices[d]!}`);
		if (free < 0) fail(`device ${d} of node '${name}' is over-committed`);
	}
}

function fail(message: string): never {
	throw new Error(`invariant broken: ${message}`);
}
