/** When things are due: one time for each, which may change. Those due first come first, those of one time in the order in which they were set. */
import { SlotHeap } from "../../engine/slot-heap.js";
import type { SimTime } from "../../engine/time.js";

interface Entry<T> {
	readonly thing: T;
	readonly dueUs: SimTime;
}

const SWEEP_SLACK = 64;

export class Agenda<T> {
	/** By number of entry, those that changed since included; they are passed over when they come up. */
	readonly #heap = new SlotHeap();
	readonly #entries = new Map<number, Entry<T>>();
	readonly #numbers = new Map<T, number>();
	#next = 0;

	/** Infinity if nothing is due. */
	get nextUs(): SimTime {
		return this.#first()?.dueUs ?? Number.POSITIVE_INFINITY;
	}

	/** Sets or changes when the thing is due; Infinity is never. */
	set(thing: T, dueUs: SimTime): void {
		const number = this.#numbers.get(thing);
		if (number !== undefined && this.#entries.get(number)!.dueUs === dueUs) return;
		this.delete(thing);
		if (dueUs === Number.POSITIVE_INFINITY) return;
		const entry = this.#next++;
		this.#entries.set(entry, { thing, dueUs });
		this.#numbers.set(thing, entry);
		this.#heap.push(dueUs, entry, entry);
		if (this.#heap.size > 2 * this.#entries.size + SWEEP_SLACK) this.#sweep();
	}

	delete(thing: T): void {
		const number = this.#numbers.get(thing);
		if (number === undefined) return;
		this.#numbers.delete(thing);
		this.#entries.delete(number);
	}

	/** Takes out what is due up to `nowUs`. */
	take(nowUs: SimTime): T[] {
		const due: T[] = [];
		for (let first = this.#first(); first !== undefined && first.dueUs <= nowUs; first = this.#first()) {
			due.push(first.thing);
			this.delete(first.thing);
		}
		return due;
	}

	#first(): Entry<T> | undefined {
		while (this.#heap.size > 0) {
			const entry = this.#entries.get(this.#heap.topSlot);
			if (entry) return entry;
			this.#heap.pop();
		}
		return undefined;
	}

	#sweep(): void {
		this.#heap.clear();
		for (const [number, { dueUs }] of this.#entries) this.#heap.push(dueUs, number, number);
	}
}
