/** The API server's own time: what each request occupies it for, so that those that come together wait for each other. */
import type { SimTime } from "../engine/time.js";

export class Capacity {
	readonly #serviceUs: SimTime;
	/** When it is through with all that has come. */
	#freeUs = 0;

	/** `serviceUs`: of one request; 0 for any number at once. */
	constructor(serviceUs: SimTime) {
		this.#serviceUs = serviceUs;
	}

	/** When a request that comes now and takes `requestUs` by itself is done; never before one that came earlier. */
	take(nowUs: SimTime, requestUs: SimTime): SimTime {
		this.#freeUs = Math.max(this.#freeUs, nowUs) + this.#serviceUs;
		return Math.max(this.#freeUs, nowUs + requestUs);
	}
}
