import { z } from "zod";
import { ATOMICITIES, CONFLICT_RULES } from "../../cell/transaction.js";
import { durationSchema } from "../../objects/duration.js";
import { defineArchitecture } from "../architecture.js";
import { commitTo, decisionLoop, presentViews } from "../decision-loop.js";

/**
 * Omega: every scheduler decides on a private snapshot taken when its decision began, and the cell settles conflicts when
 * it commits (Omega paper, sections 3.4 and 5). With a verifier, plans queue for one server that settles them one by one, as
 * Nomad's plan queue does: the scheduler waits for its answer.
 */
export const sharedState = defineArchitecture({
	name: "shared-state",
	summary: "N schedulers decide at the same time on private snapshots; conflicts show when they commit (Omega).",
	params: z.strictObject({
		conflict: z
			.enum(CONFLICT_RULES)
			.default("fit")
			.describe(
				"fit: a placement conflicts if the pod no longer fits (fine-grained); node-version: if anything changed on its node (coarse-grained)",
			),
		atomicity: z
			.enum(ATOMICITIES)
			.default("incremental")
			.describe("Whether the rest of a job's placements stand when one conflicts; gangs are always all-or-nothing"),
		verifier: z
			.strictObject({
				perPlan: durationSchema.prefault("0s").describe("Time it takes for each plan"),
				perPod: durationSchema.prefault("0s").describe("Time added for each placement of the plan"),
			})
			.describe("One server that checks all plans, first come first served (Nomad); without it commits take no time")
			.optional(),
	}),
	create({ conflict, atomicity, verifier }, context) {
		const { cell, engine } = context;
		let freeUs = 0;
		return decisionLoop(context, {
			begin: presentViews(context),
			commit: commitTo(cell, conflict, atomicity),
			takesCounted: true,
			...(verifier && {
				settledUs({ placements }) {
					if (placements.length === 0) return engine.nowUs;
					freeUs = Math.max(engine.nowUs, freeUs) + verifier.perPlan + verifier.perPod * placements.length;
					return freeUs;
				},
			}),
		});
	},
});
