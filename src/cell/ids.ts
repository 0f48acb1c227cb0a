/**
 * Dense ids. A pod's row is reused after it ended, so its id carries a generation: a stale id is caught, not silently
 * answered with somebody else's pod. A node's row is never reused, so its id is its row, and rows are in order of addition.
 */
export type NodeId = number & { readonly __brand: "NodeId" };
export type PodId = number & { readonly __brand: "PodId" };

/** Pods that may be alive at one time; the bits above tell the generation. */
export const MAX_LIVE_PODS = 0x80_0000;
/** The bits of a pod id that hold its row. */
export const ROW_MASK = MAX_LIVE_PODS - 1;
export const NO_NODE = -1 as NodeId;

/** The id of a row's first pod. */
export function firstPodId(row: number): PodId {
	return row as PodId;
}

/** The id of the pod that takes the row after `pod`; the generations come round after 256. */
export function nextPodId(pod: PodId): PodId {
	return ((pod + MAX_LIVE_PODS) & 0x7fffffff) as PodId;
}

export function rowOf(pod: PodId): number {
	return pod & ROW_MASK;
}
