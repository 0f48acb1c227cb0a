import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventQueue } from "../../src/engine/event-queue.js";
import type { EventHandle } from "../../src/engine/event-store.js";
import { LadderQueue } from "../../src/engine/ladder-queue.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SortedArrayQueue } from "../support/sorted-array-queue.js";

/** The fast queue and the sorted array, driven in step; every answer is compared. */
class Pair {
	readonly fast: EventQueue = new LadderQueue();
	readonly naive: EventQueue = new SortedArrayQueue();
	/** Handles of every event ever pushed, stale ones included. */
	readonly handles: { fast: EventHandle; naive: EventHandle }[] = [];
	nowUs = 0;
	#subject = 0;

	push(delayUs: number, phase: number): void {
		const timeUs = Math.min(this.nowUs + delayUs, Number.MAX_SAFE_INTEGER);
		const subject = this.#subject++;
		const kind = subject % 7;
		this.handles.push({
			fast: this.fast.push(timeUs, phase, kind, subject),
			naive: this.naive.push(timeUs, phase, kind, subject),
		});
	}

	cancel(which: number): void {
		const handle = this.handles[which % this.handles.length];
		if (handle) expect(this.fast.cancel(handle.fast)).toBe(this.naive.cancel(handle.naive));
	}

	reschedule(which: number, delayUs: number): void {
		const handle = this.handles[which % this.handles.length];
		if (!handle) return;
		const timeUs = Math.min(this.nowUs + delayUs, Number.MAX_SAFE_INTEGER);
		const fast = this.fast.reschedule(handle.fast, timeUs);
		const naive = this.naive.reschedule(handle.naive, timeUs);
		expect(fast === null).toBe(naive === null);
		if (fast !== null && naive !== null) this.handles.push({ fast, naive });
	}

	peek(): void {
		expect(this.fast.peek()).toBe(this.naive.peek());
		this.#compareHeads();
	}

	pop(): boolean {
		const more = this.naive.pop();
		if (this.fast.pop() !== more) throw new Error(`pop must be ${more}`);
		this.#compareHeads();
		if (more) this.nowUs = this.naive.headTimeUs;
		return more;
	}

	drain(): void {
		while (this.pop());
		expect(this.fast.size).toBe(0);
	}

	#compareHeads(): void {
		const { fast, naive } = this;
		expect([fast.size, fast.headTimeUs, fast.headPhase, fast.headKind, fast.headSubject]).toEqual([
			naive.size,
			naive.headTimeUs,
			naive.headPhase,
			naive.headKind,
			naive.headSubject,
		]);
	}
}

type Step =
	| { readonly do: "push"; readonly delayUs: number; readonly phase: number }
	| { readonly do: "burst"; readonly count: number; readonly delayUs: number; readonly spreadUs: number }
	| { readonly do: "cancel" | "pop" | "peek"; readonly count: number; readonly which: number }
	| { readonly do: "reschedule"; readonly which: number; readonly delayUs: number };

const delay = fc.oneof(
	fc.constant(0),
	fc.integer({ min: 0, max: 3 }),
	fc.integer({ min: 0, max: 100_000 }),
	fc.integer({ min: 0, max: 2 ** 52 }),
);
const phase = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(31));
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({ do: fc.constant("push" as const), delayUs: delay, phase }),
	fc.record({
		do: fc.constant("burst" as const),
		count: fc.integer({ min: 1, max: 120 }),
		delayUs: delay,
		spreadUs: fc.constantFrom(0, 1, 50, 1_000_000),
	}),
	fc.record({
		do: fc.constantFrom("cancel" as const, "pop" as const, "pop" as const, "peek" as const),
		count: fc.integer({ min: 1, max: 60 }),
		which: fc.nat(),
	}),
	fc.record({ do: fc.constant("reschedule" as const), which: fc.nat(), delayUs: delay }),
);

function take(pair: Pair, next: Step): void {
	if (next.do === "push") pair.push(next.delayUs, next.phase);
	else if (next.do === "reschedule") pair.reschedule(next.which, next.delayUs);
	else if (next.do === "burst") {
		for (let i = 0; i < next.count; i++) pair.push(next.delayUs + ((i * 7919) % (next.spreadUs + 1)), i % 3);
	} else {
		for (let i = 0; i < next.count; i++) {
			if (next.do === "pop") pair.pop();
			else if (next.do === "peek") pair.peek();
			else pair.cancel(next.which + i);
		}
	}
}

describe("LadderQueue", () => {
	test("gives the order of a sorted array, whatever is pushed, cancelled and moved", () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const pair = new Pair();
				for (const next of steps) take(pair, next);
				pair.drain();
			}),
			{ seed: 1, numRuns: 250 },
		);
	});

	test("keeps the order through sweeps of more than 1024 cancelled events", () => {
		const random = new SeededRandomSource("sweep").stream("steps");
		const pair = new Pair();
		for (let round = 0; round < 4; round++) {
			for (let i = 0; i < 1500; i++) pair.push(random.integer(round === 0 ? 5_000 : 3_000_000), random.integer(3));
			for (let i = 0; i < 50; i++) pair.pop();
			// Some lie in the heap in front already.
			for (let i = 0; i < 40; i++) pair.push(0, i % 3);
			pair.peek();
			const first = pair.handles.length - 1540;
			// 9 of 10 are cancelled, so the dead outnumber the living by more than 1024 on the way.
			for (let i = 0; i < 1540; i++) if (i % 10 !== round) pair.cancel(first + i);
			pair.peek();
		}
		expect(pair.fast.size).toBeGreaterThan(300);
		pair.drain();
	});

	test("takes a burst of one instant apart by phase, then sequence", () => {
		const queue = new LadderQueue();
		for (let i = 0; i < 300; i++) queue.push(42, i % 3, 0, i);
		const popped: number[] = [];
		while (queue.pop()) popped.push(queue.headSubject);
		const expected = [0, 1, 2].flatMap((p) => Array.from({ length: 100 }, (_, i) => 3 * i + p));
		expect(popped).toEqual(expected);
	});

	test("takes an event that is earlier than a head seen before", () => {
		const queue = new LadderQueue();
		queue.push(2 ** 52, 0, 0, 1);
		queue.push(2 ** 53 - 1, 0, 0, 2);
		queue.peek();
		queue.push(7, 0, 0, 3);
		const popped: number[] = [];
		while (queue.pop()) popped.push(queue.headTimeUs);
		expect(popped).toEqual([7, 2 ** 52, 2 ** 53 - 1]);
	});
});

describe.each([
	["LadderQueue", () => new LadderQueue()],
	["SortedArrayQueue", () => new SortedArrayQueue()],
] as const)("handles of %s", (_name, create) => {
	test("of an event that fired are refused, also when its slot has a new tenant", () => {
		const queue = create();
		const fired = queue.push(1, 0, 0, 1);
		queue.pop();
		const tenant = queue.push(2, 0, 0, 2);
		expect(tenant).not.toBe(fired);
		expect(queue.cancel(fired)).toBe(false);
		expect(queue.reschedule(fired, 9)).toBeNull();
		expect(queue.size).toBe(1);
		expect(queue.pop() && queue.headSubject).toBe(2);
	});

	test("of a cancelled event are refused", () => {
		const queue = create();
		const handle = queue.push(1, 0, 0, 1);
		expect([queue.cancel(handle), queue.cancel(handle), queue.reschedule(handle, 5), queue.pop()]).toEqual([
			true,
			false,
			null,
			false,
		]);
	});

	test("move on when an event is rescheduled, and it goes behind its equals", () => {
		const queue = create();
		const first = queue.push(1, 0, 0, 1);
		queue.push(1, 0, 0, 2);
		const moved = queue.reschedule(first, 1)!;
		expect(queue.cancel(first)).toBe(false);
		queue.pop();
		expect(queue.headSubject).toBe(2);
		expect(queue.cancel(moved)).toBe(true);
		expect(queue.pop()).toBe(false);
	});
});
