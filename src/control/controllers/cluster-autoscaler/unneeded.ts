/**
 * Which nodes are not needed: little is asked of them, and their pods would have a place elsewhere. Those found first are taken for gone
 * when the next are tried. Source: cluster-autoscaler's core/scaledown/planner/planner.go, eligibility and unneeded/nodes.go.
 */
import type { NodeId } from "../../../cell/ids.js";
import type { SimTime } from "../../../engine/time.js";
import type { ClusterView } from "../../autoscaling/cluster-access.js";
import type { RemainingBudgets } from "../../autoscaling/remaining-budgets.js";
import type { WhatIfCluster } from "../../autoscaling/what-if-cluster.js";
import type { NodeObject } from "../../kinds/node.js";
import { isTerminal, type Pod } from "../../pod.js";
import { isKept, podsToMove, utilizationOf } from "./removability.js";
import type { ClusterAutoscalerOptions } from "./schema.js";

/** A node that might be given back. */
export interface Candidate {
	readonly node: NodeObject;
	readonly pods: readonly Pod[];
}

/** A node whose pods would have a place elsewhere. */
export interface Removable extends Candidate {
	readonly utilization: number;
	/** Pods to evict, none where only daemons are left. */
	readonly toMove: readonly Pod[];
	readonly sinceUs: SimTime;
}

export interface Trial {
	readonly cluster: WhatIfCluster;
	readonly budgets: RemainingBudgets;
	readonly nowUs: SimTime;
}

export class UnneededNodes {
	readonly #options: ClusterAutoscalerOptions;
	readonly #view: ClusterView;
	#unneeded: readonly Removable[] = [];
	/** Nodes whose pods had no place, until when that is taken for granted. */
	readonly #unremovable = new Map<string, SimTime>();

	constructor(options: ClusterAutoscalerOptions, view: ClusterView) {
		this.#options = options;
		this.#view = view;
	}

	/** In order of the nodes. */
	get all(): readonly Removable[] {
		return this.#unneeded;
	}

	/** When a node may be looked at again that is not looked at now; Infinity if there is none. */
	get recheckUs(): SimTime {
		return Math.min(...this.#unremovable.values());
	}

	clear(): void {
		this.#unneeded = [];
	}

	/** Looks at all candidates again. */
	update(candidates: readonly Candidate[], trial: Trial): void {
		const sinceUs = new Map(this.#unneeded.map((known) => [known.node.metadata.name, known.sinceUs]));
		const closed: NodeId[] = [];
		this.#unneeded = candidates.flatMap((candidate) => {
			const { name } = candidate.node.metadata;
			const id = this.#view.nodeNamed(name);
			if (id === undefined || this.#isUnremovable(name, trial.nowUs)) return [];
			const utilization = this.#utilization(candidate, id, trial);
			if (utilization >= this.#options.scaleDownUtilizationThreshold) return [];
			const toMove = podsToMove(candidate.pods);
			if (!this.#wouldMove(toMove, id, trial)) {
				this.#unremovable.set(name, trial.nowUs + this.#options.unremovableNodeRecheckTimeout);
				return [];
			}
			closed.push(id);
			return [{ ...candidate, utilization, toMove, sinceUs: sinceUs.get(name) ?? trial.nowUs }];
		});
		for (const id of closed) trial.cluster.open(id);
	}

	#isUnremovable(name: string, nowUs: SimTime): boolean {
		const untilUs = this.#unremovable.get(name);
		if (untilUs === undefined) return false;
		if (nowUs <= untilUs) return true;
		this.#unremovable.delete(name);
		return false;
	}

	#utilization({ node, pods }: Candidate, id: NodeId, { cluster }: Trial): number {
		const counted = pods.filter(
			({ metadata, status }) =>
				!isTerminal(status.phase) &&
				!(this.#options.ignoreDaemonsetsUtilization && metadata.owner?.kind === "DaemonSet"),
		);
		const specs = counted.flatMap((pod) => this.#view.trialOf(pod)?.podClass.spec ?? []);
		return utilizationOf(node.status.allocatable, cluster.nodes.deviceCount[id]!, specs);
	}

	/** Puts the pods elsewhere, and closes the node for others; undone if one has no place. */
	#wouldMove(pods: readonly Pod[], node: NodeId, { cluster, budgets }: Trial): boolean {
		if (pods.some((pod) => isKept(pod, budgets, this.#options)) || !budgets.allow(pods)) return false;
		const { mark } = cluster;
		const wasOpen = cluster.nodes.ready[node] === 1;
		cluster.close(node);
		for (const pod of pods) {
			const id = this.#view.inCell(pod);
			const trial = this.#view.trialOf(pod);
			if (id === undefined || trial === null) continue;
			cluster.take(id);
			if (cluster.putFirst(trial, cluster.openNodes()) >= 0) continue;
			cluster.undo(mark);
			if (wasOpen) cluster.open(node);
			return false;
		}
		return true;
	}
}
