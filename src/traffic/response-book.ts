/** How long requests took, in classes of 1 %: memory does not grow with time. */
import type { Responses } from "../cell/requests.js";
import type { SimTime } from "../engine/time.js";

/** Width of a class, in the logarithm. */
const CLASS = 0.01;

interface Entry {
	requests: number;
	/** Their times added up. */
	sumUs: number;
}

export class ResponseBook {
	/** By the time that is the same for all, then by class. */
	readonly #byFixed = new Map<SimTime, Map<number, Entry>>();

	/** So many requests took `fixedUs` and, on average, `meanUs` beside that. */
	add(fixedUs: SimTime, meanUs: number, requests: number): void {
		let entries = this.#byFixed.get(fixedUs);
		if (entries === undefined) {
			entries = new Map();
			this.#byFixed.set(fixedUs, entries);
		}
		const number = Math.round(Math.log(meanUs) / CLASS);
		const entry = entries.get(number);
		if (entry === undefined) entries.set(number, { requests, sumUs: requests * meanUs });
		else {
			entry.requests += requests;
			entry.sumUs += requests * meanUs;
		}
	}

	/** All that was written down, which is forgotten here. */
	take(): readonly Responses[] {
		const all: Responses[] = [];
		for (const [fixedUs, entries] of this.#byFixed) {
			for (const { requests, sumUs } of entries.values())
				if (requests > 0) all.push({ requests, fixedUs, meanUs: sumUs / requests });
			entries.clear();
		}
		return all;
	}
}
