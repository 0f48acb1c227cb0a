/** Pods that are held back: they get nodes and are made ready there, and start when they are told to (`PodTiming.held`). */
import type { ChangeFeed } from "./changes.js";
import { type NodeId, type PodId, rowOf } from "./ids.js";
import { BOUND, type PodTable } from "./pod-table.js";

export class Holds {
	readonly #pods: PodTable;
	readonly #feed: ChangeFeed;

	constructor(pods: PodTable, feed: ChangeFeed) {
		this.#pods = pods;
		this.#feed = feed;
	}

	/** The pod may start, now or when it has a node; nothing for one that is not held back. */
	release(pod: PodId): void {
		const row = rowOf(pod);
		const arrival = this.#pods.arrivals[row]!;
		if (arrival.timing?.held !== true) return;
		this.#pods.arrivals[row] = { ...arrival, timing: { ...arrival.timing, held: false } };
		if (this.#pods.phase[row] === BOUND) this.#feed.podReleased(pod, this.#pods.node[row]! as NodeId);
	}
}
