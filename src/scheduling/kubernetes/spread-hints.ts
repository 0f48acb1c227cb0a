/** Which events may help a pod that topology spread turned down. */
import { canonicalJson } from "../../objects/canonical-json.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { ClusterEvent } from "./cluster-events.js";
import { type ActiveConstraint, hasAllKeys } from "./spread-constraints.js";

export function wakesForSpread(
	event: ClusterEvent,
	pod: PodClass,
	own: boolean,
	constraints: readonly ActiveConstraint[],
): boolean {
	const matched = (other: PodClass) => constraints.some(({ matches }) => matches(other));
	switch (event.kind) {
		case "pod-bound":
		case "pod-removed":
			return sameNamespace(pod, event.pod) && matched(event.pod);
		case "pod-labels":
			if (!own && !(event.bound && sameNamespace(pod, event.after))) return false;
			return constraints.some(({ matches }) => matches(event.before) !== matches(event.after));
		case "pod-tolerations":
			return own && constraints.some(({ constraint }) => constraint.nodeTaintsPolicy === "Honor");
		case "node-added":
			return hasAllKeys(event.after, constraints);
		case "node-removed":
			return hasAllKeys(event.before, constraints);
		case "node-labels":
		case "node-taints":
			return nodeMatters(event.before, event.after, constraints);
		default:
			return false;
	}
}

function sameNamespace(a: PodClass, b: PodClass): boolean {
	return a.spec.facts.namespace === b.spec.facts.namespace;
}

function nodeMatters(before: NodeSpec, after: NodeSpec, constraints: readonly ActiveConstraint[]): boolean {
	const matches = hasAllKeys(after, constraints);
	if (hasAllKeys(before, constraints) !== matches) return true;
	if (!matches) return false;
	const moved = constraints.some(({ constraint: { topologyKey: key } }) => before.labels[key] !== after.labels[key]);
	return moved || canonicalJson(before.taints) !== canonicalJson(after.taints);
}
