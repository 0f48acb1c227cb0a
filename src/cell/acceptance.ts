/** Which placements of a transaction stand. The cell's own: what comes of it is its business. */
import type { Cell } from "./cell.js";
import { conflictOf } from "./conflict.js";
import { ROW_MASK } from "./ids.js";
import { BOUND, PENDING } from "./pod-table.js";
import type { CommitResult, Conflict, Placement, Transaction } from "./transaction.js";

export const NO_CONFLICTS: readonly Conflict[] = [];

/**
 * Accepts placements one by one: those accepted are counted on their nodes, and their pods are in phase bound. An all-or-nothing
 * transaction with a conflict accepts none.
 */
export function accept(transaction: Transaction, cell: Cell): CommitResult {
	const { placements, atomicity, conflictRule, counted = false } = transaction;
	const { nodes, pods } = cell;
	let conflicts: Conflict[] | null = null;
	let accepted: Placement[] | null = null;
	for (let i = 0; i < placements.length; i++) {
		const placement = placements[i]!;
		const reason = counted ? null : conflictOf(placement, conflictRule, cell);
		if (reason === null) {
			const row = placement.pod & ROW_MASK;
			if (!counted) nodes.take(pods.classes[row]!, placement.node, placement.devices, 1);
			// A second placement of the pod in this transaction conflicts.
			pods.phase[row] = BOUND;
			accepted?.push(placement);
			continue;
		}
		// The usual case has no conflict, and then the placements are what is accepted.
		accepted ??= placements.slice(0, i);
		conflicts ??= [];
		conflicts.push({ placement, reason });
		if (atomicity === "all-or-nothing") return { accepted: takenBack(accepted, cell), conflicts };
	}
	return { accepted: accepted ?? placements, conflicts: conflicts ?? NO_CONFLICTS };
}

function takenBack(placements: readonly Placement[], { nodes, pods }: Cell): readonly Placement[] {
	for (const { pod, node, devices } of placements) {
		const row = pods.row(pod);
		nodes.take(pods.classes[row]!, node, devices, -1);
		pods.phase[row] = PENDING;
	}
	return [];
}
