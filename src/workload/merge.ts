/** Several streams of jobs as one, in time order. */
import { InputError } from "../objects/input-error.js";
import type { ArrivalStream, JobArrival } from "./arrivals.js";

/** Jobs per batch at most. */
export const BATCH_JOBS = 1024;

/**
 * Jobs of all `streams` by time; at equal times the stream that stands first goes first, and inside a stream its own order holds.
 * At most one batch of each stream is in memory. `names` are for errors: a stream that goes back in time is an InputError.
 * Leaving the loop early ends every stream.
 */
export async function* mergeStreams(
	streams: readonly ArrivalStream[],
	names: readonly string[],
): AsyncGenerator<readonly JobArrival[]> {
	const cursors = streams.map((stream, i) => new Cursor(stream, names[i] ?? `stream ${i}`));
	try {
		if (cursors.length === 1) yield* whole(cursors[0]!);
		else yield* merged(cursors);
	} finally {
		for (const cursor of cursors) await cursor.close();
	}
}

/** One stream: batches pass as they are, cut only if too long. */
async function* whole(cursor: Cursor): AsyncGenerator<readonly JobArrival[]> {
	while (await cursor.load()) {
		const batch = cursor.batch;
		cursor.index = batch.length;
		if (batch.length <= BATCH_JOBS) yield batch;
		else for (let i = 0; i < batch.length; i += BATCH_JOBS) yield batch.slice(i, i + BATCH_JOBS);
	}
}

async function* merged(all: readonly Cursor[]): AsyncGenerator<readonly JobArrival[]> {
	let cursors: Cursor[] = [];
	for (const cursor of all) if (await cursor.load()) cursors.push(cursor);
	let out: JobArrival[] = [];
	while (cursors.length > 0) {
		const first = earliest(cursors);
		takeRun(first, cursors, out);
		if (out.length === BATCH_JOBS) {
			yield out;
			out = [];
		}
		if (first.index === first.batch.length && !(await first.load()))
			cursors = cursors.filter((cursor) => cursor !== first);
	}
	if (out.length > 0) yield out;
}

function earliest(cursors: readonly Cursor[]): Cursor {
	let best = cursors[0]!;
	for (const cursor of cursors) if (cursor.timeUs < best.timeUs) best = cursor;
	return best;
}

/** Takes jobs of `first` for as long as no other stream's job goes before them. */
function takeRun(first: Cursor, cursors: readonly Cursor[], out: JobArrival[]): void {
	let before = Infinity;
	let upTo = Infinity;
	let seen = false;
	for (const cursor of cursors) {
		if (cursor === first) seen = true;
		else if (seen) upTo = Math.min(upTo, cursor.timeUs);
		else before = Math.min(before, cursor.timeUs);
	}
	const { batch } = first;
	let { index } = first;
	while (index < batch.length && out.length < BATCH_JOBS) {
		const job = batch[index]!;
		if (job.timeUs >= before || job.timeUs > upTo) break;
		out.push(job);
		index++;
	}
	first.index = index;
}

/** Where one stream stands: a batch, and the job in it that is next. */
class Cursor {
	readonly #iterator: AsyncIterator<readonly JobArrival[]> | Iterator<readonly JobArrival[]>;
	readonly #name: string;
	#lastUs = -Infinity;
	batch: readonly JobArrival[] = [];
	index = 0;

	constructor(stream: ArrivalStream, name: string) {
		this.#iterator = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
		this.#name = name;
	}

	get timeUs(): number {
		return this.batch[this.index]!.timeUs;
	}

	/** Loads the next batch that holds jobs; false at the end. */
	async load(): Promise<boolean> {
		do {
			const next = await this.#iterator.next();
			if (next.done === true) return false;
			this.batch = next.value;
			this.index = 0;
		} while (this.batch.length === 0);
		this.#checkOrder();
		return true;
	}

	async close(): Promise<void> {
		await this.#iterator.return?.();
	}

	#checkOrder(): void {
		let last = this.#lastUs;
		for (const job of this.batch) {
			if (!(job.timeUs >= last))
				throw new InputError(
					`workload '${this.#name}' goes back in time: job '${job.name}' arrives at ${job.timeUs} us, after one at ${last} us`,
				);
			last = job.timeUs;
		}
		this.#lastUs = last;
	}
}
