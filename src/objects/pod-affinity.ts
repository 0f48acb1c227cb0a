/**
 * Inter-pod affinity (core/v1 PodAffinityTerm) and matching of its terms.
 *
 * Divergence from Kubernetes: `matchLabelKeys` and `mismatchLabelKeys` are merged into the selector by the API server, before
 * any scheduler sees the pod; manifests from a cluster carry the result. In others the two are read over.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import { type LabelSelector, type Labels, matchesLabels } from "./selector.js";
import { labelSelectorSchema } from "./selector-schemas.js";

/** Pods that a pod wants to be near to, or away from: those that match, on nodes with the same value of `topologyKey`. */
export interface PodAffinityTerm {
	readonly topologyKey: string;
	/** Null selects no pod. */
	readonly selector: LabelSelector | null;
	/** Namespaces by name. Empty together with a null `namespaceSelector` means the namespace of the pod that has the term. */
	readonly namespaces: readonly string[];
	/** Namespaces by label, in addition to those by name; null selects none, an empty selector all. */
	readonly namespaceSelector: LabelSelector | null;
}

/** Adds `weight` (1..100) for each matching pod near by. */
export interface PreferredPodTerm {
	readonly weight: number;
	readonly term: PodAffinityTerm;
}

/** Affinity to pods, or anti-affinity. */
export interface PodAffinity {
	readonly required: readonly PodAffinityTerm[];
	readonly preferred: readonly PreferredPodTerm[];
}

export const NO_POD_AFFINITY: PodAffinity = { required: [], preferred: [] };

/** What matching looks at in a pod. */
export interface LabelledPod {
	readonly namespace: string;
	readonly labels: Labels;
}

/** Whether `pod` is one that the term speaks of. `owner` is the namespace of the term's pod, `namespaceLabels` those of `pod`'s. */
export function matchesPodTerm(
	term: PodAffinityTerm,
	owner: string,
	pod: LabelledPod,
	namespaceLabels: Labels,
): boolean {
	if (term.selector === null) return false;
	return inNamespaces(term, owner, pod.namespace, namespaceLabels) && matchesLabels(term.selector, pod.labels);
}

function inNamespaces(term: PodAffinityTerm, owner: string, namespace: string, labels: Labels): boolean {
	const { namespaces, namespaceSelector } = term;
	if (namespaces.length === 0 && namespaceSelector === null) return namespace === owner;
	return namespaces.includes(namespace) || (namespaceSelector !== null && matchesLabels(namespaceSelector, labels));
}

/** `podAffinity` or `podAntiAffinity` of a pod. */
export const podAffinitySchema = (object: ObjectMaker): z.ZodType<PodAffinity> =>
	object("PodAffinity", {
		requiredDuringSchedulingIgnoredDuringExecution: orAbsent(z.array(termSchema(object)), []),
		preferredDuringSchedulingIgnoredDuringExecution: orAbsent(z.array(preferredTermSchema(object)), []),
	}).transform((given) => ({
		required: given.requiredDuringSchedulingIgnoredDuringExecution,
		preferred: given.preferredDuringSchedulingIgnoredDuringExecution,
	}));

const preferredTermSchema = (object: ObjectMaker): z.ZodType<PreferredPodTerm> =>
	object("WeightedPodAffinityTerm", {
		weight: z.int().min(1).max(100),
		podAffinityTerm: termSchema(object),
	}).transform(({ weight, podAffinityTerm }) => ({ weight, term: podAffinityTerm }));

const NO_KEY = "a pod affinity term needs a topologyKey, such as kubernetes.io/hostname";

const termSchema = (object: ObjectMaker): z.ZodType<PodAffinityTerm> =>
	object("PodAffinityTerm", {
		topologyKey: z.string({ error: NO_KEY }).min(1, { error: NO_KEY }),
		labelSelector: orAbsent(labelSelectorSchema(object), null),
		namespaces: orAbsent(z.array(z.string()), []),
		namespaceSelector: orAbsent(labelSelectorSchema(object), null),
	}).transform(({ topologyKey, labelSelector, namespaces, namespaceSelector }) => ({
		topologyKey,
		selector: labelSelector,
		namespaces,
		namespaceSelector,
	}));
