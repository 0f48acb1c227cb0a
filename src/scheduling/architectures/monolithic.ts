import { defineArchitecture } from "../architecture.js";
import { commitTo, decisionLoop, presentViews } from "../decision-loop.js";

/**
 * One scheduler for all jobs, one decision at a time (Omega paper, section 3.1). Nobody else places pods, so a placement
 * only fails if its node went away, or its pod, while the decision was made. Single-path if every class of jobs has the
 * same decision time, multi-path if not; either way a long decision holds up all jobs behind it.
 */
export const monolithic = defineArchitecture({
	name: "monolithic",
	summary: "One scheduler decides for every job, one after the other; nothing conflicts.",
	refuses: (_params, processes) =>
		processes.length === 1
			? null
			: `the monolithic architecture has one scheduler, not ${processes.length}: set replicas to 1, or use shared-state`,
	create(_params, context) {
		return decisionLoop(context, {
			begin: presentViews(context),
			commit: commitTo(context.cell, "fit", "incremental"),
			takesCounted: true,
		});
	},
});
