/**
 * Matching pods by domain, and the emptiest domain. During a trial the emptiest is followed as kube-scheduler does, with two
 * slots only: the second is not always the second emptiest, so that the least count may be too high after several changes.
 */
const MAX_INT32 = 2 ** 31 - 1;

interface Slot {
	readonly domain: string | null;
	readonly count: number;
}

export class SpreadDomains {
	readonly #counts: Map<string, number>;
	#first: Slot = { domain: null, count: MAX_INT32 };
	#second: Slot = { domain: null, count: MAX_INT32 };

	constructor(counts: ReadonlyMap<string, number> = new Map()) {
		this.#counts = new Map(counts);
	}

	/** Adds a node's matching pods; the domain exists from now on. */
	count(domain: string, pods: number): void {
		this.#counts.set(domain, this.at(domain) + pods);
	}

	/** All nodes are counted: finds the emptiest. */
	settle(): void {
		for (const [domain, count] of this.#counts) this.#follow(domain, count);
	}

	/** Matching pods in a domain; 0 where none was counted. */
	at(domain: string): number {
		return this.#counts.get(domain) ?? 0;
	}

	/** Matching pods in the emptiest domain; 0 if there are fewer than `minDomains`. */
	least(minDomains: number): number {
		return this.#counts.size < minDomains ? 0 : this.#first.count;
	}

	/** A matching pod came to the domain, or left it. */
	move(domain: string, change: 1 | -1): void {
		const count = this.at(domain) + change;
		this.#counts.set(domain, count);
		this.#follow(domain, count);
	}

	copy(): SpreadDomains {
		const copy = new SpreadDomains(this.#counts);
		copy.#first = this.#first;
		copy.#second = this.#second;
		return copy;
	}

	#follow(domain: string, count: number): void {
		const slot = { domain, count };
		if (domain === this.#first.domain) this.#first = slot;
		else if (domain === this.#second.domain) this.#second = slot;
		else if (count < this.#first.count) [this.#first, this.#second] = [slot, this.#first];
		else if (count < this.#second.count) this.#second = slot;
		if (this.#first.count > this.#second.count) [this.#first, this.#second] = [this.#second, this.#first];
	}
}
