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

/** What there is to say of a key; nothing is kept of one that has come to rest. */
interface Entry {
	readonly key: string;
	isWaiting: boolean;
	/** Whoever waits behind it. */
	next: Entry | null;
	isProcessed: boolean;
	/** Added again when it is done with. */
	again: boolean;
	failures: number;
	/** When it comes, if it comes later: by its alarm or in its turn of the period. */
	atUs: SimTime;
	/** Null if it has none. */
	alarm: number | null;
	/** Counted from the first turn of all; null if it has none. */
	turn: number | null;
}

export class WorkQueue {
	readonly #clock: { readonly nowUs: SimTime };
	readonly #alarm: Alarm;
	readonly #rates: QueueRates;
	readonly #overall: TokenBucket;
	readonly #entries = new Map<string, Entry>();
	/** The one that was asked for last: mostly it is asked for several times in a row. */
	#recent: Entry | null = null;
	/** Those that are ready to be worked on. */
	#first: Entry | null = null;
	#last: Entry | null = null;
	/** Keys ready to be worked on. */
	size = 0;
	readonly #periodUs: SimTime | null;
	/** Those of the period, the first `#passed` of which have come due; some may have been replaced since. */
	#round: Entry[] = [];
	#roundUs: SimTime[] = [];
	#passed = 0;
	/** Turns that are forgotten. */
	#forgotten = 0;
	/** When the next key of the period comes due; Infinity if there is none. */
	dueUs = Number.POSITIVE_INFINITY;

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

	add(key: string): void {
		this.#add(this.#entryOf(key));
	}

	#entryOf(key: string): Entry {
		const known = this.#known(key);
		if (known !== undefined) return known;
		const entry: Entry = {
			key,
			isWaiting: false,
			next: null,
			isProcessed: false,
			again: false,
			failures: 0,
			atUs: Number.NaN,
			alarm: null,
			turn: null,
		};
		this.#entries.set(key, entry);
		this.#recent = entry;
		return entry;
	}

	#known(key: string): Entry | undefined {
		if (this.#recent?.key === key) return this.#recent;
		const entry = this.#entries.get(key);
		if (entry !== undefined) this.#recent = entry;
		return entry;
	}

	#add(entry: Entry): void {
		if (entry.isProcessed) entry.again = true;
		else if (!entry.isWaiting) this.#append(entry);
	}

	#append(entry: Entry): void {
		entry.isWaiting = true;
		if (this.#last === null) this.#first = entry;
		else this.#last.next = entry;
		this.#last = entry;
		this.size++;
	}

	/** Adds it later; a later wake-up than the one that is pending counts for nothing. */
	addAfter(key: string, delayUs: SimTime): void {
		const entry = this.#entryOf(key);
		if (delayUs <= 0) this.#add(entry);
		else this.#addAfter(entry, delayUs);
	}

	#addAfter(entry: Entry, delayUs: SimTime): void {
		const atUs = this.#clock.nowUs + delayUs;
		if (comesLater(entry)) {
			if (entry.atUs <= atUs) return;
			if (entry.alarm !== null) this.#alarm.cancel(entry.alarm);
		}
		entry.atUs = atUs;
		const inRound = delayUs === this.#periodUs;
		entry.alarm = inRound ? null : this.#alarm.set(entry.key, atUs);
		entry.turn = inRound ? this.#takeTurn(entry, atUs) : null;
	}

	#takeTurn(entry: Entry, atUs: SimTime): number {
		if (this.#passed === this.#round.length) this.dueUs = atUs;
		this.#roundUs.push(atUs);
		return this.#forgotten + this.#round.push(entry) - 1;
	}

	/** Adds the keys of the period that are due. */
	comeDue(): void {
		const { nowUs } = this.#clock;
		if (this.dueUs > nowUs) return;
		while (this.dueUs <= nowUs) {
			const turn = this.#passed++;
			this.dueUs = this.#passed < this.#round.length ? this.#roundUs[this.#passed]! : Number.POSITIVE_INFINITY;
			const entry = this.#round[turn]!;
			if (entry.turn === this.#forgotten + turn) this.#due(entry);
		}
		// What has passed is forgotten now and then, not each time.
		if (this.#passed * 2 <= this.#round.length) return;
		this.#round = this.#round.slice(this.#passed);
		this.#roundUs = this.#roundUs.slice(this.#passed);
		this.#forgotten += this.#passed;
		this.#passed = 0;
	}

	/** Work on the key failed: it comes back after its wait. */
	addRateLimited(key: string): void {
		const { nowUs } = this.#clock;
		const entry = this.#entryOf(key);
		const ownUs = Math.min(this.#rates.maxUs, this.#rates.baseUs * 2 ** entry.failures++);
		this.addAfter(key, Math.max(ownUs, this.#overall.take(nowUs) - nowUs));
	}

	/** Work on the key succeeded: its failures are forgotten. */
	forget(key: string): void {
		const entry = this.#known(key);
		if (entry !== undefined) entry.failures = 0;
	}

	/** The wait of a key is over. */
	due(key: string): void {
		this.#due(this.#entryOf(key));
	}

	#due(entry: Entry): void {
		entry.alarm = null;
		entry.turn = null;
		this.#add(entry);
	}

	/** The key to work on next, the first added; `done` gives it back. */
	take(): string | null {
		const entry = this.#first;
		if (entry === null) return null;
		this.#first = entry.next;
		if (entry.next === null) this.#last = null;
		entry.next = null;
		this.size--;
		entry.isWaiting = false;
		entry.isProcessed = true;
		this.#recent = entry;
		return entry.key;
	}

	done(key: string): void {
		const entry = this.#entryOf(key);
		entry.isProcessed = false;
		if (entry.again) {
			entry.again = false;
			this.#add(entry);
		} else if (!entry.isWaiting && !comesLater(entry) && entry.failures === 0) {
			this.#entries.delete(key);
			this.#recent = null;
		}
	}
}

function comesLater({ alarm, turn }: Entry): boolean {
	return alarm !== null || turn !== null;
}
