import type { Cell } from "../../cell/cell.js";
import type { EndReason, RequeueReason } from "../../cell/changes.js";
import type { PodId } from "../../cell/ids.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const CHANGES = [
	"node-added",
	"node-ready",
	"node-not-ready",
	"node-removed",
	"node-updated",
	"job-submitted",
	"job-grown",
	"pod-bound",
	"pod-started",
	"pod-ended",
	"pod-requeued",
	"node-unreachable",
	"job-turned-away",
	"node-silent",
	"node-heard",
] as const;
/** Of ends and requeues, in the order in which they came to be: a new one goes last, so that old tables keep their numbers. */
const REASONS: Readonly<Record<EndReason | RequeueReason, number>> = {
	succeeded: 0,
	failed: 1,
	deleted: 2,
	"node-lost": 3,
	abandoned: 4,
	preempted: 5,
	"not-admitted": 6,
	"oom-killed": 7,
	evicted: 8,
	maintenance: 9,
	crashed: 10,
	"alloc-ended": 11,
};

const SPEC: TableSpec = {
	name: "changes",
	description: "Every change of the cell, in order",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "When it happened" },
		{ name: "change", type: { enum: CHANGES }, description: "What happened" },
		{ name: "job", type: "int64", nullable: true, description: "The job, by position in the order of submission" },
		{ name: "pod", type: "int64", nullable: true, description: "The pod, by position in the order of submission" },
		{ name: "node", type: "utf8", nullable: true, description: "Name of the node" },
		{
			name: "reason",
			type: { enum: Object.keys(REASONS) },
			nullable: true,
			description: "Why a pod ended or was requeued",
		},
	],
};

export function changesProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const write = (
		change: (typeof CHANGES)[number],
		job: number,
		pod: PodId | null,
		node: number,
		reason: EndReason | RequeueReason | null,
	) => {
		const name = node < 0 ? null : cell.nodes.specs[node]!.name;
		const code = reason === null ? Number.NaN : REASONS[reason];
		table.row(cell.nowUs, CHANGES.indexOf(change), job, pod === null ? Number.NaN : cell.pod(pod).ordinal, name, code);
	};
	const jobOf = (pod: PodId) => cell.pod(pod).job.ordinal;
	cell.watch({
		nodeChanged: (node, change) => write(change, Number.NaN, null, node, null),
		jobSubmitted: (job) => write("job-submitted", job.ordinal, null, -1, null),
		jobTurnedAway: (job) => write("job-turned-away", job.ordinal, null, -1, null),
		jobGrown: (job) => write("job-grown", job.ordinal, null, -1, null),
		podBound: (pod, node) => write("pod-bound", jobOf(pod), pod, node, null),
		podStarted: (pod, node) => write("pod-started", jobOf(pod), pod, node, null),
		podEnded: (pod, node, reason) => write("pod-ended", jobOf(pod), pod, node, reason),
		podRequeued: (pod, node, reason) => write("pod-requeued", jobOf(pod), pod, node, reason),
	});
	return { finish: () => table.flush() };
}
