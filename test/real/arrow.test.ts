import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArrowSink } from "../../src/metrics/sinks/arrow.js";
import { type TableSpec, TableWriter } from "../../src/metrics/table.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");
const run = promisify(execFile);

/** What `read_tables.py` says about one file. */
interface Told {
	readonly rows: number;
	readonly batches: number;
	readonly schema: Readonly<Record<string, Readonly<Record<string, string>>>>;
	readonly metadata: Readonly<Record<string, string>>;
	readonly values?: Readonly<Record<string, readonly (number | string | boolean | null)[]>>;
}

let folder: string;
beforeAll(async () => {
	if (!existsSync(PYTHON)) throw new Error("there is no .venv: run test/real/setup.sh first");
	folder = await mkdtemp(join(tmpdir(), "cellsim-real-"));
});
afterAll(async () => {
	if (folder !== undefined) await rm(folder, { recursive: true });
});

const PHASES = { enum: ["pending", "running", "größer"] } as const;

const TABLE: TableSpec = {
	name: "every_type",
	description: "One column of every type: Größe 🛰.",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "When." },
		{ name: "wait_us", type: "int64", unit: "us", description: "", nullable: true },
		{ name: "count", type: "int32", description: "" },
		{ name: "restarts", type: "int32", description: "", nullable: true },
		{ name: "share", type: "float64", unit: "1", description: "" },
		{ name: "usage", type: "float64", unit: "1", description: "", nullable: true },
		{ name: "gang", type: "bool", description: "" },
		{ name: "evicted", type: "bool", description: "", nullable: true },
		{ name: "name", type: "utf8", description: "" },
		{ name: "node", type: "utf8", description: "", nullable: true },
		{ name: "phase", type: PHASES, description: "" },
		{ name: "last_phase", type: PHASES, description: "", nullable: true },
	],
};

const LARGEST = 2 ** 53 - 1;
const CELLS: readonly (readonly (number | string | null)[])[] = [
	[0, NaN, 0, NaN, 0, NaN, 0, NaN, "", null, 0, NaN],
	[LARGEST, -LARGEST, 2 ** 31 - 1, -(2 ** 31), 1 / 3, 1e-300, 1, 0, "Größe 🛰 節点", "", 2, 1],
	[-LARGEST, 2 ** 32, -(2 ** 31), 0, -1e300, 0.1, 1, 1, "pod-1", "node-1", 1, 2],
	[-1, -(2 ** 32) - 1, -1, NaN, 0.5, NaN, 0, NaN, "x", "ß", 1, 0],
];

/** The same cells as a reader should see them. */
function seen(rows: number): Record<string, unknown[]> {
	const value = (cell: number | string | null, type: TableSpec["columns"][number]["type"]) => {
		if (cell === null || Number.isNaN(cell)) return null;
		if (type === "bool") return cell === 1;
		return typeof type === "object" ? type.enum[cell as number] : cell;
	};
	return Object.fromEntries(
		TABLE.columns.map(({ name, type }, c) => [
			name,
			Array.from({ length: rows }, (_, row) => value(CELLS[row % CELLS.length]![c]!, type)),
		]),
	);
}

async function readTables(...paths: readonly string[]): Promise<Readonly<Record<string, Told>>> {
	const script = join(ROOT, "test/real/read_tables.py");
	const { stdout } = await run(PYTHON, [script, ...paths], { maxBuffer: 1 << 28 });
	return JSON.parse(stdout);
}

describe("pyarrow and polars read what the sink wrote", () => {
	test("every type, null, Unicode, the largest integers, in several batches; and an empty table", async () => {
		const rows = 33_001;
		const sink = await ArrowSink.create(folder);
		const writer = new TableWriter(TABLE, sink);
		const small = new TableWriter({ ...TABLE, name: "small" }, sink);
		sink.open({ ...TABLE, name: "empty" });
		for (let row = 0; row < rows; row++) {
			writer.row(...CELLS[row % CELLS.length]!);
			if (row % 10_000 === 0) await sink.drain();
		}
		writer.flush();
		for (const cells of CELLS) small.row(...cells);
		small.flush();
		await sink.close();

		const told = await readTables("--values", folder);
		const summary = (name: string) => {
			const { rows, batches } = told[join(folder, `${name}.arrow`)]!;
			return { rows, batches };
		};
		expect(summary("every_type")).toEqual({ rows, batches: 3 });
		expect(summary("small")).toEqual({ rows: 4, batches: 1 });
		expect(summary("empty")).toEqual({ rows: 0, batches: 0 });

		for (const [name, count] of [["every_type", rows] as const, ["small", 4] as const, ["empty", 0] as const]) {
			const { schema, values, metadata } = told[join(folder, `${name}.arrow`)]!;
			expect(values).toEqual(seen(count));
			expect(metadata).toEqual({ "cellsim.schema": "1", table: name, description: TABLE.description });
			const phase = "dictionary<values=string, indices=uint8, ordered=0>";
			expect(Object.values(schema).map((field) => field["type"])).toEqual([
				...["int64", "int64 or null", "int32", "int32 or null", "double", "double or null"],
				...["bool", "bool or null", "string", "string or null", phase, `${phase} or null`],
			]);
			expect(schema["time_us"]).toEqual({ type: "int64", description: "When.", unit: "us" });
		}
	});

	test("and the reading script does refuse: a damaged batch, a folder without tables", async () => {
		const bytes = tableToIPC(tableFromArrays({ word: ["abc", "def"] }), "file");
		const text = Buffer.from(bytes).indexOf("abcdef");
		bytes[text] = 0xff;
		const file = join(folder, "broken.arrow");
		await writeFile(file, bytes);
		await expect(readTables(file)).rejects.toThrow(`${file}: batch 0: In column 0`);
		await rm(file);
		await expect(readTables(await mkdtemp(join(folder, "none-")))).rejects.toThrow("no .arrow file in");
	});
});

describe("pyarrow and polars read what the command line wrote", () => {
	test("every table of the quick start", async () => {
		const main = join(ROOT, "dist/cli/main.js");
		if (!existsSync(main)) throw new Error("there is no dist/: run npm run build first");
		const out = join(folder, "quickstart");
		await run(process.execPath, [main, "run", "experiments/quickstart.yaml", "-o", out], { cwd: ROOT });
		const files = (await readdir(out, { recursive: true })).filter((file) => file.endsWith(".arrow"));
		const told = await readTables(out);
		expect(Object.keys(told).sort()).toEqual(files.map((file) => join(out, file)).sort());
		const pods = Object.entries(told).filter(([file]) => file.endsWith("/pods.arrow"));
		expect(pods.length).toBeGreaterThan(0);
		for (const [file, { rows }] of pods) expect(rows, file).toBeGreaterThan(0);
		// The notebook in percent format is a program too.
		const { stdout } = await run(PYTHON, ["notebooks/first_look.py", join(out, "quickstart")], { cwd: ROOT });
		expect(stdout).toContain("Insufficient gpu");
	});

	test("the quickstart gives the same bytes on one worker and on two", async () => {
		const sums = await Promise.all(
			["1", "2"].map(async (workers) => {
				const out = join(folder, `workers-${workers}`);
				const only = ["--only", "policy=random-fit", "--only", "policy=best-fit"];
				await run(
					process.execPath,
					["dist/cli/main.js", "run", "experiments/quickstart.yaml", "-o", out, "-w", workers, ...only],
					{
						cwd: ROOT,
					},
				);
				const files = (await readdir(out, { recursive: true })).filter((file) => file.endsWith(".arrow")).sort();
				const sum = async (file: string) =>
					createHash("sha256")
						.update(await readFile(join(out, file)))
						.digest("hex");
				return Promise.all(files.map(async (file) => `${file} ${await sum(file)}`));
			}),
		);
		expect(sums[0]!.length).toBeGreaterThan(12);
		expect(sums[1]).toEqual(sums[0]);
	});
});
