/**
 * A plugin of the Kubernetes scheduling framework, as data. One attempt to place a pod asks each plugin of the profile: does the
 * pod wait (`admits`), which nodes may it have (`filter`: PreFilter once, then Filter node by node), how good are the feasible
 * ones (`score`: PreScore once, then Score node by node, then NormalizeScore over all), and may the pod take the node that was
 * chosen (`permits`).
 *
 * What a plugin finds out once an attempt lives in the object it returns, and what outlasts an attempt in the objects of its view,
 * so that plugins themselves hold no state.
 *
 * Divergence from Kubernetes: Reserve, PreBind and PostBind have nothing to do here: what a plugin would note at Reserve it reads off
 * the snapshot, where assumed pods are on their nodes, and a placement is settled by the transaction of the cell. Extenders and
 * DynamicResources are not simulated.
 */
import type { NodeId, PodId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { NodeView } from "../../cell/node-view.js";
import type { Nominations } from "../../cell/nominations.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { SimTime } from "../../engine/time.js";
import type { ClusterObjects } from "../../objects/cluster-objects.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { ClaimBindings } from "../../objects/volume-matching.js";
import type { Rejection } from "../plugin.js";
import type { ClusterEvent } from "./cluster-events.js";
import type { ImageCensus } from "./image-census.js";
import type { PodGroups } from "./pod-groups.js";
import type { QuotaLedger } from "./quota-usage.js";
import type { VictimRules } from "./victim-rules.js";

/** What a plugin sees when an attempt begins: the scheduler's snapshot. */
export interface CycleView {
	readonly pod: PodClass;
	/** The pod itself; it does not wait for itself. */
	readonly podId: PodId;
	readonly nowUs: SimTime;
	readonly nodes: NodeColumns;
	/** All nodes, in the order in which Kubernetes goes through them. */
	readonly order: readonly NodeId[];
	readonly objects: ClusterObjects;
	readonly images: ImageCensus;
	/** The classes of the pods that have a node, where somebody counts them; null where one has to look. */
	placedClasses(): Iterable<PodClass> | null;
	/** Pods that wait for a node that they were promised. */
	readonly nominations: Nominations;
	/** Whether a pod of lower priority keeps such a claim all the same; null for none. */
	readonly keepsClaim: ((claimant: PlacedPod) => boolean) | null;
	/** As of now. */
	groups(): PodGroups;
	quotas(): QuotaLedger;
	/** Volumes that claims got during the run. */
	readonly bindings: ClaimBindings;
}

/** What PreEnqueue sees besides the pod: there is no attempt yet. */
export type Known = Pick<CycleView, "objects" | "groups">;

/** Answers for one attempt, node by node. */
export interface NodeFilter {
	/** Null if the pod may run on the node. */
	rejects(node: NodeView): Rejection | null;
	/** Another answer sheet that follows pods coming to nodes and leaving them; absent if the pods of other nodes do not matter. */
	fork?(): ForkedFilter;
}

/** Answers during a trial (preemption, nominated pods). */
export interface ForkedFilter extends NodeFilter {
	/** `pod` has come to the node (1) or left it (-1); `node` shows it already. */
	podMoved(pod: PlacedPod, node: NodeView, change: 1 | -1): void;
}

/** What PreFilter says. */
export type Prepared =
	/** Every node is accepted. */
	| "skip"
	/** The pod has no node at all. */
	| { readonly rejected: Rejection }
	/** Nodes are asked one by one; `only` narrows the search down to nodes of these names. */
	| { readonly filter: NodeFilter; readonly only?: ReadonlySet<string> };

/** Scores for one attempt. */
export interface NodeScorer {
	/** A whole number, the higher the better, before normalisation. */
	score(node: NodeView): number;
	/**
	 * Brings the scores of all feasible nodes to 0..100, in place; absent if they are already. Looks at the values only: neither
	 * at their order, nor at how often each is there.
	 */
	normalize?(scores: Float64Array): void;
}

/** Feasible nodes of which a plugin says the same. */
export interface AlikeNodes {
	/** Any of them. */
	readonly node: NodeView;
	readonly size: number;
}

/** What is known of all nodes and their pods without a look at each. */
export interface AllPlaced {
	/** Whether no two nodes have the same value of a label. */
	readonly isUnique: (key: string) => boolean;
	/** Whether any pod that has a node has terms about others. */
	readonly anyHasTerms: boolean;
}

/**
 * The fast form of a plugin that looks at the pods of all nodes: counts for one pod class, kept from one attempt to the next. Two
 * nodes with the same values of `keys` and the same `traits` get the same answers.
 */
export interface KeptCounts {
	/** Node labels; another list once there are more. */
	readonly keys: readonly string[];
	/** Counts all pods. Also whenever a node was declared anew, came or went. */
	restart(view: CycleView, all: AllPlaced): void;
	/** A pod has come to the node (1) or left it (-1). */
	podMoved(pod: PlacedPod, node: NodeView, change: 1 | -1): void;
	/** Appends what `keys` do not say of the node. Changes only when pods of the node do. */
	traits(node: NodeView, list: number[]): void;
	/** Null accepts every node. Good for one attempt. */
	filter(): NodeFilter | null;
	/** Null adds nothing. Good for one attempt. `feasible` together are all feasible nodes, each once. */
	scorer(feasible: readonly AlikeNodes[]): NodeScorer | null;
}

/**
 * What the answers of a plugin depend on beyond the pod class. All but those that look at the pods of all nodes are the same for classes
 * that differ only in labels, namespace, controller and terms about other pods.
 */
export type Horizon =
	/** The declaration of the node alone: name, labels, taints. */
	| "declaration"
	/** The node alone: its declaration, its amounts, its pods, its load. */
	| "node"
	/** The node, and the declarations of all others. */
	| "nodes"
	/** The pods of all nodes. */
	| "pods";

/** A pod in the queue, as far as its place there goes. */
export interface InQueue {
	readonly pod: PodClass;
	readonly name: string;
	/** When it came, or came back. */
	readonly sinceUs: SimTime;
	/** When it, or the first pod of its group, came for the first time. */
	readonly createdUs: SimTime;
}

/** What Permit says of a pod that has found a node. */
export type Permission =
	/** It takes the node, and pods that wait with its group take theirs; null for no group. */
	| { readonly kind: "allow"; readonly group: string | null }
	/** It is assumed on the node until its group is allowed, at most for so long; `stirs` has its siblings in the queue tried. */
	| { readonly kind: "wait"; readonly group: string; readonly timeoutUs: SimTime; readonly stirs: boolean }
	| { readonly kind: "deny"; readonly rejection: Rejection };

/** A group that is turned down as a whole: its pods wait no longer. */
export interface Dismissal {
	readonly group: string;
	/** For so long none of them is tried; null if the group was not complete, so that nothing is known of it. */
	readonly backoffUs: SimTime | null;
}

export interface KubernetesPlugin {
	/** As in KubeSchedulerConfiguration. */
	readonly name: string;
	readonly looksAt: Horizon;
	/** QueueSort: negative if `a` is tried before `b`. */
	readonly sorts?: (a: InQueue, b: InQueue) => number;
	/** Whether it looks at measured load (`NodeView.load`): somebody must measure then. */
	readonly readsLoad?: true;
	/** PreEnqueue: why the pod may not be tried yet, or null. */
	readonly admits?: (pod: PodClass, known: Known) => Rejection | null;
	readonly filter?: (view: CycleView) => Prepared;
	/** PreFilter of a plugin without Filter: why the pod gets no node at present, or null. */
	readonly turnsDown?: (view: CycleView) => Rejection | null;
	/** Null skips the plugin for this pod: it adds nothing to the scores. `feasible` is in the order of the search. */
	readonly score?: (view: CycleView, feasible: readonly NodeId[]) => NodeScorer | null;
	/** The fast form of `filter` and `score` together; null if there is never anything to say about pods of this class. */
	readonly keep?: (pod: PodClass, objects: ClusterObjects) => KeptCounts | null;
	/**
	 * Queueing hint: whether the event may help a pod that the plugin turned down. `own` if the event is about that very pod.
	 * Absent if nothing helps.
	 */
	readonly wakes?: (event: ClusterEvent, pod: PodClass, own: boolean) => boolean;
	/** PostFilter: looks for pods to stop when no node was found. */
	readonly preempts?: PreemptionArgs;
	/** PostFilter, unless pods were found to stop: what else is given up since the pod has no node. */
	readonly dismisses?: (view: CycleView) => Dismissal | null;
	/** Permit. */
	readonly permits?: (view: CycleView) => Permission;
}

/** DefaultPreemptionArgs: how many candidates are enough. */
export interface PreemptionArgs {
	readonly minCandidateNodesPercentage: number;
	readonly minCandidateNodesAbsolute: number;
	/** Nodes are looked at from the first on; default from one that is drawn on. */
	readonly fromFirst?: true;
	/** Which pods may be stopped; default those of lower priority. */
	readonly rules?: (view: CycleView) => VictimRules;
	/** Whether the room that a pod of lower priority has made is its own against this one too; default not. */
	readonly keepsClaim?: (view: CycleView, claimant: PlacedPod) => boolean;
}

export const MAX_SCORE = 100;

/**
 * Scales scores so that the highest becomes 100, whole numbers rounded down; `reverse` makes the highest 0 instead. All zero
 * stay zero, reversed they are all 100 (pkg/scheduler/framework/plugins/helper/normalize_score.go).
 */
export function normalizeByHighest(scores: Float64Array, reverse: boolean): void {
	let highest = 0;
	for (const score of scores) if (score > highest) highest = score;
	for (let i = 0; i < scores.length; i++) {
		const scaled = highest === 0 ? 0 : Math.floor((MAX_SCORE * scores[i]!) / highest);
		scores[i] = reverse ? MAX_SCORE - scaled : scaled;
	}
}
