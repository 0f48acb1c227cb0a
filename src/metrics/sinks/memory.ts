/** Tables as plain objects in memory: for tests, and for library users who want rows rather than files. */
import assert from "node:assert/strict";
import type { ColumnBatch, ColumnSpec, MetricSink, TableSpec } from "../table.js";

/** A value read back: numbers for every numeric type, text for text and enums. */
export type Cell = number | string | boolean | null;

/** One row by column name, in the order of the columns. */
export type Row = Readonly<Record<string, Cell>>;

/** Keeps every row of every table. Nothing is waited for: `drain` and `close` resolve at once. */
export class MemorySink implements MetricSink {
	readonly #tables = new Map<string, { readonly spec: TableSpec; readonly rows: Row[] }>();

	/** Tables opened so far, in order. */
	get tables(): readonly TableSpec[] {
		return [...this.#tables.values()].map((table) => table.spec);
	}

	/** Rows of `table` so far; it must have been opened. */
	rows(table: string): readonly Row[] {
		return this.#opened(table).rows;
	}

	open(table: TableSpec): void {
		assert(!this.#tables.has(table.name), `table '${table.name}' is opened twice`);
		this.#tables.set(table.name, { spec: table, rows: [] });
	}

	append(table: string, batch: ColumnBatch): void {
		const { spec, rows } = this.#opened(table);
		for (let row = 0; row < batch.rows; row++) {
			const cells = spec.columns.map((column, c) => [column.name, plain(column, batch.columns[c]![row]!)] as const);
			rows.push(Object.fromEntries(cells));
		}
	}

	async drain(): Promise<void> {}

	async close(): Promise<void> {}

	#opened(name: string): { readonly spec: TableSpec; readonly rows: Row[] } {
		const table = this.#tables.get(name);
		assert(table, `table '${name}' is not open`);
		return table;
	}
}

function plain(column: ColumnSpec, cell: number | string | null): Cell {
	if (cell === null || Number.isNaN(cell)) return null;
	if (column.type === "bool") return cell === 1;
	if (typeof column.type === "object") {
		const value = column.type.enum[cell as number];
		assert(
			value !== undefined,
			`column '${column.name}': ${cell} is not the index of one of ${column.type.enum.join(", ")}`,
		);
		return value;
	}
	return cell;
}
