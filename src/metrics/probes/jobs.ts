import type { Cell } from "../../cell/cell.js";
import type { Job } from "../../cell/job.js";
import { speedUpOf } from "../speed-up.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const SPEC = {
	name: "jobs",
	description: "One row per job, written when its last pod ends; jobs alive at the end of the run come last",
	columns: [
		{ name: "job", type: "int64", description: "Position in the order of submission, from 0" },
		{ name: "name", type: "utf8", description: "Name of the job" },
		{ name: "priority", type: "int32", description: "Highest priority among its pods" },
		{ name: "gang", type: "bool", description: "Whether all pods had to start at once" },
		{
			name: "prefilled",
			type: "bool",
			description: "Whether it ran already when the simulation began: no work for schedulers",
		},
		{
			name: "pods",
			type: "int32",
			description: "Pods that it had, those that it was given on top of what it asked for too",
		},
		{ name: "pods_started", type: "int32", description: "Pods that started at least once" },
		{ name: "submit_time_us", type: "int64", unit: "us", description: "Submission" },
		{
			name: "first_attempt_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "Beginning of the first scheduling attempt",
		},
		{
			name: "full_start_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "Start of the pod that started last",
		},
		{
			name: "end_time_us",
			type: "int64",
			unit: "us",
			nullable: true,
			description: "End of the pod that ended last; null if alive",
		},
		{ name: "attempts", type: "int32", description: "Scheduling attempts" },
		{ name: "conflicts", type: "int32", description: "Placements that conflicted at commit" },
		{
			name: "speed_up",
			type: "float64",
			unit: "1",
			nullable: true,
			description: "Run time asked for over that with the pods it got; null if its work cannot be shared among more",
		},
		{
			name: "turned_away",
			type: "utf8",
			nullable: true,
			description: "Why it was not taken in; null if it was",
		},
	],
} as const satisfies TableSpec;

export function jobsProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const to = table.columns;
	const write = (job: Job, endUs: number) => {
		const row = table.next();
		to.job[row] = job.ordinal;
		to.name[row] = job.name;
		to.priority[row] = job.priority;
		to.gang[row] = job.gang ? 1 : 0;
		to.prefilled[row] = job.prefilled ? 1 : 0;
		to.pods[row] = job.podCount;
		to.pods_started[row] = job.started;
		to.submit_time_us[row] = job.submitUs;
		to.first_attempt_time_us[row] = job.firstAttemptUs;
		to.full_start_time_us[row] = job.fullStartUs;
		to.end_time_us[row] = endUs;
		to.attempts[row] = job.attempts;
		to.conflicts[row] = job.conflicts;
		to.speed_up[row] = speedUpOf(job);
		to.turned_away[row] = job.turnedAway;
	};
	const over = (job: Job) => write(job, cell.nowUs);
	cell.watch({ forgetsJobs: true, jobEnded: over, jobTurnedAway: over });
	return {
		finish() {
			const alive = new Set<Job>();
			for (const pod of cell.pods.all()) alive.add(cell.pod(pod).job);
			for (const job of [...alive].sort((a, b) => a.ordinal - b.ordinal)) write(job, Number.NaN);
			table.flush();
		},
	};
}
