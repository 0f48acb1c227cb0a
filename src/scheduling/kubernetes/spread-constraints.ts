/** The topology spread constraints that hold for a pod: its own, or the defaults of the profile. */

import type { NodeView } from "../../cell/node-view.js";
import type { ClusterObjects } from "../../objects/cluster-objects.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Controller } from "../../objects/pod-demands.js";
import { containsLabels, type LabelSelector, type Labels, matchesLabels } from "../../objects/selector.js";
import type { PodFacts } from "../../objects/spec.js";
import type { SpreadConstraint } from "../../objects/topology-spread.js";
import { nodeAffinity } from "../plugins/index.js";
import { toleratesAll } from "../plugins/taint-toleration.js";

export interface SpreadArgs {
	/** `System`: prefer spread over hosts and zones, for pods that a service or a controller selects. */
	readonly defaulting: "System" | "List";
	/** Of `List`. Without selectors: each pod's services and controller give them. */
	readonly constraints: readonly SpreadConstraint[];
}

/** A constraint as it holds for one pod. */
export interface ActiveConstraint {
	readonly constraint: SpreadConstraint;
	/** Whether a pod of this class is of the same namespace, and selected. */
	readonly matches: (pod: PodClass) => boolean;
	/** Whether existing pods are counted: not if the selector is empty, though the pod itself matches it. */
	readonly counted: boolean;
	/** Whether the pod itself is selected. */
	readonly self: boolean;
}

const HOSTNAME = "kubernetes.io/hostname";
const SYSTEM: readonly SpreadConstraint[] = [
	systemDefault(HOSTNAME, 3),
	systemDefault("topology.kubernetes.io/zone", 5),
];

function systemDefault(topologyKey: string, maxSkew: number): SpreadConstraint {
	return {
		maxSkew,
		topologyKey,
		whenUnsatisfiable: "ScheduleAnyway",
		selector: null,
		minDomains: 1,
		nodeAffinityPolicy: "Honor",
		nodeTaintsPolicy: "Ignore",
		matchLabelKeys: [],
	};
}

/** Whether a node must have all keys of the constraints to be scored; only the system's defaults are content with some. */
export function needsAllKeys({ spec: { facts } }: PodClass, { defaulting }: SpreadArgs): boolean {
	return (facts.demands?.spread.length ?? 0) > 0 || defaulting === "List";
}

/** The constraints of one kind, in order. */
export function constraintsOf(
	pod: PodClass,
	objects: ClusterObjects,
	args: SpreadArgs,
	kind: SpreadConstraint["whenUnsatisfiable"],
): readonly ActiveConstraint[] {
	const { facts } = pod.spec;
	const own = facts.demands?.spread ?? [];
	const wanted = (list: readonly SpreadConstraint[]) => list.filter((c) => c.whenUnsatisfiable === kind);
	if (own.length > 0)
		return wanted(own).map((constraint) => active(constraint, ownSelectors(constraint, facts), facts));
	const defaults = wanted(args.defaulting === "System" ? SYSTEM : args.constraints);
	if (defaults.length === 0) return [];
	const selectors = defaultSelectors(facts, objects);
	return selectors.every(isEmpty) ? [] : defaults.map((constraint) => active(constraint, selectors, facts));
}

/** All selectors must match; null matches no pod. */
function active(
	constraint: SpreadConstraint,
	selectors: readonly LabelSelector[] | null,
	{ namespace, labels }: PodFacts,
): ActiveConstraint {
	const matches = (given: Labels) => selectors?.every((selector) => matchesLabels(selector, given)) ?? false;
	const known = new WeakMap<PodFacts, boolean>();
	return {
		constraint,
		self: matches(labels),
		counted: selectors !== null && !selectors.every(isEmpty),
		matches({ spec: { facts } }) {
			let answer = known.get(facts);
			if (answer === undefined) {
				answer = facts.namespace === namespace && matches(facts.labels);
				known.set(facts, answer);
			}
			return answer;
		},
	};
}

/** The constraint's selector, and the pod's own values of `matchLabelKeys`. */
function ownSelectors(
	{ selector, matchLabelKeys }: SpreadConstraint,
	{ labels }: PodFacts,
): readonly LabelSelector[] | null {
	if (selector === null) return null;
	const pairs = matchLabelKeys.filter((key) => Object.hasOwn(labels, key)).map((key) => [key, labels[key]!] as const);
	return pairs.length === 0 ? [selector] : [labelsOnly(Object.fromEntries(pairs)), selector];
}

/** What the pod's services and its controller select by. */
export function defaultSelectors(
	{ namespace, labels, demands }: PodFacts,
	objects: ClusterObjects,
): readonly LabelSelector[] {
	const ofServices: Record<string, string> = {};
	for (const service of objects.services)
		if (service.namespace === namespace && containsLabels(labels, service.selector))
			Object.assign(ofServices, service.selector);
	const owner = demands?.controller === undefined ? undefined : ownerOf(demands.controller, namespace, objects);
	return owner === undefined ? [labelsOnly(ofServices)] : [labelsOnly(ofServices), owner.selector];
}

function ownerOf(controller: Controller | null, namespace: string, { owners }: ClusterObjects) {
	return owners.find(
		(owner) =>
			owner.namespace === namespace &&
			owner.name === controller?.name &&
			owner.kind === controller.kind &&
			owner.apiVersion === controller.apiVersion,
	);
}

function labelsOnly(matchLabels: Labels): LabelSelector {
	return { matchLabels, matchExpressions: [] };
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
	return matchExpressions.length === 0 && Object.keys(matchLabels).length === 0;
}

/** Whether the node has every key of the constraints. */
export function hasAllKeys({ labels }: { readonly labels: Labels }, constraints: readonly ActiveConstraint[]): boolean {
	return constraints.every(({ constraint }) => Object.hasOwn(labels, constraint.topologyKey));
}

/** Whether the node is one whose pods count: by the policies, one that the pod could have. */
export function includes({ constraint }: ActiveConstraint, pod: PodClass, node: NodeView): boolean {
	if (constraint.nodeAffinityPolicy === "Honor" && nodeAffinity.accepts(pod, node) !== null) return false;
	return constraint.nodeTaintsPolicy === "Ignore" || toleratesAll(pod, node.spec.taints);
}

/** Pods of the node that count; those on their way out do not. */
export function countOn(node: NodeView, { matches, counted }: ActiveConstraint): number {
	if (!counted) return 0;
	let count = 0;
	for (const { podClass, leaving } of node.pods) if (leaving === "no" && matches(podClass)) count++;
	return count;
}

export { HOSTNAME };
