/**
 * What was found out about nodes, by task or by class of tasks: the total score of each node that was looked at, and how often the node had
 * changed by then. Borg "caches the scores until the properties of the machine or task change" (section 3.4).
 */
import type { PodId } from "../../cell/ids.js";
import type { PodClass } from "../../objects/pod-class.js";

/** Bytes that are kept at most; beyond it what was asked for longest ago goes. */
const MAX_BYTES = 256 * 2 ** 20;
const BYTES_PER_NODE = 12;
/** So many are kept however large the cell is: a decision uses several side by side. */
const LEAST = 64;

/** For whom it was found out: one task, or all of its equivalence class. */
export type ScoreKey = PodId | PodClass;

export interface NodeScores {
	/** What the task asks for. */
	pod: PodClass;
	/** By node: total score, REJECTED where the task may not go. Means something where `at` is not 0. */
	readonly totals: Float64Array;
	/** By node: what `NodeChanges.count` was when the total was made; 0 where there is none. */
	readonly at: Int32Array;
}

export class KeptScores {
	/** The one asked for longest ago first. */
	readonly #kept = new Map<ScoreKey, NodeScores>();
	/** Arrays to use again. */
	readonly #vacant: NodeScores[] = [];
	#size = 0;

	/** Everything is worthless from here on; there is room for so many nodes. */
	startOver(size: number): void {
		if (size !== this.#size) this.#vacant.length = 0;
		else for (const scores of this.#kept.values()) this.#vacant.push(scores);
		this.#kept.clear();
		this.#size = size;
	}

	/** The scores for a task or its class, which asks for this; at first those of no node. */
	of(key: ScoreKey, pod: PodClass): NodeScores {
		let scores = this.#kept.get(key);
		if (scores !== undefined) {
			this.#kept.delete(key);
			// Ids of tasks come back after a while, and what a task asks for may change.
			if (scores.pod !== pod) scores.at.fill(0);
			scores.pod = pod;
		} else {
			const { size } = this.#kept;
			if (size >= LEAST && (size + 1) * BYTES_PER_NODE * this.#size > MAX_BYTES) this.#forgetOldest();
			scores = this.#vacant.pop();
			if (scores === undefined) scores = { pod, totals: new Float64Array(this.#size), at: new Int32Array(this.#size) };
			else scores.at.fill(0);
			scores.pod = pod;
		}
		this.#kept.set(key, scores);
		return scores;
	}

	/** The task has its node, or is not asked about again. */
	forget(key: ScoreKey): void {
		const scores = this.#kept.get(key);
		if (scores === undefined) return;
		this.#kept.delete(key);
		this.#vacant.push(scores);
	}

	#forgetOldest(): void {
		for (const key of this.#kept.keys()) {
			this.forget(key);
			return;
		}
	}
}
