/**
 * How long an app waits before its next launch after instances have failed: its back-off, multiplied by its factor with each further one.
 *
 * Source: Marathon, core/launchqueue/impl/RateLimiter.scala: the first failure waits for the base; delays are swept each 10 s, 1.1 forgets one once
 * it is over, 1.5 only 60 s after that.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";

const SWEEP_US = 10 * SECOND;

export interface BackOff {
	readonly baseUs: SimTime;
	readonly factor: number;
	readonly maxUs: SimTime;
}

interface Delay {
	readonly delayUs: SimTime;
	/** Until when nothing is launched. */
	readonly untilUs: SimTime;
}

export class LaunchDelays {
	readonly #viableUs: SimTime;
	readonly #delays = new Map<string, Delay>();

	/** `viableUs`: how long a delay is remembered once it is over. */
	constructor(viableUs: SimTime) {
		this.#viableUs = viableUs;
	}

	/** An instance has failed. `key`: the app and its configuration. */
	failed(key: string, { baseUs, factor, maxUs }: BackOff, nowUs: SimTime): void {
		const before = this.#at(key, nowUs);
		const delayUs =
			before === undefined ? Math.min(maxUs, baseUs) : Math.min(maxUs, Math.round(before.delayUs * factor));
		this.#delays.set(key, { delayUs, untilUs: nowUs + delayUs });
	}

	/** When the next instance may be launched: now, or later. */
	untilUs(key: string, nowUs: SimTime): SimTime {
		return Math.max(nowUs, this.#at(key, nowUs)?.untilUs ?? nowUs);
	}

	reset(key: string): void {
		this.#delays.delete(key);
	}

	#at(key: string, nowUs: SimTime): Delay | undefined {
		const delay = this.#delays.get(key);
		if (delay === undefined) return undefined;
		const sweptUs = Math.ceil((delay.untilUs + this.#viableUs) / SWEEP_US) * SWEEP_US;
		if (sweptUs > nowUs) return delay;
		this.#delays.delete(key);
		return undefined;
	}
}
