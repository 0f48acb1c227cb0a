import type { Cell } from "../../cell/cell.js";
import type { EndReason } from "../../cell/changes.js";
import { NO_NODE, type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { PodClass } from "../../objects/pod-class.js";
import { CPU, GPU, MEMORY } from "../../objects/resources.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import { amountsText } from "./amounts-text.js";
import type { TableProbe } from "./probe.js";

type Outcome = EndReason | "pending" | "bound" | "running" | "turned-away";

/**
 * How a pod's life stood when its row was written; pending, bound and running only at the end of the run. In the order in which
 * they came to be: a new one goes last, so that old tables keep their numbers.
 */
const OUTCOMES: Readonly<Record<Outcome, number>> = {
	succeeded: 0,
	failed: 1,
	deleted: 2,
	"node-lost": 3,
	abandoned: 4,
	pending: 5,
	bound: 6,
	running: 7,
	"oom-killed": 8,
	evicted: 9,
	"turned-away": 10,
};

const SPEC = {
	name: "pods",
	description: "One row per pod, written when it ends; pods alive at the end of the run come last",
	columns: [
		{ name: "pod", type: "int64", description: "Position in the order of submission, from 0" },
		{ name: "name", type: "utf8", description: "Name of the pod" },
		{ name: "job", type: "int64", description: "The pod's job, by position in the order of submission" },
		{ name: "class", type: "utf8", description: "Workload class: QoS of the trace or priority class; empty if none" },
		{ name: "priority", type: "int32", description: "Scheduling priority, higher goes first" },
		{ name: "submit_time_us", type: "int64", unit: "us", description: "Submission" },
		{ name: "bound_time_us", type: "int64", unit: "us", nullable: true, description: "First binding to a node" },
		{ name: "start_time_us", type: "int64", unit: "us", nullable: true, description: "Latest start" },
		{
			name: "end_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "End; null if alive at the end of the run",
		},
		{
			name: "pending_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "From submission to the first binding",
		},
		{ name: "node", type: "utf8", nullable: true, description: "Node of the latest binding" },
		{
			name: "outcome",
			type: { enum: Object.keys(OUTCOMES) },
			description: "How the pod ended, or its phase at the end of the run",
		},
		{ name: "attempts", type: "int32", description: "Scheduling attempts that looked at the pod" },
		{ name: "requeues", type: "int32", description: "Times it lost its node and went back to the queue" },
		{ name: "cpu_request_milli", type: "int64", unit: "milli", description: "Requested cpu" },
		{ name: "memory_request_bytes", type: "int64", unit: "bytes", description: "Requested memory" },
		{ name: "gpu_request_milli", type: "int64", unit: "milli-gpu", description: "Requested GPU, summed over devices" },
		{
			name: "other_requests",
			type: "utf8",
			nullable: true,
			description: "Other resources requested, as name=amount, separated by commas; null without",
		},
		{ name: "gpu_devices", type: "int32", description: "GPU devices in use at the latest binding, as a bit mask" },
		{
			name: "duration_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "Run time asked for; null never ends by itself",
		},
		{
			name: "observed_start_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "Start in the trace, if it has one",
		},
		{ name: "censored", type: "bool", description: "Whether the trace cut the pod's life off" },
		{ name: "prefilled", type: "bool", description: "Whether it ran already when the simulation began" },
	],
} as const satisfies TableSpec;

export function podsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const to = table.columns;
	const write = (pod: PodId, node: NodeId, outcome: Outcome, endUs: number) => {
		const { pods } = cell;
		const from = rowOf(pod);
		const podClass = pods.classes[from]!;
		const { facts } = podClass.spec;
		const job = pods.jobs[from]!;
		const submitUs = pods.submitUs[from]!;
		const durationUs = pods.durationUs[from]!;
		const firstBoundUs = pods.firstBoundUs[from]!;
		const row = table.next();
		to.pod[row] = pods.ordinal[from]!;
		to.name[row] = cell.pod(pod).name;
		to.job[row] = job.ordinal;
		to.class[row] = facts.className;
		to.priority[row] = facts.priority;
		to.submit_time_us[row] = submitUs;
		to.bound_time_us[row] = firstBoundUs;
		to.start_time_us[row] = pods.startUs[from]!;
		to.end_time_us[row] = endUs;
		to.pending_time_us[row] = firstBoundUs - submitUs;
		to.node[row] = node < 0 ? null : cell.nodes.specs[node]!.name;
		to.outcome[row] = OUTCOMES[outcome];
		to.attempts[row] = pods.attempts[from]!;
		to.requeues[row] = pods.requeues[from]!;
		to.cpu_request_milli[row] = podClass.request[CPU]!;
		to.memory_request_bytes[row] = podClass.request[MEMORY]!;
		to.gpu_request_milli[row] = podClass.request[GPU]!;
		to.other_requests[row] = otherRequests(podClass);
		to.gpu_devices[row] = pods.devices[from]!;
		to.duration_us[row] = durationUs === Number.POSITIVE_INFINITY ? Number.NaN : durationUs;
		to.observed_start_time_us[row] = pods.observedStartUs[from]!;
		to.censored[row] = pods.arrivals[from]!.censored ? 1 : 0;
		to.prefilled[row] = job.prefilled ? 1 : 0;
	};
	cell.watch({
		forgetsJobs: true,
		podEnded: (pod, node, reason) => write(pod, node, reason, cell.nowUs),
		jobTurnedAway: ({ pending }) => {
			for (const pod of pending) write(pod, NO_NODE, "turned-away", cell.nowUs);
		},
	});
	return {
		finish() {
			const alive = [...cell.pods.all()].sort((a, b) => cell.pod(a).ordinal - cell.pod(b).ordinal);
			for (const pod of alive) {
				const { phase, node } = cell.pod(pod);
				write(pod, node, phase as "pending" | "bound" | "running", Number.NaN);
			}
			table.flush();
		},
	};
}

/** Extended resources, ephemeral storage and huge pages; asked for seldom, so they share a column. */
function otherRequests({ spec: { requests } }: PodClass): string | null {
	let others: [name: string, amount: number][] | null = null;
	for (const name in requests)
		if (name !== "cpu" && name !== "memory") others = [...(others ?? []), [name, requests[name]!]];
	return others && amountsText(others);
}
