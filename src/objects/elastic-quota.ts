/**
 * ElasticQuotas (scheduling.x-k8s.io/v1alpha1): what a namespace is guaranteed (`min`), and how much it may have as long as others
 * do not use theirs (`max`), for the plugin CapacityScheduling.
 *
 * As in the original, a list that is given and leaves out cpu, memory or ephemeral-storage says 0 of it; any other resource that
 * it leaves out is not limited in `max` and not guaranteed in `min`. Pods are not counted, `pods` is read over.
 *
 * Source: kubernetes-sigs/scheduler-plugins, apis/scheduling/v1alpha1/types.go, pkg/capacityscheduling/elasticquota.go.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { objectMetadataSchema } from "./metadata.js";
import { nodeResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";

export interface ElasticQuota {
	readonly namespace: string;
	readonly name: string;
	/** Null guarantees nothing. */
	readonly min: ResourceList | null;
	/** Null for no limit. */
	readonly max: ResourceList | null;
}

const amounts = orAbsent(
	nodeResourceListSchema.transform(({ pods: _, ...list }): ResourceList => list),
	null,
);

// A limit that is misspelt would be no limit.
const spec = orAbsent(z.strictObject({ min: amounts, max: amounts }), { min: null, max: null });

export const elasticQuotaSchema: z.ZodType<ElasticQuota> = z
	.object({ metadata: objectMetadataSchema, spec })
	.transform(({ metadata: { namespace, name }, spec }) => ({ namespace, name, ...spec }));
