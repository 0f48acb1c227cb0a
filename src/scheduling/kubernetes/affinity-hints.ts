/** Which events may help a pod that inter-pod affinity turned down. */
import { matchesPodTerm, type PodAffinityTerm } from "../../objects/pod-affinity.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Labels } from "../../objects/selector.js";
import type { NodeSpec } from "../../objects/spec.js";
import { affinityOf, antiAffinityOf } from "./affinity-matches.js";
import type { ClusterEvent } from "./cluster-events.js";

export function wakesForAffinity(event: ClusterEvent, pod: PodClass): boolean {
	const { facts } = pod.spec;
	const [wanted, unwanted] = [affinityOf(facts).required, antiAffinityOf(facts).required];
	switch (event.kind) {
		case "node-taints":
			return true;
		case "pod-bound":
			return matchesAll(wanted, pod, event.pod);
		case "pod-removed":
			return matchesAll(unwanted, pod, event.pod);
		case "pod-labels": {
			const { before, after, bound } = event;
			if (!bound) return false;
			if (!matchesAll(wanted, pod, before) && matchesAll(wanted, pod, after)) return true;
			return matchesAll(unwanted, pod, before) && !matchesAll(unwanted, pod, after);
		}
		case "node-added":
			return unwanted.length > 0 || wanted.some(({ topologyKey }) => Object.hasOwn(event.after.labels, topologyKey));
		case "node-labels":
			return (
				wanted.some(({ topologyKey }) => comes(topologyKey, event.before, event.after)) ||
				unwanted.some(({ topologyKey }) => comes(topologyKey, event.after, event.before))
			);
		default:
			return false;
	}
}

const NO_LABELS: Labels = {};

/** Namespace selectors are asked about a namespace without labels here. */
function matchesAll(terms: readonly PodAffinityTerm[], { spec: { facts } }: PodClass, other: PodClass): boolean {
	return terms.length > 0 && terms.every((term) => matchesPodTerm(term, facts.namespace, other.spec.facts, NO_LABELS));
}

/** Whether the second has the key, and the first has not or with another value. */
function comes(key: string, first: NodeSpec, second: NodeSpec): boolean {
	if (Object.hasOwn(first.labels, key) && Object.hasOwn(second.labels, key))
		return first.labels[key] !== second.labels[key];
	return Object.hasOwn(second.labels, key);
}
