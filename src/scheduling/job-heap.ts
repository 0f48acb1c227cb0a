/** A binary heap of jobs, or of entries that stand for jobs; `before` is a total order. */
export class JobHeap<Entry> {
	readonly #entries: Entry[] = [];
	readonly #before: (a: Entry, b: Entry) => boolean;

	constructor(before: (a: Entry, b: Entry) => boolean) {
		this.#before = before;
	}

	get size(): number {
		return this.#entries.length;
	}

	peek(): Entry | undefined {
		return this.#entries[0];
	}

	push(entry: Entry): void {
		const entries = this.#entries;
		let hole = entries.push(entry) - 1;
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			if (this.#before(entries[parent]!, entry)) break;
			entries[hole] = entries[parent]!;
			hole = parent;
		}
		entries[hole] = entry;
	}

	pop(): Entry | undefined {
		const entries = this.#entries;
		const top = entries[0];
		const last = entries.pop();
		if (entries.length === 0 || last === undefined) return top;
		let hole = 0;
		for (let child = 1; child < entries.length; child = 2 * hole + 1) {
			if (child + 1 < entries.length && this.#before(entries[child + 1]!, entries[child]!)) child++;
			if (this.#before(last, entries[child]!)) break;
			entries[hole] = entries[child]!;
			hole = child;
		}
		entries[hole] = last;
		return top;
	}
}
