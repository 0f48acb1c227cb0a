/** Numbers that come one by one, kept as doubles. */
export class Numbers {
	#values = new Float64Array(1024);
	#length = 0;

	get length(): number {
		return this.#length;
	}

	push(value: number): void {
		if (this.#length === this.#values.length) {
			const larger = new Float64Array(2 * this.#length);
			larger.set(this.#values);
			this.#values = larger;
		}
		this.#values[this.#length++] = value;
	}

	/** Those so far; no copy. */
	get values(): Float64Array {
		return this.#values.subarray(0, this.#length);
	}
}

/** Texts, each kept once and known by its number. */
export class Interned {
	readonly texts: string[] = [];
	readonly #numbers = new Map<string, number>();

	/** The number of a text, from 0 in the order in which they came. */
	number(text: string): number {
		const known = this.#numbers.get(text);
		if (known !== undefined) return known;
		this.#numbers.set(text, this.texts.length);
		return this.texts.push(text) - 1;
	}

	/** The number of a text that came before; undefined for others. */
	find(text: string): number | undefined {
		return this.#numbers.get(text);
	}
}
