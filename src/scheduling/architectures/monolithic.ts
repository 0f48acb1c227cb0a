import { Snapshot } from "../../cell/snapshot.js";
import { defineArchitecture } from "../architecture.js";

/**
 * One scheduler for all jobs, one decision at a time (Omega paper, section 3.1). Nobody else places pods, so a placement
 * only fails if its node went away, or its pod, while the decision was made.
 */
export const monolithic = defineArchitecture({
	name: "monolithic",
	summary: "One scheduler decides for every job, one after the other; nothing conflicts.",
	refuses: (_params, schedulers) =>
		schedulers === 1
			? null
			: `the monolithic architecture has one scheduler, not ${schedulers}: set replicas to 1, or use shared-state`,
	create(_params, { cell }) {
		const snapshot = new Snapshot(cell);
		return {
			route: () => 0,
			begin() {
				snapshot.refresh();
				return snapshot;
			},
			commit: (job, placements) =>
				cell.commit({
					placements,
					preemptions: [],
					conflictRule: "fit",
					atomicity: job.gang ? "all-or-nothing" : "incremental",
				}),
		};
	},
});
