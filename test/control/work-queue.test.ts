import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, WorkQueue } from "../../src/control/work-queue.js";
import { MILLISECOND, SECOND } from "../../src/engine/time.js";

/** A queue with a clock that is set by hand; alarms ring when it is. */
function makeQueue() {
	const clock = { nowUs: 0 };
	const alarms = new Map<number, { readonly key: string; readonly atUs: number }>();
	let count = 0;
	const alarm = {
		set: (key: string, atUs: number) => {
			alarms.set(++count, { key, atUs });
			return count;
		},
		cancel: (number: number) => alarms.delete(number),
	};
	const queue = new WorkQueue(clock, alarm, DEFAULT_RATES);
	const waits = () => [...alarms.values()].map(({ key, atUs }) => [key, (atUs - clock.nowUs) / MILLISECOND]);
	const ring = () => {
		for (const [number, { key, atUs }] of [...alarms]) {
			alarms.delete(number);
			clock.nowUs = Math.max(clock.nowUs, atUs);
			queue.due(key);
		}
	};
	return { clock, queue, waits, ring };
}

test("a key is there once, however often it is added, and in its turn", () => {
	const { queue } = makeQueue();
	for (const key of ["a", "b", "a", "b", "a"]) queue.add(key);
	expect([queue.take(), queue.take(), queue.take()]).toEqual(["a", "b", null]);
});

test("what is added while it is worked on comes once more, afterwards", () => {
	const { queue } = makeQueue();
	queue.add("a");
	queue.take();
	queue.add("a");
	queue.add("a");
	expect(queue.take()).toBeNull();
	queue.done("a");
	expect([queue.take(), queue.take()]).toEqual(["a", null]);
	queue.done("a");
	expect(queue.size).toBe(0);
});

test("one wake-up is pending a key, the earliest: a later one is dropped, an earlier one takes its place", () => {
	const { queue, waits, ring } = makeQueue();
	queue.addAfter("a", 3 * SECOND);
	queue.addAfter("a", 5 * SECOND);
	expect(waits()).toEqual([["a", 3000]]);
	queue.addAfter("a", SECOND);
	expect(waits()).toEqual([["a", 1000]]);
	ring();
	expect(queue.take()).toBe("a");
	expect(waits()).toEqual([]);
});

describe("after failures", () => {
	test("a key waits 5 ms, 10, 20, ..., a success forgets them", () => {
		const { queue, waits, ring } = makeQueue();
		const wait = () => {
			queue.addRateLimited("a");
			const [[, ms]] = waits() as [[string, number]];
			ring();
			queue.take();
			queue.done("a");
			return ms;
		};
		expect(Array.from({ length: 13 }, wait)).toEqual([
			...[5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240],
			20_480,
		]);
		queue.forget("a");
		expect(wait()).toBe(5);
	});

	test("all keys together wait once 100 have failed: one in 100 ms", () => {
		const { queue, waits } = makeQueue();
		for (let i = 0; i < 102; i++) queue.addRateLimited(`k${i}`);
		expect(waits().slice(98)).toEqual([
			["k98", 5],
			["k99", 5],
			["k100", 100],
			["k101", 200],
		]);
	});
});
