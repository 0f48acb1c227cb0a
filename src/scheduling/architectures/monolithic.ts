import { z } from "zod";
import { Snapshot } from "../../cell/snapshot.js";
import { InputError } from "../../objects/input-error.js";
import { defineArchitecture } from "../architecture.js";

/**
 * One scheduler for all jobs, one decision at a time (Omega paper, section 3.1). Nobody else places pods, so a placement
 * only fails if its node went away, or its pod, while the decision was made.
 */
export const monolithic = defineArchitecture({
	name: "monolithic",
	summary: "One scheduler decides for every job, one after the other; nothing conflicts.",
	params: z.strictObject({}),
	create(_params, { cell, schedulers }) {
		if (schedulers !== 1) {
			throw new InputError(`the monolithic architecture has one scheduler, not ${schedulers}: remove 'replicas', or use shared-state`);
		}
		const snapshot = new Snapshot(cell);
		return {
			route: () => 0,
			begin() {
				snapshot.refresh();
				return snapshot;
			},
			commit: (job, placements) =>
				cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: job.gang ? "all-or-nothing" : "incremental" }),
		};
	},
});
