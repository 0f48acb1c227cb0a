/**
 * What the plugins of a pipeline said, kept. The total score of a pod class on a node depends on nothing but the class and that
 * node, so it holds until the node changes: a decision looks again only at the nodes touched since the last pod of the class.
 *
 * Totals are always made by the column forms of the plugins, for all nodes or for a few, so that a kept total and a fresh one
 * are the same to the last bit, and a decision never depends on what was kept.
 */
import type { NodeId } from "../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../cell/node-columns.js";
import type { PodClass } from "../objects/pod-class.js";
import { addScores, narrowCandidates, type WeightedScore } from "./pipeline.js";
import { Candidates, type FilterPlugin } from "./plugin.js";
import { RankedTotals, REJECTED } from "./ranked-totals.js";
import type { SchedulingWork } from "./scheduler.js";

/** Bytes of totals that one cache may hold; beyond it the class asked for longest ago goes. */
const MAX_BYTES = 64 * 2 ** 20;

interface Kept {
	readonly ranked: RankedTotals;
	readonly cursor: TouchCursor;
}

export class TotalCache {
	readonly #filters: readonly FilterPlugin[];
	readonly #scores: readonly WeightedScore[];
	/** By class, the one asked for longest ago first. */
	readonly #kept = new Map<PodClass, Kept>();
	/** The class asked for last, which needs no look-up. */
	#last: { readonly pod: PodClass; readonly kept: Kept } | null = null;
	readonly #candidates = new Candidates();
	/** By node: number of the last refresh that looked at it, so that each is looked at once. */
	#lookedAt = new Int32Array(0);
	#refreshes = 0;
	#fresh = new Float64Array(0);
	#nodes: NodeColumns | null = null;
	#yardstick = -1;
	/** What was not kept. */
	readonly work = { feasibilityEvaluations: 0, scoreEvaluations: 0 } satisfies SchedulingWork;

	constructor(filters: readonly FilterPlugin[], scores: readonly WeightedScore[]) {
		this.#filters = filters;
		this.#scores = scores;
	}

	/** Total score by node as of now, REJECTED where a filter says no. Valid until the next call. */
	totals(pod: PodClass, nodes: NodeColumns): RankedTotals {
		this.#startOver(nodes);
		const kept = this.#entry(pod, nodes);
		this.#refresh(pod, nodes, kept);
		return kept.ranked;
	}

	/** Other columns, more nodes, or a larger largest node make everything kept worthless. */
	#startOver(nodes: NodeColumns): void {
		if (this.#nodes === nodes && this.#yardstick === nodes.yardstick && nodes.count <= this.#lookedAt.length) return;
		this.#nodes = nodes;
		this.#yardstick = nodes.yardstick;
		this.#kept.clear();
		this.#last = null;
		this.#lookedAt = new Int32Array(nodes.ready.length);
		this.#fresh = new Float64Array(nodes.ready.length);
	}

	#entry(pod: PodClass, nodes: NodeColumns): Kept {
		if (this.#last?.pod === pod) return this.#last.kept;
		let kept = this.#kept.get(pod);
		if (kept) this.#kept.delete(pod);
		else kept = { ranked: this.#vacated(nodes), cursor: new TouchCursor() };
		this.#kept.set(pod, kept);
		this.#last = { pod, kept };
		return kept;
	}

	/** Room for another class: new, or that of the class asked for longest ago. */
	#vacated(nodes: NodeColumns): RankedTotals {
		const size = nodes.ready.length;
		if (this.#kept.size < Math.max(1, Math.floor(MAX_BYTES / (8 * size)))) return new RankedTotals(size);
		const [oldest, { ranked }] = this.#kept.entries().next().value!;
		this.#kept.delete(oldest);
		return ranked;
	}

	#refresh(pod: PodClass, nodes: NodeColumns, { ranked, cursor }: Kept): void {
		const { totals } = ranked;
		const candidates = this.#candidates;
		const lookedAt = this.#lookedAt;
		const refresh = ++this.#refreshes;
		candidates.clear(nodes);
		nodes.visitTouched(cursor, (node: NodeId) => {
			if (lookedAt[node] === refresh) return;
			lookedAt[node] = refresh;
			totals[node] = REJECTED;
			ranked.changed(node);
			if (nodes.ready[node] === 1) candidates.add(node);
		});
		if (candidates.count === 0) return;
		this.work.feasibilityEvaluations += candidates.count;
		narrowCandidates(pod, nodes, this.#filters, candidates);
		this.work.scoreEvaluations += candidates.count;
		const fresh = this.#fresh.fill(0, 0, candidates.count);
		for (const { plugin, weight = 1 } of this.#scores) addScores(plugin, pod, nodes, candidates, fresh, weight);
		for (let i = 0; i < candidates.count; i++) totals[candidates.nodes[i]!] = fresh[i]!;
	}
}
