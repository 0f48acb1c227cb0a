/**
 * Refuses pods and other objects for which a ResourceQuota has no room, and charges the others at once. Source: staging/src/k8s.io/apiserver
 * (pkg/admission/plugin/resourcequota/controller.go).
 */
import type { Draft } from "../api-object.js";
import type { Admission, ApiError, ApiServer } from "../api-server.js";
import type { QuotaAmounts, ResourceQuota } from "../kinds/resource-quota.js";
import type { PodObjectSpec } from "../pod.js";
import { countedAs, resourceOf } from "../quota-objects.js";
import { covers } from "../quota-scopes.js";
import { formatQuota, unnamed, usageOf } from "../quota-usage.js";

/** The last admission: what it charges is not given back when somebody after it refuses. */
export function resourceQuotaAdmission(server: ApiServer): Admission {
	return (draft) => {
		if (draft.kind !== "Pod" && countedAs(draft.kind).length === 0) return draft;
		const quotas = quotasOf(server, draft);
		for (const quota of quotas) {
			const problem = problemOf(quota, draft);
			if (problem !== null) return forbidden(draft, problem);
		}
		for (const { kind, metadata } of quotas)
			server.patch(kind, `${metadata.namespace}/${metadata.name}`, (object) => charged(object as ResourceQuota, draft));
		return draft;
	};
}

/** Those that the object counts for. */
function quotasOf(server: ApiServer, { kind, metadata, spec }: Draft): readonly ResourceQuota[] {
	const quotas = [...server.list("ResourceQuota")] as ResourceQuota[];
	return quotas.filter(
		(quota) =>
			quota.metadata.namespace === metadata.namespace &&
			(kind !== "Pod" || covers(quota.spec, (spec as PodObjectSpec).template)),
	);
}

/** What the object takes of the resources that are limited. */
function requestOf({ kind, spec }: Draft, limited: readonly string[]): QuotaAmounts {
	if (kind === "Pod") return usageOf((spec as PodObjectSpec).template, limited);
	return Object.fromEntries(countedAs(kind).flatMap((resource) => (limited.includes(resource) ? [[resource, 1]] : [])));
}

function problemOf({ metadata, status: { hard, used } }: ResourceQuota, draft: Draft): string | null {
	const missing = draft.kind === "Pod" ? unnamed((draft.spec as PodObjectSpec).template, Object.keys(hard)) : [];
	if (missing.length > 0) return `failed quota: ${metadata.name}: must specify ${missing.join("; ")}`;
	const requested = requestOf(draft, Object.keys(hard));
	const exceeded = Object.keys(requested)
		.filter((resource) => (used[resource] ?? 0) + requested[resource]! > hard[resource]!)
		.sort();
	if (exceeded.length === 0) return null;
	const of = (amounts: QuotaAmounts) =>
		exceeded.map((resource) => `${resource}=${formatQuota(amounts[resource] ?? 0, resource)}`).join(",");
	return `exceeded quota: ${metadata.name}, requested: ${of(requested)}, used: ${of(used)}, limited: ${of(hard)}`;
}

function charged(quota: ResourceQuota, draft: Draft): ResourceQuota {
	const { hard, used } = quota.status;
	const requested = Object.entries(requestOf(draft, Object.keys(hard)));
	if (requested.length === 0) return quota;
	const total = requested.map(([resource, amount]) => [resource, (used[resource] ?? 0) + amount]);
	return { ...quota, status: { hard, used: { ...used, ...Object.fromEntries(total) } } };
}

export function forbidden({ kind, metadata }: Draft, why: string): ApiError {
	return { code: 403, message: `${resourceOf(kind)} "${metadata.name}" is forbidden: ${why}` };
}
