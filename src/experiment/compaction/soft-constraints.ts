/** Hard constraints as wishes: what a scheduler may go against when it has to. */
import type { PodAffinity } from "../../objects/pod-affinity.js";
import type { PodDemands } from "../../objects/pod-demands.js";
import type { NodeSelectorRequirement, NodeSelectorTerm } from "../../objects/selector.js";
import type { PodFacts, PodSpec } from "../../objects/spec.js";

/** The weight of a wish that was a must: the largest that Kubernetes knows. */
const WEIGHT = 100;

/**
 * The pod with its node selector, required node affinity, required affinity to pods and hard spreading turned into preferences.
 * Amounts, taints, devices and host ports stay what they are. Pods of one spec get one spec.
 */
export function withoutHardConstraints(spec: PodSpec): PodSpec {
	let soft = known.get(spec);
	if (soft === undefined) known.set(spec, (soft = { ...spec, facts: softFacts(spec.facts) }));
	return soft;
}

const known = new WeakMap<PodSpec, PodSpec>();

function softFacts(facts: PodFacts): PodFacts {
	const { nodeSelector, requiredNodeTerms, preferredNodeTerms, demands, ...rest } = facts;
	const labels = Object.entries(nodeSelector).map(
		([key, value]): NodeSelectorRequirement => ({ key, operator: "In", values: [value] }),
	);
	const terms: readonly NodeSelectorTerm[] = requiredNodeTerms ?? [{ matchExpressions: [], matchFields: [] }];
	const wishes = terms
		.map(({ matchExpressions, matchFields }) => ({ matchExpressions: [...labels, ...matchExpressions], matchFields }))
		.filter(({ matchExpressions, matchFields }) => matchExpressions.length + matchFields.length > 0)
		.map((term) => ({ weight: WEIGHT, term }));
	return {
		...rest,
		nodeSelector: {},
		requiredNodeTerms: null,
		preferredNodeTerms: [...preferredNodeTerms, ...wishes],
		...(demands && { demands: softDemands(demands) }),
	};
}

function softDemands(demands: PodDemands): PodDemands {
	return {
		...demands,
		podAffinity: softAffinity(demands.podAffinity),
		podAntiAffinity: softAffinity(demands.podAntiAffinity),
		spread: demands.spread.map((constraint) => ({ ...constraint, whenUnsatisfiable: "ScheduleAnyway", minDomains: 1 })),
	};
}

function softAffinity({ required, preferred }: PodAffinity): PodAffinity {
	return { required: [], preferred: [...preferred, ...required.map((term) => ({ weight: WEIGHT, term }))] };
}
