/**
 * What kube-scheduler found out about one pod, attempt by attempt, node by node. Tables of a run do not hold it: the run is made
 * again from its manifest, and stops when the pod has had its attempts.
 */
import type { NodeId } from "../../cell/ids.js";
import type { PodView } from "../../cell/pod-view.js";
import { type Attempted, KubernetesScheduler } from "../../scheduling/kubernetes/kubernetes-scheduler.js";
import { failureMessage, unschedulablePlugins } from "../../scheduling/kubernetes/messages.js";
import { noSchedulerNamed } from "../../scheduling/scheduler.js";
import { ImportReport } from "../../workload/arrivals.js";
import { assemble } from "../assemble.js";
import { Simulation } from "../simulation.js";
import type { RunManifest } from "./manifest.js";
import { remakePlan } from "./remake.js";
import { wakingChanges } from "./waking-changes.js";

export interface PluginScore {
	/** As the plugin gave it, brought to 0..100, and times its weight. */
	readonly raw: number;
	readonly normalized: number;
	readonly weighted: number;
}

/** What came of one node. */
export interface NodeVerdict {
	readonly node: string;
	/** The plugin that turned it down, and why; null if none did. */
	readonly rejectedBy: string | null;
	readonly reasons: readonly string[];
	/** Whether fewer pods there would not help. */
	readonly unresolvable: boolean;
	/** Sum of the weighted scores; null if it was turned down, or is the only node left. */
	readonly total: number | null;
	/** By plugin; empty where `total` is null. */
	readonly scores: Readonly<Record<string, PluginScore>>;
}

export interface KubernetesAttempt {
	readonly timeUs: number;
	/** Scheduler process, and the `schedulerName` of the profile. */
	readonly scheduler: string;
	readonly profile: string;
	/** Nodes in the cell, and those of them that passed every filter. */
	readonly nodes: number;
	readonly feasible: number;
	/** Nodes that were not looked at, since enough others had passed. */
	readonly unexamined: number;
	readonly chosen: string | null;
	/** Plugins that scored, with their weights. */
	readonly weights: Readonly<Record<string, number>>;
	/** The nodes that were looked at: the chosen one, feasible ones by total, then the others. */
	readonly verdicts: readonly NodeVerdict[];
	/** Why there is no node, in the words of the FailedScheduling event, or what it waits for on its node; null if it has one. */
	readonly message: string | null;
	/** Pods to be stopped so that this one may have a node; null without. */
	readonly preemption: { readonly node: string; readonly victims: readonly string[] } | null;
	/** Changes after which the pod is tried again, by the plugin that waits for them; empty if it has a node. */
	readonly wakes: readonly { readonly plugin: string; readonly changes: string }[];
}

export interface KubernetesAttempts {
	readonly attempts: readonly KubernetesAttempt[];
	/** Why nobody tries the pod; null if somebody does. */
	readonly leftAlone: string | null;
	/** That other code than the run's made it again; null if it is the same. */
	readonly warning: string | null;
}

/**
 * The first `attempts` attempts of kube-scheduler at the pod with this number. InputError if the run cannot be made again. No
 * attempts if another scheduler decided.
 */
export async function kubernetesAttempts(
	folder: string,
	manifest: RunManifest,
	{ pod, attempts }: { readonly pod: number; readonly attempts: number },
): Promise<KubernetesAttempts> {
	const { plan, warning } = await remakePlan(folder, manifest);
	const assembled = await assemble(plan, new ImportReport());
	const found: KubernetesAttempt[] = [];
	let watched = false;
	for (const { name, scheduler } of assembled.schedulers) {
		if (!(scheduler instanceof KubernetesScheduler)) continue;
		watched = true;
		scheduler.watch((view, attempted) => {
			if (view.ordinal === pod) found.push(attemptOf(name, view, attempted, simulation));
		});
	}
	if (!watched) return { attempts: [], leftAlone: null, warning: null };
	const simulation: Simulation = new Simulation({ ...assembled, observers: [] });
	let leftAlone: string | null = null;
	try {
		while (found.length < attempts && (await simulation.step()));
		if (attempts === 0) leftAlone = await reasonLeftAlone(simulation, pod);
	} finally {
		await simulation.close();
	}
	return { attempts: found, leftAlone, warning };
}

/** Runs until the pod is there, and asks its scheduler. */
async function reasonLeftAlone(simulation: Simulation, pod: number): Promise<string | null> {
	const { cell, architecture } = simulation;
	while (cell.pods.submitted <= pod && (await simulation.step()));
	for (const id of cell.pods.all()) {
		const { ordinal, job, podClass } = cell.pod(id);
		if (ordinal !== pod || job.scheduler < 0) continue;
		return architecture.processes[job.scheduler]!.ignores(podClass)
			? noSchedulerNamed(podClass.spec.facts.schedulerName)
			: null;
	}
	return null;
}

/** All that was found out in one attempt. */
export function attemptOf(
	scheduler: string,
	pod: PodView,
	attempted: Attempted,
	{ cell }: Pick<Simulation, "cell">,
): KubernetesAttempt {
	const { profile, findings, node, order, preemption } = attempted;
	const nameOf = (id: NodeId) => cell.nodes.specs[id]!.name;
	const scores = findings?.scores ?? [];
	const chosen = preemption?.chosen ?? null;
	const looked = (findings?.feasible.length ?? 0) + (findings?.rejected.length ?? 0);
	const whole = attempted.gated !== null || findings === null || findings.preFilterRejected !== null;
	return {
		timeUs: cell.nowUs,
		scheduler,
		profile: profile.schedulerName,
		nodes: order.length,
		feasible: findings?.feasible.length ?? 0,
		unexamined: whole ? 0 : order.length - looked,
		chosen: node < 0 ? null : nameOf(node),
		weights: Object.fromEntries(scores.map(({ plugin, weight }) => [plugin, weight])),
		verdicts: verdictsOf(attempted, nameOf),
		message: node < 0 ? messageOf(attempted) : waitingMessage(attempted),
		preemption:
			chosen === null
				? null
				: { node: nameOf(chosen.node), victims: chosen.victims.map(({ id }) => cell.pod(id).name) },
		wakes: node < 0 ? wakingChanges(pod.podClass, unschedulablePlugins(attempted)) : [],
	};
}

/** Permit: it has found a node, and does not take it yet. */
function waitingMessage({ waiting }: Attempted): string | null {
	return waiting === null ? null : `it waits on the node for the rest of pod group ${waiting.group}`;
}

/** As the event of the pod says it: why no node will do, then what preemption came to. */
function messageOf(attempted: Attempted): string {
	const { preemption } = attempted;
	const message = failureMessage(attempted);
	return preemption === null || preemption.message === "" ? message : `${message} ${preemption.message}`;
}

function verdictsOf({ findings, node }: Attempted, nameOf: (id: NodeId) => string): readonly NodeVerdict[] {
	if (findings === null) return [];
	const { feasible, scores, totals } = findings;
	const accepted = feasible.map((id, i): NodeVerdict & { readonly id: NodeId } => ({
		id,
		node: nameOf(id),
		rejectedBy: null,
		reasons: [],
		unresolvable: false,
		total: totals[i] ?? null,
		scores: Object.fromEntries(
			scores.map(({ plugin, weight, raw, normalized }) => [
				plugin,
				{ raw: raw[i]!, normalized: normalized[i]!, weighted: weight * normalized[i]! },
			]),
		),
	}));
	const isChosen = (id: NodeId) => (id === node ? 1 : 0);
	accepted.sort((a, b) => isChosen(b.id) - isChosen(a.id) || (b.total ?? 0) - (a.total ?? 0) || a.id - b.id);
	const rejected = findings.rejected.map(
		({ node: id, plugin, rejection }): NodeVerdict => ({
			node: nameOf(id),
			rejectedBy: plugin,
			reasons: rejection.reasons,
			unresolvable: rejection.unresolvable === true,
			total: null,
			scores: {},
		}),
	);
	return [...accepted.map(({ id: _, ...verdict }) => verdict), ...rejected];
}
