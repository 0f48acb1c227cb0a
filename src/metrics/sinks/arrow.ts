/**
 * Tables as Arrow IPC files, one a table: what pyarrow, polars, DuckDB, R and this project's own tools read.
 *
 * Uncompressed, because apache-arrow 21.2 writes compressed batches that pyarrow and polars refuse; and because an uncompressed
 * file can be mapped into memory and looked at without being read.
 */
import assert from "node:assert/strict";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { RecordBatchFileWriter, Schema } from "apache-arrow";
import { InputError } from "../../objects/input-error.js";
import type { ColumnBatch, MetricSink, TableSpec } from "../table.js";
import { type Arrow, loadArrow } from "./apache-arrow.js";
import { type ColumnEncoder, columnEncoder } from "./columns.js";

/** Version of the tables' form, stored in each file as schema metadata `cellsim.schema`. */
const SCHEMA_VERSION = "1";

/**
 * Writes `<folder>/<table>.arrow`. Made by `await ArrowSink.create(folder)`, which loads apache-arrow (about 20 ms) and makes the
 * folder; from then on `open` and `append` are synchronous.
 *
 * Batches are encoded as they come and wait in memory until `drain`, so memory is bounded by what is appended between two drains.
 * The same tables and rows give the same bytes, in whatever order tables are written and whatever the process wrote before.
 * A cell that its column cannot hold is an AssertionError from `append`. A folder or file that cannot be written is an InputError
 * from `create`, `drain` or `close`; after the first, every later `drain` and `close` fails with the same.
 */
export class ArrowSink implements MetricSink {
	readonly #folder: string;
	readonly #arrow: Arrow;
	readonly #tables = new Map<string, TableFile>();
	/** Everything asked for so far: drains queue up behind each other, and a failure stays. */
	#done: Promise<void> = Promise.resolve();

	private constructor(folder: string, arrow: Arrow) {
		this.#folder = folder;
		this.#arrow = arrow;
	}

	static async create(folder: string): Promise<ArrowSink> {
		const arrow = loadArrow();
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
		file.append(batch);
	}

	drain(): Promise<void> {
		const step = async () => {
			// The collectors only wait for microtasks, and all of those run before this resolves.
			await setImmediate();
			for (const file of this.#tables.values()) await file.flush();
		};
		this.#done = this.#done.then(step);
		return this.#done;
	}

	close(): Promise<void> {
		const files = [...this.#tables.values()];
		this.#tables.clear();
		const step = async () => {
			for (const file of files) await file.finish();
		};
		const release = async () => {
			for (const file of files) await file.release();
		};
		this.#done = this.#done.then(step).finally(release);
		return this.#done;
	}
}

/**
 * One file being written. Arrow's writer frames the batches; its output is collected by iterating over it, and written when
 * asked. (`throughNode` accepts a batch before its bytes have gone anywhere, so that nobody could tell when it is drained.)
 */
class TableFile {
	readonly #path: string;
	readonly #table: TableSpec;
	readonly #arrow: Arrow;
	readonly #columns: readonly ColumnEncoder[];
	readonly #schema: Schema;
	readonly #writer: RecordBatchFileWriter;
	readonly #collected: Promise<void>;
	#chunks: Uint8Array[] = [];
	#handle: FileHandle | null = null;

	constructor(path: string, table: TableSpec, arrow: Arrow) {
		this.#path = path;
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
		this.#writer = new arrow.RecordBatchFileWriter();
		// Begins the file now, so that a table without rows has its schema.
		this.#writer.reset(undefined, this.#schema);
		this.#collected = this.#collect();
	}

	append(batch: ColumnBatch): void {
		const { rows, columns } = batch;
		assert(
			columns.length === this.#columns.length,
			`table '${this.#table.name}' has ${this.#columns.length} columns, the batch ${columns.length}`,
		);
		if (rows === 0) return;
		const children = this.#columns.map((column, position) => column.encode(columns[position]!, rows));
		const type = new this.#arrow.Struct(this.#schema.fields);
		const data = this.#arrow.makeData({ type, length: rows, nullCount: 0, children });
		this.#writer.write(new this.#arrow.RecordBatch(this.#schema, data));
	}

	/** Hands what is collected to the operating system. */
	async flush(): Promise<void> {
		const chunks = this.#chunks;
		this.#chunks = [];
		try {
			this.#handle ??= await open(this.#path, "w");
			await writeAll(this.#handle, chunks);
		} catch (error) {
			throw cannotWrite(this.#path, error as NodeJS.ErrnoException);
		}
	}

	/** Writes the footer and what is left. */
	async finish(): Promise<void> {
		this.#writer.close();
		await this.#collected;
		await this.flush();
	}

	async release(): Promise<void> {
		await this.#handle?.close();
		this.#handle = null;
	}

	async #collect(): Promise<void> {
		for await (const chunk of this.#writer) this.#chunks.push(chunk);
	}
}

/** One system call for many small buffers; the system may take only some of the bytes at a time. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
	let left = chunks;
	while (left.length > 0) {
		let { bytesWritten } = await handle.writev(left);
		const whole = left.findIndex((chunk) => (bytesWritten -= chunk.length) < 0);
		if (whole === -1) return;
		const first = left[whole]!;
		left = [first.subarray(first.length + bytesWritten), ...left.slice(whole + 1)];
	}
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
