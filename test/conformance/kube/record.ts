/** What our scheduler decided, written down as the recorder of the real one writes it. */
import type { NodeId } from "../../../src/cell/ids.js";
import type { PluginRejection } from "../../../src/scheduling/kubernetes/cycle.js";
import type { Attempted } from "../../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import { failureMessage, unschedulablePlugins } from "../../../src/scheduling/kubernetes/messages.js";
import type { Cluster } from "./cluster.js";
import type { Raw } from "./golden.js";

export interface Circumstances {
	readonly pod: string;
	readonly attempt: number;
	/** Of the pod once bound, `2026-01-01T00:00:07Z`. */
	readonly startTime: string;
	/** Position of the next search, where it is recorded (parallelism 1). */
	readonly nextStart: number | null;
	/** Seconds, in queue mode. */
	readonly time: number | null;
}

export function decisionOf(cluster: Cluster, attempted: Attempted, circumstances: Circumstances): Raw {
	const { findings, gated, node, preemption, order } = attempted;
	const name = (id: NodeId) => cluster.nodeName(id);
	const names = (ids: readonly NodeId[]) => ids.map(name);
	const { pod, attempt, startTime, nextStart, time } = circumstances;
	const placed = node >= 0;
	const feasible = findings?.feasible ?? [];
	const inOrder = nextStart === null ? inListOrder(feasible, order) : feasible;
	return dropAbsent({
		pod,
		attempt,
		time: time ?? undefined,
		result: gated !== null ? "gated" : placed ? "scheduled" : "unschedulable",
		nominatedNodeNameBefore: attempted.nominated >= 0 ? name(attempted.nominated) : undefined,
		preFilterRejected: findings?.preFilterRejected ? statusOf(findings.preFilterRejected) : undefined,
		preFilterNodeNames: findings?.only ? [...findings.only].sort() : undefined,
		feasible: names(inOrder),
		rejected: rejectedOf(attempted, name),
		scores: scoresOf(attempted, inOrder),
		total: aligned(attempted, inOrder, findings?.totals),
		argmax: placed ? names(findings!.best) : undefined,
		nodeName: placed ? name(node) : undefined,
		startTime: placed ? startTime : undefined,
		evaluatedNodes: placed ? feasible.length + findings!.rejected.length : undefined,
		nextStartNodeIndex: nextStart ?? undefined,
		unschedulablePlugins: placed ? undefined : unschedulablePlugins(attempted),
		message: placed ? undefined : failureMessage(attempted),
		preemption: preemption === null ? undefined : preemptionOf(cluster, preemption),
	});
}

function statusOf({ plugin, rejection }: PluginRejection) {
	return {
		plugin,
		code: rejection.unresolvable ? "UnschedulableAndUnresolvable" : "Unschedulable",
		reasons: [...rejection.reasons].sort(),
	};
}

function inListOrder(nodes: readonly NodeId[], order: readonly NodeId[]): readonly NodeId[] {
	const set = new Set(nodes);
	return order.filter((node) => set.has(node));
}

function rejectedOf({ findings, order }: Attempted, name: (id: NodeId) => string) {
	const groups = new Map<string, { plugin: string; code: string; reasons: string[]; nodes: string[] }>();
	const position = new Map(order.map((node, i) => [node, i]));
	const rejected = [...(findings?.rejected ?? [])].sort((a, b) => position.get(a.node)! - position.get(b.node)!);
	for (const { node, ...status } of rejected) {
		const group = statusOf(status);
		const key = JSON.stringify(group);
		if (!groups.has(key)) groups.set(key, { ...group, nodes: [] });
		groups.get(key)!.nodes.push(name(node));
	}
	return groups.size === 0 ? undefined : [...groups.values()];
}

function scoresOf(attempted: Attempted, inOrder: readonly NodeId[]) {
	const scores = attempted.findings?.scores ?? [];
	if (scores.length === 0) return undefined;
	return Object.fromEntries(
		scores.map(({ plugin, weight, normalized }) => {
			const weighted = normalized.map((score) => score * weight);
			return [plugin, aligned(attempted, inOrder, weighted)!];
		}),
	);
}

function aligned({ findings }: Attempted, inOrder: readonly NodeId[], values: Float64Array | undefined) {
	if (values === undefined || values.length === 0) return undefined;
	const byNode = new Map(findings!.feasible.map((node, i) => [node, values[i]!]));
	return inOrder.map((node) => byNode.get(node)!);
}

function preemptionOf(cluster: Cluster, preemption: NonNullable<Attempted["preemption"]>) {
	const { status, message, candidates, tied, chosen, cleared } = preemption;
	const nominatedNodeName = chosen === null ? "" : cluster.nodeName(chosen.node);
	if (chosen === null) return { status, message, nominatedNodeName };
	const listed = [...candidates].sort((a, b) => a.node - b.node);
	return dropAbsent({
		status,
		candidates: listed.map(({ node, victims, violations }) => ({
			node: cluster.nodeName(node),
			victims: victims.map((victim) => victim.name),
			numPDBViolations: violations,
		})),
		tied: tied.map(({ node }) => cluster.nodeName(node)),
		nominatedNodeName,
		victims: chosen.victims.map((victim) => victim.name),
		clearedNominations: cleared.length === 0 ? undefined : cleared.map((pod) => cluster.podName(pod)).sort(),
	});
}

function dropAbsent(fields: Record<string, unknown>): Raw {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
