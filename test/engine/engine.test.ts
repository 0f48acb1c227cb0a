import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Engine, type EventCursor, type EventKind } from "../../src/engine/engine.js";
import type { EventQueue } from "../../src/engine/event-queue.js";
import { LadderQueue } from "../../src/engine/ladder-queue.js";
import { SortedArrayQueue } from "../support/sorted-array-queue.js";

/** Times and subjects of a sorted stream. */
class ListCursor implements EventCursor {
	readonly kind: EventKind;
	readonly events: readonly (readonly [timeUs: number, subject: number])[];
	#at = 0;

	constructor(kind: EventKind, events: ListCursor["events"]) {
		this.kind = kind;
		this.events = events;
	}

	get headTimeUs(): number {
		return this.events[this.#at]?.[0] ?? Number.POSITIVE_INFINITY;
	}

	get headSubject(): number {
		return this.events[this.#at]?.[1] ?? 0;
	}

	advance(): void {
		this.#at++;
	}
}

function logged(engine: Engine): string[] {
	const log: string[] = [];
	engine.watch((timeUs, kind, subject) => log.push(`${timeUs} ${kind.name} ${subject}`));
	return log;
}

describe("the order of events", () => {
	test("is time, then phase, then the sequence of scheduling", () => {
		const engine = new Engine();
		const log = logged(engine);
		const late = engine.kind("late", 5, () => {});
		const early = engine.kind("early", 0, () => {});
		engine.schedule(20, early, 1);
		engine.schedule(10, late, 2);
		engine.schedule(10, early, 3);
		engine.schedule(10, late, 4);
		engine.schedule(10, early, 5);
		engine.schedule(0, late, 6);
		expect(engine.runUntil(20)).toBe(true);
		expect(log).toEqual(["0 late 6", "10 early 3", "10 early 5", "10 late 2", "10 late 4", "20 early 1"]);
		expect([engine.nowUs, engine.fired]).toEqual([20, 6]);
	});

	test("puts the cursor before the queue at equal time and phase, by phase otherwise", () => {
		const engine = new Engine();
		const log = logged(engine);
		const arrival = engine.kind("arrival", 2, () => {});
		const before = engine.kind("before", 1, () => {});
		const same = engine.kind("same", 2, () => {});
		for (const kind of [same, before]) engine.schedule(10, kind, 0);
		engine.schedule(5, same, 0);
		engine.attach(
			new ListCursor(arrival, [
				[10, 1],
				[10, 2],
				[11, 3],
			]),
		);
		engine.runUntil(Number.POSITIVE_INFINITY);
		expect(log).toEqual(["5 same 0", "10 before 0", "10 arrival 1", "10 arrival 2", "10 same 0", "11 arrival 3"]);
	});

	test("lets a handler schedule for the same instant: it fires then, even with an earlier phase", () => {
		const engine = new Engine();
		const log = logged(engine);
		const early = engine.kind("early", 0, () => {});
		const late = engine.kind("late", 9, () => engine.schedule(engine.nowUs, early, 1));
		engine.schedule(7, late, 0);
		engine.schedule(8, early, 2);
		engine.runUntil(100);
		expect(log).toEqual(["7 late 0", "7 early 1", "8 early 2"]);
	});
});

describe("scheduling", () => {
	test.each([
		[9, "event 'tick' scheduled at 9: times are integers of microseconds, now (10) or later"],
		[10.5, "event 'tick' scheduled at 10.5: times are integers of microseconds, now (10) or later"],
		[Number.NaN, "event 'tick' scheduled at NaN: times are integers of microseconds, now (10) or later"],
		[2 ** 53, `event 'tick' scheduled at ${2 ** 53}: times are integers of microseconds, now (10) or later`],
		[
			Number.POSITIVE_INFINITY,
			"event 'tick' scheduled at Infinity: times are integers of microseconds, now (10) or later",
		],
	])("at %s is refused", (atUs, message) => {
		const engine = new Engine();
		const tick = engine.kind("tick", 0, () => {});
		const pending = engine.schedule(10, tick, 0);
		engine.schedule(50, tick, 1);
		engine.runUntil(10);
		expect(() => engine.schedule(atUs, tick, 0)).toThrow(message);
		const next = engine.schedule(20, tick, 2);
		expect(() => engine.reschedule(next, atUs)).toThrow(message.replace(" 'tick'", ""));
		expect(engine.cancel(pending)).toBe(false);
	});

	test("moves and cancels pending events only", () => {
		const engine = new Engine();
		const log = logged(engine);
		const tick = engine.kind("tick", 0, () => {});
		const first = engine.schedule(10, tick, 1);
		const second = engine.schedule(20, tick, 2);
		const moved = engine.reschedule(first, 30);
		expect(engine.cancel(second)).toBe(true);
		expect(engine.reschedule(second, 40)).toBeNull();
		expect(engine.peek()).toBe(30);
		engine.runUntil(100);
		expect(log).toEqual(["30 tick 1"]);
		expect(engine.cancel(moved!)).toBe(false);
		expect(engine.peek()).toBe(Number.POSITIVE_INFINITY);
		expect(engine.step()).toBe(false);
	});

	test("refuses what would be ambiguous", () => {
		const engine = new Engine();
		const tick = engine.kind("tick", 0, () => {});
		expect(() => engine.kind("tick", 1, () => {})).toThrow("event kind 'tick' has a handler already");
		expect(() => engine.kind("other", 32, () => {})).toThrow("phase of 'other' must be 0 to 31");
		expect(() => engine.every(0.5, () => {})).toThrow("sampling period 0.5 must be a positive integer of microseconds");
		engine.attach(new ListCursor(tick, []));
		expect(() => engine.attach(new ListCursor(tick, []))).toThrow("a cursor is attached already");
		engine.watch(() => {});
		expect(() => engine.watch(() => {})).toThrow("events are watched already");
	});

	test("refuses a cursor that goes back in time", () => {
		const engine = new Engine();
		const arrival = engine.kind("arrival", 0, () => {});
		engine.attach(
			new ListCursor(arrival, [
				[5, 0],
				[4, 1],
			]),
		);
		expect(() => engine.runUntil(10)).toThrow("event 'arrival' at 4 us lies before the present 5 us");
	});
});

describe("sampling", () => {
	test("comes after every event of its time, and is no event", () => {
		const plain = new Engine();
		const sampled = new Engine();
		const log = logged(sampled);
		sampled.every(10, (timeUs) => log.push(`${timeUs} sample`));
		sampled.every(15, (timeUs) => log.push(`${timeUs} other sample`));
		for (const engine of [plain, sampled]) {
			const tick = engine.kind("tick", 31, () => {});
			for (const atUs of [0, 10, 10, 25]) engine.schedule(atUs, tick, 0);
			engine.runUntil(30);
		}
		sampled.sampleUntil(30);
		expect(log).toEqual([
			"0 tick 0",
			"0 sample",
			"0 other sample",
			"10 tick 0",
			"10 tick 0",
			"10 sample",
			"15 other sample",
			"20 sample",
			"25 tick 0",
			"30 sample",
			"30 other sample",
		]);
		expect(sampled.fired).toBe(4);
		expect(sampled.digest.hex()).toBe(plain.digest.hex());
	});
});

/** A run whose handlers schedule, move and cancel by what they see; the same for every queue. */
function run(queue: EventQueue, seeds: readonly number[], limit: number): { digest: string; log: string[] } {
	const engine = new Engine(queue);
	const log = logged(engine);
	let state = 1;
	const draw = (bound: number) => (state = (state * 48_271) % 2_147_483_647) % bound;
	const kinds = [2, 0, 1].map((phase) =>
		engine.kind(`phase-${phase}`, phase, (subject) => {
			if (engine.fired > 400) return;
			const next = engine.schedule(engine.nowUs + draw(20) * draw(3), kinds[draw(3)]!, subject + 1);
			if (draw(3) === 0) engine.reschedule(next, engine.nowUs + draw(50));
			if (draw(5) === 0) engine.cancel(next);
			if (draw(4) === 0) engine.schedule(engine.nowUs, kinds[draw(3)]!, subject);
		}),
	);
	seeds.forEach((timeUs, i) => {
		engine.schedule(timeUs, kinds[i % 3]!, i);
	});
	const sorted = [...seeds].sort((a, b) => a - b);
	engine.attach(
		new ListCursor(
			engine.kind("arrival", 1, () => {}),
			sorted.map((timeUs, i) => [timeUs, i]),
		),
	);
	for (let slices = 0; !engine.runUntil(1_000, limit); slices++) if (slices > 2_000) throw new Error("no end");
	return { digest: engine.digest.hex(), log };
}

describe("a run", () => {
	const seeds = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 20 });

	test("is the same again, and the same in slices of any size", () => {
		fc.assert(
			fc.property(seeds, fc.integer({ min: 1, max: 30 }), (times, limit) => {
				const whole = run(new LadderQueue(), times, Number.POSITIVE_INFINITY);
				expect(run(new LadderQueue(), times, Number.POSITIVE_INFINITY)).toEqual(whole);
				expect(run(new LadderQueue(), times, limit)).toEqual(whole);
			}),
			{ seed: 2, numRuns: 60 },
		);
	});

	test("is the same on another queue that keeps the contract", () => {
		fc.assert(
			fc.property(seeds, (times) => {
				const fast = run(new LadderQueue(), times, Number.POSITIVE_INFINITY);
				expect(run(new SortedArrayQueue(), times, Number.POSITIVE_INFINITY)).toEqual(fast);
			}),
			{ seed: 3, numRuns: 60 },
		);
	});

	test("stops at the end of its slice, end included", () => {
		const engine = new Engine();
		const tick = engine.kind("tick", 0, () => {});
		for (const atUs of [1, 2, 3]) engine.schedule(atUs, tick, 0);
		expect([engine.runUntil(2, 1), engine.fired]).toEqual([false, 1]);
		expect([engine.runUntil(2, 1), engine.fired]).toEqual([true, 2]);
		expect([engine.runUntil(Number.POSITIVE_INFINITY, 1), engine.fired]).toEqual([true, 3]);
	});
});
