import { z } from "zod";
import type { NodeView } from "../../../cell/node-view.js";
import { orAbsent } from "../../../objects/absent.js";
import type { PodClass } from "../../../objects/pod-class.js";
import { wakesForAffinity } from "../affinity-hints.js";
import { AffinityMatches, affinityOf, antiAffinityOf } from "../affinity-matches.js";
import { type CycleView, type ForkedFilter, type KubernetesPlugin, MAX_SCORE } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { TopologyCounts } from "../topology-counts.js";

export interface InterPodAffinityArgs {
	/** What a required affinity term of an existing pod that speaks of the pod adds to its domain, 0..100. */
	readonly hardPodAffinityWeight: number;
	/** Whether pods without preferred terms of their own disregard those of existing pods. */
	readonly ignorePreferredTermsOfExistingPods: boolean;
}

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

export const interPodAffinityDefinition = definePlugin({
	name: "InterPodAffinity",
	args: argsObject({
		hardPodAffinityWeight: orAbsent(z.int().min(0).max(100), 1),
		ignorePreferredTermsOfExistingPods: orAbsent(z.boolean(), false),
	}),
	make: makeInterPodAffinity,
});

/** Affinity and anti-affinity between pods, of the pod itself and of those that run already. */
function makeInterPodAffinity(args: InterPodAffinityArgs): KubernetesPlugin {
	return {
		name: "InterPodAffinity",
		looksAt: "pods",
		filter(view) {
			const matches = new AffinityMatches(view.pod, view.objects);
			const counts = noCounts();
			for (const node of viewsOf(view))
				for (const { podClass } of node.pods) counts.move(view, matches, podClass, node, 1);
			const { facts } = view.pod.spec;
			const unconcerned =
				counts.repelling.empty &&
				affinityOf(facts).required.length === 0 &&
				antiAffinityOf(facts).required.length === 0;
			return unconcerned ? "skip" : { filter: affinityFilter(view, matches, counts) };
		},
		score(view) {
			const { facts } = view.pod.spec;
			const own = affinityOf(facts).preferred.length > 0 || antiAffinityOf(facts).preferred.length > 0;
			if (args.ignorePreferredTermsOfExistingPods && !own) return null;
			const matches = new AffinityMatches(view.pod, view.objects);
			const sums = new TopologyCounts(true);
			for (const node of viewsOf(view))
				for (const { podClass } of node.pods) addPreferences(sums, view.pod, podClass, node, matches, args);
			return sums.empty ? null : { score: ({ labels }) => sums.total(labels), normalize: normalizeBetween };
		},
		wakes: (event, pod) => wakesForAffinity(event, pod),
	};
}

function viewsOf({ nodes, order }: CycleView): readonly NodeView[] {
	return order.map((id) => nodes.view(id));
}

/** Existing pods by topology pair, as far as required terms speak of them. */
interface Counts {
	/** Pods that all affinity terms of the pod speak of. */
	readonly wanted: TopologyCounts;
	/** Pods that an anti-affinity term of the pod speaks of. */
	readonly unwanted: TopologyCounts;
	/** Pods of which an anti-affinity term speaks of the pod. */
	readonly repelling: TopologyCounts;
	/** An existing pod of this class comes to the node or leaves it. */
	move(view: CycleView, matches: AffinityMatches, other: PodClass, node: NodeView, change: 1 | -1): void;
	copy(): Counts;
}

function noCounts(): Counts {
	return countsOf(new TopologyCounts(), new TopologyCounts(), new TopologyCounts());
}

function countsOf(wanted: TopologyCounts, unwanted: TopologyCounts, repelling: TopologyCounts): Counts {
	return {
		wanted,
		unwanted,
		repelling,
		move({ pod }, matches, other, { labels }, change) {
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

function affinityFilter(view: CycleView, matches: AffinityMatches, counts: Counts): ForkedFilter {
	const { pod } = view;
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
		fork: () => affinityFilter(view, matches, counts.copy()),
		podMoved({ podClass }, node, change) {
			counts.move(view, matches, podClass, node, change);
		},
	};
}

/** What one existing pod adds to the domains of its node, by the pod's preferences and by its own. */
function addPreferences(
	sums: TopologyCounts,
	pod: PodClass,
	other: PodClass,
	{ labels }: NodeView,
	matches: AffinityMatches,
	{ hardPodAffinityWeight }: InterPodAffinityArgs,
): void {
	const [mine, theirs] = [pod.spec.facts, other.spec.facts];
	for (const { weight, term } of affinityOf(mine).preferred)
		if (matches.ownTerm(term, other)) sums.add(labels, term.topologyKey, weight);
	for (const { weight, term } of antiAffinityOf(mine).preferred)
		if (matches.ownTerm(term, other)) sums.add(labels, term.topologyKey, -weight);
	if (hardPodAffinityWeight > 0) {
		for (const term of affinityOf(theirs).required)
			if (matches.termOf(other, term)) sums.add(labels, term.topologyKey, hardPodAffinityWeight);
	}
	for (const { weight, term } of affinityOf(theirs).preferred)
		if (matches.termOf(other, term)) sums.add(labels, term.topologyKey, weight);
	for (const { weight, term } of antiAffinityOf(theirs).preferred)
		if (matches.termOf(other, term)) sums.add(labels, term.topologyKey, -weight);
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
