/**
 * Pods that are held back: they get nodes, and start when they are told to. Those submitted so (`PodTiming.held`) are made ready on their
 * nodes meanwhile; of those of which it is found out when they get a node (`whenBound`), nothing begins there.
 */
import type { ChangeFeed } from "./changes.js";
import { type NodeId, type PodId, rowOf } from "./ids.js";
import { BOUND, type PodTable } from "./pod-table.js";

/** What a pod that is held back does not do: start, or anything. */
export type Hold = "start" | "all";

export class Holds {
	/** Whether a pod that has just got a node is held there, each time anew; null if none is. */
	whenBound: ((pod: PodId) => boolean) | null = null;
	readonly #pods: PodTable;
	readonly #feed: ChangeFeed;
	readonly #ofAll = new Set<PodId>();

	constructor(pods: PodTable, feed: ChangeFeed) {
		this.#pods = pods;
		this.#feed = feed;
	}

	/** Null if it may do everything. */
	of(pod: PodId): Hold | null {
		if (this.#ofAll.size > 0 && this.#ofAll.has(pod)) return "all";
		return this.#pods.arrivals[rowOf(pod)]!.timing?.held ? "start" : null;
	}

	/** The pod may start, now or when it has a node; nothing for one that is not held back. */
	release(pod: PodId): void {
		const row = rowOf(pod);
		const arrival = this.#pods.arrivals[row]!;
		const submitted = arrival.timing?.held === true;
		if (submitted) this.#pods.arrivals[row] = { ...arrival, timing: { ...arrival.timing, held: false } };
		if (!this.#ofAll.delete(pod) && !submitted) return;
		if (this.#pods.phase[row] === BOUND) this.#feed.podReleased(pod, this.#pods.node[row]! as NodeId);
	}

	/** The cell's own: the pod has got its node. */
	bound(pod: PodId): void {
		if (this.whenBound?.(pod)) this.#ofAll.add(pod);
	}

	/** The cell's own: the pod has left its node. */
	unbound(pod: PodId): void {
		if (this.#ofAll.size > 0) this.#ofAll.delete(pod);
	}
}
