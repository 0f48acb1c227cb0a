/**
 * Tables as comma-separated values (RFC 4180 with line feeds): a header, integers and floats as JavaScript prints them, `true` and
 * `false`, null as nothing and an empty text as `""`, so that the two can be told apart.
 */
import type { Cell } from "../../metrics/sinks/memory.js";
import { readBatches } from "../../metrics/sinks/read.js";
import { csvField } from "./csv-field.js";
import { defineExport } from "./format.js";
import { writeLines } from "./text-file.js";

export const csv = defineExport({
	name: "csv",
	summary: "Every table as comma-separated values, null as an empty field.",
	create: () => ({ of: "table", extension: ".csv", write: (table, file) => writeLines(file, linesOf(table)) }),
});

async function* linesOf(file: string): AsyncGenerator<string> {
	let first = true;
	for await (const { columns, length } of readBatches(file)) {
		if (first) yield lineOf([...columns.keys()]);
		first = false;
		const cells = [...columns.values()];
		for (let row = 0; row < length; row++) yield lineOf(cells.map((column) => column[row]!));
	}
}

function lineOf(cells: readonly Cell[]): string {
	return `${cells.map(fieldOf).join(",")}\n`;
}

function fieldOf(cell: Cell): string {
	if (cell === null) return "";
	const text = String(cell);
	return text === "" ? '""' : csvField(text);
}
