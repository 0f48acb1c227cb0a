/**
 * What each group could do for pods without a node: new nodes are put beside the others in a trial, and the pods on them, the largest
 * first. Source: cluster-autoscaler's core/scaleup/orchestrator and estimator/binpacking_estimator.go.
 *
 * Divergence from cluster-autoscaler: no group is made up for a pod (no node autoprovisioning), and groups are not balanced.
 */
import type { NodeId } from "../../../cell/ids.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { TrialPod, WhatIfCluster } from "../../autoscaling/what-if-cluster.js";
import type { ScaleUpOption } from "./expanders.js";
import type { NodeGroup } from "./node-group.js";

export interface ScaleUp {
	readonly cluster: WhatIfCluster;
	readonly groups: readonly NodeGroup[];
	readonly nowUs: number;
	/** Nodes that may be asked for in all. */
	readonly mostNodes: number;
	/** What DaemonSets put on a node. */
	readonly daemonsOn: (node: NodeSpec) => readonly TrialPod[];
}

export interface Estimated {
	readonly options: readonly ScaleUpOption[];
	/** By pod: why each group does not help, with the number of groups. Empty for pods that some group helps. */
	readonly reasons: ReadonlyMap<TrialPod, ReadonlyMap<string, number>>;
}

export function estimate(pods: readonly TrialPod[], scaleUp: ScaleUp): Estimated {
	const options: ScaleUpOption[] = [];
	const reasons = new Map(pods.map((pod) => [pod, new Map<string, number>()]));
	const say = (pod: TrialPod, reason: string) => {
		const known = reasons.get(pod)!;
		known.set(reason, (known.get(reason) ?? 0) + 1);
	};
	const helped = new Set<TrialPod>();
	for (const group of scaleUp.groups) {
		const skipped = whySkipped(group, scaleUp.nowUs);
		if (skipped !== null) {
			for (const pod of pods) say(pod, skipped);
			continue;
		}
		const most = Math.min(group.room, scaleUp.mostNodes);
		const { fitting, rejected } = fitOnOne(pods, group, scaleUp);
		for (const [pod, why] of rejected) for (const reason of why) say(pod, reason);
		const { nodes, placed } = packed(fitting, group, most, scaleUp);
		if (nodes > 0) options.push({ group, nodes, pods: placed });
		for (const pod of fitting) helped.add(pod);
	}
	for (const pod of helped) reasons.delete(pod);
	return { options, reasons };
}

function whySkipped(group: NodeGroup, nowUs: number): string | null {
	if (group.isLeftAlone(nowUs)) return "in backoff after failed scale-up";
	return group.room <= 0 ? "max node group size reached" : null;
}

/** Pods that would have an empty node of the group; equal ones are asked about once. */
function fitOnOne(pods: readonly TrialPod[], group: NodeGroup, scaleUp: ScaleUp) {
	const { cluster } = scaleUp;
	const mark = cluster.mark;
	const node = addFresh(group, 0, scaleUp);
	const answers = new Map<number, readonly string[] | null>();
	const rejected = new Map<TrialPod, readonly string[]>();
	for (const pod of pods) {
		const { id } = pod.podClass;
		if (!answers.has(id)) answers.set(id, cluster.asker(pod)(node));
		const why = answers.get(id) ?? null;
		if (why !== null) rejected.set(pod, why);
	}
	takeAway(cluster, mark, [node]);
	return { fitting: pods.filter((pod) => !rejected.has(pod)), rejected };
}

/** How many nodes, at most `most`, the pods come to. */
function packed(pods: readonly TrialPod[], group: NodeGroup, most: number, scaleUp: ScaleUp) {
	const { cluster } = scaleUp;
	const mark = cluster.mark;
	const nodes: NodeId[] = [];
	const used = new Set<NodeId>();
	const placed: TrialPod[] = [];
	for (const pod of largestFirst(pods, group)) {
		let node = cluster.putFirst(pod, nodes);
		// Where the last node is empty yet, another one would not help either.
		if (node < 0 && nodes.length < most && nodes.every((other) => used.has(other))) {
			nodes.push(addFresh(group, nodes.length, scaleUp));
			node = cluster.putFirst(pod, nodes.slice(-1));
		}
		if (node < 0) continue;
		used.add(node);
		placed.push(pod);
	}
	takeAway(cluster, mark, nodes);
	return { nodes: used.size, placed };
}

/** By the share of a node's CPU and of its memory that each asks for (estimator/decreasing_pod_orderer.go). */
function largestFirst(pods: readonly TrialPod[], { options }: NodeGroup): readonly TrialPod[] {
	const { allocatable } = options.template.status;
	const size = ({ podClass: { spec } }: TrialPod) =>
		["cpu", "memory"].reduce((sum, name) => {
			const there = allocatable[name] ?? 0;
			return there === 0 ? sum : sum + (spec.requests[name] ?? 0) / there;
		}, 0);
	return [...pods].sort((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
}

function addFresh(group: NodeGroup, number: number, { cluster, daemonsOn }: ScaleUp): NodeId {
	const spec = group.template(`template-node-for-${group.name}-${number}`);
	const node = cluster.add(spec);
	for (const daemon of daemonsOn(spec)) cluster.put(daemon, node);
	return node;
}

function takeAway(cluster: WhatIfCluster, mark: number, nodes: readonly NodeId[]): void {
	cluster.undo(mark);
	for (const node of nodes) cluster.nodes.remove(node);
}
