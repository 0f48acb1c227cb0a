/**
 * Pending events as parallel arrays: slot -> time, order, kind, subject. Queues order slots; this file knows nothing of order.
 *
 * A handle names one event for ever: slots are reused, but their generation moves on, so a handle of an event that has
 * fired or was cancelled is recognised and never touches the slot's next tenant.
 */

/** Names one scheduled event: generation x 2^25 + slot. */
export type EventHandle = number & { readonly __brand: "EventHandle" };

const SLOT_RANGE = 2 ** 25;
const SEQUENCE_RANGE = 2 ** 48;
/** Phases run from 0 to 31: phase x 2^48 + sequence stays an exact double. */
export const MAX_PHASE = 31;
/**
 * The first generation of a slot makes handles too large for small integers: code that took handles for such would be compiled
 * again when slots have been used for so long.
 */
const FIRST_GENERATION = 64;
/** Generations of a slot before the first comes again: generation x 2^25 + slot stays an exact double. */
const GENERATION_MASK = 2 ** 28 - 1;
const FREE = -1;
const CANCELLED = -2;

export class EventStore {
	time = new Float64Array(64);
	/** phase x 2^48 + sequence: the order of events at the same time. */
	order = new Float64Array(64);
	/** Kind of the event; negative while the slot holds none. */
	kind = new Int32Array(64).fill(FREE);
	subject = new Int32Array(64);
	/** Link to another slot, for the queue's use. */
	next = new Int32Array(64);
	/** Integers below 2^28; as doubles, since handles are made of them. */
	#generation = new Float64Array(64).fill(FIRST_GENERATION);
	#free = new Int32Array(64);
	#freeCount = 0;
	#used = 0;
	#sequence = 0;
	/** Events scheduled and neither fired nor cancelled. */
	live = 0;
	/** Cancelled events whose slot a queue still holds. */
	dead = 0;

	/** Slots ever handed out: live, dead and free ones lie below. */
	get capacityUsed(): number {
		return this.#used;
	}

	/** Takes a slot for a new event; it is later than every earlier event of the same time and phase. */
	add(timeUs: number, phase: number, kind: number, subject: number): number {
		let slot: number;
		if (this.#freeCount > 0) slot = this.#free[--this.#freeCount]!;
		else {
			if (this.#used === this.time.length) this.#grow();
			slot = this.#used++;
		}
		this.time[slot] = timeUs;
		this.order[slot] = phase * SEQUENCE_RANGE + this.#sequence++;
		this.kind[slot] = kind;
		this.subject[slot] = subject;
		this.live++;
		return slot;
	}

	handle(slot: number): EventHandle {
		return (this.#generation[slot]! * SLOT_RANGE + slot) as EventHandle;
	}

	/** The slot of a pending event, or -1 if it fired or was cancelled. */
	slotOf(handle: EventHandle): number {
		// Not by a remainder: that of doubles is a call.
		const generation = Math.floor(handle / SLOT_RANGE);
		const slot = handle - generation * SLOT_RANGE;
		return this.#generation[slot] === generation && this.kind[slot]! >= 0 ? slot : -1;
	}

	/** Counts a pending event as scheduled anew at its time; its handle is stale afterwards. */
	renew(slot: number): void {
		this.order[slot] = Math.floor(this.order[slot]! / SEQUENCE_RANGE) * SEQUENCE_RANGE + this.#sequence++;
		this.#generation[slot] = (this.#generation[slot]! + 1) & GENERATION_MASK;
	}

	/** Marks a pending event as cancelled; the queue that holds the slot releases it when it comes by. */
	kill(slot: number): void {
		this.kind[slot] = CANCELLED;
		this.#generation[slot] = (this.#generation[slot]! + 1) & GENERATION_MASK;
		this.live--;
		this.dead++;
	}

	isDead(slot: number): boolean {
		return this.kind[slot] === CANCELLED;
	}

	/** Gives back the slot of an event that fired. */
	releaseFired(slot: number): void {
		this.#generation[slot] = (this.#generation[slot]! + 1) & GENERATION_MASK;
		this.live--;
		this.#release(slot);
	}

	/** Gives back the slot of a cancelled event. */
	releaseDead(slot: number): void {
		this.dead--;
		this.#release(slot);
	}

	#release(slot: number): void {
		this.kind[slot] = FREE;
		this.#free[this.#freeCount++] = slot;
	}

	#grow(): void {
		const size = this.time.length * 2;
		if (size > SLOT_RANGE) throw new Error(`more than ${SLOT_RANGE} events pending`);
		this.time = grown(this.time, new Float64Array(size));
		this.order = grown(this.order, new Float64Array(size));
		this.kind = grown(this.kind, new Int32Array(size).fill(FREE));
		this.subject = grown(this.subject, new Int32Array(size));
		this.next = grown(this.next, new Int32Array(size));
		this.#generation = grown(this.#generation, new Float64Array(size).fill(FIRST_GENERATION));
		this.#free = grown(this.#free, new Int32Array(size));
	}
}

function grown<A extends Float64Array | Int32Array>(old: A, larger: A): A {
	larger.set(old);
	return larger;
}
