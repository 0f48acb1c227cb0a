import { expect, test } from "vitest";
import type { PodId } from "../../../src/cell/ids.js";
import { DEFAULT_CONFIGURATION } from "../../../src/scheduling/kubernetes/configuration.js";
import { SchedulingQueue } from "../../../src/scheduling/kubernetes/scheduling-queue.js";
import { node } from "../../support/cells.js";
import { KubeCell } from "../../support/kubernetes.js";

const SECOND = 1_000_000;
const { profiles } = DEFAULT_CONFIGURATION;

function queueOf(...names: string[]) {
	const cell = new KubeCell();
	const queue = new SchedulingQueue({ profiles, initialBackoffUs: SECOND, maxBackoffUs: 10 * SECOND, ties: "arrival" });
	const add = (name: string, spec: object = {}, nowUs = 0): PodId => {
		const pod = cell.pod(name, spec);
		queue.add(pod, cell.cell.pod(pod).podClass, nowUs);
		return pod;
	};
	const pods = names.map((name) => add(name));
	const where = () => {
		const { active, backoff, unschedulable } = queue.waiting;
		return [active, backoff, unschedulable].map((list) => list.map(({ id }) => cell.cell.pod(id).name).sort());
	};
	return { cell, queue, add, pods, where };
}

test("higher priority goes first, then who came first, also of many at one instant", () => {
	const { cell, queue, add } = queueOf("a", "b", "c", "d", "e");
	add("late", {}, 5);
	add("urgent", { priority: 1 }, 9);
	const order = Array.from({ length: 7 }, () => cell.cell.pod(queue.pop()!.id).name);
	expect(order).toEqual(["urgent", "a", "b", "c", "d", "e", "late"]);
	expect(queue.pop()).toBeNull();
});

test("an event while a pod is tried counts when it comes back", () => {
	const { queue, pods, where } = queueOf("a", "b");
	queue.pop();
	queue.pop();
	queue.move(
		{ kind: "node-added", after: { ...node("x"), allocatable: { cpu: 8000, memory: 2 ** 40, pods: 110 } } },
		SECOND,
	);
	queue.addUnschedulable(pods[0]!, ["NodeResourcesFit"], SECOND);
	// A pod without affinity terms that other pods turn down gains nothing by an empty node.
	queue.addUnschedulable(pods[1]!, ["InterPodAffinity"], SECOND);
	expect(where()).toEqual([[], ["a"], ["b"]]);
});

test("backoff doubles from one second to ten, and ends after the second in which it ends", () => {
	const { queue, pods } = queueOf("a");
	const ends: number[] = [];
	for (let nowUs = 0; ends.length < 6; ) {
		queue.pop();
		queue.addUnschedulable(pods[0]!, [], nowUs);
		const failedUs = nowUs;
		while (!queue.flushBackoff(nowUs)) nowUs += SECOND;
		ends.push((nowUs - failedUs) / SECOND);
	}
	// 1, 2, 4, 8, 10, 10 seconds, and one more each until the second is over.
	expect(ends).toEqual([2, 3, 5, 9, 11, 11]);
});

test("a pod that nothing has helped for more than five minutes is tried again", () => {
	const { queue, pods, where } = queueOf("a");
	queue.pop();
	queue.addUnschedulable(pods[0]!, ["NodeAffinity"], 10 * SECOND);
	expect(queue.flushUnschedulable(310 * SECOND)).toBe(false);
	expect(queue.flushUnschedulable(330 * SECOND)).toBe(true);
	expect(where()).toEqual([["a"], [], []]);
});

test("a gated pod is never tried, until its gates are gone", () => {
	const { cell, queue, add, where } = queueOf();
	const gated = add("a", { schedulingGates: [{ name: "example.com/wait" }] });
	queue.move({ kind: "node-added", after: node("x") }, 0);
	queue.flushUnschedulable(1000 * SECOND);
	expect([queue.ready, where()]).toEqual([false, [[], [], ["a"]]]);
	const open = cell.pod("open");
	queue.update(gated, cell.cell.pod(open).podClass, 2000 * SECOND);
	expect(where()).toEqual([["a"], [], []]);
});

test("a pod that is deleted is nowhere any more", () => {
	const { queue, pods, where } = queueOf("a", "b");
	queue.delete(pods[0]!);
	expect(where()).toEqual([["b"], [], []]);
	queue.pop();
	queue.delete(pods[1]!);
	expect(where()).toEqual([[], [], []]);
});
