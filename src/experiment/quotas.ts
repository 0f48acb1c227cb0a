/** The quotas of a spec, and whether what is promised to production is there. */
import type { Mistake } from "../objects/issues.js";
import { formatQuantity } from "../objects/quantity.js";
import type { NodeSpec } from "../objects/spec.js";
import { type Quota, totalOf } from "../scheduling/admission/quota.js";
import type { Spec } from "./registries.js";

/** The quotas of a spec; null if everything is taken in. */
export function quotasOf({ scheduling: { admission } }: Spec): readonly Quota[] | null {
	if (admission === undefined) return null;
	return admission.quotas.map(({ user, band, resources, gpus, from, until }) => ({
		...{ user, band, fromUs: from, untilUs: until ?? Number.POSITIVE_INFINITY },
		resources: gpus === undefined ? resources : { ...resources, gpu: Math.round(1000 * gpus) },
	}));
}

/** Whether any production quota is given, so that it matters what the nodes offer. */
export function promisesProduction(spec: Spec): boolean {
	return productionQuotas(spec).length > 0;
}

/** What is promised to production (and monitoring, which is part of it) at one time must be there; other quota may be oversold. */
export function oversoldProduction(spec: Spec, nodes: readonly NodeSpec[]): readonly Mistake[] {
	const quotas = productionQuotas(spec);
	const offered = totalOf(
		nodes.map(({ allocatable, gpu }) => (gpu === null ? allocatable : { ...allocatable, gpu: 1000 * gpu.count })),
	);
	for (const { fromUs } of quotas) {
		const held = quotas.filter((quota) => quota.fromUs <= fromUs && fromUs < quota.untilUs);
		for (const [resource, sold] of totalOf(held.map(({ resources }) => resources))) {
			const there = offered.get(resource) ?? 0;
			if (sold <= there) continue;
			const [promised, all] = [sold, there].map((amount) => formatQuantity(amount, resource));
			const message = `production quotas add up to ${resource} ${promised}, but all nodes together offer ${all}: lower them, or add nodes`;
			return [{ path: ["spec", "scheduling", "admission", "quotas"], at: "key", message }];
		}
	}
	return [];
}

/** In order of the time from which they hold. */
function productionQuotas(spec: Spec): readonly Quota[] {
	return (quotasOf(spec) ?? [])
		.filter(({ band }) => band === "production" || band === "monitoring")
		.sort((a, b) => a.fromUs - b.fromUs);
}
