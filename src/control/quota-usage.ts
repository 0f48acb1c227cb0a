/**
 * What pods count for in ResourceQuotas. Source: pkg/quota/v1/evaluator/core/pods.go.
 */
import { formatQuantity, parseQuantity, unitOf } from "../objects/quantity.js";
import { containersOf, totalOf } from "./admission/pod-resources.js";
import type { Quantities } from "./kinds/quantities.js";
import type { QuotaAmounts } from "./kinds/resource-quota.js";
import { isTerminal, type Pod, type PodTemplate } from "./pod.js";

/** Resources that each container must name where a quota limits them. */
const MUST_BE_NAMED: ReadonlySet<string> = new Set([
	...["cpu", "memory", "requests.cpu", "requests.memory"],
	...["limits.cpu", "limits.memory"],
]);

/** What a quota resource is of: `requests.cpu` and `cpu` of the requests of cpu. Null for those that no pod uses. */
function sideOf(resource: string): { readonly what: "requests" | "limits"; readonly name: string } | null {
	if (resource.startsWith("limits.")) return { what: "limits", name: resource.slice("limits.".length) };
	if (resource.startsWith("requests.")) return { what: "requests", name: resource.slice("requests.".length) };
	return COMPUTE.has(resource) ? { what: "requests", name: resource } : null;
}

const COMPUTE: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const POD_OBJECTS = "count/pods";
const COUNTS: ReadonlySet<string> = new Set(["pods", POD_OBJECTS]);

/** What a quota declares, in canonical units. */
export function quotaAmounts(hard: Quantities): QuotaAmounts {
	return Object.fromEntries(
		Object.entries(hard).map(([resource, text]) => {
			const unit = unitOf(sideOf(resource)?.name ?? resource);
			return [resource, parseQuantity(text, unit)];
		}),
	);
}

/** As `kubectl describe quota` shows it. */
export function formatQuota(amount: number, resource: string): string {
	return formatQuantity(amount, sideOf(resource)?.name ?? resource);
}

/** What a pod of the template uses of the resources; those that it does not use are left out. */
export function usageOf(template: PodTemplate, resources: Iterable<string>): QuotaAmounts {
	const containers = containersOf(template);
	const totals = { requests: totalOf(containers, "requests"), limits: totalOf(containers, "limits") };
	const usage: Record<string, number> = {};
	for (const resource of resources) {
		const side = sideOf(resource);
		const amount = side === null ? Number(COUNTS.has(resource)) : (totals[side.what][side.name] ?? 0);
		if (amount > 0) usage[resource] = amount;
	}
	return usage;
}

/** What all of these pods use. Ended ones are counted where objects are, and use nothing else; those that are on their way out do. */
export function totalUsage(pods: Iterable<Pod>, resources: readonly string[]): QuotaAmounts {
	const total = Object.fromEntries(resources.map((resource) => [resource, 0]));
	const ofEnded = resources.filter((resource) => resource === POD_OBJECTS);
	for (const { spec, status } of pods) {
		const counted = isTerminal(status.phase) ? ofEnded : resources;
		for (const [resource, amount] of Object.entries(usageOf(spec.template, counted))) total[resource]! += amount;
	}
	return total;
}

/** Of the limited resources those that containers do not name though they must, with the containers: `requests.cpu for: a,b`. */
export function unnamed(template: PodTemplate, resources: Iterable<string>): readonly string[] {
	const containers = containersOf(template);
	return [...resources].sort().flatMap((resource) => {
		const side = sideOf(resource);
		if (side === null || !MUST_BE_NAMED.has(resource)) return [];
		const lacking = containers.filter((container) => container[side.what][side.name] === undefined);
		return lacking.length === 0 ? [] : [`${resource} for: ${lacking.map(({ name }) => name).join(",")}`];
	});
}
