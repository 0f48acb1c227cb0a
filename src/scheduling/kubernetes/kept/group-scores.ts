/** Scores of groups of nodes: plugins that normalise or look beyond one node give all nodes of a group the same. */
import type { NodeId } from "../../../cell/ids.js";
import type { NodeColumns } from "../../../cell/node-columns.js";
import type { AlikeNodes } from "../plugin.js";
import type { ClassMemory, KeptScore } from "./class-memory.js";

/** The feasible nodes of one group. */
export interface FeasibleGroup {
	readonly id: number;
	/** The best of them: of equals, the one added first. */
	node: NodeId;
	size: number;
	/** What the best has in total; without the plugins that look beyond it until `scoreGroups` has added them. */
	total: number;
}

/** What one plugin gives, by group; null where each node has its own, which is kept in `kept.raw`. */
export interface GroupScores {
	readonly kept: KeptScore;
	readonly raw: Float64Array | null;
	readonly normalized: Float64Array | null;
}

/** Adds to the totals of the groups what their nodes have in common. Groups together are all feasible nodes. */
export function scoreGroups(
	{ scores }: ClassMemory,
	groups: readonly FeasibleGroup[],
	nodes: NodeColumns,
): readonly GroupScores[] {
	const alike: readonly AlikeNodes[] = groups.map(({ node, size }) => ({ node: nodes.view(node), size }));
	return scores.flatMap((kept): GroupScores[] => {
		const { scorer, counts, raw: ofNode, weight } = kept;
		if (scorer !== null && !scorer.normalize) return [{ kept, raw: null, normalized: null }];
		const asked = scorer ?? counts!.scorer(alike);
		if (asked === null) return [];
		const raw = new Float64Array(groups.length);
		for (let i = 0; i < raw.length; i++)
			raw[i] = scorer === null ? asked.score(alike[i]!.node) : ofNode[groups[i]!.node]!;
		const normalized = raw.slice();
		asked.normalize?.(normalized);
		for (let i = 0; i < raw.length; i++) groups[i]!.total += weight * normalized[i]!;
		return [{ kept, raw, normalized }];
	});
}
