/**
 * Cells to Arrow columns: one encoder a column, straight from doubles and text into Arrow's buffers. No builder, no BigInt, no
 * inference: an order of magnitude faster than Arrow's builders, and the bytes depend on the cells alone.
 *
 * A cell that does not fit its column is a fault of the probe that wrote it: an AssertionError that names table, column and row.
 */
import { AssertionError } from "node:assert";
import type { Data, DataType, Field, Utf8 } from "apache-arrow";
import type { ColumnBatch, ColumnSpec, TableSpec } from "../table.js";
import type { Arrow } from "./apache-arrow.js";

export interface ColumnEncoder {
	/** Name, type, nullability, and `description` and `unit` as field metadata. */
	readonly field: Field;
	/** Copies `rows` cells into a new Arrow column. */
	encode(cells: ColumnBatch["columns"][number], rows: number): Data;
}

/** The encoder of column number `position` of `table`. */
export function columnEncoder(arrow: Arrow, table: TableSpec, position: number): ColumnEncoder {
	const column = table.columns[position]!;
	const where: Where = { table: table.name, column };
	const { type, encode } = encoding(arrow, where, position);
	const metadata = new Map([["description", column.description]]);
	if (column.unit !== undefined) metadata.set("unit", column.unit);
	return { field: new arrow.Field(column.name, type, column.nullable === true, metadata), encode };
}

interface Where {
	readonly table: string;
	readonly column: ColumnSpec;
}

interface Encoding {
	readonly type: DataType;
	readonly encode: ColumnEncoder["encode"];
}

function encoding(arrow: Arrow, where: Where, position: number): Encoding {
	const type = where.column.type;
	switch (type) {
		case "int64":
			return int64(arrow, where);
		case "int32":
			return int32(arrow, where);
		case "float64":
			return float64(arrow, where);
		case "bool":
			return bool(arrow, where);
		case "utf8":
			return utf8(arrow, where);
		default:
			return vocabulary(arrow, where, position, type.enum);
	}
}

// Each loop over cells is a function of its own, which all columns of the type share: compiled once, and not thrown away where it
// ends since what comes after was never seen.

function int64(arrow: Arrow, where: Where): Encoding {
	const type = new arrow.Int64();
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const values = new BigInt64Array(rows);
		const nulls = new Nulls(where, rows, "an integer below 2^53");
		writeHalves(cells as Float64Array, rows, new Uint32Array(values.buffer), nulls);
		return arrow.makeData({ type, length: rows, data: values, ...nulls.buffers });
	};
	return { type, encode };
}

/** Writes each integer as two 32-bit halves: twice as fast as making a BigInt of it. Needs a little-endian machine, as Arrow does. */
function writeHalves(cells: Float64Array, rows: number, halves: Uint32Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		if (Number.isSafeInteger(cell)) {
			// Storing into a Uint32Array takes the number modulo 2^32: two's complement, for negative numbers too.
			halves[2 * row] = cell;
			halves[2 * row + 1] = Math.floor(cell / 4_294_967_296);
		} else nulls.add(row, cell);
	}
}

function int32(arrow: Arrow, where: Where): Encoding {
	const type = new arrow.Int32();
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const values = new Int32Array(rows);
		const nulls = new Nulls(where, rows, "an integer from -2^31 to 2^31-1");
		writeInt32(cells as Float64Array, rows, values, nulls);
		return arrow.makeData({ type, length: rows, data: values, ...nulls.buffers });
	};
	return { type, encode };
}

function writeInt32(cells: Float64Array, rows: number, values: Int32Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		values[row] = cell;
		if (values[row] !== cell) nulls.add(row, cell);
	}
}

function float64(arrow: Arrow, where: Where): Encoding {
	const type = new arrow.Float64();
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const values = new Float64Array(rows);
		const nulls = new Nulls(where, rows, "a number");
		writeFloat64(cells as Float64Array, rows, values, nulls);
		return arrow.makeData({ type, length: rows, data: values, ...nulls.buffers });
	};
	return { type, encode };
}

function writeFloat64(cells: Float64Array, rows: number, values: Float64Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		if (typeof cell === "number" && !Number.isNaN(cell)) values[row] = cell;
		else nulls.add(row, cell);
	}
}

function bool(arrow: Arrow, where: Where): Encoding {
	const type = new arrow.Bool();
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const bits = new Uint8Array((rows + 7) >> 3);
		const nulls = new Nulls(where, rows, "0 or 1");
		writeBits(cells as Float64Array, rows, bits, nulls);
		return arrow.makeData({ type, length: rows, data: bits, ...nulls.buffers });
	};
	return { type, encode };
}

function writeBits(cells: Float64Array, rows: number, bits: Uint8Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		if (cell === 1) bits[row >> 3]! |= 1 << (row & 7);
		else if (cell !== 0) nulls.add(row, cell);
	}
}

/** One text buffer serves all batches of the column and grows to the largest; each batch takes a copy of its part. */
function utf8(arrow: Arrow, where: Where): Encoding {
	const type = new arrow.Utf8();
	const encoder = new TextEncoder();
	let text = new Uint8Array(16_384);
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const offsets = new Int32Array(rows + 1);
		const nulls = new Nulls(where, rows, "text");
		measure(cells as (string | null)[], rows, offsets, nulls);
		// All cells at once: a call per cell costs more than its encoding. An array joins null as nothing.
		const all = (cells as (string | null)[]).slice(0, rows).join("");
		// One UTF-16 unit takes at most three bytes of UTF-8.
		if (text.length < 3 * all.length) text = new Uint8Array(Math.max(3 * all.length, 2 * text.length));
		const { written } = encoder.encodeInto(all, text);
		// Lengths in UTF-16 are offsets as long as every character takes one byte.
		if (written !== all.length) measureInUtf8(cells as (string | null)[], offsets);
		const data = text.slice(0, written);
		return arrow.makeData({ type, length: rows, valueOffsets: offsets, data, ...nulls.buffers });
	};
	return { type, encode };
}

/** Offsets by lengths in UTF-16. */
function measure(cells: readonly (string | null)[], rows: number, offsets: Int32Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row];
		if (typeof cell !== "string") nulls.add(row, cell);
		offsets[row + 1] = offsets[row]! + (cell === null ? 0 : (cell as string).length);
	}
}

function measureInUtf8(cells: readonly (string | null)[], offsets: Int32Array): void {
	for (let row = 0; row < offsets.length - 1; row++)
		offsets[row + 1] = offsets[row]! + Buffer.byteLength(cells[row] ?? "");
}

/**
 * A closed vocabulary as a dictionary. Its id is the position of the column: Arrow's own ids count what the process made before,
 * which would show in the bytes. Every batch refers to one dictionary vector: polars refuses files whose dictionary grows.
 */
function vocabulary(arrow: Arrow, where: Where, position: number, words: readonly string[]): Encoding {
	const size = words.length;
	if (size > 256 || new Set(words).size !== size)
		throw new AssertionError({
			message: `table '${where.table}', column '${where.column.name}': an enum takes at most 256 different values`,
		});
	const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Uint8(), position, false);
	const text = utf8(arrow, { table: where.table, column: { ...where.column, nullable: false } });
	const dictionary = new arrow.Vector([text.encode([...words], size) as Data<Utf8>]);
	const encode: ColumnEncoder["encode"] = (cells, rows) => {
		const indices = new Uint8Array(rows);
		const nulls = new Nulls(where, rows, `the index of one of ${size} values (${words.join(", ")})`);
		writeIndices(cells as Float64Array, rows, size, indices, nulls);
		return arrow.makeData({ type, length: rows, data: indices, dictionary, ...nulls.buffers });
	};
	return { type, encode };
}

function writeIndices(cells: Float64Array, rows: number, size: number, indices: Uint8Array, nulls: Nulls): void {
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		indices[row] = cell;
		if (indices[row] !== cell || cell >= size) nulls.add(row, cell);
	}
}

/** Cells of one column and batch that hold no value. */
class Nulls {
	readonly #where: Where;
	readonly #isText: boolean;
	readonly #allowed: boolean;
	readonly #rows: number;
	readonly #wanted: string;
	#count = 0;
	#bitmap: Uint8Array | null = null;

	constructor(where: Where, rows: number, wanted: string) {
		this.#where = where;
		this.#isText = where.column.type === "utf8";
		this.#allowed = where.column.nullable === true;
		this.#rows = rows;
		this.#wanted = wanted;
	}

	/** Notes that `cell` is no value of the column: null (NaN, or null in text) where that is allowed, else an AssertionError. */
	add(row: number, cell: unknown): void {
		const isNull = this.#isText ? cell === null : Number.isNaN(cell);
		if (!isNull || !this.#allowed) {
			const { table, column } = this.#where;
			const wanted = this.#allowed ? `${this.#wanted} or null` : this.#wanted;
			throw new AssertionError({
				message: `table '${table}', column '${column.name}', row ${row} of the batch: ${String(cell)} is not ${wanted}`,
			});
		}
		this.#bitmap ??= allValid(this.#rows);
		this.#bitmap[row >> 3]! &= ~(1 << (row & 7));
		this.#count++;
	}

	get buffers(): { readonly nullCount: number; readonly nullBitmap: Uint8Array | null } {
		return { nullCount: this.#count, nullBitmap: this.#bitmap };
	}
}

function allValid(rows: number): Uint8Array {
	const bitmap = new Uint8Array((rows + 7) >> 3).fill(255);
	if (rows % 8 > 0) bitmap[bitmap.length - 1] = (1 << (rows % 8)) - 1;
	return bitmap;
}
