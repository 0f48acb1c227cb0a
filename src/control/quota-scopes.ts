/**
 * Which pods a ResourceQuota is about: those that all of its scopes match. Source: pkg/quota/v1/evaluator/core/pods.go.
 *
 * Divergence from Kubernetes: namespaces of affinity terms are looked at as written; a selector that matches the pod's own namespace alone
 * counts as another's, too.
 */
import type { ResourceQuotaSpec, ScopeRequirement } from "./kinds/resource-quota.js";
import type { PodTemplate } from "./pod.js";

/** Without scopes every pod. */
export function covers({ scopes, scopeSelector }: ResourceQuotaSpec, template: PodTemplate): boolean {
	const asked = scopes.map((scopeName): ScopeRequirement => ({ scopeName, operator: "Exists", values: [] }));
	return [...asked, ...(scopeSelector?.matchExpressions ?? [])].every((scope) => matches(scope, template));
}

function matches({ scopeName, operator, values }: ScopeRequirement, { spec }: PodTemplate): boolean {
	switch (scopeName) {
		case "Terminating":
			return spec["activeDeadlineSeconds"] !== undefined;
		case "NotTerminating":
			return spec["activeDeadlineSeconds"] === undefined;
		case "BestEffort":
			return isBestEffort(spec);
		case "NotBestEffort":
			return !isBestEffort(spec);
		case "CrossNamespacePodAffinity":
			return reachesOut(spec["affinity"]);
		case "PriorityClass":
			return isOfClass(String(spec["priorityClassName"] ?? ""), operator, values);
	}
}

function isOfClass(name: string, operator: ScopeRequirement["operator"], values: readonly string[]): boolean {
	switch (operator) {
		case "Exists":
			return name !== "";
		case "DoesNotExist":
			return name === "";
		case "In":
			return values.includes(name);
		case "NotIn":
			return !values.includes(name);
	}
}

/** No container asks for cpu or memory, or is limited in them. */
function isBestEffort(spec: PodTemplate["spec"]): boolean {
	const containers = ["containers", "initContainers"].flatMap((field) => (spec[field] ?? []) as readonly Container[]);
	return containers.every(({ resources }) =>
		[resources?.requests, resources?.limits].every(
			(some) => some?.["cpu"] === undefined && some?.["memory"] === undefined,
		),
	);
}

interface Container {
	readonly resources?: {
		readonly requests?: Readonly<Record<string, unknown>>;
		readonly limits?: Readonly<Record<string, unknown>>;
	};
}

/** Whether some term of pod affinity names namespaces, wherever it stands. */
function reachesOut(affinity: unknown): boolean {
	if (typeof affinity !== "object" || affinity === null) return false;
	const { namespaces, namespaceSelector } = affinity as Readonly<Record<string, unknown>>;
	if ((Array.isArray(namespaces) && namespaces.length > 0) || namespaceSelector !== undefined) return true;
	return Object.values(affinity).some(reachesOut);
}
