/** The event queue as anybody would write it first: an array kept in order. The oracle for the fast one. */
import type { EventQueue } from "../../src/engine/event-queue.js";
import type { EventHandle } from "../../src/engine/event-store.js";

interface Entry {
	readonly handle: number;
	readonly timeUs: number;
	readonly phase: number;
	readonly kind: number;
	readonly subject: number;
}

export class SortedArrayQueue implements EventQueue {
	readonly #entries: Entry[] = [];
	#pushed = 0;
	headTimeUs = Number.NaN;
	headPhase = 0;
	headKind = 0;
	headSubject = 0;

	get size(): number {
		return this.#entries.length;
	}

	push(timeUs: number, phase: number, kind: number, subject: number): EventHandle {
		const entry = { handle: this.#pushed++, timeUs, phase, kind, subject };
		const after = this.#entries.findIndex((e) => e.timeUs > timeUs || (e.timeUs === timeUs && e.phase > phase));
		this.#entries.splice(after < 0 ? this.#entries.length : after, 0, entry);
		return entry.handle as EventHandle;
	}

	cancel(handle: EventHandle): boolean {
		const at = this.#entries.findIndex((entry) => entry.handle === handle);
		if (at >= 0) this.#entries.splice(at, 1);
		return at >= 0;
	}

	reschedule(handle: EventHandle, timeUs: number): EventHandle | null {
		const entry = this.#entries.find((e) => e.handle === handle);
		if (!entry) return null;
		this.cancel(handle);
		return this.push(timeUs, entry.phase, entry.kind, entry.subject);
	}

	peek(): boolean {
		const head = this.#entries[0];
		if (!head) return false;
		this.headTimeUs = head.timeUs;
		this.headPhase = head.phase;
		this.headKind = head.kind;
		this.headSubject = head.subject;
		return true;
	}

	pop(): boolean {
		if (!this.peek()) return false;
		this.#entries.shift();
		return true;
	}
}
