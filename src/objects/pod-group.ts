/**
 * PodGroups (scheduling.x-k8s.io/v1alpha1): pods that are of use only together, for the plugin Coscheduling. A pod says by a label
 * which group of its namespace it belongs to, unless it names a Workload.
 *
 * Divergence from Kubernetes: the controller that writes `status` is not simulated; nothing of it is read by schedulers. A group
 * counts as old as its first pod, whatever its creationTimestamp.
 *
 * Source: kubernetes-sigs/scheduler-plugins, apis/scheduling/v1alpha1/types.go.
 */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import { objectMetadataSchema } from "./metadata.js";
import { podResourceListSchema } from "./resource-list.js";
import type { ResourceList } from "./resources.js";
import type { PodFacts } from "./spec.js";

export interface PodGroup {
	readonly namespace: string;
	readonly name: string;
	/** Fewer of its pods than these get no node at all; at least 1. */
	readonly minMember: number;
	/** What must be free in the cluster before any of its pods is tried; null for nothing. */
	readonly minResources: ResourceList | null;
	/** How long its pods wait for each other, seconds; null leaves that to the scheduler. */
	readonly scheduleTimeoutSeconds: number | null;
}

const GROUP_LABEL = "scheduling.x-k8s.io/pod-group";

/** Namespace and name of the group that the pod belongs to, declared or not: `default/training`; null for none. */
export function podGroupOf({
	namespace,
	labels,
	demands,
}: Pick<PodFacts, "namespace" | "labels" | "demands">): string | null {
	const name = labels[GROUP_LABEL] ?? "";
	return name === "" || demands?.workload !== undefined ? null : `${namespace}/${name}`;
}

// What is written here decides what waits for ever, so that a field that is none is not read over.
const spec = z.strictObject({
	minMember: z.int32().min(1),
	minResources: orAbsent(podResourceListSchema, null),
	scheduleTimeoutSeconds: orAbsent(z.int32().min(1), null),
});

export const podGroupSchema: z.ZodType<PodGroup> = z
	.object({ metadata: objectMetadataSchema, spec })
	.transform(({ metadata: { namespace, name }, spec }) => ({ namespace, name, ...spec }));
