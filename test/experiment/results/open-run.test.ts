import { existsSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError, type OpenedRun, openRun } from "../../../src/index.js";
import { runFolder } from "../../scenarios/run-folder.js";
import { jobs, planOf, THREE_NODES } from "../../scenarios/scenario.js";

const root = mkdtempSync(join(tmpdir(), "cellsim-open-run-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Three pods, one every 5 s, decided on in one second each. */
const made = () =>
	runFolder(
		planOf(`
clock: {end: 60s}
${THREE_NODES}
workloads: [${jobs("batch", { cpu: "3", duration: "10s", arrival: "deterministic: {every: 5s}", count: 3 })}]
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit, decisionTime: {perJob: 1s}}]}
outputs: {tables: [pods, jobs]}
`),
		root,
	);

let run: OpenedRun;
beforeAll(async () => {
	run = await openRun(await made());
});

test("a run tells what it was, and which tables it has", () => {
	expect(run.tables).toEqual(["import_report", "jobs", "pods"]);
	expect(run.manifest).toMatchObject({ kind: "RunManifest", pods: 3, plan: { seed: "1" } });
	expect(existsSync(join(run.folder, "manifest.json"))).toBe(true);
});

test("a table is columns of plain values, at once or in pieces", async () => {
	const pods = await run.read("pods");
	expect(pods.length).toBe(3);
	expect(pods.columns.get("pending_time_us")).toEqual([1_000_000, 1_000_000, 1_000_000]);
	const pieces = [];
	for await (const piece of run.batches("pods", ["outcome"])) pieces.push([...piece.columns]);
	expect(pieces).toEqual([[["outcome", ["succeeded", "succeeded", "succeeded"]]]]);
});

test("columns are described, as in Arrow's own form", async () => {
	const table = await run.arrow("pods");
	const columns = await run.columns("pods");
	expect(columns.map(({ name }) => name)).toEqual(table.schema.names);
	expect(columns.find(({ name }) => name === "pending_time_us")).toMatchObject({ kind: "number", unit: "us" });
	expect([table.numRows, table.getChild("pending_time_us")!.get(0)]).toEqual([3, 1_000_000n]);
	expect(tableToIPC(table).length).toBeGreaterThan(0);
});

test("a run is found by name; one that is not there is said with those that are", async () => {
	expect((await openRun(join(root, "seed=1"))).folder).toBe(run.folder);
	await expect(openRun(join(root, "seed=2"))).rejects.toThrow(
		`no run in '${root}' is called 'seed=2'; there are\n  ${root}/seed=1  (${run.manifest.id})`,
	);
});

test("a table that is not there, or was broken off, is said", async () => {
	for (const read of [run.read, run.arrow, run.columns])
		await expect(read("attempts")).rejects.toThrow(
			new InputError(`the run in '${run.folder}' has no table 'attempts'; it has: import_report, jobs, pods`),
		);
	await expect(run.read("pod")).rejects.toThrow("did you mean 'pods'?");
	truncateSync(join(run.folder, "jobs.arrow"), 500);
	await expect(run.arrow("jobs")).rejects.toThrow(`cannot read '${run.folder}/jobs.arrow': it ends too early`);
});
