/**
 * PodDisruptionBudgets (policy/v1): how many of the pods that a selector finds may be disturbed at present.
 *
 * Divergence from Kubernetes: the disruption controller, which recounts `status.disruptionsAllowed` as pods come and go, is not
 * simulated: the status in the manifest holds throughout.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { lenientObject } from "./kubernetes-object.js";
import { objectMetadataSchema } from "./metadata.js";
import { type LabelSelector, type Labels, matchesLabels } from "./selector.js";
import { labelSelectorSchema } from "./selector-schemas.js";

export interface DisruptionBudget {
	readonly namespace: string;
	readonly name: string;
	/** Null selects no pod, and so does an empty selector. */
	readonly selector: LabelSelector | null;
	readonly disruptionsAllowed: number;
	/** Names of pods whose disruption is already counted. */
	readonly disrupted: ReadonlySet<string>;
}

/** Whether the budget protects a pod with these labels. */
export function protects(
	{ namespace, selector }: DisruptionBudget,
	pod: { namespace: string; labels: Labels },
): boolean {
	if (selector === null || namespace !== pod.namespace) return false;
	if (selector.matchExpressions.length === 0 && Object.keys(selector.matchLabels).length === 0) return false;
	return Object.keys(pod.labels).length > 0 && matchesLabels(selector, pod.labels);
}

const budgetStatus = z.object({
	disruptionsAllowed: orAbsent(z.int32(), 0),
	disruptedPods: orAbsent(z.record(z.string(), z.unknown()), {}),
});

export const disruptionBudgetSchema: z.ZodType<DisruptionBudget> = z
	.object({
		metadata: objectMetadataSchema,
		spec: orAbsent(z.object({ selector: orAbsent(labelSelectorSchema(lenientObject), null) }), { selector: null }),
		status: orAbsent(budgetStatus, { disruptionsAllowed: 0, disruptedPods: {} }),
	})
	.transform(({ metadata, spec, status }) => ({
		namespace: metadata.namespace,
		name: metadata.name,
		selector: spec.selector,
		disruptionsAllowed: status.disruptionsAllowed,
		disrupted: new Set(Object.keys(status.disruptedPods)),
	}));
