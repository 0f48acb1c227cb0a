import { expect, test } from "vitest";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import { BATCH_ROWS, type TableSpec, TableWriter } from "../../../src/metrics/table.js";

const PODS: TableSpec = {
	name: "pods",
	description: "",
	columns: [
		{ name: "time_us", type: "int64", description: "" },
		{ name: "wait_us", type: "int64", description: "", nullable: true },
		{ name: "job", type: "utf8", description: "", nullable: true },
		{ name: "gang", type: "bool", description: "", nullable: true },
		{ name: "phase", type: { enum: ["pending", "running"] }, description: "", nullable: true },
	],
};

test("rows come back as objects: words for enums, true and false, null for NaN", () => {
	const sink = new MemorySink();
	const writer = new TableWriter(PODS, sink);
	writer.row(5, NaN, null, 1, 1);
	writer.row(6, 2, "web", 0, 0);
	writer.row(7, 3, "", NaN, NaN);
	writer.flush();
	expect(sink.tables).toEqual([PODS]);
	expect(sink.rows("pods")).toEqual([
		{ time_us: 5, wait_us: null, job: null, gang: true, phase: "running" },
		{ time_us: 6, wait_us: 2, job: "web", gang: false, phase: "pending" },
		{ time_us: 7, wait_us: 3, job: "", gang: null, phase: null },
	]);
});

test("a writer hands over full batches by itself, and the rest at a flush", () => {
	const sink = new MemorySink();
	const writer = new TableWriter(PODS, sink);
	for (let row = 0; row < BATCH_ROWS + 3; row++) writer.row(row, NaN, String(row), 0, 0);
	expect(sink.rows("pods").length).toBe(BATCH_ROWS);
	writer.flush();
	const numbers = Array.from({ length: BATCH_ROWS + 3 }, (_, i) => i);
	expect(sink.rows("pods").map((row) => row["time_us"])).toEqual(numbers);
	expect(sink.rows("pods").map((row) => row["job"])).toEqual(numbers.map(String));
});

test("an index outside its enum, a table opened twice or not at all", () => {
	const sink = new MemorySink();
	const writer = new TableWriter(PODS, sink);
	writer.row(0, 0, null, 0, 2);
	expect(() => writer.flush()).toThrow("column 'phase': 2 is not the index of one of pending, running");
	expect(() => sink.open(PODS)).toThrow("table 'pods' is opened twice");
	expect(() => sink.rows("jobs")).toThrow("table 'jobs' is not open");
});
