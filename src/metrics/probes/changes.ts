import type { Cell } from "../../cell/cell.js";
import type { EndReason, RequeueReason } from "../../cell/changes.js";
import { type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

/** In the order in which they came to be, as reasons are. */
const CHANGES = {
	"node-added": 0,
	"node-ready": 1,
	"node-not-ready": 2,
	"node-removed": 3,
	"node-updated": 4,
	"job-submitted": 5,
	"job-grown": 6,
	"pod-bound": 7,
	"pod-started": 8,
	"pod-ended": 9,
	"pod-requeued": 10,
	"node-unreachable": 11,
	"job-turned-away": 12,
	"node-silent": 13,
	"node-heard": 14,
} as const;
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

const SPEC = {
	name: "changes",
	description: "Every change of the cell, in order",
	columns: [
		{ name: "time_us", type: "int64", unit: "us", description: "When it happened" },
		{ name: "change", type: { enum: Object.keys(CHANGES) }, description: "What happened" },
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
} as const satisfies TableSpec;

export function changesProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const to = table.columns;
	const write = (change: number, job: number, pod: number, node: number, reason: number) => {
		const row = table.next();
		to.time_us[row] = cell.nowUs;
		to.change[row] = change;
		to.job[row] = job;
		to.pod[row] = pod;
		to.node[row] = node < 0 ? null : cell.nodes.specs[node]!.name;
		to.reason[row] = reason;
	};
	const writeJob = (change: number, { ordinal }: Job) => write(change, ordinal, Number.NaN, -1, Number.NaN);
	const writePod = (change: number, pod: PodId, node: number, reason = Number.NaN) => {
		const { pods } = cell;
		const row = rowOf(pod);
		write(change, pods.jobs[row]!.ordinal, pods.ordinal[row]!, node, reason);
	};
	cell.watch({
		forgetsJobs: true,
		nodeChanged: (node, change) => write(CHANGES[change], Number.NaN, Number.NaN, node, Number.NaN),
		jobSubmitted: (job) => writeJob(CHANGES["job-submitted"], job),
		jobTurnedAway: (job) => writeJob(CHANGES["job-turned-away"], job),
		jobGrown: (job) => writeJob(CHANGES["job-grown"], job),
		podBound: (pod, node) => writePod(CHANGES["pod-bound"], pod, node),
		podStarted: (pod, node) => writePod(CHANGES["pod-started"], pod, node),
		podEnded: (pod, node, reason) => writePod(CHANGES["pod-ended"], pod, node, REASONS[reason]),
		podRequeued: (pod, node, reason) => writePod(CHANGES["pod-requeued"], pod, node, REASONS[reason]),
	});
	return { finish: () => table.flush() };
}
