/**
 * cellsim's own format: the canonical workload as Arrow IPC, `nodes.arrow` and `pods.arrow` in one folder. What `cellsim import`
 * writes, and what any tool that knows Arrow can make.
 *
 * This file is the one place of the workload room that reaches into another: it reads and writes with the sinks of `metrics`,
 * loaded when needed.
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type ColumnSpec, type ColumnType, TableWriter } from "../../metrics/table.js";
import type { Definition } from "../../objects/definition.js";
import { InputError } from "../../objects/input-error.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { ArrivalStream, JobArrival, OpenedTrace, PodArrival } from "../arrivals.js";
import { inputPath, unreadable } from "../inputs.js";
import { BATCH_JOBS } from "../merge.js";
import { type Cell, NODES, nodeCells, nodeOf, PODS, type PodCells, PodReader, podCells } from "./cellsim-tables.js";

export const cellsimParams = z.strictObject({
	folder: z.string().describe("folder with nodes.arrow and pods.arrow, as `cellsim import` writes them"),
});

/** The trace format `cellsim`. */
export const cellsimFormat: Definition<
	z.output<typeof cellsimParams>,
	OpenedTrace,
	{ readonly baseDirs: readonly string[] }
> = {
	name: "cellsim",
	summary: "cellsim's own format: nodes.arrow and pods.arrow (Arrow IPC) in one folder",
	params: cellsimParams,
	create: ({ folder }, { baseDirs }) => openFolder(inputPath(folder, baseDirs)),
};

/**
 * Writes `nodes` and `jobs` into `folder`, which is made if need be; one batch in memory at a time. Jobs have at least one pod.
 * InputError: the folder cannot be written, or whatever `jobs` throws.
 */
export async function writeCellsim(folder: string, nodes: readonly NodeSpec[], jobs: ArrivalStream): Promise<void> {
	const { ArrowSink } = await import("../../metrics/sinks/arrow.js");
	const sink = await ArrowSink.create(folder);
	try {
		const nodeTable = new TableWriter(NODES, sink);
		for (const node of nodes) nodeTable.row(...nodeCells(node));
		nodeTable.flush();
		const podTable = new TableWriter(PODS, sink);
		for await (const batch of jobs) {
			for (const job of batch)
				for (let index = 0; index < job.pods.length; index++) podTable.row(...podCells(job, index));
			await sink.drain();
		}
		podTable.flush();
	} finally {
		await sink.close();
	}
}

function openFolder(folder: string): OpenedTrace {
	const nodeFile = join(folder, `${NODES.name}.arrow`);
	const podFile = join(folder, `${PODS.name}.arrow`);
	return {
		files: [nodeFile, podFile],
		nodes: async () => {
			const nodes: NodeSpec[] = [];
			for await (const batch of batches(nodeFile, NODES.columns))
				for (let row = 0; row < batch.rows; row++) nodes.push(readRow(nodeFile, batch, row, nodeOf));
			return nodes;
		},
		jobs: () => readJobs(podFile),
	};
}

/** A job may begin in one batch of the file and end in the next. */
async function* readJobs(file: string): AsyncGenerator<readonly JobArrival[]> {
	const reader = new PodReader();
	let jobs: JobArrival[] = [];
	let open: { readonly first: PodCells; readonly pods: PodArrival[] } | null = null;
	for await (const batch of batches(file, PODS.columns)) {
		for (let row = 0; row < batch.rows; row++) {
			const cells = readRow(file, batch, row, (columns, row) => reader.row(columns, row));
			if (cells.index > 0) {
				checkContinues(file, batch.rowsBefore + row, cells, open);
				open!.pods.push(cells.pod);
				continue;
			}
			if (open !== null) jobs.push(jobOf(open));
			checkOrder(file, batch.rowsBefore + row, cells, open?.first ?? null);
			open = { first: cells, pods: [cells.pod] };
			if (jobs.length < BATCH_JOBS) continue;
			yield jobs;
			jobs = [];
		}
	}
	if (open !== null) jobs.push(jobOf(open));
	if (jobs.length > 0) yield jobs;
}

function jobOf({ first, pods }: { readonly first: PodCells; readonly pods: readonly PodArrival[] }): JobArrival {
	const { timeUs, job, gang, maxWorkers, estimates } = first;
	return {
		...{ timeUs, name: job, pods, gang },
		...(maxWorkers === null ? {} : { maxWorkers }),
		...(estimates && { estimates }),
	};
}

function checkContinues(
	file: string,
	row: number,
	cells: PodCells,
	open: { readonly first: PodCells; readonly pods: readonly unknown[] } | null,
): void {
	if (open !== null && open.first.job === cells.job && open.pods.length === cells.index) return;
	throw new InputError(
		`'${file}', row ${row}: index_in_job is ${cells.index}, but the row before is not pod ${cells.index - 1} of job '${cells.job}'`,
	);
}

function checkOrder(file: string, row: number, cells: PodCells, before: PodCells | null): void {
	if (cells.timeUs >= (before?.timeUs ?? 0)) return;
	throw new InputError(
		`'${file}', row ${row}: time_us is ${cells.timeUs}, after ${before?.timeUs ?? 0} in the row before; sort by time_us`,
	);
}

interface Batch {
	readonly rows: number;
	/** Rows of the batches before. */
	readonly rowsBefore: number;
	/** In the order of the table's columns. */
	readonly columns: readonly (readonly Cell[])[];
}

function readRow<Value>(
	file: string,
	{ columns, rowsBefore }: Batch,
	row: number,
	read: (columns: Batch["columns"], row: number) => Value,
): Value {
	try {
		return read(columns, row);
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw new InputError(
			`'${file}', row ${rowsBefore + row}: a column that should hold JSON does not: ${error.message}`,
		);
	}
}

/** Columns that the format got later: files from before lack them, and mean null. */
const LATER: ReadonlySet<string> = new Set(["max_workers", "estimates"]);

/** Record batches of `file`, one in memory at a time. A missing column and a value that its column cannot hold are InputErrors. */
async function* batches(file: string, columns: typeof PODS.columns): AsyncGenerator<Batch> {
	await access(file).catch((error) => {
		throw unreadable(file, error);
	});
	const { column, readBatches } = await import("../../metrics/sinks/read.js");
	let rowsBefore = 0;
	for await (const batch of readBatches(file)) {
		const cells = columns.map(({ name }) =>
			LATER.has(name) && !batch.columns.has(name) ? new Array<Cell>(batch.length).fill(null) : column(batch, name),
		);
		for (const [position, spec] of columns.entries()) checkCells(file, rowsBefore, spec, cells[position]!);
		yield { rows: batch.length, rowsBefore, columns: cells };
		rowsBefore += batch.length;
	}
}

/** Files may come from other tools, whose types differ. */
function checkCells(file: string, rowsBefore: number, spec: ColumnSpec, cells: readonly Cell[]): void {
	const { fits, wanted } = expectation(spec.type);
	const wrong = cells.findIndex((cell) => (cell === null ? spec.nullable !== true : !fits(cell)));
	if (wrong < 0) return;
	const found = typeof cells[wrong] === "string" ? `'${cells[wrong]}'` : String(cells[wrong]);
	throw new InputError(`'${file}', row ${rowsBefore + wrong}: ${spec.name} is ${found}, not ${wanted}`);
}

function expectation(type: ColumnType): { readonly fits: (cell: Cell) => boolean; readonly wanted: string } {
	switch (type) {
		case "int64":
		case "int32":
			return { fits: (cell) => Number.isInteger(cell) && (cell as number) >= 0, wanted: "a whole number of 0 or more" };
		case "float64":
			return { fits: (cell) => typeof cell === "number" && cell >= 0, wanted: "a number of 0 or more" };
		case "bool":
			return { fits: (cell) => typeof cell === "boolean", wanted: "true or false" };
		case "utf8":
			return { fits: (cell) => typeof cell === "string", wanted: "text" };
		default:
			return { fits: (cell) => type.enum.includes(cell as string), wanted: `one of ${type.enum.join(", ")}` };
	}
}
