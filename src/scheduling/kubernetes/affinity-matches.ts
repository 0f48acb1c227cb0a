/**
 * Which pods the inter-pod affinity terms of which pods speak of.
 *
 * A quirk of Kubernetes 1.34 is kept: the namespace selector in a term of the pod that is being placed is looked up by the labels
 * of namespaces, and then asked once more about a namespace without labels, so that a selector made of NotIn or DoesNotExist
 * only finds pods of every namespace.
 */
import { type ClusterObjects, namespaceLabels } from "../../objects/cluster-objects.js";
import { matchesPodTerm, NO_POD_AFFINITY, type PodAffinity, type PodAffinityTerm } from "../../objects/pod-affinity.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Labels } from "../../objects/selector.js";
import type { PodFacts } from "../../objects/spec.js";

const NO_LABELS: Labels = {};

export function affinityOf({ demands }: PodFacts): PodAffinity {
	return demands?.podAffinity ?? NO_POD_AFFINITY;
}

export function antiAffinityOf({ demands }: PodFacts): PodAffinity {
	return demands?.podAntiAffinity ?? NO_POD_AFFINITY;
}

/** Answers about one pod that is being placed; remembered by the facts of the other pod. */
export class AffinityMatches {
	readonly #facts: PodFacts;
	readonly #objects: ClusterObjects;
	/** By own term. */
	readonly #own = new Map<PodAffinityTerm, WeakMap<PodFacts, boolean>>();
	/** By other pod, by its term. */
	readonly #others = new WeakMap<PodFacts, Map<PodAffinityTerm, boolean>>();

	constructor({ spec: { facts } }: PodClass, objects: ClusterObjects) {
		this.#facts = facts;
		this.#objects = objects;
	}

	/** Whether a term of the pod speaks of `other`. */
	ownTerm(term: PodAffinityTerm, { spec: { facts: other } }: PodClass): boolean {
		let known = this.#own.get(term);
		if (known === undefined) this.#own.set(term, (known = new WeakMap()));
		let answer = known.get(other);
		if (answer === undefined) {
			const labels = namespaceLabels(this.#objects, other.namespace);
			answer =
				matchesPodTerm(term, this.#facts.namespace, other, labels) ||
				matchesPodTerm(term, this.#facts.namespace, other, NO_LABELS);
			known.set(other, answer);
		}
		return answer;
	}

	/** Whether all terms speak of `other`; false if there are none. */
	allOwnTerms(terms: readonly PodAffinityTerm[], other: PodClass): boolean {
		return terms.length > 0 && terms.every((term) => this.ownTerm(term, other));
	}

	/** Whether a term of `other` speaks of the pod. */
	termOf({ spec: { facts: other } }: PodClass, term: PodAffinityTerm): boolean {
		let known = this.#others.get(other);
		if (known === undefined) this.#others.set(other, (known = new Map()));
		let answer = known.get(term);
		if (answer === undefined) {
			const labels = namespaceLabels(this.#objects, this.#facts.namespace);
			answer = matchesPodTerm(term, other.namespace, this.#facts, labels);
			known.set(term, answer);
		}
		return answer;
	}
}
