import type { Cell } from "../../cell/cell.js";
import type { Job } from "../../cell/job.js";
import { ATTEMPT_OUTCOMES, type PodRejections } from "../../cell/transaction.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";
import { rejectionText } from "./rejection-text.js";

const SPEC = {
	name: "attempts",
	description: "One row per scheduling attempt, written when its transaction was settled",
	columns: [
		{ name: "attempt", type: "int64", description: "Position in the order of settlement, from 0" },
		{ name: "job", type: "int64", description: "The job, by position in the order of submission" },
		{ name: "scheduler", type: "int32", description: "Index of the scheduler process" },
		{
			name: "begin_time_us",
			type: "int64",
			unit: "us",
			description: "When the decision began, on the snapshot of that moment",
		},
		{ name: "commit_time_us", type: "int64", unit: "us", description: "When its transaction was settled" },
		{ name: "pods", type: "int32", description: "Pods that were waiting in the job" },
		{ name: "placed", type: "int32", description: "Pods bound" },
		{ name: "conflicts", type: "int32", description: "Placements that conflicted" },
		{
			name: "withdrawn",
			type: "int32",
			description: "Placements given up because another one of the same all-or-nothing transaction conflicted",
		},
		{
			name: "conflict_reasons",
			type: "utf8",
			nullable: true,
			description: "Placements that conflicted, by reason",
		},
		{ name: "unplaced", type: "int32", description: "Pods for which no node was found" },
		{ name: "outcome", type: { enum: ATTEMPT_OUTCOMES }, description: "What the attempt came to" },
		{ name: "nodes", type: "int32", description: "Nodes asked for the reasons of the first pod without a node" },
		{
			name: "rejections",
			type: "utf8",
			nullable: true,
			description: "Nodes that rejected the first pod without a node, by reason",
		},
		{
			name: "rejections_by_pods",
			type: "utf8",
			nullable: true,
			description:
				"If pods without a node differ: JSON, a list of {pods, nodes, rejections}, pods by position in the order of submission",
		},
		{
			name: "alike",
			type: "bool",
			description: "Whether the pods without a node are all identical, so that these reasons hold for each of them",
		},
	],
} as const satisfies TableSpec;

export function attemptsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const to = table.columns;
	let settled = 0;
	cell.watch({
		forgetsJobs: true,
		attempted(attempt) {
			const { job, conflicts, unplaced, rejections, rejectionsByPods } = attempt;
			const row = table.next();
			to.attempt[row] = settled++;
			to.job[row] = job.ordinal;
			to.scheduler[row] = attempt.scheduler;
			to.begin_time_us[row] = attempt.beginUs;
			to.commit_time_us[row] = attempt.commitUs;
			to.pods[row] = attempt.pods;
			to.placed[row] = attempt.placed;
			to.conflicts[row] = conflicts;
			to.withdrawn[row] = attempt.withdrawn;
			to.conflict_reasons[row] = conflicts === 0 ? null : rejectionText(attempt.conflictReasons);
			to.unplaced[row] = unplaced;
			to.outcome[row] = ATTEMPT_OUTCOMES.indexOf(attempt.outcome);
			to.nodes[row] = attempt.nodes;
			to.rejections[row] = rejections.size === 0 ? null : rejectionText(rejections);
			to.rejections_by_pods[row] = rejectionsByPods.length === 0 ? null : JSON.stringify(rejectionsByPods.map(written));
			to.alike[row] = unplaced <= 1 || areAlike(cell, job, unplaced) ? 1 : 0;
		},
	});
	return { finish: () => table.flush() };
}

function written({ pods, nodes, rejections }: PodRejections) {
	return { pods, nodes, rejections: rejectionText(rejections) };
}

/** Asked when the transaction is settled: those without a node are among the pods that wait now, unless some were deleted. */
function areAlike(cell: Cell, { pending }: Job, unplaced: number): boolean {
	if (pending.length < unplaced) return false;
	const { podClass } = cell.pod(pending[0]!);
	return pending.every((pod) => cell.pod(pod).podClass === podClass);
}
