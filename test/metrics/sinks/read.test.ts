import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Table, tableFromArrays, tableToIPC, vectorFromArray } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrowSink } from "../../../src/metrics/sinks/arrow.js";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import { column, readBatches, readTable } from "../../../src/metrics/sinks/read.js";
import { BATCH_ROWS, type MetricSink, type TableSpec, TableWriter } from "../../../src/metrics/table.js";
import { InputError } from "../../../src/objects/input-error.js";

let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cellsim-read-"));
});
afterAll(() => rm(root, { recursive: true }));

const TABLE: TableSpec = {
	name: "t",
	description: "",
	columns: [
		{ name: "time_us", type: "int64", description: "" },
		{ name: "wait_us", type: "int64", description: "", nullable: true },
		{ name: "count", type: "int32", description: "", nullable: true },
		{ name: "share", type: "float64", description: "", nullable: true },
		{ name: "gang", type: "bool", description: "", nullable: true },
		{ name: "job", type: "utf8", description: "", nullable: true },
		{ name: "phase", type: { enum: ["pending", "running"] }, description: "", nullable: true },
	],
};
const LENGTH = 2 * BATCH_ROWS + 5;

function write(sink: MetricSink, rows: number): void {
	const writer = new TableWriter(TABLE, sink);
	const text = ["a", "", null, "Größe"];
	for (let i = 0; i < rows; i++) {
		const sometimes = (value: number, every: number) => (i % every === 0 ? NaN : value);
		writer.row(
			i * 4_294_967_297 * 60,
			sometimes(-i, 3),
			sometimes(i, 5),
			sometimes(i / 7, 4),
			sometimes(i % 2, 6),
			text[i % 4]!,
			sometimes(i % 2, 7),
		);
	}
	writer.flush();
}

async function written(rows: number): Promise<string> {
	const folder = await mkdtemp(join(root, "run-"));
	const sink = await ArrowSink.create(folder);
	write(sink, rows);
	await sink.close();
	return join(folder, "t.arrow");
}

describe("what was written", () => {
	test("comes back, as the memory sink tells it", async () => {
		const memory = new MemorySink();
		write(memory, LENGTH);
		const rows = await readTable(await written(LENGTH));
		expect([...rows.columns.keys()]).toEqual(TABLE.columns.map(({ name }) => name));
		for (const { name } of TABLE.columns) expect(column(rows, name)).toEqual(memory.rows("t").map((row) => row[name]));
		expect(rows.length).toBe(LENGTH);
	});

	test("comes back in pieces as large as they were written", async () => {
		const lengths: number[] = [];
		for await (const rows of readBatches(await written(LENGTH))) lengths.push(rows.length);
		expect(lengths).toEqual([BATCH_ROWS, BATCH_ROWS, 5]);
	});

	test("has columns even without rows", async () => {
		const rows = await readTable(await written(0));
		expect([...rows.columns]).toEqual(TABLE.columns.map(({ name }) => [name, []]));
	});

	test("may be left after the first piece", async () => {
		for await (const rows of readBatches(await written(LENGTH))) {
			expect(rows.length).toBe(BATCH_ROWS);
			break;
		}
	});
});

describe("what cannot be read", () => {
	async function refusal(file: string): Promise<string> {
		const error = await readTable(file).then(
			() => null,
			(thrown: unknown) => thrown,
		);
		expect(error).toBeInstanceOf(InputError);
		return (error as InputError).message;
	}

	async function file(name: string, bytes: Uint8Array | string): Promise<string> {
		await writeFile(join(root, name), bytes);
		return join(root, name);
	}

	test("no file, a folder, another kind of file", async () => {
		expect(await refusal(`${root}/none.arrow`)).toBe(
			`cannot read '${root}/none.arrow': there is no such file; give the folder of a finished run`,
		);
		expect(await refusal(root)).toBe(`cannot read '${root}': it is not a file; name one table, such as pods.arrow`);
		const other = `cannot read '${root}/other': it is not an Arrow IPC file, as 'cellsim run' writes them`;
		expect(await refusal(await file("other", "time_us,job\n1,a\n"))).toBe(other);
		expect(await refusal(await file("other", ""))).toBe(other);
	});

	test("a file cut off anywhere", async () => {
		const bytes = await readFile(await written(3));
		const message = `cannot read '${root}/cut': it ends too early, the run that wrote it was broken off; run it again`;
		for (const length of [6, 8, 100, bytes.length - 10, bytes.length - 1])
			expect(await refusal(await file("cut", bytes.subarray(0, length)))).toBe(message);
	});

	test("a damaged footer", async () => {
		const bytes = await readFile(await written(3));
		const footer = bytes.readInt32LE(bytes.length - 10);
		bytes.fill(0xa5, bytes.length - 10 - footer, bytes.length - 10);
		expect(await refusal(await file("damaged", bytes))).toMatch(
			/^cannot read '.*\/damaged': it is damaged \(.+\); write it again$/,
		);
	});

	test("an integer that a number would round, a type not known here, a column that is not there", async () => {
		const large = tableFromArrays({ n: BigInt64Array.of(1n, 2n ** 53n + 1n) });
		expect(await refusal(await file("large", tableToIPC(large, "file")))).toBe(
			`'${root}/large', column 'n': 9007199254740993 is beyond 2^53, the largest integer read exactly`,
		);
		const dates = new Table({ at: vectorFromArray([new Date(0)]) });
		expect(await refusal(await file("dates", tableToIPC(dates, "file")))).toBe(
			`'${root}/dates', column 'at': type Timestamp<MILLISECOND> is not read here, only integers, floats, booleans and text`,
		);
		const small = await readTable(await file("small", tableToIPC(tableFromArrays({ a: [1], b: [2] }), "file")));
		expect(() => column(small, "c")).toThrow(`'${root}/small' has no column 'c'; it has a, b`);
	});
});
