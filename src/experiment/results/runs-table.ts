/** The table `runs`: one row a run, its matrix values and summary metrics; what `compare` reads. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describeMetric } from "../../metrics/catalogue.js";
import { ArrowSink } from "../../metrics/sinks/arrow.js";
import { column, type Rows, readTable } from "../../metrics/sinks/read.js";
import { type ColumnSpec, type TableSpec, TableWriter } from "../../metrics/table.js";
import { InputError } from "../../objects/input-error.js";
import { valueLabel } from "../file/matrix.js";
import { isFile, type RunManifest } from "./manifest.js";

/** Prefix of the columns that hold matrix values. */
export const AXIS_PREFIX = "matrix_";
const FILE = "runs.arrow";
/** Trials of a compaction, which are read as runs are. */
const TRIALS_FILE = "compaction.arrow";

/** Writes `<folder>/runs.arrow` for the given runs, in their order. */
export async function writeRuns(folder: string, manifests: readonly RunManifest[]): Promise<void> {
	const axes = [...new Set(manifests.flatMap(({ plan }) => Object.keys(plan.variant)))];
	const metrics = [...new Set(manifests.flatMap(({ summary }) => Object.keys(summary)))];
	const spec: TableSpec = {
		name: "runs",
		description: "One row per run: its matrix values and summary metrics",
		columns: [
			{ name: "run", type: "utf8", description: "Id of the run, the name of its folder" },
			{ name: "index", type: "int32", description: "Position among all runs of the experiment" },
			{ name: "variant", type: "utf8", description: "All matrix values in one text" },
			{ name: "seed", type: "utf8", description: "Seed of the run" },
			...axes.map(axisColumn),
			{ name: "digest", type: "utf8", description: "Hash over every event and placement" },
			{ name: "events", type: "int64", description: "Events fired" },
			{ name: "end_time_us", type: "int64", unit: "us", description: "When the run ended" },
			...metrics.map(metricColumn),
		],
	};
	const sink = await ArrowSink.create(folder);
	const table = new TableWriter(spec, sink);
	for (const { id, plan, digest, events, endTimeUs, summary } of manifests) {
		const values = axes.map((axis) => (axis in plan.variant ? valueLabel(plan.variant[axis]) : null));
		const measured = metrics.map((metric) => summary[metric] ?? valueWhenAbsent(metric));
		table.row(id, plan.index, plan.label, plan.seed, ...values, digest, events, endTimeUs, ...measured);
	}
	table.flush();
	await sink.close();
}

/** A reason that never came up was counted 0 times; everything else that is absent could not be measured. */
function valueWhenAbsent(metric: string): number {
	return /^(conflicts|rejections)\./.test(metric) ? 0 : Number.NaN;
}

/** The column that holds the values of an axis. */
export function axisColumn(axis: string): ColumnSpec {
	return { name: `${AXIS_PREFIX}${axis}`, type: "utf8", nullable: true, description: `Matrix value of '${axis}'` };
}

/** The column of a summary metric. */
export function metricColumn(name: string): ColumnSpec {
	const { unit, description } = describeMetric(name);
	const column = { name, type: "float64", nullable: true, description } as const;
	return unit === null ? column : { ...column, unit };
}

/** A row of the table, read back. */
export interface RunRow {
	/** Id of the run. */
	readonly run: string;
	/** The results that it is among. */
	readonly folder: string;
	/** All matrix values in one text, "" without a matrix. */
	readonly variant: string;
	/** Labels of the matrix values by axis. */
	readonly axes: ReadonlyMap<string, string>;
	/** Of a trial of a compaction with its number: `1/0`. */
	readonly seed: string;
	/** Hash over every event and placement; "" where there is none. */
	readonly digest: string;
	/** Summary metrics that the run has a value of. */
	readonly metrics: ReadonlyMap<string, number>;
}

/** The runs, or the trials, in a folder of results, in the order of the file. InputError if there are none. */
export async function readRuns(folder: string): Promise<readonly RunRow[]> {
	const file = [FILE, TRIALS_FILE].map((name) => join(folder, name)).find(existsSync);
	if (file === undefined) throw new InputError(noRuns(folder));
	const rows = await readTable(file);
	const trial = rows.columns.get("trial");
	const text = (name: string) => column(rows, name) as readonly string[];
	const [run, variant, seed] = [text("run"), text("variant"), text("seed")];
	const axes = [...rows.columns.keys()].filter((name) => name.startsWith(AXIS_PREFIX));
	const metrics = [...rows.columns.keys()].filter((name) => !name.startsWith(AXIS_PREFIX) && !FACTS.has(name));
	return Array.from({ length: rows.length }, (_, row) => ({
		run: run[row]!,
		folder,
		variant: variant[row]!,
		seed: trial === undefined ? seed[row]! : `${seed[row]}/${trial[row]}`,
		digest: rows.columns.has("digest") ? text("digest")[row]! : "",
		axes: new Map(known<string>(rows, axes, row).map(([name, value]) => [name.slice(AXIS_PREFIX.length), value])),
		metrics: new Map(known<number>(rows, metrics, row)),
	}));
}

/** Columns that are neither matrix values nor metrics. */
const FACTS: ReadonlySet<string> = new Set([
	"run",
	"index",
	"variant",
	"seed",
	"trial",
	"digest",
	"events",
	"end_time_us",
]);

function known<Value>(rows: Rows, names: readonly string[], row: number): [string, Value][] {
	return names.flatMap((name) => {
		const value = column(rows, name)[row];
		return value === null || value === undefined ? [] : [[name, value as Value] as [string, Value]];
	});
}

function noRuns(folder: string): string {
	if (!existsSync(folder)) return `there is no folder '${folder}'`;
	if (isFile(folder)) return `'${folder}' is a file: name the folder of an experiment's results`;
	const inside = readdirSync(folder).filter((name) => existsSync(join(folder, name, FILE)));
	const hint =
		inside.length === 0 ? "give the results folder of an experiment" : `did you mean '${join(folder, inside[0]!)}'?`;
	return `'${folder}' holds no ${FILE}, so no results of an experiment; ${hint}`;
}
