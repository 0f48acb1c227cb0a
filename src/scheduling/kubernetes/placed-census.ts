/** Which pods came to nodes and left them since the last look, assumed ones included: for sums over all pods that have a node. */
import type { NodeId } from "../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";

/** Who sums up. */
export interface PlacedSums {
	/** Everything is counted anew from here on. */
	restart(): void;
	/** A pod has come to a node (1) or left it (-1). */
	moved(pod: PlacedPod, change: 1 | -1): void;
}

export class PlacedCensus {
	readonly #sums: PlacedSums;
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	readonly #lists: (readonly PlacedPod[])[] = [];

	constructor(sums: PlacedSums) {
		this.#sums = sums;
	}

	/** Takes in what changed since the last call. Lists of pods must be kept (`tracksPods`). */
	follow(nodes: NodeColumns): void {
		if (this.#nodes !== nodes) {
			this.#nodes = nodes;
			this.#cursor = new TouchCursor();
			this.#lists.length = 0;
			this.#sums.restart();
		}
		nodes.visitTouched(this.#cursor, this.#look);
	}

	readonly #look = (node: NodeId): void => {
		const before = this.#lists[node] ?? NO_PODS;
		const after = this.#nodes!.placed[node]!;
		if (before === after) return;
		this.#lists[node] = after;
		for (const pod of before) this.#sums.moved(pod, -1);
		for (const pod of after) this.#sums.moved(pod, 1);
	};
}

const NO_PODS: readonly PlacedPod[] = [];
