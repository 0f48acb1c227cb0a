import type { Cell } from "../../cell/cell.js";
import { bandOf, PRIORITY_BANDS } from "../../objects/priority-band.js";
import { EVICTION_CAUSES, Evictions } from "../evictions.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const SPEC: TableSpec = {
	name: "evictions",
	description:
		"One row per pod taken off its node against its will; those preempted come when the pod that they made room for has come",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "When it left its node" },
		{ name: "pod", type: "int64", description: "The pod, by position in the order of submission" },
		{ name: "job", type: "int64", description: "Its job, by position in the order of submission" },
		{ name: "node", type: "utf8", description: "Name of the node" },
		{ name: "cause", type: { enum: EVICTION_CAUSES }, description: "Why it was evicted" },
		{ name: "band", type: { enum: PRIORITY_BANDS }, description: "Its priority band" },
		{
			name: "preemptor",
			type: "int64",
			nullable: true,
			description: "The pod it made room for, by position in the order of submission",
		},
		{
			name: "preemptor_band",
			type: { enum: PRIORITY_BANDS },
			nullable: true,
			description: "The priority band of the pod it made room for",
		},
		{
			name: "depth",
			type: "int32",
			nullable: true,
			description: "Of a preemption: 1 if the preemptor had not been preempted itself, else one more than then",
		},
		{
			name: "notice_us",
			type: "int64",
			unit: "us",
			description: "Time since it was told to go; 0 if it was not told",
		},
	],
};

export function evictionsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const evictions = new Evictions(cell, ({ timeUs, ordinal, job, node, cause, priority, preemptor, depth, noticeUs }) =>
		table.row(
			timeUs,
			ordinal,
			job.ordinal,
			cell.nodes.specs[node]!.name,
			EVICTION_CAUSES.indexOf(cause),
			PRIORITY_BANDS.indexOf(bandOf(priority)),
			preemptor?.ordinal ?? Number.NaN,
			preemptor ? PRIORITY_BANDS.indexOf(bandOf(preemptor.priority)) : Number.NaN,
			depth === 0 ? Number.NaN : depth,
			noticeUs,
		),
	);
	cell.watch(evictions);
	return {
		finish() {
			evictions.finish();
			table.flush();
		},
	};
}
