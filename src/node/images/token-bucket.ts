/** A limit on how often something is done: `qps` a second, and `burst` at once after a rest (client-go's flow control). */
import type { SimTime } from "../../engine/time.js";

export class TokenBucket {
	readonly #qps: number;
	readonly #burst: number;
	#tokens: number;
	#atUs: SimTime;

	/** Full at first. `qps` 0: no limit. */
	constructor(qps: number, burst: number, nowUs: SimTime) {
		this.#qps = qps;
		this.#burst = burst;
		this.#tokens = burst;
		this.#atUs = nowUs;
	}

	/** Takes a token; false, and none taken, if there is not a whole one. */
	take(nowUs: SimTime): boolean {
		if (this.#qps === 0) return true;
		this.#tokens = Math.min(this.#burst, this.#tokens + ((nowUs - this.#atUs) * this.#qps) / 1e6);
		this.#atUs = nowUs;
		if (this.#tokens < 1) return false;
		this.#tokens--;
		return true;
	}
}
