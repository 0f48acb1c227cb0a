import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { argsObject, definePlugin } from "../plugin-definition.js";

/** Stops pods of lower priority when no node is found; how is told in `preemption.ts`. */
export const defaultPreemptionDefinition = definePlugin({
	name: "DefaultPreemption",
	summary: "Stops pods of lower priority when no node is found.",
	args: argsObject({
		minCandidateNodesPercentage: orAbsent(z.int().min(0).max(100), 10),
		minCandidateNodesAbsolute: orAbsent(z.int().min(0), 100),
	}).superRefine((args, context) => {
		if (args.minCandidateNodesPercentage > 0 || args.minCandidateNodesAbsolute > 0) return;
		const message = "cannot be 0 together with minCandidateNodesPercentage: some node must be a candidate";
		context.addIssue({ code: "custom", path: ["minCandidateNodesAbsolute"], message });
	}),
	make: ({ minCandidateNodesPercentage, minCandidateNodesAbsolute }) => ({
		name: "DefaultPreemption",
		looksAt: "pods",
		preempts: { minCandidateNodesPercentage, minCandidateNodesAbsolute },
	}),
});
