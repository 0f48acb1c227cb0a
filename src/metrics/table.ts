/**
 * Tables as streams of column batches. Probes write rows; a sink stores batches. Neither knows the other.
 *
 * Every numeric cell travels as a double (integers stay below 2^53), NaN is null; the sink converts to the column's type.
 */

export type ColumnType =
	| "int64"
	| "int32"
	| "float64"
	| "bool"
	| "utf8"
	/** Closed vocabulary: the cell holds the index into `values`; written as an Arrow dictionary. */
	| { readonly enum: readonly string[] };

export interface ColumnSpec {
	/** Snake case with the unit last: `time_us`, `cpu_request_milli`. */
	readonly name: string;
	readonly type: ColumnType;
	/** One sentence; stored as Arrow field metadata. */
	readonly description: string;
	/** Unit stored as Arrow field metadata; absent for names, flags and counts. */
	readonly unit?: "us" | "milli" | "bytes" | "milli-gpu" | "1";
	/** Whether cells may be null (NaN, or null in a text column). */
	readonly nullable?: boolean;
}

export interface TableSpec {
	/** File name without extension. */
	readonly name: string;
	readonly description: string;
	readonly columns: readonly ColumnSpec[];
}

/** Column data of `rows` rows. Arrays may be longer than `rows`, and belong to the writer: a sink copies what it keeps. */
export interface ColumnBatch {
	readonly rows: number;
	/** By column: numbers for every type but utf8. */
	readonly columns: readonly Column[];
}

type Column = Float64Array | (string | null)[];

/** Where batches go. `append` is synchronous and may buffer; `drain` is awaited between stretches of simulation. */
export interface MetricSink {
	open(table: TableSpec): void;
	append(table: string, batch: ColumnBatch): void;
	/** Resolves when what was appended has left memory. */
	drain(): Promise<void>;
	/** Finishes every file. */
	close(): Promise<void>;
}

/** Rows per batch: large enough that per-batch costs vanish, small enough to stay in cache. */
export const BATCH_ROWS = 16_384;
/** Columns begin this long: most tables of most runs are short. A power of 4 below that of a batch. */
const FIRST_ROWS = 64;

/** The columns of a table by name, for rows written cell by cell: text or null where the column is utf8, else numbers (NaN = null). */
export type ColumnsOf<Spec extends TableSpec> = {
	readonly [Column in Spec["columns"][number] as Column["name"]]: Column["type"] extends "utf8"
		? (string | null)[]
		: Float64Array;
};

/** Collects rows of one table and hands full batches to a sink. */
export class TableWriter<const Spec extends TableSpec = TableSpec> {
	/**
	 * Where rows are written cell by cell, at the index that `next` says; every cell, for what a batch before left is still there.
	 * For tables with rows for every pod: `row` makes a list of its cells first, and an object of each number in it. Only this object
	 * stays: columns become longer.
	 */
	readonly columns: ColumnsOf<Spec>;
	readonly #sink: MetricSink;
	readonly #spec: TableSpec;
	/** The same columns by name and in their order. */
	readonly #columns: Record<string, Column>;
	#inOrder: readonly Column[];
	/** Rows that the columns have room for. */
	#room = FIRST_ROWS;
	#rows = 0;

	constructor(spec: Spec, sink: MetricSink) {
		this.#sink = sink;
		this.#spec = spec;
		this.#inOrder = spec.columns.map(newColumn);
		this.#columns = Object.fromEntries(spec.columns.map(({ name }, c) => [name, this.#inOrder[c]!]));
		this.columns = this.#columns as ColumnsOf<Spec>;
		sink.open(spec);
	}

	/** Writes one row: a number (NaN = null) for every column but utf8, which takes text or null; booleans are 0 and 1. */
	row(...cells: readonly (number | string | null)[]): void {
		const row = this.next();
		const columns = this.#inOrder;
		for (let c = 0; c < columns.length; c++) (columns[c] as (number | string | null)[])[row] = cells[c]!;
	}

	/** Begins a row, which the caller writes into `columns` at once, and says at which index. */
	next(): number {
		// What happens then is in a method of its own, which is called early: code compiled before is not thrown away at the first batch.
		if (this.#rows === this.#room) this.#full();
		return this.#rows++;
	}

	/** Hands over what is collected. */
	flush(): void {
		if (this.#rows === 0) return;
		this.#sink.append(this.#spec.name, { rows: this.#rows, columns: this.#inOrder });
		this.#rows = 0;
	}

	/** There is no room for another row: the columns grow, or are handed over when they are as long as a batch. */
	#full(): void {
		if (this.#room === BATCH_ROWS) {
			this.flush();
			return;
		}
		this.#room *= 4;
		this.#inOrder = this.#inOrder.map((column) => grown(column, this.#room));
		this.#spec.columns.forEach(({ name }, c) => {
			this.#columns[name] = this.#inOrder[c]!;
		});
	}
}

function newColumn({ type }: ColumnSpec): Column {
	return type === "utf8" ? new Array<string | null>(FIRST_ROWS).fill(null) : new Float64Array(FIRST_ROWS);
}

function grown(column: Column, rows: number): Column {
	if (Array.isArray(column)) {
		const had = column.length;
		column.length = rows;
		return column.fill(null, had);
	}
	const longer = new Float64Array(rows);
	longer.set(column);
	return longer;
}
