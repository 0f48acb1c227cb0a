/** CSV files as batches of rows with line numbers: what the trace formats built on CSV share. */
import { createReadStream } from "node:fs";
import Papa from "papaparse";
import { InputError } from "../../objects/input-error.js";
import { unreadable } from "../inputs.js";

/** One row: its cells by position, and the line it ends on, counted from 1. */
export interface CsvRow {
	readonly line: number;
	readonly cells: readonly string[];
}

/**
 * Rows below the header of `file`, in batches. `headers` are the header lines that the format takes; the batch tells which was
 * found. Quoted cells, a byte order mark, CRLF and empty lines are fine. An unreadable file, another header and a row with too
 * few or too many cells are InputErrors with the line, and so are a quote that is not closed and a last line without an end. Leaving the
 * loop early closes the file.
 */
export async function* csvRows<Header extends readonly string[]>(
	file: string,
	headers: readonly Header[],
): AsyncGenerator<{ readonly header: Header; readonly rows: readonly CsvRow[] }> {
	let header: Header | null = null;
	let rows: CsvRow[] = [];
	let line = 0;
	const tail = { text: "\n" };
	for await (const { records, problem } of recordBatches(file, tail)) {
		for (const cells of records) {
			line += 1 + lineBreaks(cells);
			if (cells.length === 1 && cells[0] === "") continue;
			if (header === null) {
				header = matchingHeader(file, line, cells, headers);
				continue;
			}
			if (cells.length !== header.length) throw wrongWidth(file, line, cells, header);
			rows.push({ line, cells });
		}
		if (problem !== null) throw new InputError(`not valid CSV: ${problem}`, at(file, line + 1));
		if (header === null || rows.length === 0) continue;
		yield { header, rows };
		rows = [];
	}
	if (header === null)
		throw new InputError(`the file is empty; it must begin with ${headerText(headers)}`, at(file, 1));
	// A file cut off in its last cell has every row and every column; only this gives it away.
	if (tail.text !== "\n")
		throw new InputError(
			"the last line has no line end: the file may be cut off there; fetch it again, or end the line if it is complete",
			at(file, line),
		);
}

/** Position of `line` in `file`; CSV errors name the column instead of counting characters. */
export function at(
	file: string,
	line: number,
): { readonly file: string; readonly line: number; readonly column: number } {
	return { file, line, column: 0 };
}

/** Integer of 0 or more in cell `column` of `row`; anything else is an InputError that names line, column and value. */
export function wholeNumber(file: string, row: CsvRow, column: string, text: string): number {
	const value = WHOLE.test(text) ? Number(text) : Number.NaN;
	if (Number.isSafeInteger(value)) return value;
	throw new InputError(`${column}: '${text}' is not a whole number of 0 or more (below 2^53)`, at(file, row.line));
}

const WHOLE = /^\d+(\.0+)?$/;

interface RecordBatch {
	/** An empty line is one empty cell. */
	readonly records: readonly (readonly string[])[];
	/** What is wrong with the record that follows; null if nothing is. */
	readonly problem: string | null;
}

const BYTE_ORDER_MARK = "\uFEFF";

/** What papaparse makes of the file, a piece of it at a time; `tail` gets its last character. The next is read when this one is done with. */
async function* recordBatches(file: string, tail: { text: string }): AsyncGenerator<RecordBatch> {
	const input = createReadStream(file, "utf8");
	const waiting: RecordBatch[] = [];
	let ended = false;
	let failure: unknown = null;
	let wake = () => {};
	input.on("data", (text) => {
		tail.text = text.at(-1) as string;
	});
	Papa.parse<string[]>(input, {
		delimiter: ",",
		beforeFirstChunk: (text) => (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text),
		chunk({ data, errors: [error] }) {
			input.pause();
			waiting.push({ records: error === undefined ? data : data.slice(0, error.row), problem: error?.message ?? null });
			wake();
		},
		complete() {
			ended = true;
			wake();
		},
		error(error) {
			failure = error;
			wake();
		},
	});
	try {
		for (;;) {
			const batch = waiting.shift();
			if (batch !== undefined) yield batch;
			else if (failure !== null) throw unreadable(file, failure);
			else if (ended) return;
			else {
				const woken = new Promise<void>((resolve) => {
					wake = resolve;
				});
				input.resume();
				await woken;
			}
		}
	} finally {
		input.destroy();
	}
}

/** Lines that quoted cells span beyond the first. */
function lineBreaks(cells: readonly string[]): number {
	let count = 0;
	for (const cell of cells) if (cell.includes("\n")) count += cell.split("\n").length - 1;
	return count;
}

function matchingHeader<Header extends readonly string[]>(
	file: string,
	line: number,
	record: readonly string[],
	headers: readonly Header[],
): Header {
	const found = record.map((name) => name.trim());
	const match = headers.find(
		(header) => header.length === found.length && header.every((name, i) => name === found[i]),
	);
	if (match !== undefined) return match;
	const widest = headers[0]!;
	const missing = widest.filter((name) => !found.includes(name));
	const unknown = found.filter((name) => !widest.includes(name));
	const parts = [
		missing.length > 0 ? `missing ${missing.join(", ")}` : "",
		unknown.length > 0 ? `unknown ${unknown.map((name) => `'${name}'`).join(", ")}` : "",
		missing.length === 0 && unknown.length === 0 ? "columns in another order or twice" : "",
	].filter((part) => part !== "");
	throw new InputError(
		`the header is not that of this format: ${parts.join("; ")}; it must be ${headerText(headers)}`,
		at(file, line),
	);
}

function headerText(headers: readonly (readonly string[])[]): string {
	return headers.map((header) => `'${header.join(",")}'`).join(" or ");
}

function wrongWidth(file: string, line: number, record: readonly string[], header: readonly string[]): InputError {
	const few = record.length < header.length;
	const detail = few
		? `the row ends before column '${header[record.length]}'; the file may be cut off here`
		: `'${record[header.length]}' stands beyond the last column '${header.at(-1)}'`;
	return new InputError(
		`${record.length} cells, but the header has ${header.length} columns: ${detail}`,
		at(file, line),
	);
}
