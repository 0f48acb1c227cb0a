import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventQueue } from "../../src/engine/event-queue.js";
import { ScalaHeapQueue } from "./scala-heap-queue.js";
import { SortedArrayQueue } from "./sorted-array-queue.js";

const WAKE = 1;

function popAll(queue: EventQueue): number[] {
	const subjects: number[] = [];
	while (queue.pop()) subjects.push(queue.headSubject);
	return subjects;
}

describe("ScalaHeapQueue", () => {
	test.each([
		// [0 1 2 3] -> 0 leaves, 3 takes the root and stays: [3 1 2] -> [2 1] -> [1].
		["four at one time", [5, 5, 5, 5], [0, 3, 2, 1]],
		// [0 1 2 3 4] -> [4 1 2 3] -> [3 1 2] -> [2 1] -> [1].
		["five at one time", [5, 5, 5, 5, 5], [0, 4, 3, 2, 1]],
		// 2 rises over 0: [2 1 0]; 0 takes the root, its left child 1 is not earlier: [0 1].
		["a child equal to the root stays below", [5, 5, 4], [2, 0, 1]],
		// [0 1 2 3] -> 3 sinks; of the equal children 1 and 2 the left one rises: [1 3 2] -> 2 takes the root: [2 3].
		["of equal children, the left one rises", [1, 5, 5, 9], [0, 1, 2, 3]],
	])("orders ties as an unstable heap: %s", (_what, times, order) => {
		const queue = new ScalaHeapQueue();
		for (const [subject, timeUs] of times.entries()) queue.push(timeUs, 0, 0, subject);
		expect(popAll(queue)).toEqual(order);
	});

	test("fires immediate events first, in the order of push, without a trace in the heap", () => {
		const queue = new ScalaHeapQueue({ immediate: (kind) => kind === WAKE });
		for (const subject of [0, 1, 2, 3]) queue.push(5, 0, 0, subject);
		queue.push(5, 0, WAKE, 10);
		queue.push(5, 0, WAKE, 11);
		expect(queue.size).toBe(6);
		expect(queue.pop()).toBe(true);
		expect([queue.headSubject, queue.headKind]).toEqual([10, WAKE]);
		queue.push(5, 0, WAKE, 12);
		// The heap as in "four at one time".
		expect(popAll(queue)).toEqual([11, 12, 0, 3, 2, 1]);
		expect(queue.size).toBe(0);
	});

	test("gives the order of a sorted array where no two times are equal, whatever is cancelled and moved", () => {
		const step = fc.record({
			do: fc.constantFrom("push", "push", "pop", "cancel", "reschedule"),
			delayUs: fc.integer({ min: 1, max: 1e6 }),
			which: fc.nat(),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
				const heap = new ScalaHeapQueue();
				const naive = new SortedArrayQueue();
				const handles: { heap: Parameters<EventQueue["cancel"]>[0]; naive: Parameters<EventQueue["cancel"]>[0] }[] = [];
				let nowUs = 0;
				steps.forEach(({ do: what, delayUs, which }, i) => {
					// The fraction keeps times apart.
					const timeUs = nowUs + delayUs + i / 1024;
					const at = handles[which % Math.max(1, handles.length)];
					if (what === "push") {
						handles.push({ heap: heap.push(timeUs, i % 3, i % 5, i), naive: naive.push(timeUs, i % 3, i % 5, i) });
					} else if (what === "pop") {
						expect(heap.pop()).toBe(naive.pop());
						nowUs = Math.max(nowUs, Number.isNaN(naive.headTimeUs) ? 0 : Math.floor(naive.headTimeUs));
					} else if (at && what === "cancel") expect(heap.cancel(at.heap)).toBe(naive.cancel(at.naive));
					else if (at) {
						const moved = { heap: heap.reschedule(at.heap, timeUs), naive: naive.reschedule(at.naive, timeUs) };
						expect(moved.heap === null).toBe(moved.naive === null);
						if (moved.heap !== null && moved.naive !== null) handles.push({ heap: moved.heap, naive: moved.naive });
					}
					expect([heap.size, heap.peek()]).toEqual([naive.size, naive.peek()]);
					expect([heap.headTimeUs, heap.headPhase, heap.headKind, heap.headSubject]).toEqual([
						naive.headTimeUs,
						naive.headPhase,
						naive.headKind,
						naive.headSubject,
					]);
				});
				expect(popAll(heap)).toEqual(popAll(naive));
			}),
			{ seed: 1, numRuns: 200 },
		);
	});
});
