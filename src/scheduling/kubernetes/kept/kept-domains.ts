import type { DomainCounts } from "../spread-answers.js";
import { SpreadDomains } from "../spread-domains.js";

/** Matching pods by domain, with the emptiest domain at hand while pods come and go one by one. */
export class KeptDomains implements DomainCounts {
	readonly #counts = new Map<string, number>();
	/** How many domains have so many pods. */
	readonly #domainsWith: number[] = [];
	#least = 0;

	/** Adds a node's matching pods; the domain exists from now on. */
	count(domain: string, pods: number): void {
		const before = this.#counts.get(domain);
		if (before !== undefined) this.#domainsWith[before]!--;
		this.#set(domain, (before ?? 0) + pods);
		this.#least = 0;
	}

	/** A matching pod came to the domain, or left it. */
	move(domain: string, change: 1 | -1): void {
		const before = this.at(domain);
		this.#domainsWith[before]!--;
		this.#set(domain, before + change);
	}

	at(domain: string): number {
		return this.#counts.get(domain) ?? 0;
	}

	least(minDomains: number): number {
		if (this.#counts.size < Math.max(1, minDomains)) return 0;
		while (!this.#domainsWith[this.#least]) this.#least++;
		return this.#least;
	}

	copy(): SpreadDomains {
		const copy = new SpreadDomains(this.#counts);
		copy.settle();
		return copy;
	}

	#set(domain: string, count: number): void {
		this.#counts.set(domain, count);
		while (this.#domainsWith.length <= count) this.#domainsWith.push(0);
		this.#domainsWith[count]!++;
		if (count < this.#least) this.#least = count;
	}
}
