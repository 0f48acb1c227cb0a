import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dictionary, tableFromIPC, tableToIPC } from "apache-arrow";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrowSink } from "../../../src/metrics/sinks/arrow.js";
import type { ColumnBatch, ColumnSpec, ColumnType, TableSpec } from "../../../src/metrics/table.js";

let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cellsim-arrow-"));
});
afterAll(() => rm(root, { recursive: true }));

const PHASES = { enum: ["pending", "running", "failed"] } as const;

/** One column of every type, and of every type one that takes null. */
const EVERY_TYPE: TableSpec = {
	name: "every_type",
	description: "One column of every type.",
	columns: (["int64", "int32", "float64", "bool", "utf8", PHASES] as const).flatMap((type) => {
		const name = typeof type === "string" ? type : "enum";
		return [
			{ name, type, description: `A ${name}.`, ...(name === "int64" ? { unit: "us" } : {}) },
			{ name: `${name}_or_null`, type, description: "The same, or null.", nullable: true },
		] as ColumnSpec[];
	}),
};

const ROWS: readonly (readonly (number | string | null)[])[] = [
	[0, 0, 0, 0, 0.5, 0.5, 0, 0, "", "", 0, 0],
	[1, NaN, 1, NaN, -1e300, NaN, 1, NaN, "pod-1", null, 1, NaN],
	[-1, -1, -(2 ** 31), -1, Infinity, -Infinity, 1, 1, "Größe 🛰 節点", "é", 2, 2],
	[2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 31 - 1, NaN, 1 / 3, NaN, 0, NaN, "x", null, 1, NaN],
];

describe("what is written", () => {
	test("every type, with and without nulls", async () => {
		const table = tableFromIPC(await written("types", EVERY_TYPE, [batch(EVERY_TYPE, ROWS)]));
		const columns = Object.fromEntries(
			EVERY_TYPE.columns.map(({ name }) => [name, [...table.getChild(name)!]] as const),
		);
		expect(columns).toEqual({
			int64: [0n, 1n, -1n, 9_007_199_254_740_991n],
			int64_or_null: [0n, null, -1n, -9_007_199_254_740_991n],
			int32: [0, 1, -2_147_483_648, 2_147_483_647],
			int32_or_null: [0, null, -1, null],
			float64: [0.5, -1e300, Infinity, 1 / 3],
			float64_or_null: [0.5, null, -Infinity, null],
			bool: [false, true, true, false],
			bool_or_null: [false, null, true, null],
			utf8: ["", "pod-1", "Größe 🛰 節点", "x"],
			utf8_or_null: ["", null, "é", null],
			enum: ["pending", "running", "failed", "running"],
			enum_or_null: ["pending", null, "failed", null],
		});
	});

	test("the schema tells names, types, units and meaning", async () => {
		const { schema } = tableFromIPC(await written("schema", EVERY_TYPE, []));
		expect([...schema.metadata]).toEqual([
			["cellsim.schema", "1"],
			["table", "every_type"],
			["description", "One column of every type."],
		]);
		const [time, orNull] = schema.fields;
		expect([...time!.metadata]).toEqual([
			["description", "A int64."],
			["unit", "us"],
		]);
		expect([...orNull!.metadata]).toEqual([["description", "The same, or null."]]);
		expect(schema.fields.map((field) => `${field.type}${field.nullable ? "?" : ""}`)).toEqual([
			...["Int64", "Int64?", "Int32", "Int32?", "Float64", "Float64?", "Bool", "Bool?", "Utf8", "Utf8?"],
			...["Dictionary<Uint8, Utf8>", "Dictionary<Uint8, Utf8>?"],
		]);
		expect(schema.fields.slice(10).map((field) => (field.type as Dictionary).id)).toEqual([10, 11]);
	});

	test("an empty table has its schema and no rows", async () => {
		const table = tableFromIPC(await written("empty", EVERY_TYPE, []));
		expect([table.numRows, table.numCols]).toEqual([0, 12]);
	});

	test("an int64 is what BigInt says", async () => {
		const spec = single("int64");
		const integer = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(2 ** 32, -(2 ** 32), 2 ** 31, -0));
		const property = fc.asyncProperty(fc.array(integer, { minLength: 1, maxLength: 40 }), async (cells) => {
			const bytes = await written("integers", spec, [{ rows: cells.length, columns: [Float64Array.from(cells)] }]);
			expect([...tableFromIPC(bytes).getChild("x")!]).toEqual(cells.map((cell) => BigInt(cell)));
		});
		await fc.assert(property, { seed: 7, numRuns: 50 });
	});

	test("text longer than the first buffer, and text that is no Unicode", async () => {
		const long = "ß".repeat(50_000);
		const batches = [["a", long, long], ["\ud800 alone"], ["b"]].map((texts) => ({
			rows: texts.length,
			columns: [texts],
		}));
		const table = tableFromIPC(await written("text", single("utf8"), batches));
		expect([...table.getChild("x")!]).toEqual(["a", long, long, "\ufffd alone", "b"]);
	});

	test("only the first rows of longer arrays, copied before the writer uses them again", async () => {
		const sink = await ArrowSink.create(join(root, "reuse"));
		const spec = { ...single("int32"), columns: [single("int32").columns[0]!, single("utf8", "text").columns[0]!] };
		const numbers = new Float64Array(10).fill(NaN);
		const texts = new Array<string | null>(10).fill(null);
		sink.open(spec);
		for (const value of [1, 2]) {
			numbers[0] = value;
			texts[0] = `text ${value}`;
			sink.append("t", { rows: 1, columns: [numbers, texts] });
		}
		sink.append("t", { rows: 0, columns: [numbers, texts] });
		await sink.close();
		const table = tableFromIPC(await readFile(join(root, "reuse/t.arrow")));
		expect(table.toArray().map((row) => row.toJSON())).toEqual([
			{ x: 1, text: "text 1" },
			{ x: 2, text: "text 2" },
		]);
	});
});

describe("bytes", () => {
	const batches = [batch(EVERY_TYPE, ROWS), batch(EVERY_TYPE, ROWS.slice(1)), batch(EVERY_TYPE, ROWS)];

	test("are those of Arrow's own one-shot writer", async () => {
		const bytes = await written("oracle", EVERY_TYPE, batches);
		expect(bytes.equals(tableToIPC(tableFromIPC(bytes), "file"))).toBe(true);
		const empty = await written("oracle", EVERY_TYPE, []);
		expect(empty.equals(tableToIPC(tableFromIPC(empty), "file"))).toBe(true);
	});

	test("are the same again, and again after another table", async () => {
		const first = sha256(await written("first", EVERY_TYPE, batches));
		expect(sha256(await written("second", EVERY_TYPE, batches))).toBe(first);

		const other: TableSpec = { ...EVERY_TYPE, name: "other", columns: [...EVERY_TYPE.columns].reverse() };
		const reversed = ROWS.map((row) => [...row].reverse());
		const sink = await ArrowSink.create(join(root, "third"));
		sink.open(other);
		sink.open(EVERY_TYPE);
		for (const one of batches) {
			sink.append("other", batch(other, reversed));
			sink.append("every_type", one);
			await sink.drain();
		}
		await sink.close();
		expect(sha256(await readFile(join(root, "third/every_type.arrow")))).toBe(first);
	});

	test("are on disk after a drain", async () => {
		const folder = join(root, "drained");
		const sink = await ArrowSink.create(folder);
		sink.open(single("int64"));
		const cells = new Float64Array(1000).fill(5);
		// 600 batches make more buffers than one writev call takes (1024).
		for (let i = 0; i < 600; i++) sink.append("t", { rows: 1000, columns: [cells] });
		await sink.drain();
		expect((await stat(join(folder, "t.arrow"))).size).toBeGreaterThan(600 * 1000 * 8);
		await sink.close();
		const column = tableFromIPC(await readFile(join(folder, "t.arrow"))).getChild("x")!;
		expect([column.length, column.get(0), column.get(599_999)]).toEqual([600_000, 5n, 5n]);
	});
});

describe("cells that do not fit are the probe's fault", () => {
	const cases: readonly [string, ColumnType, boolean, number | string | null, string][] = [
		["fraction", "int64", false, 1.5, "1.5 is not an integer below 2^53"],
		["too large", "int64", true, 2 ** 53, "9007199254740992 is not an integer below 2^53 or null"],
		["endless", "int64", true, Infinity, "Infinity is not an integer below 2^53 or null"],
		["null", "int64", false, NaN, "NaN is not an integer below 2^53"],
		["fraction", "int32", true, 0.5, "0.5 is not an integer from -2^31 to 2^31-1 or null"],
		["too large", "int32", false, 2 ** 31, "2147483648 is not an integer from -2^31 to 2^31-1"],
		["null", "int32", false, NaN, "NaN is not an integer from -2^31 to 2^31-1"],
		["null", "float64", false, NaN, "NaN is not a number"],
		["null", "bool", false, NaN, "NaN is not 0 or 1"],
		["two", "bool", true, 2, "2 is not 0 or 1 or null"],
		["outside", PHASES, true, 3, "3 is not the index of one of 3 values (pending, running, failed) or null"],
		["negative", PHASES, false, -1, "-1 is not the index of one of 3 values (pending, running, failed)"],
		["null", PHASES, false, NaN, "NaN is not the index of one of 3 values (pending, running, failed)"],
		["null", "utf8", false, null, "null is not text"],
		["a number", "utf8", true, NaN, "NaN is not text or null"],
	];
	test.each(cases)("%s in %j, nullable %s", async (_, type, nullable, cell, message) => {
		const sink = await ArrowSink.create(join(root, "refused"));
		sink.open(single(type, "x", nullable));
		const good = type === "utf8" ? "a" : 1;
		const bad = batch(single(type), [[good], [good], [cell]]);
		expect(() => sink.append("t", bad)).toThrow(`table 't', column 'x', row 2 of the batch: ${message}`);
	});

	test("a column shorter than its batch, or missing", async () => {
		const sink = await ArrowSink.create(join(root, "refused"));
		sink.open(single("float64"));
		expect(() => sink.append("t", { rows: 2, columns: [new Float64Array(1)] })).toThrow(
			"table 't', column 'x', row 1 of the batch: undefined is not a number",
		);
		expect(() => sink.append("t", { rows: 2, columns: [] })).toThrow("table 't' has 1 columns, the batch 0");
	});

	test("a table opened twice, or not at all; too many words", async () => {
		const sink = await ArrowSink.create(join(root, "refused"));
		sink.open(single("bool"));
		expect(() => sink.open(single("bool"))).toThrow("table 't' is opened twice");
		expect(() => sink.append("u", { rows: 0, columns: [] })).toThrow("table 'u' is not open");
		const words = Array.from({ length: 257 }, (_, i) => `word ${i}`);
		expect(() => sink.open({ ...single({ enum: words }), name: "v" })).toThrow(
			"table 'v', column 'x': an enum takes at most 256 different values",
		);
	});
});

describe("folders and files that cannot be written", () => {
	test("a file where the folder should be", async () => {
		const folder = join(root, "a-file");
		await writeFile(folder, "");
		await expect(ArrowSink.create(folder)).rejects.toThrow(
			`cannot write '${folder}': there is a file of that name; choose another folder`,
		);
		await expect(ArrowSink.create(join(folder, "below"))).rejects.toThrow(
			`cannot write '${folder}/below': part of the path is a file, not a folder; choose another folder`,
		);
	});

	test("a folder removed meanwhile: drain says so, and close again", async () => {
		const folder = join(root, "removed");
		const sink = await ArrowSink.create(folder);
		sink.open(single("bool"));
		await rm(folder, { recursive: true });
		const message = `cannot write '${folder}/t.arrow': the folder does not exist any more; it was removed while the run was going on`;
		await expect(sink.drain()).rejects.toThrow(message);
		await expect(sink.close()).rejects.toThrow(message);
	});

	test.skipIf(!existsSync("/dev/full"))("a full disk (needs /dev/full)", async () => {
		const folder = join(root, "full");
		const sink = await ArrowSink.create(folder);
		await symlink("/dev/full", join(folder, "t.arrow"));
		sink.open(single("int32"));
		sink.append("t", { rows: 1, columns: [Float64Array.of(1)] });
		await expect(sink.close()).rejects.toThrow(
			`cannot write '${folder}/t.arrow': no space left on the device; free some, or choose another folder`,
		);
	});
});

function single(type: ColumnType, name = "x", nullable = false): TableSpec {
	return { name: "t", description: "", columns: [{ name, type, description: "", nullable }] };
}

function batch(table: TableSpec, rows: readonly (readonly (number | string | null)[])[]): ColumnBatch {
	const columns = table.columns.map((column, c) => {
		const cells = rows.map((row) => row[c]!);
		return column.type === "utf8" ? (cells as (string | null)[]) : Float64Array.from(cells as number[]);
	});
	return { rows: rows.length, columns };
}

async function written(name: string, table: TableSpec, batches: readonly ColumnBatch[]): Promise<Buffer> {
	const folder = join(root, name);
	const sink = await ArrowSink.create(folder);
	sink.open(table);
	for (const one of batches) sink.append(table.name, one);
	await sink.close();
	return readFile(join(folder, `${table.name}.arrow`));
}

function sha256(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}
