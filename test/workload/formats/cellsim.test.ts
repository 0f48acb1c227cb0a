import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArrowSink } from "../../../src/metrics/sinks/arrow.js";
import { TableWriter } from "../../../src/metrics/table.js";
import { type NodeSpec, PLAIN_FACTS, type PodSpec } from "../../../src/objects/spec.js";
import { ImportReport, type JobArrival, type PodArrival } from "../../../src/workload/arrivals.js";
import { cellsimFormat, writeCellsim } from "../../../src/workload/formats/cellsim.js";
import { NODES, nodeCells, PODS, podCells } from "../../../src/workload/formats/cellsim-tables.js";
import { arrivalOf } from "../../support/cells.js";

let folder = "";
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "cellsim-format-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(where = folder) {
	const trace = cellsimFormat.create({ folder: where }, { baseDirs: ["/"] });
	const jobs: JobArrival[] = [];
	for await (const batch of trace.jobs(new ImportReport())) jobs.push(...batch);
	return { nodes: await trace.nodes(new ImportReport()), jobs };
}

const text = fc.string({ unit: "binary", minLength: 1, maxLength: 6 }).filter((value) => value !== "__proto__");
const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const resources = fc
	.tuple(
		fc.record({ cpu: amount, memory: amount }, { requiredKeys: [] }),
		fc.dictionary(
			text.map((name) => `x.io/${name}`),
			amount,
			{ maxKeys: 2 },
		),
	)
	.map(([named, others]) => ({ ...named, ...others }));
const labels = fc.dictionary(text, text, { maxKeys: 2 });
const effect = fc.constantFrom("NoSchedule" as const, "PreferNoSchedule" as const, "NoExecute" as const);

const node: fc.Arbitrary<NodeSpec> = fc.record({
	name: text,
	labels,
	taints: fc.array(fc.record({ key: text, value: text, effect }), { maxLength: 2 }),
	unschedulable: fc.boolean(),
	allocatable: fc
		.tuple(resources, fc.option(amount, { nil: undefined }))
		.map(([list, pods]) => (pods === undefined ? list : { ...list, pods })),
	gpu: fc.option(fc.record({ count: fc.nat(16), model: fc.constantFrom("", "T4") })),
});

const spec: fc.Arbitrary<PodSpec> = fc.record({
	facts: fc
		.record(
			{
				namespace: text,
				labels,
				priority: fc.integer(),
				className: text,
				nodeName: fc.option(text),
				nodeSelector: labels,
			},
			{ requiredKeys: [] },
		)
		.map((facts) => ({ ...PLAIN_FACTS, ...facts })),
	requests: resources,
	gpu: fc.option(
		fc.record({
			count: fc.integer({ min: 1, max: 8 }),
			milli: fc.integer({ min: 1, max: 1000 }),
			models: fc.array(text, { maxLength: 2 }),
		}),
	),
});

const fraction = fc.double({ min: 0, max: 4, noNaN: true }).map((value) => value + 0);
const pod: fc.Arbitrary<PodArrival> = fc.record({
	name: fc.option(text),
	spec,
	durationUs: fc.oneof(fc.nat(), fc.constant(Infinity)),
	exit: fc.constantFrom("succeeded" as const, "failed" as const),
	cpuUsageFraction: fraction,
	memoryUsageFraction: fraction,
	observedStartUs: fc.oneof(fc.nat(), fc.constant(Number.NaN)),
	censored: fc.boolean(),
});

const job: fc.Arbitrary<JobArrival> = fc.record(
	{
		timeUs: fc.nat(),
		name: text,
		pods: fc.array(pod, { minLength: 1, maxLength: 4 }),
		gang: fc.boolean(),
		maxWorkers: fc.nat(),
		estimates: fc.dictionary(fc.constantFrom("user", "group"), fc.nat(), { minKeys: 1, noNullPrototype: true }),
	},
	{ requiredKeys: ["timeUs", "name", "pods", "gang"] },
);

describe("round trip", () => {
	test("random nodes and jobs come back equal", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(node, { maxLength: 4 }), fc.array(job, { maxLength: 8 }), async (nodes, unsorted) => {
				const jobs = unsorted.toSorted((a, b) => a.timeUs - b.timeUs);
				const where = await mkdtemp(join(folder, "case-"));
				await writeCellsim(where, nodes, [jobs.slice(0, 3), jobs.slice(3)]);
				expect(await read(where)).toEqual({ nodes, jobs });
			}),
			{ seed: 5, numRuns: 60 },
		);
	});

	test("20,000 pods: jobs that span record batches stay whole, and pods of one template share facts", async () => {
		const facts = { ...PLAIN_FACTS, className: "batch" };
		const pods = (count: number): PodArrival[] =>
			Array.from({ length: count }, () => arrivalOf({ facts, requests: { cpu: 1000 }, gpu: null }, 5));
		// A record batch is 16,384 rows: 2,341 jobs of 7 pods do not divide it.
		const jobs = Array.from(
			{ length: 2858 },
			(_, i): JobArrival => ({ timeUs: i, name: `j-${i}`, pods: pods(7), gang: true }),
		);
		await writeCellsim(folder, [], [jobs]);
		const back = await read();
		expect(back.jobs).toEqual(jobs);
		expect(new Set(back.jobs.flatMap((one) => one.pods.map((each) => each.spec.facts))).size).toBe(1);
	});

	test("nothing at all", async () => {
		await writeCellsim(folder, [], []);
		expect(await read()).toEqual({ nodes: [], jobs: [] });
	});
});

describe("errors", () => {
	const plain = arrivalOf({ facts: PLAIN_FACTS, requests: {}, gpu: null }, 1, "p");

	async function writePods(rows: readonly (number | string | null)[][], columns = PODS.columns): Promise<void> {
		const sink = await ArrowSink.create(folder);
		new TableWriter(NODES, sink).row(
			...nodeCells({ name: "n", labels: {}, taints: [], unschedulable: false, allocatable: {}, gpu: null }),
		);
		const table = new TableWriter({ ...PODS, columns }, sink);
		for (const row of rows) table.row(...row);
		table.flush();
		await sink.close();
	}
	const cells = (timeUs: number, name: string, index = 0) =>
		podCells({ timeUs, name, pods: new Array<PodArrival>(index + 1).fill(plain), gang: false }, index);

	test("a folder without the files", async () => {
		await expect(read()).rejects.toThrow(`cannot read '${join(folder, "pods.arrow")}': no such file`);
	});

	test("a file of another kind", async () => {
		await writeFile(join(folder, "pods.arrow"), "name,cpu\n");
		await expect(read()).rejects.toThrow(/pods\.arrow': it is not an Arrow IPC file/);
	});

	test("jobs out of order", async () => {
		await writePods([cells(5, "a"), cells(4, "b")]);
		await expect(read()).rejects.toThrow("row 1: time_us is 4, after 5 in the row before; sort by time_us");
	});

	test.each<[string, (number | string | null)[][]]>([
		["the first of its job", [cells(5, "a", 1)]],
		["of another job", [cells(5, "a"), cells(5, "b", 1)]],
		["too far", [cells(5, "a"), cells(5, "a", 2)]],
	])("a pod that does not continue its job: %s", async (_, rows) => {
		await writePods(rows);
		await expect(read()).rejects.toThrow(/row \d: index_in_job is \d, but the row before is not pod \d of job '[ab]'/);
	});

	test("a missing column", async () => {
		await writePods([cells(5, "a").slice(0, -1)], PODS.columns.slice(0, -1));
		await expect(read()).rejects.toThrow(/has no column 'facts'; it has time_us, job, /);
	});

	test("files from before elastic jobs and estimates have no columns for them, and none in them", async () => {
		const later = ["max_workers", "estimates"];
		const without = (row: readonly unknown[]) => row.filter((_, i) => !later.includes(PODS.columns[i]!.name));
		const row = without(cells(5, "a")) as (number | string | null)[];
		await writePods([row], without(PODS.columns) as typeof PODS.columns);
		expect((await read()).jobs).toMatchObject([{ name: "a", timeUs: 5 }]);
		expect((await read()).jobs[0]).not.toHaveProperty("maxWorkers");
		expect((await read()).jobs[0]).not.toHaveProperty("estimates");
	});

	test("a column of another type, an empty cell, and text that is no JSON", async () => {
		const other = (name: string, change: object) =>
			PODS.columns.map((column) => (column.name === name ? { ...column, ...change } : column));
		const row = cells(5, "a");
		const withCell = (name: string, cell: number | string | null) =>
			row.map((old, i) => (PODS.columns[i]!.name === name ? cell : old));
		await writePods([row, withCell("time_us", 5.5)], other("time_us", { type: "float64" }));
		await expect(read()).rejects.toThrow(/pods\.arrow', row 1: time_us is 5\.5, not a whole number of 0 or more/);
		await writePods([withCell("job", null)], other("job", { nullable: true }));
		await expect(read()).rejects.toThrow(/row 0: job is null, not text/);
		await writePods([withCell("facts", "{")]);
		await expect(read()).rejects.toThrow(/row 0: a column that should hold JSON does not: /);
	});
});
