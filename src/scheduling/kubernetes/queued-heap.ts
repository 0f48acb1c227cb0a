/**
 * A binary heap whose items can be taken out from the middle. Items that are equal by `less` leave in the order that Go's
 * container/heap gives them, so that kube-scheduler's queue is repeated pod for pod.
 */
export class QueuedHeap<Item> {
	readonly #less: (a: Item, b: Item) => boolean;
	readonly #items: Item[] = [];
	readonly #places = new Map<Item, number>();

	constructor(less: (a: Item, b: Item) => boolean) {
		this.#less = less;
	}

	get size(): number {
		return this.#items.length;
	}

	has(item: Item): boolean {
		return this.#places.has(item);
	}

	/** All items, in no order. */
	get items(): readonly Item[] {
		return this.#items;
	}

	peek(): Item | undefined {
		return this.#items[0];
	}

	push(item: Item): void {
		this.#put(item, this.#items.length);
		this.#up(this.#items.length - 1);
	}

	pop(): Item | undefined {
		const top = this.#items[0];
		if (top !== undefined) this.delete(top);
		return top;
	}

	/** True if the item was there. */
	delete(item: Item): boolean {
		const place = this.#places.get(item);
		if (place === undefined) return false;
		const last = this.#items.length - 1;
		if (place !== last) this.#swap(place, last);
		this.#items.pop();
		this.#places.delete(item);
		if (place !== last && !this.#down(place)) this.#up(place);
		return true;
	}

	/** The item may compare differently now. */
	fix(item: Item): void {
		const place = this.#places.get(item)!;
		if (!this.#down(place)) this.#up(place);
	}

	#up(from: number): void {
		for (let j = from; j > 0; ) {
			const parent = (j - 1) >> 1;
			if (!this.#less(this.#items[j]!, this.#items[parent]!)) return;
			this.#swap(parent, j);
			j = parent;
		}
	}

	/** True if the item moved. */
	#down(from: number): boolean {
		let i = from;
		for (;;) {
			const left = 2 * i + 1;
			if (left >= this.#items.length) break;
			const right = left + 1;
			const child = right < this.#items.length && this.#less(this.#items[right]!, this.#items[left]!) ? right : left;
			if (!this.#less(this.#items[child]!, this.#items[i]!)) break;
			this.#swap(i, child);
			i = child;
		}
		return i > from;
	}

	#swap(a: number, b: number): void {
		const [first, second] = [this.#items[a]!, this.#items[b]!];
		this.#put(second, a);
		this.#put(first, b);
	}

	#put(item: Item, place: number): void {
		this.#items[place] = item;
		this.#places.set(item, place);
	}
}
