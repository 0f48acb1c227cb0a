/** What `cellsim export` writes, read by the tools that it is for. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");
const MAIN = join(ROOT, "dist/cli/main.js");
const run = promisify(execFile);

let root: string;
let results: string;
let prometheus: ChildProcess | null = null;
beforeAll(async () => {
	if (!existsSync(PYTHON)) throw new Error("there is no .venv: run test/real/setup.sh first");
	if (!existsSync(MAIN)) throw new Error("there is no dist/: run npm run build first");
	root = await mkdtemp(join(tmpdir(), "cellsim-real-"));
	await run(process.execPath, [MAIN, "run", join(ROOT, "test/fixtures/experiments/small.yaml"), "-o", root]);
	results = join(root, "small");
});
afterAll(async () => {
	prometheus?.kill("SIGKILL");
	if (root !== undefined) await rm(root, { recursive: true });
});

async function exported(format: string, ...params: string[]): Promise<string> {
	const folder = await mkdtemp(join(root, `${format}-`));
	const settings = params.flatMap((param) => ["--param", param]);
	await run(process.execPath, [MAIN, "export", format, results, "-o", folder, ...settings]);
	return folder;
}

async function python(script: string, ...args: string[]): Promise<string> {
	return (await run(PYTHON, ["-c", script, ...args])).stdout;
}

test("Parquet files have the rows, types, nulls and descriptions of the tables, and are the same each time", async () => {
	const script = `import sys, pathlib, pyarrow as pa, pyarrow.parquet as pq, polars as pl
results, folder = map(pathlib.Path, sys.argv[1:])
tables = sorted(results.rglob("*.arrow"))
def words(table):
    # Dictionaries may have their words in another order.
    return pa.table({name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for name, column in zip(table.column_names, table.columns)})
for file in tables:
    table = pa.ipc.open_file(file).read_all()
    parquet = folder / file.relative_to(results).with_suffix(".parquet")
    back = pq.read_table(parquet)
    back.validate(full=True)
    assert back.schema.types == table.schema.types, file
    assert words(back).equals(words(table)), file
    assert pq.read_metadata(parquet).num_rows == table.num_rows
    for field in table.schema:
        assert back.schema.field(field.name).metadata == field.metadata, field
    assert pl.read_parquet(parquet).height == table.num_rows
print(len(tables))`;
	const folder = await exported("parquet");
	const files = (await readdir(results, { recursive: true })).filter((name) => name.endsWith(".arrow"));
	expect(await python(script, results, folder)).toBe(`${files.length}\n`);
	const again = await exported("parquet");
	for (const file of files) {
		const name = file.replace(/arrow$/, "parquet");
		expect(await readFile(join(again, name))).toEqual(await readFile(join(folder, name)));
	}
});

test("polars reads from CSV what it reads from Arrow", async () => {
	const script = `import sys, pathlib, polars as pl
results, folder = map(pathlib.Path, sys.argv[1:])
for file in sorted(results.rglob("*.arrow")):
    table = pl.read_ipc(file)
    words = [name for name, kind in table.schema.items() if kind in (pl.Categorical, pl.Enum)]
    table = table.with_columns(pl.col(words).cast(pl.String))
    back = pl.read_csv(folder / file.relative_to(results).with_suffix(".csv"), schema=table.schema)
    assert back.equals(table), file
print("same")`;
	expect(await python(script, results, await exported("csv"))).toBe("same\n");
});

test("Prometheus answers with the samples that were backfilled", async () => {
	const folder = await exported("openmetrics", "epoch=2026-01-01T00:00:00Z");
	const data = join(root, "data");
	const runs = (await readdir(folder)).sort();
	expect(runs).toHaveLength(4);
	for (const name of runs)
		await run("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(folder, name, "metrics.txt"), data]);
	const port = await freePort();
	await writeFile(join(root, "prometheus.yml"), "scrape_configs: []\n");
	prometheus = spawn(
		"prometheus",
		[
			`--config.file=${join(root, "prometheus.yml")}`,
			`--storage.tsdb.path=${data}`,
			"--storage.tsdb.retention.time=100y",
			`--web.listen-address=127.0.0.1:${port}`,
		],
		{ stdio: "ignore" },
	);
	const ask = async (query: string, time: string) => {
		const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}&time=${time}`;
		const answer = (await (await fetch(url)).json()) as {
			data: { result: { metric: object; value: [number, string] }[] };
		};
		return answer.data.result;
	};
	await untilReady(`http://127.0.0.1:${port}/-/ready`);
	// Node n-0 fails after 10 minutes, for 5; samples are 5 minutes apart, and one at 10 minutes is taken after the failure.
	const ready = (time: string) =>
		ask('sum(cellsim_node_ready{experiment="small",seed="1",matrix_policy="best-fit"})', time);
	expect((await ready("2026-01-01T00:05:00Z")).map(({ value }) => value[1])).toEqual(["20"]);
	expect((await ready("2026-01-01T00:10:00Z")).map(({ value }) => value[1])).toEqual(["19"]);
	const summaries = await ask('cellsim_run_summary{metric="pods_submitted"}', "2026-01-01T00:30:00Z");
	const manifests = await Promise.all(
		runs.map(async (name) => JSON.parse(await readFile(join(results, name, "manifest.json"), "utf8"))),
	);
	const told = summaries.map(({ metric, value }) => [(metric as { run: string }).run, Number(value[1])]);
	expect(told.sort()).toEqual(manifests.map(({ id, summary }) => [id, summary.pods_submitted]).sort());
});

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer().on("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}

async function untilReady(url: string): Promise<void> {
	for (let tries = 0; tries < 300; tries++) {
		const answer = await fetch(url).catch(() => null);
		if (answer?.ok) return;
		await setTimeout(100);
	}
	throw new Error(`${url} does not answer`);
}
