import type { SimTime } from "../engine/time.js";

/** A level over time, and the area below it from a starting time on. */
export class TimeWeighted {
	level = 0;
	#area = 0;
	#sinceUs: SimTime;

	constructor(fromUs: SimTime) {
		this.#sinceUs = fromUs;
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

	#settle(atUs: SimTime): void {
		if (atUs <= this.#sinceUs) return;
		this.#area += this.level * (atUs - this.#sinceUs);
		this.#sinceUs = atUs;
	}
}
