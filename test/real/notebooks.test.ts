/** `notebooks/cellsim_results.py` on results of the command line, held against what their manifests say. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");
const MAIN = join(ROOT, "dist/cli/main.js");
const run = promisify(execFile);

interface Manifest {
	readonly id: string;
	readonly plan: { readonly seed: string; readonly variant: Readonly<Record<string, string>> };
	readonly pods: number;
	readonly summary: Readonly<Record<string, number>>;
}

let folder: string;
const manifests: Manifest[] = [];

beforeAll(async () => {
	if (!existsSync(PYTHON)) throw new Error("there is no .venv: run test/real/setup.sh first");
	if (!existsSync(MAIN)) throw new Error("there is no dist/: run npm run build first");
	folder = await mkdtemp(join(tmpdir(), "cellsim-real-"));
	const small = join(ROOT, "test/fixtures/experiments/small.yaml");
	await run(process.execPath, [MAIN, "run", small, "-o", folder]);
	// Another experiment, with an axis of its own and fewer tables, in a folder below.
	const text = (await readFile(small, "utf8"))
		.replace("name: small", "name: other")
		.replace("policy: [best-fit, random-fit]", "other: [first-fit]")
		.replace("matrix.policy", "matrix.other")
		.replace(/tables: .*/, "tables: [jobs]");
	await writeFile(join(folder, "other.yaml"), text);
	await run(process.execPath, [MAIN, "run", join(folder, "other.yaml"), "-o", join(folder, "deeper")]);
	for (const name of await readdir(join(folder, "small"))) {
		const file = join(folder, "small", name, "manifest.json");
		if (existsSync(file)) manifests.push(JSON.parse(await readFile(file, "utf8")));
	}
});
afterAll(async () => {
	if (folder !== undefined) await rm(folder, { recursive: true });
});

/** What an expression over the three functions comes to, as JSON. */
async function python(expression: string): Promise<unknown> {
	const script = `import json, sys
import polars as pl
from cellsim_results import manifest, runs, table
folder = sys.argv[1]
print(json.dumps(${expression}))`;
	const { stdout } = await run(PYTHON, ["-B", "-c", script, folder], {
		env: { ...process.env, PYTHONPATH: join(ROOT, "notebooks") },
	});
	return JSON.parse(stdout);
}

test("runs finds those of every experiment below a folder, null where one lacks an axis", async () => {
	const columns = ["experiment", "seed", "matrix_policy", "matrix_other"];
	const rows = await python(`runs(folder).sort("experiment", "index").select(${JSON.stringify(columns)}).rows()`);
	expect(rows).toEqual([
		["other", "1", null, "first-fit"],
		["other", "2", null, "first-fit"],
		["small", "1", "best-fit", null],
		["small", "2", "best-fit", null],
		["small", "1", "random-fit", null],
		["small", "2", "random-fit", null],
	]);
});

test("runs has what the manifests have, and says where they are", async () => {
	expect(manifests).toHaveLength(4);
	const told = await python(
		`{id: [home, conflicts, manifest(home)["digest"] == digest]
  for id, home, conflicts, digest in runs(folder + "/small").select("run", "folder", "conflicts", "digest").rows()}`,
	);
	expect(told).toEqual(
		Object.fromEntries(
			manifests.map(({ id, summary }) => [id, [join(folder, "small", id), summary["conflicts"], true]]),
		),
	);
});

test("table puts a table of all runs beside their matrix values and seeds", async () => {
	const keys = ["run", "seed", "matrix_policy"];
	const told = await python(
		`table(folder + "/small", "pods").group_by(${JSON.stringify(keys)}).len().sort("run").rows()`,
	);
	const expected = manifests.map(({ id, plan, pods }) => [id, plan.seed, plan.variant["policy"], pods]);
	expect(told).toEqual(expected.sort(([a], [b]) => (a! < b! ? -1 : 1)));
	// Enumerations have one dictionary a file; put together they are still words.
	expect(
		await python(`table(folder + "/small", "pods")["outcome"].cast(pl.String).unique().sort().to_list()`),
	).toContain("succeeded");
});

test("what is not there is said", async () => {
	await expect(python(`runs(folder + "/nothing")`)).rejects.toThrow(
		`FileNotFoundError: no runs.arrow in '${folder}/nothing' or below it: run an experiment, or name its results folder`,
	);
	await expect(python(`table(folder + "/deeper", "pods")`)).rejects.toThrow(
		/there is no '.*\/deeper\/other\/\w+\/pods.arrow': is 'pods' among spec.outputs.tables\?/,
	);
});

test("what is installed is what notebooks/requirements.txt pins", async () => {
	const pins = (await readFile(join(ROOT, "notebooks/requirements.txt"), "utf8")).match(/^[\w-]+==\S+$/gm)!;
	const { stdout } = await run(PYTHON, ["-m", "pip", "freeze", "--disable-pip-version-check"]);
	expect(pins.length).toBeGreaterThan(1);
	expect(stdout.split("\n")).toEqual(expect.arrayContaining(pins));
});
