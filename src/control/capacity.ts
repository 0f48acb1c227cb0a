/** The API server's own time: what each request occupies it for, so that those that come together wait for each other. */
import type { SimTime } from "../engine/time.js";
import { Availability } from "./availability/availability.js";

export class Capacity {
	readonly #serviceUs: SimTime;
	readonly #availability: Availability;
	/** When it is through with all that has come. */
	#freeUs = 0;
	/** When the last of it is written. */
	#writtenUs = 0;

	/** `serviceUs`: of one request where all replicas are alive; 0 for any number at once. */
	constructor(serviceUs: SimTime, availability = new Availability()) {
		this.#serviceUs = serviceUs;
		this.#availability = availability;
	}

	/** Whether no request waits for another: each takes its own time, whatever comes meanwhile. */
	get isAmple(): boolean {
		return this.#serviceUs === 0 && this.#availability.writesAtOnce;
	}

	/** When a request that comes now and takes `requestUs` by itself is done; never before one that came earlier. */
	take(nowUs: SimTime, requestUs: SimTime): SimTime {
		this.#freeUs = Math.max(this.#freeUs, nowUs) + Math.round(this.#serviceUs * this.#availability.slowdown);
		const servedUs = Math.max(this.#freeUs, nowUs + requestUs);
		this.#writtenUs = Math.max(this.#writtenUs, servedUs + this.#availability.commitUs());
		return this.#writtenUs;
	}
}
