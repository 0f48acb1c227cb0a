/**
 * The clock and the order of events, and nothing about clusters.
 *
 * An event is data: (time, phase, sequence, kind, subject). Its kind has one handler and one phase; the phase orders events
 * of the same instant, the sequence of scheduling orders the rest. Events come from two places: the queue, and at most one
 * cursor over a sorted stream (trace arrivals), which at equal time and phase goes before the queue.
 */
import type { EventQueue } from "./event-queue.js";
import { type EventHandle, MAX_PHASE } from "./event-store.js";
import { LadderQueue } from "./ladder-queue.js";
import { RunDigest } from "./run-digest.js";
import type { SimTime } from "./time.js";

/** A kind of event, made by `Engine.kind`. */
export interface EventKind {
	readonly id: number;
	readonly name: string;
	readonly phase: number;
}

/** A sorted stream of events that need not lie in the queue. `headTimeUs` is Infinity when nothing is left. */
export interface EventCursor {
	readonly kind: EventKind;
	readonly headTimeUs: SimTime;
	readonly headSubject: number;
	/** Moves on to the next event. Called before the head's handler. */
	advance(): void;
}

/** One event that fired, as seen by `Engine.watch`. */
export type EventWatcher = (timeUs: SimTime, kind: EventKind, subject: number) => void;

interface Sampler {
	readonly periodUs: SimTime;
	nextUs: SimTime;
	readonly sample: (timeUs: SimTime) => void;
}

export class Engine {
	/**
	 * Time of the event being handled, or of the last one. The first value makes it a double from the start: compiled code
	 * that took times for small integers would all be thrown away when they pass 2^31, half an hour into the run.
	 */
	nowUs: SimTime = Number.NaN;
	/** Events fired so far. */
	fired = 0;
	readonly digest = new RunDigest();
	readonly #queue: EventQueue;
	readonly #kinds: EventKind[] = [];
	readonly #handlers: ((subject: number) => void)[] = [];
	readonly #phases: number[] = [];
	readonly #samplers: Sampler[] = [];
	#nextSampleUs = Number.POSITIVE_INFINITY;
	#cursor: EventCursor | null = null;
	#watcher: EventWatcher | null = null;

	/** `queue` may be swapped to replay another simulator's order of events. */
	constructor(queue: EventQueue = new LadderQueue()) {
		this.#queue = queue;
		this.nowUs = 0;
	}

	/** Registers a kind of event with its only handler. `phase` 0 .. 31 orders kinds within one instant. */
	kind(name: string, phase: number, handle: (subject: number) => void): EventKind {
		if (!(Number.isInteger(phase) && phase >= 0 && phase <= MAX_PHASE))
			throw new Error(`phase of '${name}' must be 0 to ${MAX_PHASE}`);
		if (this.#kinds.some((kind) => kind.name === name)) throw new Error(`event kind '${name}' has a handler already`);
		const kind = { id: this.#kinds.length, name, phase };
		this.#kinds.push(kind);
		this.#handlers.push(handle);
		this.#phases.push(phase);
		return kind;
	}

	/** Schedules an event at an integer time that is not in the past. */
	schedule(atUs: SimTime, kind: EventKind, subject: number): EventHandle {
		this.#checkTime(atUs, kind);
		return this.#queue.push(atUs, kind.phase, kind.id, subject);
	}

	/** Takes a pending event out; false if it fired or was cancelled before. */
	cancel(event: EventHandle): boolean {
		return this.#queue.cancel(event);
	}

	/** Moves a pending event; it counts as scheduled anew. Null if it fired or was cancelled before. */
	reschedule(event: EventHandle, atUs: SimTime): EventHandle | null {
		this.#checkTime(atUs, null);
		return this.#queue.reschedule(event, atUs);
	}

	/** Attaches the sorted stream. */
	attach(cursor: EventCursor): void {
		if (this.#cursor) throw new Error("a cursor is attached already");
		this.#cursor = cursor;
	}

	/**
	 * Calls `sample` at every multiple of the period, after all events up to and including that time. Sampling is not an
	 * event: it has no place in the digest and may change nothing.
	 */
	every(periodUs: SimTime, sample: (timeUs: SimTime) => void): void {
		if (!(Number.isInteger(periodUs) && periodUs > 0))
			throw new Error(`sampling period ${periodUs} must be a positive integer of microseconds`);
		this.#samplers.push({ periodUs, nextUs: 0, sample });
		this.#nextSampleUs = Math.min(this.#nextSampleUs, 0);
	}

	/** Shows every event just before its handler runs, for event logs; one watcher at most. */
	watch(watcher: EventWatcher): void {
		if (this.#watcher) throw new Error("events are watched already");
		this.#watcher = watcher;
	}

	/** Time of the next event, Infinity if there is none. */
	peek(): SimTime {
		const queued = this.#queue.peek() ? this.#queue.headTimeUs : Number.POSITIVE_INFINITY;
		return this.#cursor === null ? queued : Math.min(queued, this.#cursor.headTimeUs);
	}

	/** Fires the next event; false if there is none. */
	step(): boolean {
		return this.#fireNext(Number.POSITIVE_INFINITY);
	}

	/** Fires events up to and including `endUs`, at most `limit` of them; false if some are left. */
	runUntil(endUs: SimTime, limit = Number.POSITIVE_INFINITY): boolean {
		for (let fired = 0; fired < limit; fired++) if (!this.#fireNext(endUs)) return true;
		const nextUs = this.peek();
		return nextUs > endUs || nextUs === Number.POSITIVE_INFINITY;
	}

	/** Takes the samples that are due up to and including `endUs`, when no event is left to trigger them. */
	sampleUntil(endUs: SimTime): void {
		while (this.#nextSampleUs <= endUs) this.#sampleOnce();
	}

	#fireNext(endUs: SimTime): boolean {
		const queue = this.#queue;
		const cursor = this.#cursor;
		const queued = queue.peek();
		if (cursor !== null && cursor.headTimeUs !== Number.POSITIVE_INFINITY) {
			const time = cursor.headTimeUs;
			// Looked at every time: code compiled before the first tie would be thrown away at it.
			const winsTie = cursor.kind.phase <= queue.headPhase;
			if (!queued || time < queue.headTimeUs || (winsTie && time === queue.headTimeUs)) {
				if (time > endUs) return false;
				const subject = cursor.headSubject;
				cursor.advance();
				this.#fire(time, cursor.kind.id, subject);
				return true;
			}
		}
		if (!queued || queue.headTimeUs > endUs) return false;
		queue.pop();
		this.#fire(queue.headTimeUs, queue.headKind, queue.headSubject);
		return true;
	}

	#fire(timeUs: SimTime, kind: number, subject: number): void {
		while (this.#nextSampleUs < timeUs) this.#sampleOnce();
		if (timeUs < this.nowUs)
			throw new Error(`event '${this.#kinds[kind]!.name}' at ${timeUs} us lies before the present ${this.nowUs} us`);
		this.nowUs = timeUs;
		this.fired++;
		this.digest.number(timeUs);
		this.digest.word((kind << 24) ^ subject);
		if (this.#watcher !== null) this.#watcher(timeUs, this.#kinds[kind]!, subject);
		this.#handlers[kind]!(subject);
	}

	#sampleOnce(): void {
		const due = this.#nextSampleUs;
		let next = Number.POSITIVE_INFINITY;
		for (const sampler of this.#samplers) {
			if (sampler.nextUs === due) {
				sampler.sample(due);
				sampler.nextUs += sampler.periodUs;
			}
			next = Math.min(next, sampler.nextUs);
		}
		this.#nextSampleUs = next;
	}

	#checkTime(atUs: SimTime, kind: EventKind | null): void {
		if (atUs >= this.nowUs && Number.isSafeInteger(atUs)) return;
		throw new Error(
			`event${kind ? ` '${kind.name}'` : ""} scheduled at ${atUs}: times are integers of microseconds, now (${this.nowUs}) or later`,
		);
	}
}
