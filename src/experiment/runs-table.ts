/** The table `runs`: one row a run, its matrix values and summary metrics; what `compare` reads. */

import { describeMetric } from "../metrics/catalogue.js";
import { ArrowSink } from "../metrics/sinks/arrow.js";
import { type ColumnSpec, type TableSpec, TableWriter } from "../metrics/table.js";
import type { RunManifest } from "./manifest.js";
import { valueLabel } from "./matrix.js";

/** Prefix of the columns that hold matrix values. */
export const AXIS_PREFIX = "matrix_";

/** Writes `<folder>/runs.arrow` for the given runs, in their order. */
export async function writeRuns(folder: string, manifests: readonly RunManifest[]): Promise<void> {
	const axes = [...new Set(manifests.flatMap(({ plan }) => Object.keys(plan.variant)))];
	const metrics = [...new Set(manifests.flatMap(({ summary }) => Object.keys(summary)))];
	const axisColumns = axes.map(
		(axis): ColumnSpec => ({
			name: `${AXIS_PREFIX}${axis}`,
			type: "utf8",
			nullable: true,
			description: `Matrix value of '${axis}'`,
		}),
	);
	const spec: TableSpec = {
		name: "runs",
		description: "One row per run: its matrix values and summary metrics",
		columns: [
			{ name: "run", type: "utf8", description: "Id of the run, the name of its folder" },
			{ name: "index", type: "int32", description: "Position among all runs of the experiment" },
			{ name: "variant", type: "utf8", description: "All matrix values in one text" },
			{ name: "seed", type: "utf8", description: "Seed of the run" },
			...axisColumns,
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
		const measured = metrics.map((metric) => summary[metric] ?? Number.NaN);
		table.row(id, plan.index, plan.label, plan.seed, ...values, digest, events, endTimeUs, ...measured);
	}
	table.flush();
	await sink.close();
}

function metricColumn(name: string): ColumnSpec {
	const { unit, description } = describeMetric(name);
	const column = { name, type: "float64", nullable: true, description } as const;
	return unit === null ? column : { ...column, unit };
}
