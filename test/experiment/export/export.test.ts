import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportResults } from "../../../src/experiment/export/export.js";
import { ArrowSink } from "../../../src/metrics/sinks/arrow.js";
import { type ColumnSpec, TableWriter } from "../../../src/metrics/table.js";

let root: string;
let run: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cellsim-export-"));
	run = join(root, "aaaaaaaaaaaa");
	await mkdir(run);
	await writeFile(
		join(run, "manifest.json"),
		JSON.stringify({
			kind: "RunManifest",
			id: "aaaaaaaaaaaa",
			plan: { experiment: "tiny", seed: "7", variant: { policy: 'best "fit"' } },
			endTimeUs: 10_000_000,
			summary: { pending_time_mean_us: 1.5, makespan_us: null },
		}),
	);
	const sink = await ArrowSink.create(run);
	const table = (name: string, columns: readonly ColumnSpec[], ...rows: readonly (number | string | null)[][]) => {
		const writer = new TableWriter({ name, description: "", columns }, sink);
		for (const row of rows) writer.row(...row);
		writer.flush();
	};
	const integer = (name: string, unit?: "us" | "milli" | "bytes" | "milli-gpu"): ColumnSpec => ({
		name,
		type: "int64",
		description: `${name} it is`,
		nullable: true,
		...(unit && { unit }),
	});
	const text = (name: string): ColumnSpec => ({ name, type: "utf8", description: "", nullable: true });
	table(
		"pods",
		[
			integer("pod"),
			text("name"),
			integer("job"),
			text("class"),
			integer("priority"),
			integer("submit_time_us", "us"),
			integer("bound_time_us", "us"),
			integer("start_time_us", "us"),
			integer("end_time_us", "us"),
			integer("pending_time_us", "us"),
			text("node"),
			{ name: "outcome", type: { enum: ["succeeded", "running", "pending"] }, description: "" },
			integer("cpu_request_milli", "milli"),
			integer("memory_request_bytes", "bytes"),
			integer("gpu_request_milli", "milli-gpu"),
		],
		// On n-2: a from 1 to 5, b from 2 to 4, c from 4 on, so in b's slot; d on n-10 until the run ends; e never got a node.
		[0, "a", 0, "", 0, 0, 500_000, 1_000_000, 5_000_000, 500_000, "n-2", 0, 1000, 1, 0],
		[1, "b", 0, "", 0, 0, 500_000, 2_000_000, 4_000_000, 500_000, "n-2", 0, 1000, 1, 0],
		[2, "c", 1, "x", 9, 3_000_000, 4_000_000, 4_000_000, NaN, 1_000_000, "n-2", 1, 1000, 1, 0],
		[3, "d", 2, "", 0, 0, 1_000_000, 1_000_000, NaN, 1_000_000, "n-10", 1, 1000, 1, 0],
		[4, "e", 3, "", 0, 6_000_000, NaN, NaN, NaN, NaN, null, 2, 1000, 1, 0],
	);
	table(
		"attempts",
		[
			...["attempt", "job", "scheduler"].map((name) => integer(name)),
			integer("begin_time_us", "us"),
			integer("commit_time_us", "us"),
			...["pods", "placed", "conflicts", "unplaced"].map((name) => integer(name)),
			{ name: "outcome", type: { enum: ["placed", "unschedulable"] }, description: "" },
			text("rejections"),
		],
		[0, 0, 0, 0, 500_000, 2, 2, 0, 0, 0, null],
		[1, 3, 1, 6_000_000, 6_000_000, 1, 0, 0, 1, 1, "insufficient cpu: 2"],
	);
	table(
		"nodes",
		[
			integer("time_us", "us"),
			text("node"),
			{ name: "ready", type: "bool", description: "Whether it is healthy" },
			integer("pods"),
			integer("cpu_requested_milli", "milli"),
			integer("memory_requested_bytes", "bytes"),
			integer("gpu_requested_milli", "milli-gpu"),
		],
		[0, "n-2", 1, 0, 0, 0, 0],
		[0, "n-10", 1, 0, 0, 0, 0],
		[5_000_001, "n-2", 1, 1, 1000, 1, 0],
		[5_000_001, "n-10", 0, 1, 1000, NaN, 500],
	);
	table(
		"words",
		[text("word"), { name: "share", type: "float64", description: "", nullable: true }],
		['say "hi", twice', 0.1],
		["two\nlines", NaN],
		["", 1e21],
		[null, -1],
	);
	table("nothing", [integer("count")]);
	await sink.close();
});
afterAll(() => rm(root, { recursive: true }));

/** Exports; what was written. */
async function exported(format: string, path: string, ...params: string[]): Promise<Record<string, string>> {
	const folder = await mkdtemp(join(root, "out-"));
	const files: Record<string, string> = {};
	const written: string[] = [];
	await exportResults(format, path, { folder, params, force: false, written: (file) => written.push(file) });
	for (const file of written) {
		const bytes = await readFile(file);
		files[file.slice(folder.length + 1)] = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
	}
	expect((await readdir(folder, { recursive: true })).filter((name) => name.includes("partial"))).toEqual([]);
	return files;
}

test("csv quotes what needs it, and tells null from an empty text", async () => {
	expect(await exported("csv", join(run, "words.arrow"))).toEqual({
		"words.csv": 'word,share\n"say ""hi"", twice",0.1\n"two\nlines",\n"",1e+21\n,-1\n',
	});
});

test("a run becomes a file a table, one without rows its header", async () => {
	const files = await exported("csv", run);
	expect(Object.keys(files)).toEqual(["attempts.csv", "nodes.csv", "nothing.csv", "pods.csv", "words.csv"]);
	expect(files["nothing.csv"]).toBe("count\n");
});

describe("chrome-trace", () => {
	interface Event {
		readonly ph: string;
		readonly pid: number;
		readonly tid?: number;
		readonly name: string;
		readonly ts?: number;
		readonly dur?: number;
		readonly args: Record<string, unknown>;
	}
	const events = async (...params: string[]) => {
		const { traceEvents } = JSON.parse((await exported("chrome-trace", run, ...params))["trace.json.gz"]!) as {
			traceEvents: Event[];
		};
		return traceEvents;
	};
	const slices = (all: readonly Event[]) =>
		all.filter(({ ph }) => ph === "X").map(({ pid, tid, name, ts, dur }) => [pid, tid, name, ts, dur]);

	test("nodes are processes by number, pods slices in the first slot that is free, schedulers process 0", async () => {
		const all = await events();
		expect(slices(all)).toEqual([
			[1, 1, "a", 1_000_000, 4_000_000],
			[1, 2, "b", 2_000_000, 2_000_000],
			[1, 2, "c", 4_000_000, 6_000_000],
			[2, 1, "d", 1_000_000, 9_000_000],
			[0, 1, "job 0: placed", 0, 500_000],
			[0, 2, "job 3: unschedulable", 6_000_000, 0],
		]);
		const names = all.filter(({ name }) => name === "process_name");
		expect(names.map(({ pid, args }) => [pid, args["name"]])).toEqual([
			[1, "n-2"],
			[2, "n-10"],
			[0, "schedulers"],
		]);
		expect(all.find(({ name }) => name === "c")!.args).toMatchObject({
			pod: 2,
			class: "x",
			priority: 9,
			outcome: "running",
		});
	});

	test("the counter has the pods without a node after each change", async () => {
		const counter = (await events()).filter(({ ph }) => ph === "C");
		expect(counter.map(({ ts, args }) => [ts, args["pods"]])).toEqual([
			[0, 3],
			[500_000, 1],
			[1_000_000, 0],
			[3_000_000, 1],
			[4_000_000, 0],
			[6_000_000, 1],
		]);
	});

	test("a window and nodes narrow it", async () => {
		expect(slices(await events("from=4500ms", "to=5s", "nodes=[n-2]"))).toEqual([
			[1, 1, "a", 1_000_000, 4_000_000],
			[1, 2, "c", 4_000_000, 6_000_000],
		]);
	});

	test("more than the limit is refused, and a node on which nothing ran", async () => {
		await expect(events("limit=5")).rejects.toThrow(
			"6 slices are more than the limit of 5: show a part with --param from=.., --param to=.. (the run ends at 10s) or --param nodes=[..], or raise --param limit=..",
		);
		await expect(events("nodes=[n-3]")).rejects.toThrow("no pod ran on 'n-3' in that time: check --param nodes=[..]");
	});
});

test("openmetrics has one gauge a number in base units, series by series, and the summary", async () => {
	const { "metrics.txt": text } = await exported("openmetrics", run, "epoch=2026-01-01T00:00:00Z");
	const head = 'run="aaaaaaaaaaaa",experiment="tiny",seed="7",matrix_policy="best \\"fit\\""';
	const gauge = (name: string, unit: string, help: string, ...points: readonly (readonly [string, string])[]) => [
		`# TYPE ${name} gauge`,
		...(unit === "" ? [] : [`# UNIT ${name} ${unit}`]),
		`# HELP ${name} ${help}`,
		...points.map(([node, rest]) => `${name}{${head},node="${node}"} ${rest}`),
	];
	// 2026-01-01 is 1,767,225,600 s after 1970.
	const [first, second] = ["1767225600", "1767225605.000001"];
	expect(text!.split("\n")).toEqual([
		...gauge(
			"cellsim_node_ready",
			"",
			"Whether it is healthy",
			["n-2", `1 ${first}`],
			["n-2", `1 ${second}`],
			["n-10", `1 ${first}`],
			["n-10", `0 ${second}`],
		),
		...gauge(
			"cellsim_node_pods",
			"",
			"pods it is",
			["n-2", `0 ${first}`],
			["n-2", `1 ${second}`],
			["n-10", `0 ${first}`],
			["n-10", `1 ${second}`],
		),
		...gauge(
			"cellsim_node_cpu_requested_cores",
			"cores",
			"cpu_requested_milli it is",
			["n-2", `0 ${first}`],
			["n-2", `1 ${second}`],
			["n-10", `0 ${first}`],
			["n-10", `1 ${second}`],
		),
		// No point where there is no value.
		...gauge(
			"cellsim_node_memory_requested_bytes",
			"bytes",
			"memory_requested_bytes it is",
			["n-2", `0 ${first}`],
			["n-2", `1 ${second}`],
			["n-10", `0 ${first}`],
		),
		...gauge(
			"cellsim_node_gpu_requested_devices",
			"devices",
			"gpu_requested_milli it is",
			["n-2", `0 ${first}`],
			["n-2", `0 ${second}`],
			["n-10", `0 ${first}`],
			["n-10", `0.5 ${second}`],
		),
		"# TYPE cellsim_run_summary gauge",
		"# HELP cellsim_run_summary Summary metrics at the end of the run, in the units of their names",
		`cellsim_run_summary{${head},metric="pending_time_mean_us"} 1.5 1767225610`,
		"# EOF",
		"",
	]);
});

describe("what cannot be exported", () => {
	const refused = (format: string, path: string, ...params: string[]) =>
		expect(exported(format, path, ...params)).rejects;

	test("is said, and nothing is written", async () => {
		await refused("xlsx", run).toThrow(
			"unknown export format 'xlsx'; formats: parquet, csv, chrome-trace, openmetrics",
		);
		await refused("csv", join(root, "no")).toThrow(`there is no file or folder '${root}/no'`);
		await refused("openmetrics", join(run, "pods.arrow")).toThrow(
			"openmetrics is made of whole runs: name the folder of a run, or of an experiment's results",
		);
		await refused("csv", root).toThrow(/holds no runs.arrow, so no results of an experiment/);
		await refused("csv", join(run, "manifest.json")).toThrow(/it is not an Arrow IPC file/);
		await refused("chrome-trace", run, "form=1h").toThrow(/unknown key 'form'.*did you mean 'from'/s);
		const folder = join(root, "never");
		const options = { folder, params: ["epoch=yesterday"], force: false, written: () => {} };
		await expect(exportResults("openmetrics", run, options)).rejects.toThrow(
			/'yesterday' is not a time: write it as 2026-01-31T12:00:00Z/,
		);
		expect(existsSync(folder)).toBe(false);
	});

	test("a folder that is not empty is kept, unless it is said", async () => {
		const folder = await mkdtemp(join(root, "full-"));
		await writeFile(join(folder, "mine.txt"), "");
		const options = { folder, params: [], written: () => {} };
		await expect(exportResults("csv", run, { ...options, force: false })).rejects.toThrow(
			`'${folder}' is not empty (it has 'mine.txt'): choose another folder, or write over it with --force`,
		);
		await exportResults("csv", run, { ...options, force: true });
		expect((await readdir(folder)).sort()).toContain("pods.csv");
	});
});
