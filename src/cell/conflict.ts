/** Why the cell cannot do what a placement asks. */
import { ROW_MASK } from "./ids.js";
import type { NodeColumns } from "./node-columns.js";
import { PENDING, type PodTable } from "./pod-table.js";
import type { ConflictReason, ConflictRule, Placement } from "./transaction.js";

/** Null if the placement can be done as things are now. */
export function conflictOf(
	{ pod, node, devices, nodeVersion }: Placement,
	rule: ConflictRule,
	{ nodes, pods }: { readonly nodes: NodeColumns; readonly pods: PodTable },
): ConflictReason | null {
	const row = pod & ROW_MASK;
	if (!pods.has(pod) || pods.phase[row] !== PENDING) return "pod-gone";
	if (nodes.ready[node] !== 1) return "node-gone";
	if (rule === "node-version" && nodes.version[node] !== nodeVersion) return "node-changed";
	const podClass = pods.classes[row]!;
	return nodes.fits(podClass, node) && nodes.devicesFit(podClass, node, devices) ? null : "no-longer-fits";
}
