/** Sums by topology pair: a node label and its value. */
import type { Labels } from "../../objects/selector.js";

export class TopologyCounts {
	/** By key, by value. A pair whose sum came back to zero is gone, unless zeros are kept. */
	readonly #sums = new Map<string, Map<string, number>>();
	readonly #keepsZeros: boolean;

	constructor(keepsZeros = false) {
		this.#keepsZeros = keepsZeros;
	}

	/** Whether there is no pair at all. */
	get empty(): boolean {
		return this.#sums.size === 0;
	}

	/** Adds to the pair of a node with these labels; a node without the key has none. */
	add(labels: Labels, key: string, amount: number): void {
		if (!Object.hasOwn(labels, key)) return;
		const value = labels[key]!;
		let values = this.#sums.get(key);
		if (values === undefined) this.#sums.set(key, (values = new Map()));
		const sum = (values.get(value) ?? 0) + amount;
		if (sum !== 0 || this.#keepsZeros) values.set(value, sum);
		else if (values.delete(value) && values.size === 0) this.#sums.delete(key);
	}

	/** The sum of a node's pair with this key; 0 without. */
	at(labels: Labels, key: string): number {
		return Object.hasOwn(labels, key) ? (this.#sums.get(key)?.get(labels[key]!) ?? 0) : 0;
	}

	/** Whether any pair of the node has a positive sum. */
	anyPositive(labels: Labels): boolean {
		for (const key of this.#sums.keys()) if (this.at(labels, key) > 0) return true;
		return false;
	}

	/** All sums of the node's pairs together. */
	total(labels: Labels): number {
		let total = 0;
		for (const key of this.#sums.keys()) total += this.at(labels, key);
		return total;
	}

	copy(): TopologyCounts {
		const copy = new TopologyCounts(this.#keepsZeros);
		for (const [key, values] of this.#sums) copy.#sums.set(key, new Map(values));
		return copy;
	}
}
