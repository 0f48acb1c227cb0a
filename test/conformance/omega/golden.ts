/**
 * Golden runs of the Omega paper's released simulator (google/cluster-scheduler-simulator): cells, job lists, what is placed
 * before the start, the metrics of each run, and for some runs the outcome of each job and every placement decision.
 *
 * Readers give seconds, cpus and GB as written, in doubles; `microseconds` and `units` make the product's integers of them.
 * InputError with file and line for a file that is missing or not of the form.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { InputError } from "../../../src/objects/input-error.js";

/** All machines of a cell are equal. `runTime` in seconds; memory in GB. */
const cellSchema = z.object({
	name: z.string(),
	machines: z.number(),
	cpus: z.number(),
	mem: z.number(),
	runTime: z.number(),
});

const workloadSchema = z.object({
	name: z.string(),
	numJobs: z.number(),
	/** Jobs with at least one finished attempt; means and percentiles are over these, -1 if there are none. */
	jobsAttempted: z.number(),
	jobsFullyScheduled: z.number(),
	tasksTotal: z.number(),
	tasksPlaced: z.number(),
	waitFirstMean: z.number(),
	waitFirstP50: z.number(),
	waitFirstP90: z.number(),
	waitFirstP99: z.number(),
	waitFullMean: z.number(),
	waitFullP50: z.number(),
	waitFullP90: z.number(),
	waitFullP99: z.number(),
	waitFullMeanFullyOnly: z.number(),
	thinkP90: z.number(),
	attemptsMean: z.number(),
	attemptsP90: z.number(),
	attemptsP99: z.number(),
	attemptsMax: z.number(),
	taskAttemptsP90: z.number(),
	taskAttemptsMax: z.number(),
	usefulTime: z.number(),
	wastedTime: z.number(),
});

const schedulerSchema = z.object({
	name: z.string(),
	usefulTime: z.number(),
	wastedTime: z.number(),
	busyFrac: z.number(),
	usefulFrac: z.number(),
	wastedFrac: z.number(),
	firstAttemptUseful: z.number(),
	firstAttemptWasted: z.number(),
	txnOk: z.number(),
	txnFailed: z.number(),
	txnRetried: z.number(),
	conflictsPerTxn: z.number(),
	taskTxnOk: z.number(),
	taskTxnFailed: z.number(),
	noResourcesAttempts: z.number(),
	jobsTimedOut: z.number(),
	jobsLeftInQueue: z.number(),
	/** A counter of 32 bits, which may have gone round. */
	failedFindVictim: z.number(),
	multiPath: z.boolean(),
	perWorkload: z.record(z.string(), z.object({ useful: z.number(), wasted: z.number() })),
});

const runSchema = z.object({
	cell: z.string(),
	seed: z.number(),
	arch: z.enum([
		"mono-single",
		"mono-multi",
		"mesos",
		"mesos-min1",
		"omega-fine-gang",
		"omega-fine-incr",
		"omega-coarse-gang",
		"omega-coarse-incr",
	]),
	tJobService: z.number(),
	tJobBatch: z.number(),
	tTask: z.number(),
	nBatchSched: z.number(),
	blackListFrac: z.number(),
	/** False when the program stopped on an assertion; the metrics are those of that instant. */
	ok: z.boolean(),
	error: z.string().nullable(),
	endTime: z.number(),
	events: z.number(),
	cpuUtil: z.number(),
	memUtil: z.number(),
	cpuLocked: z.number(),
	memLocked: z.number(),
	numSamples: z.number(),
	prefillCpus: z.number(),
	prefillMem: z.number(),
	finalOccupiedCpus: z.number(),
	finalOccupiedMem: z.number(),
	/** These four: Mesos only. */
	allocTime: z.number().optional(),
	offersMade: z.number().optional(),
	offersOutstanding: z.number().optional(),
	minOffer: z.number().optional(),
	workloads: z.array(workloadSchema),
	schedulers: z.array(schedulerSchema),
});

const machines = z.array(z.number());
const decision = { t: z.number(), s: z.string() };

/** One decision: a search for machines, the commit after it (Omega, Mesos), an offer made and its answer (Mesos). */
const traceLineSchema = z.discriminatedUnion("k", [
	z.object({
		k: z.literal("place"),
		...decision,
		j: z.number(),
		a: z.number(),
		want: z.number(),
		m: machines,
		q: machines.optional(),
	}),
	z.object({ k: z.literal("commit"), ...decision, ok: machines, bad: machines }),
	z.object({ k: z.literal("offer"), ...decision, o: z.number(), cpus: z.number(), mem: z.number() }),
	z.object({ k: z.literal("respond"), ...decision, o: z.number(), n: z.number() }),
]);

export type OmegaCell = z.infer<typeof cellSchema>;
export type OmegaWorkloadResult = z.infer<typeof workloadSchema>;
export type OmegaSchedulerResult = z.infer<typeof schedulerSchema>;
export type OmegaRun = z.infer<typeof runSchema>;
export type OmegaTraceLine = z.infer<typeof traceLineSchema>;

const JOB_COLUMNS = ["id", "submitted", "numTasks", "taskDuration", "cpusPerTask", "memPerTask"] as const;
const PREFILL_JOB_COLUMNS = ["id", "numTasks", "taskDuration", "cpusPerTask", "memPerTask"] as const;
const CLAIM_COLUMNS = ["machine", "cpus", "mem", "endTime"] as const;
const OUTCOME_COLUMNS = [
	"id",
	"submitted",
	"numTasks",
	"unscheduledTasks",
	"numSchedulingAttempts",
	"numTaskSchedulingAttempts",
	"queueTillFirst",
	"queueTillFully",
	"usefulTime",
	"wastedTime",
] as const;

type Row<C extends string> = { readonly [column in C]: number };
export type OmegaJob = Row<(typeof JOB_COLUMNS)[number]> & { readonly workload: string };
/** A job placed at time 0, before the run. */
export type OmegaPrefillJob = Row<(typeof PREFILL_JOB_COLUMNS)[number]>;
/** One task placed before the run; it ends at `endTime`, which may lie after the run's end. */
export type OmegaClaim = Row<(typeof CLAIM_COLUMNS)[number]>;
/** What became of a job by the end of the run. */
export type OmegaJobOutcome = Row<(typeof OUTCOME_COLUMNS)[number]> & { readonly workload: string };

/** What came of a run, in the form of the golden data. */
export interface OmegaResult {
	readonly run: OmegaRun;
	readonly outcomes: readonly OmegaJobOutcome[];
}

export const RUN_FILES = ["runs", "runs-multibatch", "runs-blacklist"] as const;
export type RunFile = (typeof RUN_FILES)[number];

export interface OmegaGolden {
	readonly cells: ReadonlyMap<string, OmegaCell>;
	/** In the order in which the simulator gets them: all of the workload Batch by time, then all of Service. */
	jobs(cell: string, seed: number): readonly OmegaJob[];
	prefillJobs(cell: string, seed: number): readonly OmegaPrefillJob[];
	/** In the order in which the events of their ends are created. */
	prefillClaims(cell: string, seed: number): readonly OmegaClaim[];
	runs(file: RunFile): readonly OmegaRun[];
	/** Null where the outcomes of this run were not kept, as for most; likewise `trace`. Both are of `runs` only. */
	outcomes(run: OmegaRun): readonly OmegaJobOutcome[] | null;
	trace(run: OmegaRun): readonly OmegaTraceLine[] | null;
}

/** Opens the folder; files are read when they are asked for, and job lists and prefills kept. */
export function openOmegaGolden(folder: string): OmegaGolden {
	const cells = cellsOf(join(folder, "cells.json"));
	const kept = new Map<string, readonly unknown[]>();
	const keep = <T>(path: string, read: (path: string) => readonly T[]): readonly T[] => {
		const rows = (kept.get(path) as readonly T[] | undefined) ?? read(path);
		kept.set(path, rows);
		return rows;
	};
	const optional = <T>(path: string, read: (path: string) => readonly T[]) => (existsSync(path) ? read(path) : null);
	return {
		cells: new Map(cells.map((cell) => [cell.name, cell])),
		jobs: (cell, seed) => keep(join(folder, "jobs", `${cell}-s${seed}.csv.gz`), (path) => rowsOf(path, JOB_COLUMNS)),
		prefillJobs: (cell, seed) =>
			keep(join(folder, "prefill", `${cell}-s${seed}-jobs.csv.gz`), (path) => rowsOf(path, PREFILL_JOB_COLUMNS)),
		prefillClaims: (cell, seed) =>
			keep(join(folder, "prefill", `${cell}-s${seed}-claims.csv.gz`), (path) => rowsOf(path, CLAIM_COLUMNS)),
		runs: (file) => linesOf(join(folder, `${file}.jsonl.gz`), runSchema),
		outcomes: (run) =>
			optional(join(folder, "perjob", `${fileStem(run)}.csv.gz`), (path) => rowsOf(path, OUTCOME_COLUMNS)),
		trace: (run) =>
			optional(join(folder, "trace", `${fileStem(run)}.jsonl.gz`), (path) => linesOf(path, traceLineSchema)),
	};
}

/** The nearest integer time. */
export function microseconds(seconds: number): number {
	return Math.round(seconds * 1e6);
}

/**
 * The nearest integer time a thousand times finer: cellsim with every duration in nanoseconds instead. Events of the golden
 * runs that lie less than a microsecond apart then keep their order.
 */
export function nanoseconds(seconds: number): number {
	return Math.round(seconds * 1e9);
}

/** Units of a resource in one cpu or one GB. One scale for both, for the simulator compares the one with the other. */
export const UNITS = 2 ** 34;

/**
 * The nearest integer amount. Shapes of the generated cells are multiples of 1/4 and stay exact. Those of ex10k, traced
 * floats of about 1e-4 cpus and 0.02 GB, lose up to half a unit, which is 3e-7 of the cpus. A larger scale would bring the sum
 * over its 10,000 machines of 16 GB beyond 2^53.
 */
export function units(amount: number): number {
	return Math.round(amount * UNITS);
}

function cellsOf(path: string): readonly OmegaCell[] {
	const text = textOf(path);
	return checked(z.object({ cells: z.array(cellSchema) }), text, path, 1).cells;
}

function fileStem({ cell, seed, arch, tJobService, nBatchSched, blackListFrac }: OmegaRun): string {
	const special = nBatchSched !== 1 || blackListFrac !== 0 ? `-b${nBatchSched}-l${blackListFrac}` : "";
	const time = Number.isInteger(tJobService) ? `${tJobService}.0` : `${tJobService}`;
	return `${cell}-s${seed}-${arch}-t${time}${special}`;
}

function linesOf<S extends z.ZodType>(path: string, schema: S): z.infer<S>[] {
	return textOf(path)
		.split("\n")
		.filter((line) => line !== "")
		.map((line, i) => checked(schema, line, path, i + 1));
}

function checked<S extends z.ZodType>(schema: S, text: string, path: string, line: number): z.infer<S> {
	const position = { file: path, line, column: 0 };
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new InputError(`not JSON: ${(error as Error).message}`, position);
	}
	const result = schema.safeParse(json);
	if (result.success) return result.data;
	const issue = result.error.issues[0]!;
	throw new InputError(`${issue.path.join(".") || "line"}: ${issue.message}`, position);
}

/** Numeric columns by name, and the workload's name where the file has one. */
function rowsOf<C extends string>(path: string, columns: readonly C[]): (Row<C> & { readonly workload: string })[] {
	const lines = textOf(path).trimEnd().split("\n");
	const header = lines[0]!.split(",");
	const indices = columns.map((column) => {
		const index = header.indexOf(column);
		if (index < 0) throw new InputError(`no column '${column}'`, { file: path, line: 1, column: 0 });
		return index;
	});
	const workloadIndex = header.indexOf("workload");
	return lines.slice(1).map((line, i) => {
		const cells = line.split(",");
		const row: Record<string, number | string> = { workload: cells[workloadIndex] ?? "" };
		columns.forEach((column, c) => {
			const text = cells[indices[c]!];
			const value = Number(text);
			if (!text || Number.isNaN(value))
				throw new InputError(`column '${column}': '${text ?? ""}' is not a number`, {
					file: path,
					line: i + 2,
					column: 0,
				});
			row[column] = value;
		});
		return row as Row<C> & { readonly workload: string };
	});
}

function textOf(path: string): string {
	let bytes: Buffer;
	try {
		bytes = readFileSync(path);
	} catch (error) {
		throw new InputError(`cannot be read: ${(error as Error).message}`, { file: path, line: 0, column: 0 });
	}
	try {
		return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
	} catch (error) {
		throw new InputError(`not gzip: ${(error as Error).message}`, { file: path, line: 0, column: 0 });
	}
}
