/**
 * Cells to Arrow columns: straight from doubles and text into the body of a record batch. No builder, no BigInt, no inference: an
 * order of magnitude faster than Arrow's builders, and the bytes depend on the cells alone.
 *
 * A cell that does not fit its column is a fault of the probe that wrote it: an AssertionError that names table, column and row.
 */
import { AssertionError } from "node:assert";
import type { DataType, Field } from "apache-arrow";
import type { ColumnBatch, ColumnSpec, TableSpec } from "../table.js";
import type { ArrowWriting } from "./apache-arrow.js";
import type { BatchBody } from "./batch-body.js";

type Cells = ColumnBatch["columns"][number];

export interface ColumnEncoder {
	/** Name, type, nullability, and `description` and `unit` as field metadata. */
	readonly field: Field;
	/** What cells are indices of, null if they are values themselves. */
	readonly words: readonly string[] | null;
	/** Adds `rows` cells to the body. */
	encode(cells: Cells, rows: number, body: BatchBody): void;
}

/** The encoder of column number `position` of `table`, which is the id of its dictionary too if it has one. */
export function columnEncoder(arrow: ArrowWriting, table: TableSpec, position: number): ColumnEncoder {
	const column = table.columns[position]!;
	const metadata = new Map([["description", column.description]]);
	if (column.unit !== undefined) metadata.set("unit", column.unit);
	const words = typeof column.type === "object" ? column.type.enum : null;
	if (words !== null && (words.length > 256 || new Set(words).size !== words.length))
		throw new AssertionError({
			message: `table '${table.name}', column '${column.name}': an enum takes at most 256 different values`,
		});
	const nullable = column.nullable === true;
	const [type, form] = formOf(arrow, column, position);
	return {
		field: new arrow.Field(column.name, type, nullable, metadata),
		words,
		encode(cells, rows, body) {
			const nulls = nullable ? addValidity(form.nulls, cells, rows, body) : addAllValid(rows, body);
			const values = form.add(cells, rows, body);
			if (nulls + values !== rows) throw misfit(table, column, form, cells);
		},
	};
}

/** Adds words as a column of text. */
export function addWords(words: readonly string[], body: BatchBody): void {
	addAllValid(words.length, body);
	UTF8.add([...words], words.length, body);
}

/** How the cells of a type become buffers. */
interface Form {
	readonly nulls: Nulls;
	/** Adds the cells, nulls as 0 or empty text, and says how many of them are values of the type. */
	add(cells: Cells, rows: number, body: BatchBody): number;
	/** Whether a cell is a value of the type; in words, what is. */
	takes(cell: unknown): boolean;
	readonly wanted: string;
}

function formOf(arrow: ArrowWriting, { type }: ColumnSpec, position: number): readonly [DataType, Form] {
	switch (type) {
		case "int64":
			return [new arrow.Int64(), INT64];
		case "int32":
			return [new arrow.Int32(), INT32];
		case "float64":
			return [new arrow.Float64(), FLOAT64];
		case "bool":
			return [new arrow.Bool(), BOOL];
		case "utf8":
			return [new arrow.Utf8(), UTF8];
		default:
			// Without an id of our own there would be one that counts what the process made before, which would show in the bytes.
			return [new arrow.Dictionary(new arrow.Utf8(), new arrow.Uint8(), position, false), indicesOf(type.enum)];
	}
}

/** What is null among the cells of a column, which hold numbers or text. */
interface Nulls {
	is(cell: unknown): boolean;
	count(cells: Cells, rows: number): number;
	/** Sets the bits of all others. */
	mark(cells: Cells, rows: number, valid: Uint8Array): void;
}

/** Adds which rows are valid: nothing if all are. Says how many are not. */
function addValidity(nulls: Nulls, cells: Cells, rows: number, body: BatchBody): number {
	const count = nulls.count(cells, rows);
	if (count === 0) return addAllValid(rows, body);
	nulls.mark(cells, rows, addBits(rows, body));
	body.nodes.push({ length: rows, nullCount: count });
	return count;
}

function addAllValid(rows: number, body: BatchBody): 0 {
	body.add(0);
	body.nodes.push({ length: rows, nullCount: 0 });
	return 0;
}

function addBits(rows: number, body: BatchBody): Uint8Array {
	const bytes = (rows + 7) >> 3;
	const offset = body.add(bytes);
	return new Uint8Array(body.memory, offset, bytes).fill(0);
}

// Each loop over cells is a function of its own, which all columns of the type share, and nothing in it happens only now and then:
// compiled once, and not thrown away where the loop ends or a null comes, since what follows was never seen.

const NUMBERS: Nulls = {
	is: Number.isNaN,
	count: (cells, rows) => countNaN(cells as Float64Array, rows),
	mark: (cells, rows, valid) => markNumbers(cells as Float64Array, rows, valid),
};

function countNaN(cells: Float64Array, rows: number): number {
	let count = 0;
	for (let row = 0; row < rows; row++) if (Number.isNaN(cells[row])) count++;
	return count;
}

function markNumbers(cells: Float64Array, rows: number, valid: Uint8Array): void {
	for (let row = 0; row < rows; row++) valid[row >> 3]! |= (Number.isNaN(cells[row]) ? 0 : 1) << (row & 7);
}

const TEXT: Nulls = {
	is: (cell) => cell === null,
	count: (cells, rows) => countNull(cells as (string | null)[], rows),
	mark: (cells, rows, valid) => markText(cells as (string | null)[], rows, valid),
};

function countNull(cells: readonly (string | null)[], rows: number): number {
	let count = 0;
	for (let row = 0; row < rows; row++) if (cells[row] === null) count++;
	return count;
}

function markText(cells: readonly (string | null)[], rows: number, valid: Uint8Array): void {
	for (let row = 0; row < rows; row++) valid[row >> 3]! |= (cells[row] === null ? 0 : 1) << (row & 7);
}

const INT64: Form = {
	nulls: NUMBERS,
	add(cells, rows, body) {
		const offset = body.add(8 * rows);
		return writeHalves(cells as Float64Array, rows, new Uint32Array(body.memory, offset, 2 * rows));
	},
	takes: Number.isSafeInteger,
	wanted: "an integer below 2^53",
};

/** Writes each integer as two 32-bit halves: twice as fast as making a BigInt of it. Needs a little-endian machine, as Arrow does. */
function writeHalves(cells: Float64Array, rows: number, halves: Uint32Array): number {
	let count = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		if (Number.isSafeInteger(cell)) count++;
		// Storing into a Uint32Array takes the number modulo 2^32: two's complement, for negative numbers too; NaN is 0.
		halves[2 * row] = cell;
		halves[2 * row + 1] = Math.floor(cell / 4_294_967_296);
	}
	return count;
}

const INT32: Form = {
	nulls: NUMBERS,
	add(cells, rows, body) {
		const offset = body.add(4 * rows);
		return writeInt32(cells as Float64Array, rows, new Int32Array(body.memory, offset, rows));
	},
	takes: (cell) => (cell as number) === ((cell as number) | 0),
	wanted: "an integer from -2^31 to 2^31-1",
};

function writeInt32(cells: Float64Array, rows: number, values: Int32Array): number {
	let count = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		values[row] = cell;
		if (values[row] === cell) count++;
	}
	return count;
}

const FLOAT64: Form = {
	nulls: NUMBERS,
	add(cells, rows, body) {
		const offset = body.add(8 * rows);
		return writeFloat64(cells as Float64Array, rows, new Float64Array(body.memory, offset, rows));
	},
	takes: (cell) => typeof cell === "number" && !Number.isNaN(cell),
	wanted: "a number",
};

function writeFloat64(cells: Float64Array, rows: number, values: Float64Array): number {
	let count = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row] ?? Number.NaN;
		const isNumber = !Number.isNaN(cell);
		if (isNumber) count++;
		values[row] = isNumber ? cell : 0;
	}
	return count;
}

const BOOL: Form = {
	nulls: NUMBERS,
	add: (cells, rows, body) => writeBits(cells as Float64Array, rows, addBits(rows, body)),
	takes: (cell) => cell === 0 || cell === 1,
	wanted: "0 or 1",
};

function writeBits(cells: Float64Array, rows: number, bits: Uint8Array): number {
	let count = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		if (cell === 0 || cell === 1) count++;
		bits[row >> 3]! |= (cell === 1 ? 1 : 0) << (row & 7);
	}
	return count;
}

const UTF8: Form = {
	nulls: TEXT,
	add(cells, rows, body) {
		const offset = body.add(4 * (rows + 1));
		const offsets = new Int32Array(body.memory, offset, rows + 1);
		const count = measure(cells as (string | null)[], rows, offsets);
		// All cells at once: a call per cell costs more than its encoding. An array joins null as nothing.
		const all = (cells as (string | null)[]).slice(0, rows).join("");
		const written = body.addText(all);
		// Lengths in UTF-16 are offsets as long as every character takes one byte.
		if (written !== all.length)
			measureInUtf8(cells as (string | null)[], rows, new Int32Array(body.memory, offset, rows + 1));
		return count;
	},
	takes: (cell) => typeof cell === "string",
	wanted: "text",
};

/** Offsets by lengths in UTF-16. */
function measure(cells: readonly (string | null)[], rows: number, offsets: Int32Array): number {
	let count = 0;
	let offset = 0;
	offsets[0] = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row];
		if (typeof cell === "string") {
			count++;
			offset += cell.length;
		}
		offsets[row + 1] = offset;
	}
	return count;
}

function measureInUtf8(cells: readonly (string | null)[], rows: number, offsets: Int32Array): void {
	for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row]! + Buffer.byteLength(cells[row] ?? "");
}

/** Indices of a closed vocabulary. */
function indicesOf(words: readonly string[]): Form {
	const size = words.length;
	return {
		nulls: NUMBERS,
		add(cells, rows, body) {
			const offset = body.add(rows);
			return writeIndices(cells as Float64Array, rows, size, new Uint8Array(body.memory, offset, rows));
		},
		takes: (cell) => Number.isInteger(cell) && (cell as number) >= 0 && (cell as number) < size,
		wanted: `the index of one of ${size} values (${words.join(", ")})`,
	};
}

function writeIndices(cells: Float64Array, rows: number, size: number, indices: Uint8Array): number {
	let count = 0;
	for (let row = 0; row < rows; row++) {
		const cell = cells[row]!;
		indices[row] = cell;
		if (indices[row] === cell && cell < size) count++;
	}
	return count;
}

/** Says which cell it is that its column cannot hold. */
function misfit(table: TableSpec, column: ColumnSpec, { nulls, takes, wanted }: Form, cells: Cells): AssertionError {
	const allowed = column.nullable === true;
	const fits = (cell: unknown) => takes(cell) || (allowed && nulls.is(cell));
	let row = 0;
	while (row < cells.length && fits(cells[row])) row++;
	const message = `table '${table.name}', column '${column.name}', row ${row} of the batch: ${String(cells[row])} is not ${wanted}`;
	return new AssertionError({ message: allowed ? `${message} or null` : message });
}
