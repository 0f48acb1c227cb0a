/** Rows of a table on their way to the sink: the same however they are written. */
import { expect, test } from "vitest";
import { MemorySink } from "../../src/metrics/sinks/memory.js";
import { type ColumnBatch, type MetricSink, type TableSpec, TableWriter } from "../../src/metrics/table.js";

const SPEC = {
	name: "t",
	description: "Numbers and words.",
	columns: [
		// A name that an object would put first.
		{ name: "name", type: "utf8", nullable: true, description: "A word." },
		{ name: "7", type: "int64", description: "A number." },
	],
} as const satisfies TableSpec;

/** A memory sink that also keeps how long batches are. */
function sinkOf() {
	const memory = new MemorySink();
	const lengths: number[] = [];
	const sink: MetricSink = {
		open: (table) => memory.open(table),
		append(table: string, batch: ColumnBatch) {
			lengths.push(batch.rows);
			memory.append(table, batch);
		},
		drain: () => memory.drain(),
		close: () => memory.close(),
	};
	return { sink, memory, lengths };
}

test.each([0, 1, 64, 65, 16_384, 16_385, 40_000])("%i rows, whole or cell by cell", (rows) => {
	const [whole, cells] = [sinkOf(), sinkOf()];
	const byRow = new TableWriter(SPEC, whole.sink);
	const byCell = new TableWriter(SPEC, cells.sink);
	const to = byCell.columns;
	for (let i = 0; i < rows; i++) {
		const word = i % 3 === 0 ? null : `word-${i}`;
		byRow.row(word, i);
		const row = byCell.next();
		to.name[row] = word;
		to[7][row] = i;
	}
	byRow.flush();
	byCell.flush();
	expect(cells.memory.rows("t")).toEqual(whole.memory.rows("t"));
	expect(whole.memory.rows("t").at(-1)).toEqual(
		rows === 0 ? undefined : { 7: rows - 1, name: (rows - 1) % 3 === 0 ? null : `word-${rows - 1}` },
	);
	// Batches are full but for the last.
	const full = Math.floor(rows / 16_384);
	const rest = rows % 16_384;
	expect(cells.lengths).toEqual([...new Array<number>(full).fill(16_384), ...(rest > 0 ? [rest] : [])]);
	expect(whole.lengths).toEqual(cells.lengths);
});
