/** Sorting more rows than fit in memory: sorted chunks go to a temporary folder and are merged from there. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a row must have to be sorted: by time, then order. Rows equal in both keep the sequence in which they came. */
export interface Sortable {
	readonly timeUs: number;
	readonly order: number;
}

export interface SortOptions {
	/** Rows held in memory at once; more go to disk. */
	readonly chunkRows?: number;
	/** Folder in which the temporary folder is made; the system's by default. */
	readonly tempDir?: string;
}

const CHUNK_ROWS = 200_000;
const BATCH_ROWS = 1024;

/**
 * Rows in order, in batches. Rows must survive JSON (no NaN, no Infinity, no undefined), since chunks are spilled as lines of
 * JSON. The temporary folder is removed at the end, on an error, and when the consumer leaves early. Stable.
 */
export async function* sortRows<Row extends Sortable>(
	batches: AsyncIterable<readonly Row[]>,
	options: SortOptions = {},
): AsyncGenerator<readonly Row[]> {
	const chunkRows = options.chunkRows ?? CHUNK_ROWS;
	const spill = new Spill(options.tempDir ?? tmpdir());
	try {
		let rows: Row[] = [];
		for await (const batch of batches) {
			for (const row of batch) {
				if (rows.length >= chunkRows) {
					await spill.write(rows.sort(byTime));
					rows = [];
				}
				rows.push(row);
			}
		}
		rows.sort(byTime);
		if (spill.files.length === 0) yield* inBatches(rows);
		else yield* merge<Row>([...spill.files.map(readRows<Row>), arrayRows(rows)]);
	} finally {
		await spill.remove();
	}
}

function byTime(a: Sortable, b: Sortable): number {
	return a.timeUs - b.timeUs || a.order - b.order;
}

function* inBatches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
	for (let i = 0; i < rows.length; i += BATCH_ROWS) yield rows.slice(i, i + BATCH_ROWS);
}

/** Chunk files of one sort; the folder is made when the first is written. */
class Spill {
	readonly #parent: string;
	#folder: string | null = null;
	readonly files: string[] = [];

	constructor(parent: string) {
		this.#parent = parent;
	}

	async write(rows: readonly Sortable[]): Promise<void> {
		this.#folder ??= await mkdtemp(join(this.#parent, "cellsim-sort-"));
		const file = join(this.#folder, `${this.files.length}.jsonl`);
		await pipeline(Readable.from(lines(rows)), createWriteStream(file));
		this.files.push(file);
	}

	async remove(): Promise<void> {
		if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
	}
}

function* lines(rows: readonly Sortable[]): Generator<string> {
	for (const batch of inBatches(rows)) yield `${batch.map((row) => JSON.stringify(row)).join("\n")}\n`;
}

async function* readRows<Row>(file: string): AsyncGenerator<Row> {
	const input = createReadStream(file);
	try {
		for await (const line of createInterface({ input, crlfDelay: Infinity })) yield JSON.parse(line) as Row;
	} finally {
		input.destroy();
	}
}

async function* arrayRows<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
	yield* rows;
}

/** k-way merge with a binary heap of the chunks' first rows; chunk number breaks ties, which keeps the sort stable. */
async function* merge<Row extends Sortable>(chunks: readonly AsyncGenerator<Row>[]): AsyncGenerator<readonly Row[]> {
	const heap: Head<Row>[] = [];
	let out: Row[] = [];
	try {
		for (const [chunk, rows] of chunks.entries()) {
			const next = await rows.next();
			if (next.done !== true) heap.push({ row: next.value, chunk });
		}
		for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i);
		while (heap.length > 0) {
			const head = heap[0]!;
			out.push(head.row);
			if (out.length === BATCH_ROWS) {
				yield out;
				out = [];
			}
			const next = await chunks[head.chunk]!.next();
			if (next.done !== true) heap[0] = { row: next.value, chunk: head.chunk };
			else {
				const last = heap.pop()!;
				if (heap.length > 0) heap[0] = last;
			}
			siftDown(heap, 0);
		}
		if (out.length > 0) yield out;
	} finally {
		for (const rows of chunks) await rows.return(undefined);
	}
}

interface Head<Row> {
	readonly row: Row;
	readonly chunk: number;
}

function siftDown(heap: Head<Sortable>[], start: number): void {
	for (let i = start; ; ) {
		let least = i;
		for (const child of [2 * i + 1, 2 * i + 2])
			if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
		if (least === i) return;
		[heap[i], heap[least]] = [heap[least]!, heap[i]!];
		i = least;
	}
}

function isBefore(a: Head<Sortable>, b: Head<Sortable>): boolean {
	return (byTime(a.row, b.row) || a.chunk - b.chunk) < 0;
}
