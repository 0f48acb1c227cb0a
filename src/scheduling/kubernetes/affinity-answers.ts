/**
 * What InterPodAffinity says of a node once the pods that terms speak of are counted, whoever counts them: afresh (the plugin
 * itself) or from one attempt to the next (`kept/kept-affinity.ts`).
 */
import type { NodeView } from "../../cell/node-view.js";
import type { PodAffinity } from "../../objects/pod-affinity.js";
import type { PodClass } from "../../objects/pod-class.js";
import { type AffinityMatches, affinityOf, antiAffinityOf } from "./affinity-matches.js";
import { type ForkedFilter, MAX_SCORE, type NodeScorer } from "./plugin.js";
import { TopologyCounts } from "./topology-counts.js";

const NO_AFFINITY = {
	plugin: "InterPodAffinity",
	reasons: ["node(s) didn't match pod affinity rules"],
	unresolvable: true,
};
const ANTI_AFFINITY = { plugin: "InterPodAffinity", reasons: ["node(s) didn't match pod anti-affinity rules"] };
const REPELLED = {
	plugin: "InterPodAffinity",
	reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
};

/** Existing pods by topology pair, as far as required terms speak of them. */
export interface AffinityCounts {
	/** Pods that all affinity terms of the pod speak of. */
	readonly wanted: TopologyCounts;
	/** Pods that an anti-affinity term of the pod speaks of. */
	readonly unwanted: TopologyCounts;
	/** Pods of which an anti-affinity term speaks of the pod. */
	readonly repelling: TopologyCounts;
	/** An existing pod of this class comes to the node or leaves it. */
	move(pod: PodClass, matches: AffinityMatches, other: PodClass, node: NodeView, change: 1 | -1): void;
	copy(): AffinityCounts;
}

export function noCounts(): AffinityCounts {
	return countsOf(new TopologyCounts(), new TopologyCounts(), new TopologyCounts());
}

function countsOf(wanted: TopologyCounts, unwanted: TopologyCounts, repelling: TopologyCounts): AffinityCounts {
	return {
		wanted,
		unwanted,
		repelling,
		move(pod, matches, other, { labels }, change) {
			const { required } = affinityOf(pod.spec.facts);
			if (matches.allOwnTerms(required, other))
				for (const { topologyKey } of required) wanted.add(labels, topologyKey, change);
			for (const term of antiAffinityOf(pod.spec.facts).required)
				if (matches.ownTerm(term, other)) unwanted.add(labels, term.topologyKey, change);
			for (const term of antiAffinityOf(other.spec.facts).required)
				if (matches.termOf(other, term)) repelling.add(labels, term.topologyKey, change);
		},
		copy: () => countsOf(wanted.copy(), unwanted.copy(), repelling.copy()),
	};
}

/** Whether the filter accepts every node. */
export function unconcerned({ spec: { facts } }: PodClass, { repelling }: AffinityCounts): boolean {
	return repelling.empty && affinityOf(facts).required.length === 0 && antiAffinityOf(facts).required.length === 0;
}

export function affinityFilter(pod: PodClass, matches: AffinityMatches, counts: AffinityCounts): ForkedFilter {
	const { required } = affinityOf(pod.spec.facts);
	const repulsions = antiAffinityOf(pod.spec.facts).required;
	return {
		rejects({ labels }) {
			if (!required.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey))) return NO_AFFINITY;
			if (!required.every(({ topologyKey }) => counts.wanted.at(labels, topologyKey) > 0)) {
				// The first of a group of pods that want to be together.
				if (!counts.wanted.empty || !matches.allOwnTerms(required, pod)) return NO_AFFINITY;
			}
			if (repulsions.some(({ topologyKey }) => counts.unwanted.at(labels, topologyKey) > 0)) return ANTI_AFFINITY;
			return counts.repelling.anyPositive(labels) ? REPELLED : null;
		},
		fork: () => affinityFilter(pod, matches, counts.copy()),
		podMoved({ podClass }, node, change) {
			counts.move(pod, matches, podClass, node, change);
		},
	};
}

/** Whether the pod has terms of its own, required or preferred: who has none only matters to those who have. */
export function hasTerms({ spec: { facts } }: PodClass): boolean {
	return isSpoken(affinityOf(facts)) || isSpoken(antiAffinityOf(facts));
}

function isSpoken({ required, preferred }: PodAffinity): boolean {
	return required.length + preferred.length > 0;
}

export function anyHasTerms(classes: Iterable<PodClass>): boolean {
	for (const podClass of classes) if (hasTerms(podClass)) return true;
	return false;
}

/** Whether the pod has preferred terms of its own. */
export function hasPreferences({ spec: { facts } }: PodClass): boolean {
	return affinityOf(facts).preferred.length > 0 || antiAffinityOf(facts).preferred.length > 0;
}

/** What one existing pod adds to the domains of its node, by the pod's preferences and by its own. */
export function visitPreferences(
	pod: PodClass,
	other: PodClass,
	matches: AffinityMatches,
	hardPodAffinityWeight: number,
	add: (topologyKey: string, weight: number) => void,
): void {
	const [mine, theirs] = [pod.spec.facts, other.spec.facts];
	for (const { weight, term } of affinityOf(mine).preferred)
		if (matches.ownTerm(term, other)) add(term.topologyKey, weight);
	for (const { weight, term } of antiAffinityOf(mine).preferred)
		if (matches.ownTerm(term, other)) add(term.topologyKey, -weight);
	if (hardPodAffinityWeight > 0) {
		for (const term of affinityOf(theirs).required)
			if (matches.termOf(other, term)) add(term.topologyKey, hardPodAffinityWeight);
	}
	for (const { weight, term } of affinityOf(theirs).preferred)
		if (matches.termOf(other, term)) add(term.topologyKey, weight);
	for (const { weight, term } of antiAffinityOf(theirs).preferred)
		if (matches.termOf(other, term)) add(term.topologyKey, -weight);
}

/** `sums`: weights by topology pair. */
export function affinityScorer(sums: TopologyCounts): NodeScorer {
	return { score: ({ labels }) => sums.total(labels), normalize: normalizeBetween };
}

/** The lowest becomes 0, the highest 100; all equal become 0. */
function normalizeBetween(scores: Float64Array): void {
	let lowest = Number.POSITIVE_INFINITY;
	let highest = Number.NEGATIVE_INFINITY;
	for (const score of scores) {
		lowest = Math.min(lowest, score);
		highest = Math.max(highest, score);
	}
	const range = highest - lowest;
	for (let i = 0; i < scores.length; i++)
		scores[i] = range > 0 ? Math.trunc(MAX_SCORE * ((scores[i]! - lowest) / range)) : 0;
}
