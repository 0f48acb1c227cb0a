import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { PodId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { MAX_DEVICES } from "../../src/cell/node-columns.js";
import { BOUND, ENDED, PENDING } from "../../src/cell/pod-table.js";
import { CPU, MEMORY } from "../../src/objects/resources.js";
import { bindNew, cellOf, job, node } from "../support/cells.js";

/** One running pod, one bound pod with half a device on node "a"; one pending pod; node "b" is empty. */
function sound(): { cell: Cell; running: PodId; bound: PodId; pending: PodId } {
	const cell = cellOf([node("a", { gpus: 2 }), node("b")]);
	const running = bindNew(cell, 0, { name: "running" });
	cell.startPod(running);
	const bound = bindNew(cell, 0, { name: "bound", gpu: { milli: 500 } });
	const pending = cell.submit(job("pending")).pending[0]!;
	return { cell, running, bound, pending };
}

type Corruption = (cell: Cell, pods: { running: PodId; bound: PodId; pending: PodId }) => void;

const CORRUPTIONS: readonly (readonly [string, Corruption, string])[] = [
	[
		"a free amount that its pods do not explain",
		({ nodes }) => {
			nodes.free[CPU]![0]! += 1;
		},
		"node 'a' has 2001 cpu free, its pods leave 2000",
	],
	[
		"a free amount of an empty node",
		({ nodes }) => {
			nodes.free[MEMORY]![1]! -= 7;
		},
		"node 'b' has 993 memory free, its pods leave 1000",
	],
	[
		"more requested than allocatable",
		({ nodes }) => {
			nodes.allocatable[CPU]![0] = 1500;
			nodes.free[CPU]![0] = -500;
		},
		"node 'a' is over-committed by 500 cpu",
	],
	[
		"a device share that nobody holds",
		({ nodes }) => {
			nodes.deviceFree[0 * MAX_DEVICES + 1] = 900;
		},
		"device 1 of node 'a' has 900 milli free, its pods leave 1000",
	],
	[
		"a pod on another device than its node thinks",
		({ pods }, { bound }) => {
			pods.devices[pods.row(bound)] = 0b10;
		},
		"device 0 of node 'a' has 500 milli free, its pods leave 1000",
	],
	[
		"a pod that points to another node",
		({ pods }, { running }) => {
			pods.node[pods.row(running)] = 1;
		},
		"pod 'running-0' is not in the list of its node",
	],
	[
		"a pod listed twice on its node",
		({ pods }, { bound }) => {
			pods.nextOnNode[pods.row(bound)] = pods.row(bound);
		},
		"pod 'bound-0' is on two nodes",
	],
	[
		"a pending pod in the list of a node",
		({ pods }, { running }) => {
			pods.phase[pods.row(running)] = PENDING;
		},
		"pending pod 'running-0' has a node",
	],
	[
		"a waiting pod that calls itself bound",
		({ pods }, { pending }) => {
			pods.phase[pods.row(pending)] = BOUND;
		},
		"pod 'pending-0' is not in the list of its node",
	],
	[
		"a pod in the table after its end",
		({ pods }, { pending }) => {
			pods.phase[pods.row(pending)] = ENDED;
		},
		"ended pod 'pending-0' is still in the table",
	],
	[
		"a pending pod that its job has forgotten",
		(cell, { pending }) => {
			cell.pod(pending).job.pending.pop();
		},
		"pending pod 'pending-0' is not listed once in its job",
	],
	[
		"a pending pod that its job lists twice",
		(cell, { pending }) => {
			cell.pod(pending).job.pending.push(pending);
		},
		"pending pod 'pending-0' is not listed once in its job",
	],
	[
		"a running pod that its job lists as pending",
		(cell, { running }) => {
			cell.pod(running).job.pending.push(running);
		},
		"pod 'running-0' has a node and is listed as pending in its job",
	],
	[
		"a wrong count of pending pods",
		(cell) => {
			cell.pendingPods++;
		},
		"1 pods are pending, the cell counts 2",
	],
];

describe("checkInvariants", () => {
	test("is content with a sound cell", () => {
		expect(() => checkInvariants(sound().cell)).not.toThrow();
	});

	test.each(CORRUPTIONS)("catches %s", (_what, corrupt, message) => {
		const { cell, ...pods } = sound();
		corrupt(cell, pods);
		expect(() => checkInvariants(cell)).toThrow(`invariant broken: ${message}`);
	});
});
