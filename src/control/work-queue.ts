/**
 * Keys that a controller has work for. A key is in it once, however often it is added; while it is worked on, adding it means once
 * more afterwards. Added with a delay it comes later: one wake-up is pending a key, the earliest. After failures it comes
 * back ever later.
 *
 * Keys that are added with the delay of the queue's period, those of controllers that look at everything again and again, need no alarm of
 * their own: they come due in the order in which they were added (`dueUs`, `comeDue`).
 *
 * Source: client-go/util/workqueue (queue.go, delaying_queue.go, default_rate_limiters.go).
 */
import type { SimTime } from "../engine/time.js";
import { type RateLimit, TokenBucket } from "./token-bucket.js";

export interface QueueRates {
	/** Wait after the first failure of a key, doubled by each further one up to `maxUs`. */
	readonly baseUs: SimTime;
	readonly maxUs: SimTime;
	/** Of all keys together. */
	readonly overall: RateLimit;
}

/** client-go's default controller rate limiter: 5 ms to 1000 s a key, and 10 a second with bursts of 100. */
export const DEFAULT_RATES: QueueRates = { baseUs: 5_000, maxUs: 1_000_000_000, overall: { qps: 10, burst: 100 } };

/** Asks to be told (`due`) about a key at a time; `cancel` takes that back. */
export interface Alarm {
	set(key: string, atUs: SimTime): number;
	cancel(alarm: number): void;
}

/** A key that comes later, by its alarm or, without one, in the order of its period. */
interface Delayed {
	readonly key: string;
	readonly atUs: SimTime;
	readonly alarm: number | null;
}

export class WorkQueue {
	readonly #clock: { readonly nowUs: SimTime };
	readonly #alarm: Alarm;
	readonly #rates: QueueRates;
	readonly #overall: TokenBucket;
	readonly #waiting = new Set<string>();
	readonly #processing = new Set<string>();
	/** Keys to be added again when they are done with. */
	readonly #again = new Set<string>();
	readonly #delayed = new Map<string, Delayed>();
	readonly #periodUs: SimTime | null;
	/** Those of the period, the first `#passed` of which have come due; some may have been replaced since. */
	#round: Delayed[] = [];
	#passed = 0;
	readonly #failures = new Map<string, number>();

	constructor(
		clock: { readonly nowUs: SimTime },
		alarm: Alarm,
		rates: QueueRates = DEFAULT_RATES,
		periodUs: SimTime | null = null,
	) {
		this.#clock = clock;
		this.#alarm = alarm;
		this.#rates = rates;
		this.#periodUs = periodUs;
		this.#overall = new TokenBucket(rates.overall);
	}

	/** Keys ready to be worked on. */
	get size(): number {
		return this.#waiting.size;
	}

	add(key: string): void {
		if (this.#processing.has(key)) this.#again.add(key);
		else this.#waiting.add(key);
	}

	/** Adds it later; a later wake-up than the one that is pending counts for nothing. */
	addAfter(key: string, delayUs: SimTime): void {
		if (delayUs <= 0) {
			this.add(key);
			return;
		}
		const atUs = this.#clock.nowUs + delayUs;
		const pending = this.#delayed.get(key);
		if (pending !== undefined) {
			if (pending.atUs <= atUs) return;
			if (pending.alarm !== null) this.#alarm.cancel(pending.alarm);
		}
		const inRound = delayUs === this.#periodUs;
		const delayed = { key, atUs, alarm: inRound ? null : this.#alarm.set(key, atUs) };
		this.#delayed.set(key, delayed);
		if (inRound) this.#round.push(delayed);
	}

	/** When the next key of the period comes due; Infinity if there is none. */
	get dueUs(): SimTime {
		return this.#round[this.#passed]?.atUs ?? Number.POSITIVE_INFINITY;
	}

	/** Adds the keys of the period that are due. */
	comeDue(): void {
		while (this.dueUs <= this.#clock.nowUs) {
			const delayed = this.#round[this.#passed++]!;
			if (this.#delayed.get(delayed.key) === delayed) this.due(delayed.key);
		}
		// What has passed is forgotten now and then, not each time.
		if (this.#passed * 2 <= this.#round.length) return;
		this.#round = this.#round.slice(this.#passed);
		this.#passed = 0;
	}

	/** Work on the key failed: it comes back after its wait. */
	addRateLimited(key: string): void {
		const { nowUs } = this.#clock;
		const failures = this.#failures.get(key) ?? 0;
		this.#failures.set(key, failures + 1);
		const ownUs = Math.min(this.#rates.maxUs, this.#rates.baseUs * 2 ** failures);
		this.addAfter(key, Math.max(ownUs, this.#overall.take(nowUs) - nowUs));
	}

	/** Work on the key succeeded: its failures are forgotten. */
	forget(key: string): void {
		this.#failures.delete(key);
	}

	/** The wait of a key is over. */
	due(key: string): void {
		this.#delayed.delete(key);
		this.add(key);
	}

	/** The key to work on next, the first added; `done` gives it back. */
	take(): string | null {
		for (const key of this.#waiting) {
			this.#waiting.delete(key);
			this.#processing.add(key);
			return key;
		}
		return null;
	}

	done(key: string): void {
		this.#processing.delete(key);
		if (this.#again.delete(key)) this.#waiting.add(key);
	}
}
