import { z } from "zod";
import { Snapshot } from "../../cell/snapshot.js";
import { ATOMICITIES, CONFLICT_RULES } from "../../cell/transaction.js";
import { defineArchitecture } from "../architecture.js";

/**
 * Omega: every scheduler decides on a private snapshot taken when its decision began, and the cell settles conflicts when
 * it commits (Omega paper, sections 3.4 and 5). Jobs are spread over the schedulers by a hash of their ordinal.
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
	}),
	create({ conflict, atomicity }, { cell, schedulers }) {
		const snapshots = Array.from({ length: schedulers }, () => new Snapshot(cell));
		return {
			route: (job) => spread(job.ordinal) % schedulers,
			begin(scheduler) {
				const snapshot = snapshots[scheduler]!;
				snapshot.refresh();
				return snapshot;
			},
			commit: (job, placements) =>
				cell.commit({
					placements,
					preemptions: [],
					conflictRule: conflict,
					atomicity: job.gang ? "all-or-nothing" : atomicity,
				}),
		};
	},
});

/** A 32-bit mix (the finaliser of MurmurHash3), so that periodic workloads do not all go to one scheduler. */
function spread(ordinal: number): number {
	let h = ordinal | 0;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}
