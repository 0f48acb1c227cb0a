/** Who waits at the end of a run although nothing stands in the way: an oracle from the readable filters, node by node. */
import type { NodeId } from "../../src/cell/ids.js";
import { compareJobs, type Job } from "../../src/cell/job.js";
import type { NodeView } from "../../src/cell/node-view.js";
import type { PodView } from "../../src/cell/pod-view.js";
import type { Simulation } from "../../src/experiment/simulation.js";
import { defaultFilters } from "../../src/scheduling/plugins/index.js";
import type { QueueDiscipline } from "../../src/scheduling/waiting-room.js";
import { snapshotOf } from "./cells.js";

/** Whether a scheduler process may use a node, apart from what its options say. */
export type MayUse = (scheduler: number, node: NodeView) => boolean;

const ANY_NODE: MayUse = () => true;

/**
 * Names of the jobs that wait, are not given up, and of which a pod (all pods of a gang) would fit the cell as it is. Under a
 * strict discipline only the first in line of each process has a right to that.
 */
export function forgotten(simulation: Simulation, discipline: QueueDiscipline, mayUse = ANY_NODE): string[] {
	const { cell, architecture } = simulation;
	const waiting = new Set<Job>();
	for (const pod of cell.pods.all()) if (cell.pod(pod).phase === "pending") waiting.add(cell.pod(pod).job);
	return architecture.processes.flatMap(({ index }) => {
		const line = [...waiting].filter(({ scheduler }) => scheduler === index).sort(compareJobs);
		const entitled = discipline === "strict" ? line.slice(0, 1) : line;
		return entitled.filter((job) => fits(simulation, job, mayUse)).map(({ name }) => name);
	});
}

/** Places the waiting pods one after the other, each on the first node that all filters accept. */
function fits({ cell, architecture }: Simulation, { pending, gang, scheduler }: Job, mayUse: MayUse): boolean {
	const snapshot = snapshotOf(cell);
	const { sees } = architecture.processes[scheduler]!.options;
	let placed = 0;
	for (const pod of pending.map((id) => cell.pod(id))) {
		for (let n = 0; n < snapshot.nodes.count; n++) {
			const view = snapshot.nodes.view(n as NodeId);
			if (!(sees?.(view.id) ?? true) || !mayUse(scheduler, view) || !accepts(pod, view)) continue;
			snapshot.assume(pod, view.id);
			placed++;
			break;
		}
	}
	return gang ? placed === pending.length : placed > 0;
}

function accepts({ podClass }: PodView, node: NodeView): boolean {
	return defaultFilters.every(
		(filter) => filter.skips?.(podClass, node.columns) || filter.accepts(podClass, node) === null,
	);
}
