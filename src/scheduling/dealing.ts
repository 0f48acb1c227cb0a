/** Deals nodes out evenly by their order of addition alone, so that a node's part is known when it comes and never changes. */
import type { NodeId } from "../cell/ids.js";

/**
 * A number in [0, 1) for each node, by a golden-ratio sequence (additive recurrence): every stretch of the order of addition, hence
 * every group of equal nodes, is cut in the same proportions by any bounds between 0 and 1.
 */
export function dealtAt(node: NodeId): number {
	return ((node + 0.5) * GOLDEN) % 1;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
