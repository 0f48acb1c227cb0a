/** Existing pods that inter-pod affinity terms speak of, for one pod class, kept from one attempt to the next. */
import type { NodeView } from "../../../cell/node-view.js";
import type { PlacedPod } from "../../../cell/placed-pod.js";
import type { PodClass } from "../../../objects/pod-class.js";
import {
	type AffinityCounts,
	affinityFilter,
	affinityScorer,
	hasPreferences,
	hasTerms,
	noCounts,
	unconcerned,
	visitPreferences,
} from "../affinity-answers.js";
import { type AffinityMatches, affinityOf, antiAffinityOf } from "../affinity-matches.js";
import type { AllPlaced, CycleView, KeptCounts, NodeFilter, NodeScorer } from "../plugin.js";
import { TopologyCounts } from "../topology-counts.js";

export interface KeptAffinityOptions {
	readonly hardPodAffinityWeight: number;
	readonly ignorePreferredTermsOfExistingPods: boolean;
}

export class KeptAffinity implements KeptCounts {
	keys: readonly string[] = [];
	readonly #pod: PodClass;
	readonly #matches: AffinityMatches;
	readonly #hardPodAffinityWeight: number;
	readonly #scores: boolean;
	/** Whether terms of the pod itself speak of others. */
	readonly #speaks: boolean;
	#counts: AffinityCounts = noCounts();
	#sums = new TopologyCounts(true);
	/** Additions to `#sums`: while there are none, there is nothing to score. */
	#additions = 0;
	/** Every topology key of a term that ever counted. */
	#known = new Set<string>();
	/** Keys that tell nodes apart: what is counted there is a trait. */
	#unique: readonly string[] = [];
	#isUnique: (key: string) => boolean = () => false;

	constructor(pod: PodClass, matches: AffinityMatches, options: KeptAffinityOptions) {
		const { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods } = options;
		this.#pod = pod;
		this.#matches = matches;
		this.#hardPodAffinityWeight = hardPodAffinityWeight;
		this.#scores = hasPreferences(pod) || !ignorePreferredTermsOfExistingPods;
		this.#speaks = hasTerms(pod);
	}

	restart({ nodes, order }: CycleView, all: AllPlaced): void {
		this.#counts = noCounts();
		this.#sums = new TopologyCounts(true);
		this.#additions = 0;
		this.#isUnique = all.isUnique;
		const { required } = affinityOf(this.#pod.spec.facts);
		this.#known = new Set(required.map(({ topologyKey }) => topologyKey));
		this.#split();
		if (!this.#speaks && !all.anyHasTerms) return;
		for (const id of order) for (const pod of nodes.placed[id]!) this.podMoved(pod, nodes.view(id), 1);
	}

	podMoved({ podClass: other }: PlacedPod, node: NodeView, change: 1 | -1): void {
		if (!this.#speaks && !hasTerms(other)) return;
		this.#counts.move(this.#pod, this.#matches, other, node, change);
		for (const { topologyKey } of antiAffinityOf(this.#pod.spec.facts).required) this.#learn(topologyKey);
		for (const { topologyKey } of antiAffinityOf(other.spec.facts).required) this.#learn(topologyKey);
		if (this.#scores)
			visitPreferences(this.#pod, other, this.#matches, this.#hardPodAffinityWeight, (key, weight) => {
				this.#learn(key);
				if (!Object.hasOwn(node.labels, key)) return;
				this.#sums.add(node.labels, key, weight * change);
				this.#additions += change;
			});
	}

	traits({ labels }: NodeView, list: number[]): void {
		const { wanted, unwanted, repelling } = this.#counts;
		for (const key of this.#unique) {
			const signs = (wanted.at(labels, key) > 0 ? 1 : 0) + (unwanted.at(labels, key) > 0 ? 2 : 0);
			list.push(signs + (repelling.at(labels, key) > 0 ? 4 : 0) + (Object.hasOwn(labels, key) ? 8 : 0));
			list.push(this.#sums.at(labels, key));
		}
	}

	filter(): NodeFilter | null {
		const counts = this.#counts;
		return unconcerned(this.#pod, counts) ? null : affinityFilter(this.#pod, this.#matches, counts);
	}

	scorer(): NodeScorer | null {
		return this.#additions === 0 ? null : affinityScorer(this.#sums);
	}

	#learn(key: string): void {
		if (this.#known.has(key)) return;
		this.#known.add(key);
		this.#split();
	}

	#split(): void {
		const keys = [...this.#known];
		this.#unique = keys.filter((key) => this.#isUnique(key));
		this.keys = keys.filter((key) => !this.#isUnique(key));
	}
}
