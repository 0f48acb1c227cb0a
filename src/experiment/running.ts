/** Jobs that are on their nodes when a simulation begins, as a snapshot of a cluster names them. */
import { Cell } from "../cell/cell.js";
import type { NodeId } from "../cell/ids.js";
import type { JobArrival } from "../objects/arrival.js";
import { InputError } from "../objects/input-error.js";
import { formatQuantity } from "../objects/quantity.js";
import type { NodeSpec } from "../objects/spec.js";
import { nearest } from "../objects/suggest.js";
import type { RunningJob } from "../workload/arrivals.js";
import type { Prefilled } from "./simulation.js";

/**
 * The jobs with their nodes by position in `nodes`. InputError, with the place where the node is named if that is known: there is no
 * such node, or it has no room for what is bound to it.
 */
export function placedJobs(nodes: readonly NodeSpec[], running: readonly RunningJob[]): readonly Prefilled[] {
	if (running.length === 0) return [];
	const cell = new Cell({ nowUs: 0 });
	for (const node of nodes) cell.addNode(node);
	return running.map(({ job, nodes: names, position }) => {
		const ids = names.map((name) => {
			const id = cell.nodeNamed(name);
			if (id !== undefined) return id;
			const known = nodes.map((node) => node.name);
			throw new InputError(missingNode(job.name, name, known), position());
		});
		try {
			cell.place(job, ids);
		} catch {
			throw new InputError(noRoom(cell, job, ids[0]!), position());
		}
		return { job, nodes: ids };
	});
}

function missingNode(pod: string, node: string, known: readonly string[]): string {
	const near = nearest(node, known);
	const hint = near === null ? "add the node, or take the pod out" : `did you mean '${near}'?`;
	return `Pod ${pod}: spec.nodeName: there is no node '${node}'; ${hint}`;
}

function noRoom(cell: Cell, { name, pods }: JobArrival, node: NodeId): string {
	const { spec } = pods[0]!;
	const { request, needs } = cell.classes.intern(spec);
	const lacking = [...needs].flatMap((resource) => {
		const resourceName = cell.resources.names[resource]!;
		const free = cell.nodes.free[resource]?.[node] ?? 0;
		if (free >= request[resource]!) return [];
		const [wanted, left] = [request[resource]!, free].map((amount) => formatQuantity(amount, resourceName));
		return [`${resourceName} ${wanted} of ${left} that are free`];
	});
	const what = lacking.length === 0 ? "its GPUs" : lacking.join(", ");
	return `Pod ${name}: spec.nodeName: node '${cell.node(node).name}' has no room for it beside the pods before it: it requests ${what}`;
}
