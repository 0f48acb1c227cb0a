/** The workload as the engine's sorted stream: jobs that have been read and not yet submitted. */
import type { EventCursor, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { ArrivalStream, JobArrival } from "./arrivals.js";

export class ArrivalCursor implements EventCursor {
	readonly kind: EventKind;
	headTimeUs: SimTime = Number.POSITIVE_INFINITY;
	headSubject = 0;
	/** The job that the event fired last brought. */
	taken: JobArrival | null = null;
	#batch: readonly JobArrival[] = [];
	#at = 0;
	readonly #waiting: (readonly JobArrival[])[] = [];
	#lastTimeUs: SimTime = Number.NEGATIVE_INFINITY;
	#exhausted = false;
	readonly #batches: AsyncIterator<readonly JobArrival[]> | Iterator<readonly JobArrival[]>;

	constructor(stream: ArrivalStream, kind: EventKind) {
		this.kind = kind;
		this.#batches = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
	}

	/**
	 * Events up to this time may fire: every arrival up to it has been read. Jobs of the last time read may have company in
	 * the next batch.
	 */
	get readUntilUs(): SimTime {
		return this.#exhausted ? Number.POSITIVE_INFINITY : this.#lastTimeUs - 1;
	}

	/** Reads one more batch. */
	async read(): Promise<void> {
		const { done, value } = await this.#batches.next();
		if (done) {
			this.#exhausted = true;
			return;
		}
		if (value.length === 0) return;
		this.#lastTimeUs = value[value.length - 1]!.timeUs;
		this.#waiting.push(value);
		if (this.headTimeUs === Number.POSITIVE_INFINITY) this.#turnPage();
	}

	/** Stops reading, so that files are closed when a run ends before its workload. */
	async close(): Promise<void> {
		await this.#batches.return?.();
	}

	advance(): void {
		this.taken = this.#batch[this.#at++]!;
		this.headSubject++;
		if (this.#at < this.#batch.length) this.headTimeUs = this.#batch[this.#at]!.timeUs;
		else this.#turnPage();
	}

	#turnPage(): void {
		const next = this.#waiting.shift();
		this.#batch = next ?? [];
		this.#at = 0;
		this.headTimeUs = next === undefined ? Number.POSITIVE_INFINITY : next[0]!.timeUs;
	}
}
