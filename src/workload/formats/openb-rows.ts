/** Rows of the openb CSV files: their columns, and what each cell may hold. */
import { InputError } from "../../objects/input-error.js";
import type { GpuDevices, GpuRequest } from "../../objects/spec.js";
import { at, type CsvRow, wholeNumber } from "./csv.js";

export const NODE_COLUMNS = ["sn", "cpu_milli", "memory_mib", "gpu", "model"] as const;

const SHAPE_COLUMNS = ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"] as const;

export const POD_COLUMNS = [
	...SHAPE_COLUMNS,
	"gpu_spec",
	"qos",
	"pod_phase",
	"creation_time",
	"deletion_time",
	"scheduled_time",
] as const;

/** Header lines of a pod list; the `multigpu` lists have only the first five columns. */
export const POD_HEADERS: readonly (readonly string[])[] = [POD_COLUMNS, SHAPE_COLUMNS];

export interface NodeRow {
	readonly name: string;
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	readonly gpu: GpuDevices | null;
	/** The row names a card model but counts no card. */
	readonly modelWithoutGpu: boolean;
}

export interface PodRow {
	readonly line: number;
	readonly name: string;
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	readonly gpu: GpuRequest | null;
	/** The row asks for a share or a model of a card, but for no card. */
	readonly shareWithoutGpu: boolean;
	readonly qos: string;
	/** Null in the lists of five columns. */
	readonly times: PodTimes | null;
}

/** Microseconds from the start of the trace. */
export interface PodTimes {
	readonly phase: string;
	readonly creationUs: number;
	/** Null where the cell is empty: the pod was never deleted. */
	readonly deletionUs: number | null;
	/** Null where the cell is empty: the pod was never scheduled. */
	readonly scheduledUs: number | null;
}

const MIB = 2 ** 20;
const SECOND = 1_000_000;
const WHOLE_DEVICE = 1000;
const PHASES = ["Pending", "Running", "Succeeded", "Failed"];

/** Reads a row of the node list. InputError names line, column and value. */
export function nodeRow(file: string, row: CsvRow): NodeRow {
	const [name = "", cpu = "", memory = "", gpu = "", model = ""] = row.cells;
	if (name === "") throw new InputError("sn: a node needs a name", at(file, row.line));
	const count = wholeNumber(file, row, "gpu", gpu);
	return {
		name,
		cpuMilli: wholeNumber(file, row, "cpu_milli", cpu),
		memoryBytes: scaled(file, row, "memory_mib", memory, MIB),
		gpu: count === 0 ? null : { count, model },
		modelWithoutGpu: count === 0 && model !== "",
	};
}

/** Reads a row of a pod list. InputError names line, column and value. */
export function podRow(file: string, row: CsvRow): PodRow {
	const [name = "", cpu = "", memory = "", count = "", milli = "", models = "", qos = ""] = row.cells;
	if (name === "") throw new InputError("name: a pod needs a name", at(file, row.line));
	const gpu = gpuRequest(file, row, count, milli, models);
	return {
		line: row.line,
		name,
		cpuMilli: wholeNumber(file, row, "cpu_milli", cpu),
		memoryBytes: scaled(file, row, "memory_mib", memory, MIB),
		gpu,
		shareWithoutGpu: gpu === null && (Number(milli) > 0 || models !== ""),
		qos,
		times: row.cells.length === POD_COLUMNS.length ? podTimes(file, row) : null,
	};
}

function gpuRequest(
	file: string,
	row: CsvRow,
	countText: string,
	milliText: string,
	models: string,
): GpuRequest | null {
	const count = wholeNumber(file, row, "num_gpu", countText);
	const milli = wholeNumber(file, row, "gpu_milli", milliText);
	if (count === 0) return null;
	if (milli === 0 || milli > WHOLE_DEVICE)
		throw new InputError(`gpu_milli: '${milliText}' is not in 1 .. ${WHOLE_DEVICE} (of one card)`, at(file, row.line));
	if (count > 1 && milli < WHOLE_DEVICE)
		throw new InputError(
			`gpu_milli: '${milliText}' of each of ${count} cards; several cards are taken whole (${WHOLE_DEVICE})`,
			at(file, row.line),
		);
	return { count, milli, models: models === "" ? [] : models.split("|") };
}

function podTimes(file: string, row: CsvRow): PodTimes {
	const [, , , , , , , phase = "", creation = "", deletion = "", scheduled = ""] = row.cells;
	if (!PHASES.includes(phase))
		throw new InputError(`pod_phase: '${phase}' is none of ${PHASES.join(", ")}`, at(file, row.line));
	return {
		phase,
		creationUs: scaled(file, row, "creation_time", creation, SECOND),
		deletionUs: deletion === "" ? null : scaled(file, row, "deletion_time", deletion, SECOND),
		scheduledUs: scheduled === "" ? null : scaled(file, row, "scheduled_time", scheduled, SECOND),
	};
}

function scaled(file: string, row: CsvRow, column: string, text: string, factor: number): number {
	const value = wholeNumber(file, row, column, text) * factor;
	if (Number.isSafeInteger(value)) return value;
	throw new InputError(`${column}: '${text}' is too large`, at(file, row.line));
}
