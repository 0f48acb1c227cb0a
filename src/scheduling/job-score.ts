/**
 * Scores that look at more than the pod class and the node: at the pod's job. They are asked for anew for every pod, and nothing of what
 * they say is kept.
 */
import type { NodeId } from "../cell/ids.js";
import type { PodView } from "../cell/pod-view.js";
import type { Snapshot } from "../cell/snapshot.js";
import { RankedTotals } from "./ranked-totals.js";

/** 0 (worst) to 100 (best) for a node of the snapshot. */
export type NodeScore = (node: NodeId) => number;

export interface JobScorePlugin {
	readonly name: string;
	/** One line, for `cellsim list`. */
	readonly summary: string;
	/** Makes one that remembers what it has seen of one scheduler's snapshots. */
	readonly create: () => JobScorer;
}

export interface JobScorer {
	/** The scores for one pod, good until the snapshot changes; null if they are the same everywhere. */
	forPod(pod: PodView, snapshot: Snapshot): NodeScore | null;
}

export interface WeightedJobScore {
	readonly plugin: JobScorePlugin;
	/** Default 1. */
	readonly weight?: number;
}

/** The weighted sum of several, as one. */
export class JobScores {
	#sums = new RankedTotals(0);
	readonly #scorers: readonly { readonly name: string; readonly scorer: JobScorer; readonly weight: number }[];

	constructor(scores: readonly WeightedJobScore[]) {
		this.#scorers = scores
			.filter(({ weight = 1 }) => weight !== 0)
			.map(({ plugin, weight = 1 }) => ({ name: plugin.name, scorer: plugin.create(), weight }));
	}

	/** The totals by node with the scores by job added; the very totals where these are the same everywhere. Valid until the next call. */
	added(pod: PodView, snapshot: Snapshot, totals: RankedTotals): RankedTotals {
		const score = this.forPod(pod, snapshot);
		if (score === null) return totals;
		const { count, ready } = snapshot.nodes;
		if (this.#sums.totals.length < count) this.#sums = new RankedTotals(ready.length);
		const sums = this.#sums;
		for (let n = 0; n < count; n++) sums.totals[n] = totals.totals[n]! + score(n as NodeId);
		sums.allChanged();
		return sums;
	}

	/** What each gives one node; 0 for one that is the same everywhere. */
	judged(pod: PodView, node: NodeId, snapshot: Snapshot) {
		return this.#scorers.map(({ name, scorer, weight }) => {
			return { plugin: name, weight, score: scorer.forPod(pod, snapshot)?.(node) ?? 0 };
		});
	}

	forPod(pod: PodView, snapshot: Snapshot): NodeScore | null {
		const asked: { readonly score: NodeScore; readonly weight: number }[] = [];
		for (const { scorer, weight } of this.#scorers) {
			const score = scorer.forPod(pod, snapshot);
			if (score !== null) asked.push({ score, weight });
		}
		if (asked.length === 0) return null;
		return (node) => {
			let sum = 0;
			for (let i = 0; i < asked.length; i++) sum += asked[i]!.weight * asked[i]!.score(node);
			return sum;
		};
	}
}
