import { z } from "zod";
import type { NodeView } from "../../../cell/node-view.js";
import { orAbsent } from "../../../objects/absent.js";
import { strictObject } from "../../../objects/kubernetes-object.js";
import type { PodClass } from "../../../objects/pod-class.js";
import {
	containsLabels,
	matchesTerm,
	NODE_NAME_FIELD,
	type NodeSelectorTerm,
	type PreferredNodeTerm,
} from "../../../objects/selector.js";
import { nodeSelectorTermSchema, preferredNodeTermSchema } from "../../../objects/selector-schemas.js";
import type { NodeSpec } from "../../../objects/spec.js";
import { nodeAffinity } from "../../plugins/index.js";
import { type KubernetesPlugin, normalizeByHighest, type Prepared } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";

/** `addedAffinity` of the profile: holds for all its pods, on top of their own. */
export interface NodeAffinityArgs {
	/** Alternatives; null demands nothing. */
	readonly required: readonly NodeSelectorTerm[] | null;
	readonly preferred: readonly PreferredNodeTerm[];
}

const ENFORCED = {
	plugin: "NodeAffinity",
	reasons: ["node(s) didn't match scheduler-enforced node affinity"],
	unresolvable: true,
};
const CONFLICT = { plugin: "NodeAffinity", reasons: ["pod affinity terms conflict"], unresolvable: true };

const affinity = strictObject("NodeAffinity", {
	requiredDuringSchedulingIgnoredDuringExecution: orAbsent(
		strictObject("NodeSelector", { nodeSelectorTerms: z.array(nodeSelectorTermSchema(strictObject)) }),
		null,
	),
	preferredDuringSchedulingIgnoredDuringExecution: orAbsent(z.array(preferredNodeTermSchema(strictObject)), []),
});

export const nodeAffinityDefinition = definePlugin({
	name: "NodeAffinity",
	summary:
		"Turns down nodes that node selector and required node affinity do not match, and prefers those of preferred terms.",
	args: argsObject({ addedAffinity: orAbsent(affinity, null) }).transform(
		({ addedAffinity: added }): NodeAffinityArgs => ({
			required: added?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? null,
			preferred: added?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
		}),
	),
	make: makeNodeAffinity,
});

/** nodeSelector and node affinity: required terms filter, preferred ones add their weights. */
function makeNodeAffinity(added: NodeAffinityArgs): KubernetesPlugin {
	return {
		name: "NodeAffinity",
		looksAt: "declaration",
		filter({ pod, nodes }): Prepared {
			if (added.required === null && nodeAffinity.skips!(pod, nodes)) return "skip";
			const rejects = (node: NodeView) =>
				added.required !== null && !matchesAny(added.required, node) ? ENFORCED : nodeAffinity.accepts(pod, node);
			const only = namedNodes(pod.spec.facts.requiredNodeTerms ?? []);
			if (only === null) return { filter: { rejects } };
			return only.size === 0 ? { rejected: CONFLICT } : { filter: { rejects }, only };
		},
		score({ pod }) {
			const terms = [...added.preferred, ...pod.spec.facts.preferredNodeTerms];
			if (terms.length === 0) return null;
			return {
				score: (node) => weightOf(terms, node),
				normalize: (scores) => normalizeByHighest(scores, false),
			};
		},
		wakes(event, pod) {
			if (event.kind === "node-taints") return true;
			if (event.kind !== "node-added" && event.kind !== "node-labels") return false;
			const { after } = event;
			if (added.required !== null && !matchesAny(added.required, after)) return false;
			return matchesPod(pod, after) && (event.kind === "node-added" || !matchesPod(pod, event.before));
		},
	};
}

function matchesPod({ spec: { facts } }: PodClass, node: NodeSpec): boolean {
	const { requiredNodeTerms: terms, nodeSelector } = facts;
	return containsLabels(node.labels, nodeSelector) && (terms === null || matchesAny(terms, node));
}

function matchesAny(terms: readonly NodeSelectorTerm[], { name, labels }: Pick<NodeSpec, "name" | "labels">): boolean {
	return terms.some((term) => matchesTerm(term, name, labels));
}

function weightOf(terms: readonly PreferredNodeTerm[], { name, labels }: NodeView): number {
	let sum = 0;
	for (const { weight, term } of terms) if (matchesTerm(term, name, labels)) sum += weight;
	return sum;
}

/** The names that the terms allow; null as soon as one of them names none. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | null {
	if (terms.length === 0) return null;
	const names = new Set<string>();
	for (const { matchFields } of terms) {
		const lists = matchFields.filter(({ key, operator }) => key === NODE_NAME_FIELD && operator === "In");
		if (lists.length === 0) return null;
		for (const name of lists[0]!.values) if (lists.every(({ values }) => values.includes(name))) names.add(name);
	}
	return names;
}
