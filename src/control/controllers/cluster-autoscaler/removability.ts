/**
 * Which nodes could be given back as far as their own pods go. Source: cluster-autoscaler's simulator/utilization, simulator/drainability
 * and FAQ.md "What types of pods can prevent CA from removing a node?".
 */
import type { ResourceList } from "../../../objects/resources.js";
import type { PodSpec } from "../../../objects/spec.js";
import type { RemainingBudgets } from "../../autoscaling/remaining-budgets.js";
import { isTerminal, type Pod } from "../../pod.js";
import type { ClusterAutoscalerOptions } from "./schema.js";

const SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/** The largest share of the node's CPU or memory that its pods ask for; the share of GPUs where it has any. */
export function utilizationOf(allocatable: ResourceList, gpus: number, pods: readonly PodSpec[]): number {
	if (gpus > 0)
		return pods.reduce((sum, { gpu }) => sum + (gpu === null ? 0 : (gpu.count * gpu.milli) / 1000), 0) / gpus;
	const share = (resource: string) => {
		const there = allocatable[resource] ?? 0;
		return there === 0 ? 0 : pods.reduce((sum, { requests }) => sum + (requests[resource] ?? 0), 0) / there;
	};
	return Math.max(share("cpu"), share("memory"));
}

/** Pods that would have to go elsewhere: those of DaemonSets and those that have ended do not. */
export function podsToMove(pods: readonly Pod[]): readonly Pod[] {
	return pods.filter(
		({ metadata, status }) =>
			metadata.owner?.kind !== "DaemonSet" && metadata.deletedUs === null && !isTerminal(status.phase),
	);
}

/** Whether one of the pods keeps its node. */
export function isKept(
	pod: Pod,
	budgets: RemainingBudgets,
	{
		skipNodesWithLocalStorage,
		skipNodesWithSystemPods,
	}: Pick<ClusterAutoscalerOptions, "skipNodesWithLocalStorage" | "skipNodesWithSystemPods">,
): boolean {
	const { annotations, owner, namespace } = pod.metadata;
	if (annotations[SAFE_TO_EVICT] === "true") return false;
	if (annotations[SAFE_TO_EVICT] === "false" || owner === null) return true;
	if (skipNodesWithSystemPods && namespace === "kube-system" && !budgets.protects(pod)) return true;
	return skipNodesWithLocalStorage && usesLocalStorage(pod);
}

const SAFE_VOLUMES = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

function usesLocalStorage({ spec, metadata }: Pod): boolean {
	const volumes = (spec.template.spec["volumes"] ?? []) as readonly Volume[];
	const safe = new Set((metadata.annotations[SAFE_VOLUMES] ?? "").split(",").map((name) => name.trim()));
	return volumes.some(
		({ name, emptyDir, hostPath }) =>
			(hostPath !== undefined || (emptyDir !== undefined && emptyDir?.medium !== "Memory")) && !safe.has(name),
	);
}

interface Volume {
	readonly name: string;
	readonly emptyDir?: { readonly medium?: string } | null;
	readonly hostPath?: unknown;
}
