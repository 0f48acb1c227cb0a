/** The lists of pods that wait, one a job. */
import type { JobArrival } from "../objects/arrival.js";
import type { PodClassTable } from "../objects/pod-class.js";
import { ROW_MASK } from "./ids.js";
import type { Job } from "./job.js";
import { ENDED, PENDING, type PodTable } from "./pod-table.js";
import type { Placement } from "./transaction.js";

interface Tables {
	readonly pods: PodTable;
	readonly classes: PodClassTable;
}

/** Puts the pods of a new job into the tables; all of them wait. */
export function addPods({ pods }: JobArrival, job: Job, tables: Tables): void {
	for (let i = 0; i < pods.length; ) {
		const { spec } = pods[i]!;
		let end = i + 1;
		while (end < pods.length && pods[end]!.spec === spec) end++;
		const podClass = tables.classes.intern(spec, end - i);
		for (; i < end; i++) job.pending[i] = tables.pods.add(pods[i]!, podClass, job, i, job.submitUs);
	}
}

/** Takes a job's pods out of the tables, all of which wait. */
export function dropPods(job: Job, { pods, classes }: Tables): void {
	for (const pod of job.pending) {
		const row = pods.row(pod);
		pods.phase[row] = ENDED;
		classes.release(pods.classes[row]!);
		pods.release(pod);
	}
	job.pending.length = 0;
	job.remaining = 0;
}

/** Takes pods that were bound off the lists of their jobs, one pass for each run of placements of one job. */
export function dropBound({ jobs, phase }: PodTable, placements: readonly Placement[]): void {
	let last: Job | null = null;
	for (let i = 0; i < placements.length; i++) {
		const job = jobs[placements[i]!.pod & ROW_MASK]!;
		if (job === last) continue;
		last = job;
		const { pending } = job;
		let kept = 0;
		for (let p = 0; p < pending.length; p++)
			if (phase[pending[p]! & ROW_MASK] === PENDING) pending[kept++] = pending[p]!;
		for (let left = pending.length; left > kept; left--) pending.pop();
	}
}
