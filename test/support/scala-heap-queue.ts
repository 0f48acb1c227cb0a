/**
 * An event queue in the order of Scala 2.11's `mutable.PriorityQueue` compared on time only: a binary heap counted from 1
 * that is not stable, so that the order of events at one time follows from the whole history of the heap. Phases are kept
 * for the reader and order nothing.
 *
 * Divergence from Scala: its agenda never cancels. A cancelled event stays in the heap and is dropped at the root.
 */
import type { EventQueue } from "../../src/engine/event-queue.js";
import { type EventHandle, EventStore } from "../../src/engine/event-store.js";

const SEQUENCE_RANGE = 2 ** 48;

export interface ScalaHeapQueueOptions {
	/**
	 * Kinds of events that the replayed simulator does not have, because it calls at once what they announce. They are
	 * always for the present instant; they go before the whole heap, in the order of `push`, and do not disturb it.
	 */
	readonly immediate?: (kind: number) => boolean;
}

export class ScalaHeapQueue implements EventQueue {
	readonly #events = new EventStore();
	readonly #isImmediate: (kind: number) => boolean;
	/** Slots from #nextImmediate on are pending. */
	readonly #immediates: number[] = [];
	#nextImmediate = 0;
	/** Slots as a heap in [1, #heapSize]; index 0 is unused. Keys lie beside them. */
	#heap = new Int32Array(64);
	#times = new Float64Array(64);
	#heapSize = 0;
	headTimeUs = Number.NaN;
	headPhase = 0;
	headKind = 0;
	headSubject = 0;

	constructor({ immediate = () => false }: ScalaHeapQueueOptions = {}) {
		this.#isImmediate = immediate;
	}

	get size(): number {
		return this.#events.live;
	}

	push(timeUs: number, phase: number, kind: number, subject: number): EventHandle {
		const slot = this.#events.add(timeUs, phase, kind, subject);
		if (this.#isImmediate(kind)) this.#immediates.push(slot);
		else this.#siftUp(timeUs, slot);
		return this.#events.handle(slot);
	}

	cancel(handle: EventHandle): boolean {
		const slot = this.#events.slotOf(handle);
		if (slot >= 0) this.#events.kill(slot);
		return slot >= 0;
	}

	reschedule(handle: EventHandle, timeUs: number): EventHandle | null {
		const events = this.#events;
		const slot = events.slotOf(handle);
		if (slot < 0) return null;
		const phase = Math.floor(events.order[slot]! / SEQUENCE_RANGE);
		const kind = events.kind[slot]!;
		const subject = events.subject[slot]!;
		this.cancel(handle);
		return this.push(timeUs, phase, kind, subject);
	}

	peek(): boolean {
		this.#dropCancelled();
		const slot = this.#headSlot();
		if (slot < 0) return false;
		const events = this.#events;
		this.headTimeUs = events.time[slot]!;
		this.headPhase = Math.floor(events.order[slot]! / SEQUENCE_RANGE);
		this.headKind = events.kind[slot]!;
		this.headSubject = events.subject[slot]!;
		return true;
	}

	pop(): boolean {
		if (!this.peek()) return false;
		this.#events.releaseFired(this.#headSlot());
		this.#removeHead();
		return true;
	}

	#headSlot(): number {
		if (this.#nextImmediate < this.#immediates.length) return this.#immediates[this.#nextImmediate]!;
		return this.#heapSize > 0 ? this.#heap[1]! : -1;
	}

	#removeHead(): void {
		if (this.#nextImmediate === this.#immediates.length) {
			this.#removeRoot();
			return;
		}
		this.#nextImmediate++;
		if (this.#nextImmediate < this.#immediates.length) return;
		this.#immediates.length = 0;
		this.#nextImmediate = 0;
	}

	#dropCancelled(): void {
		for (let slot = this.#headSlot(); slot >= 0 && this.#events.isDead(slot); slot = this.#headSlot()) {
			this.#events.releaseDead(slot);
			this.#removeHead();
		}
	}

	/** Appends, then lets parents that are strictly later sink. */
	#siftUp(timeUs: number, slot: number): void {
		this.#heapSize++;
		if (this.#heapSize === this.#heap.length) this.#grow();
		const heap = this.#heap;
		const times = this.#times;
		let at = this.#heapSize;
		while (at > 1) {
			const parent = at >> 1;
			if (times[parent]! <= timeUs) break;
			heap[at] = heap[parent]!;
			times[at] = times[parent]!;
			at = parent;
		}
		heap[at] = slot;
		times[at] = timeUs;
	}

	/** The last entry takes the root's place and sinks below strictly earlier children; of equal children, the left one. */
	#removeRoot(): void {
		const heap = this.#heap;
		const times = this.#times;
		const slot = heap[this.#heapSize]!;
		const timeUs = times[this.#heapSize]!;
		const size = --this.#heapSize;
		let at = 1;
		for (let child = 2; child <= size; child = 2 * at) {
			if (child < size && times[child + 1]! < times[child]!) child++;
			if (timeUs <= times[child]!) break;
			heap[at] = heap[child]!;
			times[at] = times[child]!;
			at = child;
		}
		heap[at] = slot;
		times[at] = timeUs;
	}

	#grow(): void {
		const heap = new Int32Array(this.#heap.length * 2);
		heap.set(this.#heap);
		this.#heap = heap;
		const times = new Float64Array(this.#times.length * 2);
		times.set(this.#times);
		this.#times = times;
	}
}
