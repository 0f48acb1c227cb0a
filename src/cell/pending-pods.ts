/** The lists of pods that wait, one a job. */
import { ROW_MASK } from "./ids.js";
import type { Job } from "./job.js";
import { PENDING, type PodTable } from "./pod-table.js";
import type { Placement } from "./transaction.js";

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
