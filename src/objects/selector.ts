/**
 * Label selectors and node selector terms: types, schemas of their Kubernetes form, and matching.
 *
 * Source: meta/v1 LabelSelector and core/v1 NodeSelectorTerm; matching as in k8s.io/component-helpers
 * `scheduling/corev1/nodeaffinity`.
 */

export type LabelOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

/** One demand on a label. `values` is empty for Exists and DoesNotExist. */
export interface LabelRequirement {
	readonly key: string;
	readonly operator: LabelOperator;
	readonly values: readonly string[];
}

/** All of `matchLabels` and all of `matchExpressions` must hold; an empty selector matches everything. */
export interface LabelSelector {
	readonly matchLabels: Readonly<Record<string, string>>;
	readonly matchExpressions: readonly LabelRequirement[];
}

/** One demand on a node label; Gt and Lt compare integers and have one value. */
export interface NodeSelectorRequirement {
	readonly key: string;
	readonly operator: LabelOperator | "Gt" | "Lt";
	readonly values: readonly string[];
}

/** All of its parts must hold; a term without parts matches nothing. The only field is `metadata.name`. */
export interface NodeSelectorTerm {
	readonly matchExpressions: readonly NodeSelectorRequirement[];
	readonly matchFields: readonly NodeSelectorRequirement[];
}

/** Adds `weight` (1..100) to the score of nodes that match `term`. */
export interface PreferredNodeTerm {
	readonly weight: number;
	readonly term: NodeSelectorTerm;
}

/** Labels of a node or a pod. */
export type Labels = Readonly<Record<string, string>>;

/** Whether an object with `labels` is selected. NotIn also holds when the key is absent. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
	return (
		containsLabels(labels, selector.matchLabels) &&
		selector.matchExpressions.every((r) => holds(r, label(labels, r.key)))
	);
}

/** Whether the node called `nodeName` matches the term. NotIn also holds when the key is absent. */
export function matchesTerm(term: NodeSelectorTerm, nodeName: string, labels: Labels): boolean {
	const { matchExpressions, matchFields } = term;
	if (matchExpressions.length === 0 && matchFields.length === 0) return false;
	return (
		matchExpressions.every((r) => holds(r, label(labels, r.key))) &&
		matchFields.every((r) => holds(r, r.key === NODE_NAME_FIELD ? nodeName : undefined))
	);
}

/** Whether `labels` holds every pair of `wanted` (a nodeSelector, or matchLabels). */
export function containsLabels(labels: Labels, wanted: Labels): boolean {
	for (const key in wanted) if (label(labels, key) !== wanted[key]) return false;
	return true;
}

/** The only field that `matchFields` can name. */
export const NODE_NAME_FIELD = "metadata.name";

/** A label may be called `constructor`: only own properties count. */
function label(labels: Labels, key: string): string | undefined {
	return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
	switch (requirement.operator) {
		case "In":
			return value !== undefined && requirement.values.includes(value);
		case "NotIn":
			return value === undefined || !requirement.values.includes(value);
		case "Exists":
			return value !== undefined;
		case "DoesNotExist":
			return value === undefined;
		case "Gt":
			return compareIntegers(value, requirement.values[0]) > 0;
		case "Lt":
			return compareIntegers(value, requirement.values[0]) < 0;
	}
}

/** Sign of left - right; NaN, which is neither, when one of them is no 64-bit integer. */
function compareIntegers(left: string | undefined, right: string | undefined): number {
	if (left === undefined || right === undefined || !INTEGER.test(left) || !INTEGER.test(right)) return Number.NaN;
	const [a, b] = [BigInt(left.replace("+", "")), BigInt(right.replace("+", ""))];
	if (BigInt.asIntN(64, a) !== a || BigInt.asIntN(64, b) !== b) return Number.NaN;
	return a > b ? 1 : a < b ? -1 : 0;
}

const INTEGER = /^[+-]?\d+$/;
