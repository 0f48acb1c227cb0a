import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CsvRow, csvRows, wholeNumber } from "../../../src/workload/formats/csv.js";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "cellsim-csv-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(text: string): Promise<string> {
	const file = join(folder, "rows.csv");
	await writeFile(file, text);
	return file;
}

async function lines(text: string): Promise<string[]> {
	const found: string[] = [];
	for await (const { rows } of csvRows(await written(text), [["a", "b"]]))
		for (const { line, cells } of rows) found.push(`${line}: ${cells.join(" ")}`);
	return found;
}

describe("csvRows", () => {
	test.each<[string, string, string[]]>([
		["plain", "a,b\n1,2\n3,4\n", ["2: 1 2", "3: 3 4"]],
		["byte order mark and CRLF", "\uFEFFa,b\r\n1,2\r\n3,4\r\n", ["2: 1 2", "3: 3 4"]],
		["empty lines", "\na,b\n\n1,2\n\n\n3,4\n", ["4: 1 2", "7: 3 4"]],
		["quotes", 'a,b\n"1,1","say ""x"""\n3,4\n', ['2: 1,1 say "x"', "3: 3 4"]],
		["a line break in a cell", 'a,b\n"1\n1",2\n3,4\n', ["3: 1\n1 2", "4: 3 4"]],
		["a header alone", "a,b\n", []],
	])("%s", async (_, text, expected) => {
		expect(await lines(text)).toEqual(expected);
	});

	test("a file that is cut off in its last cell has all rows and columns, and no end of its last line", async () => {
		await expect(lines("a,b\n1,234\n5,6")).rejects.toMatchObject({
			message:
				"the last line has no line end: the file may be cut off there; fetch it again, or end the line if it is complete",
			position: { line: 3 },
		});
	});

	test.each<[string, string, number, string]>([
		["a quote that is not closed", 'a,b\n1,2\n"3\n,4\n5,6\n', 3, "Quoted field unterminated"],
		["the same after a cell of two lines", 'a,b\n"1\n1",2\n"3,4\n', 4, "Quoted field unterminated"],
		["text behind a closing quote", 'a,b\n1,2\n"3"x,4\n5,6\n', 3, "Trailing quote on quoted field is malformed"],
	])("%s: the line where the row begins", async (_, text, line, problem) => {
		await expect(lines(text)).rejects.toMatchObject({ message: `not valid CSV: ${problem}`, position: { line } });
	});

	test("rows before one that is wrong are looked at first", async () => {
		await expect(lines('a,b\n1,2,3\n"4,5\n')).rejects.toMatchObject({
			message: "3 cells, but the header has 2 columns: '3' stands beyond the last column 'b'",
			position: { line: 2 },
		});
	});

	test("cells survive the way through a file read in pieces, wherever a piece ends", async () => {
		// 15,000 rows of 22 bytes and more are five reads of 64 KiB; é takes two bytes, and half of the rows span two lines.
		const row = (i: number) => [`é "${i}", x`, i % 2 === 0 ? "y" : "y\r\nz"] as const;
		const text = Array.from({ length: 15_000 }, (_, i) => `"${row(i)[0].replaceAll('"', '""')}","${row(i)[1]}"\n`);
		const found: CsvRow[] = [];
		for await (const { rows } of csvRows(await written(`a,b\n${text.join("")}`), [["a", "b"]])) found.push(...rows);
		// The header, rows 0 to i, and a line more for each of them that is odd.
		expect(found).toEqual(text.map((_, i) => ({ line: 2 + i + Math.floor((i + 1) / 2), cells: row(i) })));
	});

	test("all rows reach a consumer slower than the disk", async () => {
		// 150,000 rows of 8 to 12 bytes are some twenty reads of 64 KiB.
		const file = await written(`a,b\n${Array.from({ length: 150_000 }, (_, i) => `${i},x`).join("\n")}\n`);
		let next = 0;
		for await (const { rows } of csvRows(file, [["a", "b"]])) {
			if (next % 10 === 0) await setTimeout(1);
			for (const row of rows) expect(row.line === next + 2 && row.cells[0] === String(next++)).toBe(true);
		}
		expect(next).toBe(150_000);
	});
});

describe("wholeNumber", () => {
	const row = { line: 3, cells: [] };

	test.each([
		["0", 0],
		["12", 12],
		["12.0", 12],
		["9007199254740991", Number.MAX_SAFE_INTEGER],
	])("%s", (text, expected) => {
		expect(wholeNumber("f", row, "c", text)).toBe(expected);
	});

	test.each(["", " 1", "-1", "1.5", "1e3", "0x10", "NaN", "9007199254740992"])("refuses '%s'", (text) => {
		expect(() => wholeNumber("f", row, "c", text)).toThrow(
			`c: '${text}' is not a whole number of 0 or more (below 2^53)`,
		);
	});
});
