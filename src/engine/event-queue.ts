/**
 * The contract of an event queue, which a caller may swap (to replay another simulator's event order, say).
 *
 * Events leave in the order of time, then phase, then sequence of `push`. Cancelling is cheap; rescheduling is a cancel and
 * a push, so the event counts as pushed anew. All queues give the same order: `test/engine/event-queue.test.ts` holds them
 * to a sorted array.
 */
import type { EventHandle } from "./event-store.js";

export interface EventQueue {
	/** Events pending. */
	readonly size: number;
	/** Adds an event. `timeUs` may not lie before the last popped time; `phase` is 0 .. 31, `kind` 0 or more. */
	push(timeUs: number, phase: number, kind: number, subject: number): EventHandle;
	/** Takes the event out; false if it has fired or was cancelled before. */
	cancel(handle: EventHandle): boolean;
	/** Moves a pending event to another time and returns its new handle; null if it has fired or was cancelled. */
	reschedule(handle: EventHandle, timeUs: number): EventHandle | null;
	/** Makes the head's fields current without taking it out; false when nothing is pending. */
	peek(): boolean;
	/** Takes out the head after making its fields current; false when nothing is pending. */
	pop(): boolean;
	/** Fields of the event last peeked or popped. */
	readonly headTimeUs: number;
	readonly headPhase: number;
	readonly headKind: number;
	readonly headSubject: number;
}
