/** Vain attempts in the words of Kubernetes. */
import type { Findings, PluginRejection } from "./cycle.js";
import type { Attempted } from "./kubernetes-scheduler.js";

/** What the FailedScheduling event of a pod says: `0/50 nodes are available: 20 Insufficient cpu, 30 Too many pods.` */

/** How many nodes gave each reason. */
export type ReasonCounts = ReadonlyMap<string, number>;

export function fitMessage(nodes: number, reasons: ReasonCounts): string {
	const head = `0/${nodes} nodes are available`;
	if (reasons.size === 0) return `${head}:`;
	const texts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
	return `${head}: ${texts.join(", ")}.`;
}

/** Why the pod has no node, without what preemption says. */
export function failureMessage({ gated, findings, order }: Attempted): string {
	if (gated !== null) return gated.rejection.reasons.join(", ");
	if (findings === null) return "no nodes available to schedule pods";
	const { preFilterRejected, rejected, narrowedBy } = findings;
	if (preFilterRejected !== null)
		return `0/${order.length} nodes are available: ${preFilterRejected.rejection.reasons.join(", ")}.`;
	const reasons = countReasons(rejected.map(({ rejection }) => rejection.reasons));
	const rest = order.length - rejected.length;
	if (narrowedBy.length > 0 && rest > 0)
		reasons.set(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(" ")}]`, rest);
	return fitMessage(order.length, reasons);
}

/** What is needed of an attempt to tell who turned the pod down. */
export interface Refusals {
	readonly gated: PluginRejection | null;
	readonly findings:
		| (Pick<Findings, "preFilterRejected" | "narrowedBy"> & { readonly rejected: Iterable<PluginRejection> })
		| null;
}

/** The plugins that turned the pod down, by name in order: what an event must concern to wake it. */
export function unschedulablePlugins({ gated, findings }: Refusals): readonly string[] {
	if (gated !== null) return [gated.plugin];
	if (findings === null) return [];
	const { preFilterRejected, rejected, narrowedBy } = findings;
	const plugins = new Set(narrowedBy);
	for (const { plugin } of rejected) plugins.add(plugin);
	if (preFilterRejected !== null && preFilterRejected.plugin !== "") plugins.add(preFilterRejected.plugin);
	return [...plugins].sort();
}

export function countReasons(reasons: Iterable<readonly string[]>): Map<string, number> {
	const counts = new Map<string, number>();
	for (const list of reasons) for (const reason of list) counts.set(reason, (counts.get(reason) ?? 0) + 1);
	return counts;
}
