/**
 * The fast event queue: a ladder in front of a small heap (after Tang, Goh and Thng, "Ladder queue: an O(1) priority queue
 * structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005).
 *
 * Far events lie unsorted in `top`. When the near ones run out, `top` is spread over the buckets of a rung, about one event
 * a bucket; a bucket that is still crowded is spread over a finer rung. Only the bucket that is due is sorted, by pushing
 * it into a heap of a few dozen entries. Buckets are linked lists through the event store, so nothing is allocated per
 * event. Divergence from the paper: its sorted `bottom` list is a heap here, which makes bursts at one instant and inserts
 * near the present cost a logarithm instead of a walk.
 */
import type { EventQueue } from "./event-queue.js";
import { type EventHandle, EventStore } from "./event-store.js";
import { SlotHeap } from "./slot-heap.js";

const SEQUENCE_RANGE = 2 ** 48;
/** A bucket of at most this many events goes straight to the heap. */
const CROWDED = 48;
const MAX_RUNGS = 8;
const SWEEP_SLACK = 1024;
const NONE = -1;
/** Link of an event that lies in the heap. */
const IN_HEAP = -2;

/** One spread of events over buckets of equal width; bucket b holds times in [start + b x width, start + (b+1) x width). */
class Rung {
	start = Number.NaN;
	width = Number.NaN;
	buckets = 0;
	/** First bucket that has not been taken out yet. */
	current = 0;
	heads = new Int32Array(64);
	counts = new Int32Array(64);

	reset(start: number, width: number, buckets: number): void {
		this.start = start;
		this.width = width;
		this.buckets = buckets;
		this.current = 0;
		if (buckets > this.heads.length) {
			const size = 2 ** Math.ceil(Math.log2(buckets));
			this.heads = new Int32Array(size);
			this.counts = new Int32Array(size);
		}
		this.heads.fill(NONE, 0, buckets);
		this.counts.fill(0, 0, buckets);
	}
}

export class LadderQueue implements EventQueue {
	readonly #events = new EventStore();
	readonly #bottom = new SlotHeap();
	/** All there may be: code that has not seen the second one made would be thrown away when it comes. */
	readonly #rungs: readonly Rung[] = Array.from({ length: MAX_RUNGS + 1 }, () => new Rung());
	#rungCount = 0;
	#topHead = NONE;
	#topCount = 0;
	#topMin = Number.POSITIVE_INFINITY;
	#topMax = Number.NEGATIVE_INFINITY;
	/** Events at or after this time go to the top. */
	#topStart = Number.NEGATIVE_INFINITY;
	/** Slot of the event whose fields are current and which is next for certain; NONE when that has to be found out. */
	#headSlot = NONE;
	headTimeUs = Number.NaN;
	headPhase = 0;
	headKind = 0;
	headSubject = 0;

	get size(): number {
		return this.#events.live;
	}

	push(timeUs: number, phase: number, kind: number, subject: number): EventHandle {
		const events = this.#events;
		const slot = events.add(timeUs, phase, kind, subject);
		this.#headSlot = NONE;
		this.#insert(slot, timeUs);
		return events.handle(slot);
	}

	cancel(handle: EventHandle): boolean {
		const events = this.#events;
		const slot = events.slotOf(handle);
		if (slot < 0) return false;
		events.kill(slot);
		this.#headSlot = NONE;
		if (events.dead > events.live + SWEEP_SLACK) this.#sweep();
		return true;
	}

	reschedule(handle: EventHandle, timeUs: number): EventHandle | null {
		const events = this.#events;
		const slot = events.slotOf(handle);
		if (slot < 0) return null;
		if (timeUs === events.time[slot] && events.next[slot] !== IN_HEAP) {
			// Where it lies nothing is in order yet.
			events.renew(slot);
			return events.handle(slot);
		}
		const phase = Math.floor(events.order[slot]! / SEQUENCE_RANGE);
		const kind = events.kind[slot]!;
		const subject = events.subject[slot]!;
		this.cancel(handle);
		return this.push(timeUs, phase, kind, subject);
	}

	peek(): boolean {
		if (this.#headSlot !== NONE) return true;
		const events = this.#events;
		const bottom = this.#bottom;
		for (;;) {
			if (bottom.size === 0 && !this.#refill()) return false;
			const slot = bottom.topSlot;
			const kind = events.kind[slot]!;
			if (kind >= 0) {
				this.#headSlot = slot;
				this.headTimeUs = events.time[slot]!;
				this.headPhase = Math.floor(events.order[slot]! / SEQUENCE_RANGE);
				this.headKind = kind;
				this.headSubject = events.subject[slot]!;
				return true;
			}
			bottom.pop();
			events.releaseDead(slot);
		}
	}

	pop(): boolean {
		if (!this.peek()) return false;
		this.#bottom.pop();
		this.#events.releaseFired(this.#headSlot);
		this.#headSlot = NONE;
		return true;
	}

	#insert(slot: number, timeUs: number): void {
		if (timeUs >= this.#topStart) {
			this.#events.next[slot] = this.#topHead;
			this.#topHead = slot;
			this.#topCount++;
			if (timeUs < this.#topMin) this.#topMin = timeUs;
			if (timeUs > this.#topMax) this.#topMax = timeUs;
			return;
		}
		for (let r = 0; r < this.#rungCount; r++) {
			const rung = this.#rungs[r]!;
			const bucket = Math.floor((timeUs - rung.start) / rung.width);
			if (bucket >= rung.current) {
				this.#events.next[slot] = rung.heads[bucket]!;
				rung.heads[bucket] = slot;
				rung.counts[bucket]!++;
				return;
			}
		}
		this.#events.next[slot] = IN_HEAP;
		this.#bottom.push(timeUs, this.#events.order[slot]!, slot);
	}

	/** Brings the next due bucket into the heap; false when no event is left. May bring cancelled ones only. */
	#refill(): boolean {
		for (;;) {
			if (this.#rungCount === 0) {
				if (this.#topCount === 0) return false;
				this.#spreadTop();
				if (this.#bottom.size > 0) return true;
				continue;
			}
			const rung = this.#rungs[this.#rungCount - 1]!;
			while (rung.current < rung.buckets && rung.counts[rung.current] === 0) rung.current++;
			if (rung.current === rung.buckets) {
				this.#rungCount--;
				continue;
			}
			const bucket = rung.current++;
			const count = rung.counts[bucket]!;
			const head = rung.heads[bucket]!;
			if (count > CROWDED && rung.width > 1 && this.#rungCount < MAX_RUNGS && !this.#isOfOneTime(head)) {
				const width = Math.max(1, Math.ceil(rung.width / count));
				this.#spread(head, rung.start + bucket * rung.width, width, Math.ceil(rung.width / width));
				continue;
			}
			this.#sink(head);
			if (this.#bottom.size > 0) return true;
		}
	}

	/** Whether all of a list happens at one time: spread, it would lie in one bucket again. */
	#isOfOneTime(head: number): boolean {
		const { next, time } = this.#events;
		const timeUs = time[head]!;
		for (let slot = next[head]!; slot !== NONE; slot = next[slot]!) if (time[slot] !== timeUs) return false;
		return true;
	}

	#spreadTop(): void {
		const head = this.#topHead;
		const count = this.#topCount;
		const min = this.#topMin;
		const max = this.#topMax;
		this.#topHead = NONE;
		this.#topCount = 0;
		this.#topMin = Number.POSITIVE_INFINITY;
		this.#topMax = Number.NEGATIVE_INFINITY;
		if (count <= CROWDED || max === min) {
			this.#topStart = max + 1;
			this.#sink(head);
			return;
		}
		const width = Math.max(1, Math.ceil((max - min) / count));
		const buckets = Math.floor((max - min) / width) + 1;
		this.#topStart = min + buckets * width;
		this.#spread(head, min, width, buckets);
	}

	/** Distributes a list of slots over a new, finest rung. */
	#spread(head: number, start: number, width: number, buckets: number): void {
		const events = this.#events;
		const rung = this.#rungs[this.#rungCount++]!;
		rung.reset(start, width, buckets);
		const { heads, counts } = rung;
		const { next, time } = events;
		for (let slot = head; slot !== NONE; ) {
			const following = next[slot]!;
			if (events.isDead(slot)) events.releaseDead(slot);
			else {
				const bucket = Math.floor((time[slot]! - start) / width);
				next[slot] = heads[bucket]!;
				heads[bucket] = slot;
				counts[bucket]!++;
			}
			slot = following;
		}
	}

	/** Moves a list of slots into the heap. */
	#sink(head: number): void {
		const events = this.#events;
		for (let slot = head; slot !== NONE; ) {
			const following = events.next[slot]!;
			if (events.isDead(slot)) events.releaseDead(slot);
			else {
				events.next[slot] = IN_HEAP;
				this.#bottom.push(events.time[slot]!, events.order[slot]!, slot);
			}
			slot = following;
		}
	}

	/** Rebuilds without the cancelled events: every live one returns to the top. */
	#sweep(): void {
		const events = this.#events;
		this.#bottom.clear();
		this.#rungCount = 0;
		this.#topHead = NONE;
		this.#topCount = 0;
		this.#topMin = Number.POSITIVE_INFINITY;
		this.#topMax = Number.NEGATIVE_INFINITY;
		this.#topStart = Number.NEGATIVE_INFINITY;
		for (let slot = 0; slot < events.capacityUsed; slot++) {
			if (events.isDead(slot)) events.releaseDead(slot);
			else if (events.kind[slot]! >= 0) this.#insert(slot, events.time[slot]!);
		}
	}
}
