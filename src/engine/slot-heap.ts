/**
 * A binary heap of (time, order, slot) in three parallel arrays. Keys lie in the heap itself, so that sifting never follows
 * a slot into the event store.
 */
export class SlotHeap {
	#time = new Float64Array(64);
	#order = new Float64Array(64);
	#slot = new Int32Array(64);
	size = 0;

	get topSlot(): number {
		return this.#slot[0]!;
	}

	push(timeUs: number, order: number, slot: number): void {
		if (this.size === this.#time.length) this.#grow();
		const time = this.#time;
		const orders = this.#order;
		const slots = this.#slot;
		let hole = this.size++;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			const parentTime = time[parent]!;
			if (parentTime < timeUs || (parentTime === timeUs && orders[parent]! < order)) break;
			time[hole] = parentTime;
			orders[hole] = orders[parent]!;
			slots[hole] = slots[parent]!;
			hole = parent;
		}
		time[hole] = timeUs;
		orders[hole] = order;
		slots[hole] = slot;
	}

	/** Removes the top; undefined behaviour when empty. */
	pop(): void {
		const time = this.#time;
		const orders = this.#order;
		const slots = this.#slot;
		const last = --this.size;
		const lastTime = time[last]!;
		const lastOrder = orders[last]!;
		let hole = 0;
		for (let child = 1; child < last; child = 2 * hole + 1) {
			// Orders are looked at every time: code compiled before the first tie would be thrown away at it.
			let childTime = time[child]!;
			let childOrder = orders[child]!;
			const right = child + 1;
			if (right < last) {
				const rightTime = time[right]!;
				const rightOrder = orders[right]!;
				if (rightTime < childTime || (rightTime === childTime && rightOrder < childOrder)) {
					child = right;
					childTime = rightTime;
					childOrder = rightOrder;
				}
			}
			if (lastTime < childTime || (lastTime === childTime && lastOrder < childOrder)) break;
			time[hole] = childTime;
			orders[hole] = childOrder;
			slots[hole] = slots[child]!;
			hole = child;
		}
		time[hole] = lastTime;
		orders[hole] = lastOrder;
		slots[hole] = slots[last]!;
	}

	clear(): void {
		this.size = 0;
	}

	#grow(): void {
		const size = this.#time.length * 2;
		const time = new Float64Array(size);
		time.set(this.#time);
		this.#time = time;
		const order = new Float64Array(size);
		order.set(this.#order);
		this.#order = order;
		const slot = new Int32Array(size);
		slot.set(this.#slot);
		this.#slot = slot;
	}
}
