/**
 * The two ways to have a say in a placement: filters reject nodes, scores rank those that are left.
 *
 * Both look at a pod class (identical pods get identical answers) and one node of a snapshot. The per-node form is the
 * readable definition and is required; the form over columns is optional, gives the same answer for many nodes at once, and
 * is held to the first by a property test over random cells.
 */
import type { NodeColumns } from "../cell/node-columns.js";
import type { NodeView } from "../cell/node-view.js";
import type { PodClass } from "../objects/pod-class.js";

/** Why a plugin turns a node down, in the words that kubectl users know: "Insufficient cpu". */
export interface Rejection {
	readonly plugin: string;
	readonly reasons: readonly string[];
}

export interface FilterPlugin {
	readonly name: string;
	/** True if the plugin accepts every node of these for this pod, so that it need not be asked. */
	skips?(pod: PodClass, nodes: NodeColumns): boolean;
	/** Null if the pod may run on the node. */
	accepts(pod: PodClass, node: NodeView): Rejection | null;
	/** Keeps the accepted candidates, in order. */
	narrow?(pod: PodClass, nodes: NodeColumns, candidates: Candidates): void;
}

export interface ScorePlugin {
	readonly name: string;
	/** 0 (worst) to 100 (best), for a node that all filters accepted, before the pod is placed there. */
	score(pod: PodClass, node: NodeView): number;
	/** Adds `weight` x score to `scores[i]` for candidate i. */
	scoreAll?(pod: PodClass, nodes: NodeColumns, candidates: Candidates, scores: Float64Array, weight: number): void;
}

/** Nodes still in the race, in order of node id. The arrays are reused from one pod to the next. */
export class Candidates {
	nodes = new Int32Array(0);
	count = 0;

	/** Starts over with every healthy node. */
	reset(nodes: NodeColumns): void {
		if (this.nodes.length < nodes.count) this.nodes = new Int32Array(nodes.ready.length);
		const { ready, count } = nodes;
		const list = this.nodes;
		let kept = 0;
		for (let n = 0; n < count; n++) {
			list[kept] = n;
			kept += ready[n]!;
		}
		this.count = kept;
	}
}

/** Rejections of one pod by all nodes, counted by reason. */
export class RejectionTally {
	readonly counts = new Map<string, number>();
	nodes = 0;

	add(rejection: Rejection): void {
		for (const reason of rejection.reasons) this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
	}
}
