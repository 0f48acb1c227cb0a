/** Pods that get their nodes by what a workload says, not by a scheduler. */
import type { Cell } from "./cell.js";
import type { NodeId } from "./ids.js";
import type { Job } from "./job.js";
import type { Placement } from "./transaction.js";

/**
 * Binds the pods of a job, all of which wait, to these nodes, one each. A pod for which its node has no room is an error. As few
 * transactions as can be: what is left to wait is gone through in each. Pods that ask for devices have one of their own, since
 * which are free shows when those before them have theirs.
 */
export function bindAll({ pending }: Job, nodes: readonly NodeId[], cell: Cell): void {
	const { pods } = cell;
	const waiting = [...pending];
	for (let i = 0; i < waiting.length; ) {
		const placements: Placement[] = [];
		do {
			const pod = waiting[i]!;
			const node = nodes[i]!;
			const devices = cell.nodes.chooseDevices(pods.classes[pods.row(pod)]!, node);
			placements.push({ pod, node, devices, nodeVersion: cell.nodes.version[node]! });
			i++;
		} while (i < waiting.length && pods.classes[pods.row(waiting[i]!)]!.gpuCount === 0);
		const transaction = { placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" } as const;
		const [conflict] = cell.commit(transaction).conflicts;
		if (conflict === undefined) continue;
		const { placement, reason } = conflict;
		throw new Error(`pod '${cell.pod(placement.pod).name}' cannot be placed on node ${placement.node}: ${reason}`);
	}
}
