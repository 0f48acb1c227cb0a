/**
 * A limit on requests: so many a second in the long run, so many at once after a rest (client-go's flowcontrol, golang.org/x/time/rate).
 * Those who come too early wait in the order in which they came.
 */
import { SECOND, type SimTime } from "../engine/time.js";

export interface RateLimit {
	/** A second; Infinity for no limit. */
	readonly qps: number;
	readonly burst: number;
}

export const UNLIMITED: RateLimit = { qps: Number.POSITIVE_INFINITY, burst: 1 };

export class TokenBucket {
	readonly #intervalUs: number;
	readonly #burst: number;
	/** When the bucket would be full again. */
	#fullUs = 0;

	constructor({ qps, burst }: RateLimit) {
		this.#intervalUs = SECOND / qps;
		this.#burst = burst;
	}

	/** Takes a token: when it is there, now or later. */
	take(nowUs: SimTime): SimTime {
		this.#fullUs = Math.max(this.#fullUs, nowUs) + this.#intervalUs;
		return Math.max(nowUs, Math.ceil(this.#fullUs - this.#burst * this.#intervalUs));
	}

	/** Takes a token if one is there. */
	takeNow(nowUs: SimTime): boolean {
		const fullUs = Math.max(this.#fullUs, nowUs) + this.#intervalUs;
		if (fullUs - this.#burst * this.#intervalUs > nowUs) return false;
		this.#fullUs = fullUs;
		return true;
	}
}
