/** What is said of an attempt that has been settled. */
import type { Cell } from "../cell/cell.js";
import type { Attempt, AttemptOutcome, CommitResult, Conflict, ConflictReason } from "../cell/transaction.js";
import { rejectionsByPods } from "./rejections-by-pods.js";
import type { Deciding } from "./scheduler-process.js";

export const NO_REJECTIONS: ReadonlyMap<string, number> = new Map();
const NO_CONFLICTS: ReadonlyMap<ConflictReason, number> = new Map();

/** The attempt of a scheduler process, by what the cell said to its decision now. */
export function attemptOf(
	scheduler: number,
	{ job, decision, pods, beginUs, takesUs }: Deciding,
	{ accepted, conflicts: all }: CommitResult,
	cell: Cell,
): Attempt {
	const { placements, unplaced, released } = decision!;
	const first = unplaced[0];
	const conflicts = released === undefined ? all : all.filter(({ placement }) => placements.includes(placement));
	return {
		job,
		scheduler,
		beginUs,
		commitUs: cell.nowUs,
		decisionUs: takesUs,
		pods,
		placed: accepted.length,
		conflicts: conflicts.length,
		withdrawn: placements.length - accepted.length - conflicts.length,
		conflictReasons: conflicts.length === 0 ? NO_CONFLICTS : countReasons(conflicts),
		unplaced: unplaced.length,
		outcome: outcomeOf(pods, accepted.length, all.length),
		rejections: first?.rejections ?? NO_REJECTIONS,
		nodes: first?.nodes ?? 0,
		rejectionsByPods: rejectionsByPods(unplaced, cell.pods),
	};
}

function countReasons(conflicts: readonly Conflict[]): ReadonlyMap<ConflictReason, number> {
	const counts = new Map<ConflictReason, number>();
	for (const { reason } of conflicts) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	return counts;
}

/** What an attempt came to, by its pods, those placed and those that conflicted. */
export function outcomeOf(pods: number, placed: number, conflicts: number): AttemptOutcome {
	if (conflicts > 0) return "conflict";
	if (placed === pods) return "placed";
	return placed > 0 ? "partly-placed" : "unschedulable";
}
