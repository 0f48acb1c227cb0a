import { z } from "zod";
import type { NodeView } from "../../../cell/node-view.js";
import { orAbsent } from "../../../objects/absent.js";
import type { PodClass } from "../../../objects/pod-class.js";
import {
	affinityFilter,
	affinityScorer,
	anyHasTerms,
	hasPreferences,
	hasTerms,
	noCounts,
	unconcerned,
	visitPreferences,
} from "../affinity-answers.js";
import { wakesForAffinity } from "../affinity-hints.js";
import { AffinityMatches } from "../affinity-matches.js";
import { KeptAffinity } from "../kept/kept-affinity.js";
import type { CycleView, KubernetesPlugin } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { TopologyCounts } from "../topology-counts.js";

export interface InterPodAffinityArgs {
	/** What a required affinity term of an existing pod that speaks of the pod adds to its domain, 0..100. */
	readonly hardPodAffinityWeight: number;
	/** Whether pods without preferred terms of their own disregard those of existing pods. */
	readonly ignorePreferredTermsOfExistingPods: boolean;
}

export const interPodAffinityDefinition = definePlugin({
	name: "InterPodAffinity",
	summary: "Affinity and anti-affinity between pods, of the pod itself and of those that run already.",
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
			visitConcerned(view, (podClass, node) => counts.move(view.pod, matches, podClass, node, 1));
			return unconcerned(view.pod, counts) ? "skip" : { filter: affinityFilter(view.pod, matches, counts) };
		},
		score(view) {
			if (args.ignorePreferredTermsOfExistingPods && !hasPreferences(view.pod)) return null;
			const matches = new AffinityMatches(view.pod, view.objects);
			const sums = new TopologyCounts(true);
			visitConcerned(view, (podClass, { labels }) =>
				visitPreferences(view.pod, podClass, matches, args.hardPodAffinityWeight, (key, weight) =>
					sums.add(labels, key, weight),
				),
			);
			return sums.empty ? null : affinityScorer(sums);
		},
		keep: (pod, objects) => new KeptAffinity(pod, new AffinityMatches(pod, objects), args),
		wakes: (event, pod) => wakesForAffinity(event, pod),
	};
}

/** Visits the pods that the pod's terms or their own may tie to it. */
function visitConcerned(view: CycleView, visit: (other: PodClass, node: NodeView) => void): void {
	const { pod, nodes, order } = view;
	const speaks = hasTerms(pod);
	const classes = speaks ? null : view.placedClasses();
	if (classes !== null && !anyHasTerms(classes)) return;
	for (const id of order)
		for (const { podClass } of nodes.placed[id]!) if (speaks || hasTerms(podClass)) visit(podClass, nodes.view(id));
}
