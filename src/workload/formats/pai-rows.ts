/**
 * Rows of job lists in the form of the simulator that Alibaba published with its GPU trace of 2020 (cluster-trace-gpu-v2020/simulator), as
 * that simulator reads them.
 */
import { InputError } from "../../objects/input-error.js";
import { at, type CsvRow, wholeNumber } from "./csv.js";

export const JOB_COLUMNS = [
	"job_id",
	"user",
	"num_gpu",
	"num_cpu",
	"submit_time",
	"duration",
	"num_inst",
	"gpu_type",
	"user_dur",
	"group_dur",
	"group_gpu_dur",
] as const;

/** A choice of jobs and when they arrive. */
export const SAMPLE_COLUMNS = ["arrival_s", "job_id"] as const;

/** One job. Amounts are those of one instance, in percent of a device or a core. */
export interface PaiRow {
	readonly line: number;
	readonly id: number;
	readonly user: string;
	readonly gpuPercent: number;
	readonly cpuPercent: number;
	readonly submitS: number;
	/** 1 or more. */
	readonly durationS: number;
	readonly instances: number;
	/** Estimates of the duration, microseconds: `user`, `group`, `group-gpu`, as far as the row has them. */
	readonly estimates: Readonly<Record<string, number>>;
}

export interface SampleRow {
	readonly line: number;
	readonly arrivalS: number;
	readonly id: number;
}

const SECOND = 1_000_000;

/** Reads a row of a job list; an empty amount is 0, an empty submit time or number of instances 1. InputError names line, column and value. */
export function paiRow(file: string, row: CsvRow): PaiRow {
	const [id = "", user = "", gpu = "", cpu = "", submit = "", duration = "", instances = "", , ...estimates] =
		row.cells;
	const read = (column: string, text: string, absent: number) =>
		text === "" ? absent : amount(file, row, column, text);
	const instanceCount = toEven(read("num_inst", instances, 1));
	if (instanceCount < 1)
		throw new InputError(`num_inst: '${instances}': a job has one instance at least`, at(file, row.line));
	return {
		line: row.line,
		id: wholeNumber(file, row, "job_id", id),
		user,
		gpuPercent: toEven(100 * read("num_gpu", gpu, 0)),
		cpuPercent: toEven(100 * read("num_cpu", cpu, 0)),
		submitS: toEven(read("submit_time", submit, 1)),
		durationS: Math.max(1, Math.trunc(amount(file, row, "duration", duration))),
		instances: instanceCount,
		estimates: Object.fromEntries(
			ESTIMATES.flatMap(([name, column], i) => {
				const text = estimates[i] ?? "";
				return text === "" ? [] : [[name, Math.round(amount(file, row, column, text) * SECOND)]];
			}),
		),
	};
}

/** Reads a row of a sample. */
export function sampleRow(file: string, row: CsvRow): SampleRow {
	const [arrival = "", id = ""] = row.cells;
	return {
		line: row.line,
		arrivalS: wholeNumber(file, row, "arrival_s", arrival),
		id: wholeNumber(file, row, "job_id", id),
	};
}

const ESTIMATES = [
	["user", "user_dur"],
	["group", "group_dur"],
	["group-gpu", "group_gpu_dur"],
] as const;

/** Beyond it, products and sums of times in microseconds are no exact integers any more. */
const LARGEST = 2 ** 53 / (100 * SECOND);

function amount(file: string, row: CsvRow, column: string, text: string): number {
	const value = NUMBER.test(text) ? Number(text) : Number.NaN;
	if (value <= LARGEST) return value;
	throw new InputError(
		`${column}: '${text}' is not a number of 0 or more (${Math.floor(LARGEST)} at most)`,
		at(file, row.line),
	);
}

const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Nearest integer, a half to the even one, as Python rounds. */
export function toEven(value: number): number {
	const below = Math.floor(value);
	if (value - below !== 0.5) return Math.round(value);
	return below % 2 === 0 ? below : below + 1;
}
