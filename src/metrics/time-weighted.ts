import type { SimTime } from "../engine/time.js";

/** A level over time, and the area below it from a starting time on. */
export class TimeWeighted {
	// All are doubles from the start, as `Engine.nowUs` is.
	level = Number.NaN;
	#area = Number.NaN;
	/** Time-weighted mean so far, and the sum of squared deviations from it (West 1979). */
	#mean = Number.NaN;
	#squares = Number.NaN;
	#sinceUs = Number.NaN;
	readonly #fromUs: SimTime;

	constructor(fromUs: SimTime) {
		this.#fromUs = fromUs;
		this.#sinceUs = fromUs;
		this.level = 0;
		this.#area = 0;
		this.#mean = 0;
		this.#squares = 0;
	}

	/** Changes the level at a time not before the last change. */
	add(delta: number, atUs: SimTime): void {
		this.#settle(atUs);
		this.level += delta;
	}

	/** Area up to a time not before the last change: level x microseconds. */
	area(untilUs: SimTime): number {
		this.#settle(untilUs);
		return this.#area;
	}

	/** Standard deviation of the level over time, up to a time not before the last change; NaN if no time has passed. */
	deviation(untilUs: SimTime): number {
		this.#settle(untilUs);
		return Math.sqrt(this.#squares / (this.#sinceUs - this.#fromUs));
	}

	#settle(atUs: SimTime): void {
		if (atUs <= this.#sinceUs) return;
		const { level } = this;
		const lastedUs = atUs - this.#sinceUs;
		this.#area += level * lastedUs;
		const apart = level - this.#mean;
		this.#mean += (apart * lastedUs) / (atUs - this.#fromUs);
		this.#squares += lastedUs * apart * (level - this.#mean);
		this.#sinceUs = atUs;
	}
}
