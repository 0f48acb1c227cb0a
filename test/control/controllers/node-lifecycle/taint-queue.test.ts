import { expect, test } from "vitest";
import { TaintQueue } from "../../../../src/control/controllers/node-lifecycle/taint-queue.js";
import { SECOND } from "../../../../src/engine/time.js";

/** Seconds, looked at ten times each, at which nodes get their taint up to `until`. */
function taintedAt(queue: TaintQueue, from: number, until: number): readonly (readonly [number, string])[] {
	const tainted: (readonly [number, string])[] = [];
	for (let tenth = from * 10; tenth <= until * 10; tenth++) {
		const node = queue.next((tenth * SECOND) / 10);
		if (node === null) continue;
		queue.done(node);
		tainted.push([tenth / 10, node]);
	}
	return tainted;
}

function queueOf(perSecond: number, nodes: readonly string[]): TaintQueue {
	const queue = new TaintQueue(perSecond);
	for (const node of nodes) queue.add(node);
	return queue;
}

test("the first node gets its taint at once, then one each ten seconds", () => {
	expect(taintedAt(queueOf(0.1, ["a", "b", "c"]), 5, 60)).toEqual([
		[5, "a"],
		[15, "b"],
		[25, "c"],
	]);
});

test("another rate begins without a token if the old one had none left, and with one if it had", () => {
	const queue = queueOf(0.1, ["a", "b"]);
	expect(taintedAt(queue, 0, 1)).toEqual([[0, "a"]]);
	queue.setRate(0.01, 1 * SECOND);
	expect(taintedAt(queue, 1, 300)).toEqual([[101, "b"]]);
	const rested = queueOf(0.1, ["a", "b"]);
	rested.setRate(0.01, 1 * SECOND);
	expect(taintedAt(rested, 1, 300)).toEqual([
		[1, "a"],
		[101, "b"],
	]);
});

test("the same rate changes nothing", () => {
	const queue = queueOf(0.1, ["a", "b"]);
	expect(taintedAt(queue, 0, 4)).toEqual([[0, "a"]]);
	queue.setRate(0.1, 4 * SECOND);
	expect(taintedAt(queue, 4, 20)).toEqual([[10, "b"]]);
});

test("at rate 0 nobody gets a taint; what comes after it begins without a token", () => {
	const queue = queueOf(0.1, ["a"]);
	queue.setRate(0, 0);
	expect(queue.stopped).toBe(true);
	expect(taintedAt(queue, 0, 100)).toEqual([]);
	queue.setRate(0.1, 100 * SECOND);
	expect(taintedAt(queue, 100, 200)).toEqual([[110, "a"]]);
});

test("a node that was removed and comes again waits behind the others; one that is done with does not come again", () => {
	const queue = queueOf(0.1, ["a", "b"]);
	queue.remove("a");
	queue.add("a");
	queue.add("b");
	expect(taintedAt(queue, 0, 30).map(([, node]) => node)).toEqual(["b", "a"]);
	queue.add("a");
	expect(queue.size).toBe(0);
	queue.remove("a");
	queue.add("a");
	expect(queue.size).toBe(1);
});

test("a node for which it did not work is tried again after the others", () => {
	const queue = queueOf(0.1, ["a", "b"]);
	expect(queue.next(0)).toBe("a");
	queue.again("a");
	expect(queue.next(10 * SECOND)).toBe("b");
});
