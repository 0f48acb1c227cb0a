/**
 * What a kubelet derives from the requests and limits of a pod: its quality-of-service class, the oom_score_adj of its
 * containers, and memory.min and memory.high under MemoryQoS.
 *
 * Sources: Kubernetes "Pod Quality of Service Classes", pkg/apis/core/v1/helper/qos, pkg/kubelet/qos/policy.go,
 * pkg/kubelet/kuberuntime/kuberuntime_container_linux.go, KEP-2570.
 *
 * Divergence from Kubernetes: pod-level requests (`spec.resources`) do not count for the class, and limits of the pod as a
 * whole make it neither Guaranteed nor Burstable; oom_score_adj takes them as an argument.
 */
import type { ContainerRun } from "../../objects/pod-run.js";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Bytes of a page of memory. */
export const PAGE_BYTES = 4096;

/** Of a container that is to be killed last; of one that is to be killed first. */
const GUARANTEED_OOM_SCORE_ADJ = -997;
const BEST_EFFORT_OOM_SCORE_ADJ = 1000;

/** What a container requests; a limit without a request implies an equal one. Canonical units, 0 for none. */
export function requestOf(container: ContainerRun, resource: "cpu" | "memory" | "ephemeral-storage"): number {
	return container.requests[resource] ?? container.limits[resource] ?? 0;
}

/**
 * Guaranteed: every container, init containers too, limits cpu and memory and requests as much. BestEffort: none requests or
 * limits either. Everything else is Burstable. Other resources do not count, and a request or limit of 0 is none.
 */
export function qosClass(containers: readonly ContainerRun[]): QosClass {
	let guaranteed = true;
	let bestEffort = true;
	for (const container of containers) {
		for (const resource of ["cpu", "memory"] as const) {
			const request = requestOf(container, resource);
			const limit = container.limits[resource] ?? 0;
			if (request > 0 || limit > 0) bestEffort = false;
			if (limit === 0 || request !== limit) guaranteed = false;
		}
	}
	if (bestEffort) return "BestEffort";
	return guaranteed ? "Guaranteed" : "Burstable";
}

export interface OomScoreOptions {
	/** Priority system-node-critical: killed last, whatever its class is. */
	readonly nodeCritical?: boolean;
	/** Pod-level memory request, bytes: what containers leave of it is shared equally among all of them. */
	readonly podMemoryRequestBytes?: number;
}

/**
 * The oom_score_adj of a container of a pod, from -997 (killed last) to 1000. Burstable: the less of the node's memory the
 * container requests the higher, 3 to 999; a sidecar is never above the regular container with the smallest request.
 */
export function oomScoreAdj(
	containers: readonly ContainerRun[],
	container: ContainerRun,
	memoryCapacityBytes: number,
	{ nodeCritical = false, podMemoryRequestBytes = 0 }: OomScoreOptions = {},
): number {
	const qos = qosClass(containers);
	if (nodeCritical || qos === "Guaranteed") return GUARANTEED_OOM_SCORE_ADJ;
	if (qos === "BestEffort" && podMemoryRequestBytes === 0) return BEST_EFFORT_OOM_SCORE_ADJ;
	const share = unallocatedShare(containers, podMemoryRequestBytes);
	let request = requestOf(container, "memory");
	if (container.kind === "sidecar") {
		const regular = containers.filter(({ kind }) => kind === "main").map((main) => requestOf(main, "memory"));
		request = Math.max(request, Math.min(...regular));
	}
	const adj = 1000 - Math.floor((1000 * (request + share)) / memoryCapacityBytes);
	return Math.min(Math.max(adj, 1000 + GUARANTEED_OOM_SCORE_ADJ), BEST_EFFORT_OOM_SCORE_ADJ - 1);
}

/** What each container counts with beyond its own request. */
function unallocatedShare(containers: readonly ContainerRun[], podMemoryRequestBytes: number): number {
	let running = 0;
	let peak = 0;
	for (const container of containers) {
		const request = requestOf(container, "memory");
		if (container.kind === "init") peak = Math.max(peak, running + request);
		else running += request;
	}
	return Math.max(0, Math.trunc((podMemoryRequestBytes - Math.max(running, peak)) / containers.length));
}

/** memory.min of a container under MemoryQoS, bytes: its request is never reclaimed. 0 for none. */
export function memoryMin(container: ContainerRun): number {
	return requestOf(container, "memory");
}

/**
 * memory.high of a container under MemoryQoS, bytes, whole pages: `throttlingFactor` of the way from the request to the limit,
 * or to the node's allocatable memory without one. Infinity for none: request and limit are equal (or both absent), or the
 * value would not exceed the request.
 */
export function memoryHigh(container: ContainerRun, allocatableBytes: number, throttlingFactor = 0.9): number {
	const request = requestOf(container, "memory");
	const limit = container.limits["memory"] ?? 0;
	if (request === limit) return Number.POSITIVE_INFINITY;
	const ceiling = limit > 0 ? limit : allocatableBytes;
	const high = Math.floor((request + (ceiling - request) * throttlingFactor) / PAGE_BYTES) * PAGE_BYTES;
	return high > request ? high : Number.POSITIVE_INFINITY;
}
