/**
 * Tables as Arrow IPC files, one a table: what pyarrow, polars, DuckDB, R and this project's own tools read.
 *
 * Uncompressed, because apache-arrow 21.2 writes compressed batches that pyarrow and polars refuse; and because an uncompressed
 * file can be mapped into memory and looked at without being read.
 *
 * A file is a row of messages, each a few hundred bytes of metadata, which Arrow's library encodes, and a body, which is the columns as
 * they lie in memory. Bodies are made here, in one place after the other: Arrow's own writer wants every batch in memory of its
 * own, and cost a run more to feed than what is in the file.
 */
import assert from "node:assert/strict";
import { closeSync, openSync, writevSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Message, Schema } from "apache-arrow";
import type { FileBlock } from "apache-arrow/ipc/metadata/file";
import { InputError } from "../../objects/input-error.js";
import type { ColumnBatch, MetricSink, TableSpec } from "../table.js";
import { type ArrowWriting, loadArrowWriting } from "./apache-arrow.js";
import { BatchBody } from "./batch-body.js";
import { addWords, type ColumnEncoder, columnEncoder } from "./columns.js";

/** Version of the tables' form, stored in each file as schema metadata `cellsim.schema`. */
const SCHEMA_VERSION = "1";

/**
 * Writes `<folder>/<table>.arrow`. Made by `await ArrowSink.create(folder)`, which makes the folder; from then on `open` and
 * `append` are synchronous.
 *
 * A batch is handed to the operating system when it is appended, and memory holds one at a time.
 * The same tables and rows give the same bytes, in whatever order tables are written and whatever the process wrote before.
 * A cell that its column cannot hold is an AssertionError from `append`. A folder or file that cannot be written is an InputError
 * from `create`, or from the next `drain` and every `drain` and `close` after it.
 */
export class ArrowSink implements MetricSink {
	readonly #folder: string;
	readonly #arrow: ArrowWriting;
	readonly #tables = new Map<string, TableFile>();
	/** Of one batch after the other, whichever its table. */
	readonly #body = new BatchBody();
	#failure: InputError | null = null;

	private constructor(folder: string, arrow: ArrowWriting) {
		this.#folder = folder;
		this.#arrow = arrow;
	}

	static async create(folder: string): Promise<ArrowSink> {
		const arrow = await loadArrowWriting();
		await mkdir(folder, { recursive: true }).catch((error) => {
			throw cannotWrite(folder, error);
		});
		return new ArrowSink(folder, arrow);
	}

	open(table: TableSpec): void {
		assert(!this.#tables.has(table.name), `table '${table.name}' is opened twice`);
		this.#tables.set(table.name, new TableFile(join(this.#folder, `${table.name}.arrow`), table, this.#arrow));
	}

	append(table: string, batch: ColumnBatch): void {
		const file = this.#tables.get(table);
		assert(file, `table '${table}' is not open`);
		this.#attempt(file, () => file.append(batch, this.#body));
	}

	async drain(): Promise<void> {
		for (const file of this.#tables.values()) this.#attempt(file, () => file.begin());
		if (this.#failure) throw this.#failure;
	}

	async close(): Promise<void> {
		for (const file of this.#tables.values()) {
			this.#attempt(file, () => file.finish());
			file.release();
		}
		this.#tables.clear();
		if (this.#failure) throw this.#failure;
	}

	/** Does what writes to a file; nothing after the first failure, which is kept. */
	#attempt({ path }: TableFile, write: () => void): void {
		if (this.#failure) return;
		try {
			write();
		} catch (error) {
			if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
			this.#failure = cannotWrite(path, error as NodeJS.ErrnoException);
		}
	}
}

/** What a file begins and ends with. */
const MAGIC = Buffer.from("ARROW1");
/** What a message begins with; with a length of 0 it says that there are no more. */
const CONTINUATION = 0xffff_ffff;

/** One file being written. */
class TableFile {
	readonly path: string;
	readonly #table: TableSpec;
	readonly #arrow: ArrowWriting;
	readonly #columns: readonly ColumnEncoder[];
	readonly #schema: Schema;
	/** Where messages lie, for the footer. */
	readonly #dictionaries: FileBlock[] = [];
	readonly #batches: FileBlock[] = [];
	#handle: number | null = null;
	/** Bytes written. */
	#length = 0;

	constructor(path: string, table: TableSpec, arrow: ArrowWriting) {
		this.path = path;
		this.#table = table;
		this.#arrow = arrow;
		this.#columns = table.columns.map((_, position) => columnEncoder(arrow, table, position));
		const metadata = [
			["cellsim.schema", SCHEMA_VERSION],
			["table", table.name],
			["description", table.description],
		] as const;
		this.#schema = new arrow.Schema(
			this.#columns.map((column) => column.field),
			new Map(metadata),
		);
	}

	/** Makes the file, if it is not there yet. */
	begin(): void {
		if (this.#handle !== null) return;
		this.#handle = openSync(this.path, "w");
		this.#write(MAGIC, Buffer.alloc(2));
	}

	append({ rows, columns }: ColumnBatch, body: BatchBody): void {
		assert(
			columns.length === this.#columns.length,
			`table '${this.#table.name}' has ${this.#columns.length} columns, the batch ${columns.length}`,
		);
		if (rows === 0) return;
		if (this.#batches.length === 0) this.#writeDictionaries(body);
		body.clear();
		for (let i = 0; i < columns.length; i++) this.#columns[i]!.encode(columns[i]!, rows, body);
		this.#writeMessage(this.#recordBatch(rows, body), body, this.#batches);
	}

	/** Writes the footer. */
	finish(): void {
		this.begin();
		const { Footer } = this.#arrow;
		const footer = Footer.encode(new Footer(this.#schema, undefined, this.#batches, this.#dictionaries));
		this.#write(words(CONTINUATION, 0), footer, words(footer.length), MAGIC);
	}

	release(): void {
		if (this.#handle !== null) closeSync(this.#handle);
		this.#handle = null;
	}

	/** One for each closed vocabulary, before the first batch: polars refuses files whose dictionaries grow. */
	#writeDictionaries(body: BatchBody): void {
		const { DictionaryBatch } = this.#arrow;
		for (const [id, { words }] of this.#columns.entries()) {
			if (words === null) continue;
			body.clear();
			addWords(words, body);
			this.#writeMessage(new DictionaryBatch(this.#recordBatch(words.length, body), id), body, this.#dictionaries);
		}
	}

	#recordBatch(rows: number, { nodes, buffers }: BatchBody) {
		return new this.#arrow.RecordBatch(rows, nodes, buffers, null);
	}

	#writeMessage(header: Parameters<typeof Message.from>[0], { bytes }: BatchBody, blocks: FileBlock[]): void {
		const { Message, FileBlock } = this.#arrow;
		const metadata = Message.encode(Message.from(header, bytes.length));
		const padding = -metadata.length & 7;
		this.begin();
		blocks.push(new FileBlock(8 + metadata.length + padding, bytes.length, this.#length));
		this.#write(words(CONTINUATION, metadata.length + padding), metadata, Buffer.alloc(padding), bytes);
	}

	#write(...chunks: readonly Uint8Array[]): void {
		writeAll(this.#handle!, chunks);
		for (const chunk of chunks) this.#length += chunk.length;
	}
}

/** One system call for several buffers; the system may take only some of the bytes at a time. */
function writeAll(handle: number, chunks: readonly Uint8Array[]): void {
	let left = chunks;
	while (left.length > 0) {
		let written = writevSync(handle, left);
		const whole = left.findIndex((chunk) => (written -= chunk.length) < 0);
		if (whole === -1) return;
		const first = left[whole]!;
		left = [first.subarray(first.length + written), ...left.slice(whole + 1)];
	}
}

/** Unsigned numbers of 32 bits. */
function words(...numbers: readonly number[]): Uint8Array {
	return new Uint8Array(Uint32Array.from(numbers).buffer);
}

function cannotWrite(path: string, error: NodeJS.ErrnoException): InputError {
	const reason = REASONS[error.code ?? ""] ?? error.message;
	return new InputError(`cannot write '${path}': ${reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
	ENOSPC: "no space left on the device; free some, or choose another folder",
	EDQUOT: "the disk quota is used up; free some space, or choose another folder",
	EACCES: "permission denied; choose a folder you may write to",
	EPERM: "not permitted; choose a folder you may write to",
	EROFS: "the file system is read-only; choose another folder",
	ENOENT: "the folder does not exist any more; it was removed while the run was going on",
	ENOTDIR: "part of the path is a file, not a folder; choose another folder",
	EEXIST: "there is a file of that name; choose another folder",
	EISDIR: "there is a folder of that name; remove it, or choose another folder",
};
