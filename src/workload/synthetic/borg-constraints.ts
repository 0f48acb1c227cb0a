/** Constraints in a synthetic Borg cell: very few tasks need one of a handful of machines. */
import { isProduction } from "../../objects/priority-band.js";
import type { DrawnJob } from "./borg-jobs.js";
import { type Machine, SPECIAL_LABEL, specialsOf } from "./borg-machines.js";

/**
 * Our choice: a task with a constraint asks for this share of its machines at most. What runs in a cell has a place there, and constraints
 * shall not decide alone how small a cell can be.
 */
const TASK_SHARE = 0.05;

/** The jobs: for each special attribute, the first job of production with one small task needs machines that have it. */
export function constrain(jobs: readonly DrawnJob[], machines: readonly Machine[]): readonly DrawnJob[] {
	const changed = [...jobs];
	for (let special = 0; special < specialsOf(machines.length); special++) {
		const able = machines.filter(({ specials }) => specials.includes(special));
		const at = changed.findIndex(
			(job) =>
				job.needs === null &&
				job.tasks === 1 &&
				isProduction(job.priority) &&
				able.every((machine) => isSmall(job, machine)),
		);
		if (at >= 0) changed[at] = { ...changed[at]!, needs: { label: `${SPECIAL_LABEL}${special}`, value: "true" } };
	}
	return changed;
}

function isSmall(job: DrawnJob, machine: Machine): boolean {
	return job.cpuMilli <= TASK_SHARE * machine.cpuMilli && job.memoryBytes <= TASK_SHARE * machine.memoryBytes;
}
