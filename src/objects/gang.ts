/**
 * Pods that wait for each other, whichever kind of object says so: a Workload of Kubernetes or a PodGroup of scheduler-plugins.
 *
 * Divergence from Kubernetes: a pod that names both belongs to the group of its Workload only.
 */
import type { ClusterObjects } from "./cluster-objects.js";
import { podGroupOf } from "./pod-group.js";
import type { PodFacts } from "./spec.js";
import { workloadGroupOf } from "./workload.js";

type Belonging = Pick<PodFacts, "namespace" | "labels" | "demands">;

/** The group that the pod belongs to, as `podGroupOf` or `workloadGroupOf` says it; null for none. */
export function gangOf(facts: Belonging): string | null {
	return workloadGroupOf(facts) ?? podGroupOf(facts);
}

/** How many pods of its group must get nodes if any does; 1 where nothing is declared. */
export function quorumOf(facts: Belonging, { podGroups, workloads }: ClusterObjects): number {
	const ref = facts.demands?.workload;
	if (ref !== undefined)
		return workloads.get(`${facts.namespace}/${ref.name}`)?.podGroups.get(ref.podGroup)?.minCount ?? 1;
	return podGroups.get(podGroupOf(facts) ?? "")?.minMember ?? 1;
}
