/** Pod templates inside other objects: kept as they were written, since that is what tells revisions apart. */
import { z } from "zod";
import { readConstraints } from "../../objects/attribute-constraints.js";
import { canonicalJson } from "../../objects/canonical-json.js";
import { validateInside } from "../../objects/issues.js";
import { type PodTemplate as CheckedTemplate, podSpecFromTemplate, podTemplateSpecSchema } from "../../objects/pod.js";
import type { PriorityClass } from "../../objects/priority-class.js";
import { type LabelSelector, matchesLabels } from "../../objects/selector.js";
import { readPlacement } from "../../objects/service-placement.js";
import type { PodSpec } from "../../objects/spec.js";
import type { OwnerReference, Texts } from "../api-object.js";
import type { PodTemplate } from "../pod.js";
import { checkPodAnnotations } from "../pod-annotations.js";

/** Checks a template and passes it on as it was written, without what is absent (null). */
export const podTemplateSchema: z.ZodType<PodTemplate> = z.unknown().transform((written, context) => {
	const template = withoutEmptyNotes(withoutNulls(written));
	validateInside(podTemplateSpecSchema, template, context);
	checkPodAnnotations((template as PodTemplate)?.metadata?.annotations ?? {}, context, ["metadata", "annotations"]);
	return template as PodTemplate;
});

/** The rule of the API server for objects with a selector and a template. */
export function checkSelector(
	{ selector, template }: { readonly selector: LabelSelector; readonly template: PodTemplate },
	context: z.RefinementCtx,
): void {
	const labels = template?.metadata?.labels ?? {};
	const empty = Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0;
	if (empty)
		context.addIssue({
			code: "custom",
			path: ["selector"],
			message: "empty selector is invalid: name at least one label",
		});
	else if (!matchesLabels(selector, labels))
		context.addIssue({
			code: "custom",
			path: ["template", "metadata", "labels"],
			message: `\`selector\` does not match template \`labels\`: ${canonicalJson(labels)}`,
		});
}

/** Pods that others keep up are restarted whatever happens. */
export function checkRestartsAlways({ template }: { readonly template: PodTemplate }, context: z.RefinementCtx): void {
	const policy = template?.spec?.["restartPolicy"] ?? "Always";
	if (policy === "Always") return;
	const path = ["template", "spec", "restartPolicy"];
	context.addIssue({ code: "custom", path, message: 'supported values: "Always"' });
}

export function labelsOf({ metadata }: PodTemplate): Texts {
	return metadata?.labels ?? {};
}

/** Tells templates apart, whatever the order of their keys: Kubernetes' pod-template-hash, by another function (FNV-1a, twice). */
export function hashOf(template: PodTemplate): string {
	let hash = hashes.get(template);
	if (hash === undefined) {
		const text = canonicalJson(template);
		hash = `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x2f0b4a9d)}`.slice(0, 10);
		hashes.set(template, hash);
	}
	return hash;
}

function fnv1a(text: string, basis: number): string {
	let hash = basis;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	return (hash >>> 0).toString(16).padStart(8, "0");
}

const hashes = new WeakMap<PodTemplate, string>();

/**
 * What the pods of a template are to the cell: one object for all of them. `owner`: who made them; kube-scheduler spreads those of a
 * ReplicaSet or a StatefulSet by its selector.
 */
export function podSpecOf(
	template: PodTemplate,
	namespace: string,
	priorityClasses: readonly PriorityClass[],
	owner: OwnerReference | null = null,
): PodSpec {
	const controller = owner !== null && SPREAD.has(owner.kind) ? owner : null;
	const known = specs.get(template);
	if (known !== undefined && known.ownerUid === controller?.uid) return known.spec;
	const checked = podTemplateSpecSchema.parse(template) as CheckedTemplate;
	const named = { ...checked, metadata: { ...checked.metadata, namespace } };
	const made = controller && { apiVersion: "apps/v1", kind: controller.kind, name: controller.name };
	const spec = withWishes(podSpecFromTemplate(named, priorityClasses, made), template.metadata?.annotations ?? {});
	specs.set(template, { ownerUid: controller?.uid, spec });
	return spec;
}

const SPREAD: ReadonlySet<string> = new Set(["ReplicaSet", "StatefulSet"]);
/** Nearly always all pods of a template have one owner. */
const specs = new WeakMap<PodTemplate, { readonly ownerUid: number | undefined; readonly spec: PodSpec }>();

/** What a pod of Marathon's, Chronos' or Swarm's wants that no pod of Kubernetes can say. */
function withWishes(spec: PodSpec, annotations: Texts): PodSpec {
	const constraints = annotations["cellsim.io/constraints"];
	const placement = annotations["cellsim.io/service-placement"];
	if (constraints === undefined && placement === undefined) return spec;
	const wishes = {
		...(constraints !== undefined && { constraints: readConstraints(constraints) }),
		...(placement !== undefined && { placement: readPlacement(placement) }),
	};
	return { ...spec, facts: { ...spec.facts, ...wishes } };
}

/** Labels and annotations that there are none of are not there: templates are told apart by what is written. */
function withoutEmptyNotes(template: unknown): unknown {
	const { metadata, ...rest } = (template ?? {}) as Readonly<Record<string, unknown>>;
	if (typeof metadata !== "object" || metadata === null) return template;
	const kept = Object.entries(metadata).filter(
		([, part]) => typeof part !== "object" || Object.keys(part as object).length > 0,
	);
	return kept.length === 0 ? rest : { metadata: Object.fromEntries(kept), ...rest };
}

function withoutNulls(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutNulls);
	if (typeof value !== "object" || value === null) return value;
	const kept = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
	return Object.fromEntries(kept.map(([key, part]) => [key, withoutNulls(part)]));
}
