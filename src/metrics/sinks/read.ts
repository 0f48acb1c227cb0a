/**
 * Reads tables that an `ArrowSink` wrote, or any Arrow IPC file of integers, floats, booleans, text and text dictionaries.
 *
 * Errors are InputErrors: a file that is missing, damaged or of another kind, a column of a type not read here, an integer
 * beyond 2^53, which a JavaScript number would round.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Data, RecordBatch, RecordBatchReader, Table } from "apache-arrow";
import { InputError } from "../../objects/input-error.js";
import { type Arrow, loadArrow } from "./apache-arrow.js";
import type { Cell } from "./memory.js";

/** Rows as columns. */
export interface Rows {
	/** Where they come from. */
	readonly file: string;
	/** Number of rows. */
	readonly length: number;
	/** Values by column name, in the order of the file; each as long as there are rows. */
	readonly columns: ReadonlyMap<string, readonly Cell[]>;
}

/** The whole file. */
export async function readTable(file: string): Promise<Rows> {
	const columns = new Map<string, Cell[]>();
	let length = 0;
	for await (const batch of readBatches(file)) {
		length += batch.length;
		for (const [name, cells] of batch.columns) {
			const known = columns.get(name);
			if (known === undefined) columns.set(name, cells as Cell[]);
			else for (const cell of cells) known.push(cell);
		}
	}
	return { file, length, columns };
}

/**
 * The file in pieces as large as they were written, one in memory at a time. There is at least one, perhaps without rows. `names`: the
 * columns to read, those of them that there are; default all.
 */
export async function* readBatches(file: string, names?: readonly string[]): AsyncGenerator<Rows> {
	yield* reading(file, async function* (arrow, reader) {
		for await (const batch of reader) yield rowsOf(arrow, batch, file, names);
	});
}

/** The whole file in Arrow's own form, which has types that the other functions here refuse. */
export async function readArrow(file: string): Promise<Table> {
	const read = reading(file, async function* (arrow, reader) {
		const batches: RecordBatch[] = [];
		for await (const batch of reader) batches.push(batch);
		yield new arrow.Table(reader.schema, batches);
	});
	const tables: Table[] = [];
	for await (const table of read) tables.push(table);
	return tables[0]!;
}

/** What a file says about a column of its own. */
export interface ColumnFacts {
	readonly name: string;
	readonly kind: "number" | "flag" | "text";
	/** One sentence; "" where it says none. */
	readonly description: string;
	/** As in `ColumnSpec`; null where it says none. */
	readonly unit: string | null;
}

/** The columns of a file, in its order. */
export async function columnsOf(file: string): Promise<readonly ColumnFacts[]> {
	const facts: ColumnFacts[] = [];
	const schemas = reading(file, async function* (arrow, reader) {
		await reader.open();
		for (const { name, type, metadata } of reader.schema.fields) {
			const { DataType } = arrow;
			const kind = DataType.isInt(type) || DataType.isFloat(type) ? "number" : DataType.isBool(type) ? "flag" : "text";
			yield { name, kind, description: metadata.get("description") ?? "", unit: metadata.get("unit") ?? null } as const;
		}
	});
	for await (const column of schemas) facts.push(column);
	return facts;
}

async function* reading<Value>(
	file: string,
	read: (arrow: Arrow, reader: RecordBatchReader) => AsyncGenerator<Value>,
): AsyncGenerator<Value> {
	const arrow = loadArrow();
	const handle = await opened(file);
	try {
		await checkFrame(handle, file);
		yield* read(arrow, await arrow.RecordBatchReader.from(handle));
	} catch (error) {
		if (error instanceof InputError) throw error;
		throw new InputError(`cannot read '${file}': it is damaged (${(error as Error).message}); write it again`);
	} finally {
		await handle.close();
	}
}

/** Values of the column `name`; an InputError naming the columns there are if it is not among them. */
export function column(rows: Rows, name: string): readonly Cell[] {
	const cells = rows.columns.get(name);
	if (cells !== undefined) return cells;
	throw new InputError(`'${rows.file}' has no column '${name}'; it has ${[...rows.columns.keys()].join(", ")}`);
}

async function opened(file: string): Promise<FileHandle> {
	try {
		return await open(file, "r");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		const reason = code === "ENOENT" ? "there is no such file; give the folder of a finished run" : message;
		throw new InputError(`cannot read '${file}': ${reason}`);
	}
}

const MAGIC = "ARROW1";
/** Magic and padding, footer length, magic. */
const SMALLEST = 8 + 4 + 6;

/** An IPC file begins and ends with a magic word, and tells the length of its footer before the last. */
async function checkFrame(handle: FileHandle, file: string): Promise<void> {
	const stat = await handle.stat();
	if (!stat.isFile())
		throw new InputError(`cannot read '${file}': it is not a file; name one table, such as pods.arrow`);
	const head = Buffer.alloc(6);
	const tail = Buffer.alloc(10);
	await handle.read(head, 0, 6, 0);
	if (head.toString("latin1") !== MAGIC)
		throw new InputError(`cannot read '${file}': it is not an Arrow IPC file, as 'cellsim run' writes them`);
	await handle.read(tail, 0, 10, Math.max(0, stat.size - 10));
	const footer = tail.readInt32LE(0);
	if (tail.toString("latin1", 4) !== MAGIC || footer <= 0 || footer > stat.size - SMALLEST)
		throw new InputError(
			`cannot read '${file}': it ends too early, the run that wrote it was broken off; run it again`,
		);
}

function rowsOf(arrow: Arrow, batch: RecordBatch, file: string, names?: readonly string[]): Rows {
	const columns = new Map<string, readonly Cell[]>();
	for (const [position, field] of batch.schema.fields.entries()) {
		if (names !== undefined && !names.includes(field.name)) continue;
		const where = `'${file}', column '${field.name}'`;
		columns.set(field.name, cellsOf(arrow, batch.data.children[position]!, where));
	}
	return { file, length: batch.numRows, columns };
}

function cellsOf(arrow: Arrow, data: Data, where: string): Cell[] {
	const { DataType } = arrow;
	const { type } = data;
	if (DataType.isInt(type) && type.bitWidth === 64 && type.isSigned) return longCells(data, where);
	if (
		(DataType.isInt(type) && type.bitWidth < 64) ||
		(DataType.isFloat(type) && type.precision !== arrow.Precision.HALF)
	)
		return numberCells(data);
	if (DataType.isBool(type) || DataType.isUtf8(type)) return new arrow.Vector([data]).toJSON() as Cell[];
	if (DataType.isDictionary(type) && DataType.isUtf8(type.dictionary)) return wordCells(data);
	throw new InputError(`${where}: type ${type} is not read here, only integers, floats, booleans and text`);
}

/** From two 32-bit halves, for the same reason as they are written so. */
function longCells(data: Data, where: string): Cell[] {
	const values = data.values as BigInt64Array;
	const halves = new Int32Array(values.buffer, values.byteOffset, 2 * data.length);
	const cells = new Array<Cell>(data.length);
	const nulls = data.nullCount > 0;
	for (let row = 0; row < cells.length; row++) {
		const cell = halves[2 * row + 1]! * 4_294_967_296 + (halves[2 * row]! >>> 0);
		if (nulls && !data.getValid(row)) cells[row] = null;
		else if (Number.isSafeInteger(cell)) cells[row] = cell;
		else throw new InputError(`${where}: ${values[row]} is beyond 2^53, the largest integer read exactly`);
	}
	return cells;
}

function numberCells(data: Data): Cell[] {
	const cells: Cell[] = Array.from((data.values as Float64Array).subarray(0, data.length));
	if (data.nullCount > 0) for (let row = 0; row < cells.length; row++) if (!data.getValid(row)) cells[row] = null;
	return cells;
}

function wordCells(data: Data): Cell[] {
	const words = data.dictionary!.toJSON() as string[];
	return numberCells(data).map((index) => (index === null ? null : words[index as number]!));
}
