/** What happens in a cell that may make a pod schedulable which was not, and what changed in nodes and pods (framework/events.go). */
import type { PodId } from "../../cell/ids.js";
import { canonicalJson } from "../../objects/canonical-json.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { NodeSpec } from "../../objects/spec.js";

export type ClusterEvent =
	| { readonly kind: "node-added"; readonly after: NodeSpec }
	| { readonly kind: "node-removed"; readonly before: NodeSpec }
	/** One property of a node changed; an update of several is several events. */
	| {
			readonly kind: "node-allocatable" | "node-labels" | "node-taints";
			readonly before: NodeSpec;
			readonly after: NodeSpec;
	  }
	/** A pod has come that waits for a node. */
	| { readonly kind: "pod-added"; readonly pod: PodClass }
	/** A pod got a node, or one that had a node is gone. */
	| { readonly kind: "pod-bound" | "pod-removed"; readonly pod: PodClass }
	/** One property of a pod changed; `pod` tells pods apart. */
	| {
			readonly kind: "pod-labels" | "pod-requests" | "pod-gates" | "pod-tolerations" | "pod-other";
			readonly pod: PodId;
			readonly before: PodClass;
			readonly after: PodClass;
			/** Whether it has a node. */
			readonly bound: boolean;
	  }
	/** Claims, volumes or storage classes have changed. */
	| { readonly kind: "storage" }
	/** A pod has waited for too long without an event. */
	| { readonly kind: "timeout" };

/** The events that make up an update of a node. */
export function nodeEvents(before: NodeSpec, after: NodeSpec): readonly ClusterEvent[] {
	const events: ClusterEvent[] = [];
	// Cordoning is a taint in all but name; only the end of it is news.
	if (before.unschedulable && !after.unschedulable) events.push({ kind: "node-taints", before, after });
	if (!same(before.allocatable, after.allocatable)) events.push({ kind: "node-allocatable", before, after });
	if (!same(before.labels, after.labels)) events.push({ kind: "node-labels", before, after });
	if (!same(before.taints, after.taints)) events.push({ kind: "node-taints", before, after });
	return events;
}

/** The events that make up an update of a pod; at least one. */
export function podEvents(pod: PodId, before: PodClass, after: PodClass, bound: boolean): readonly ClusterEvent[] {
	const about = { pod, before, after, bound };
	const [old, now] = [before.spec, after.spec];
	const kinds: ("pod-labels" | "pod-requests" | "pod-gates" | "pod-tolerations")[] = [];
	if (!same(old.facts.labels, now.facts.labels)) kinds.push("pod-labels");
	if (Object.entries(old.requests).some(([name, amount]) => (now.requests[name] ?? 0) < amount))
		kinds.push("pod-requests");
	if (gatesOf(before) > 0 && gatesOf(after) === 0) kinds.push("pod-gates");
	if (old.facts.tolerations.length !== now.facts.tolerations.length) kinds.push("pod-tolerations");
	return kinds.length === 0 ? [{ kind: "pod-other", ...about }] : kinds.map((kind) => ({ kind, ...about }));
}

function gatesOf({ spec }: PodClass): number {
	return spec.facts.demands?.gates.length ?? 0;
}

function same(a: object, b: object): boolean {
	return canonicalJson(a) === canonicalJson(b);
}
