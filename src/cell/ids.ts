/**
 * Dense ids. A pod's row is reused after it ended, so its id carries a generation: a stale id is caught, not silently
 * answered with somebody else's pod. A node's row is never reused, so its id is its row, and rows are in order of addition.
 */
export type NodeId = number & { readonly __brand: "NodeId" };
export type PodId = number & { readonly __brand: "PodId" };

const ROW_BITS = 23;
const ROW_MASK = 2 ** ROW_BITS - 1;
const GENERATIONS = 2 ** (31 - ROW_BITS);

/** Pods that may be alive at one time. */
export const MAX_LIVE_PODS = 2 ** ROW_BITS;
export const NO_NODE = -1 as NodeId;

export function podId(row: number, generation: number): PodId {
	return ((generation % GENERATIONS) * 2 ** ROW_BITS + row) as PodId;
}

export function rowOf(pod: PodId): number {
	return pod & ROW_MASK;
}
