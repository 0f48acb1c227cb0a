import { matchesTerm } from "../../objects/selector.js";
import type { PodFacts } from "../../objects/spec.js";
import type { ScorePlugin } from "../plugin.js";

/**
 * Prefers the nodes that the pod would rather have: soft constraints "act like preferences rather than requirements" (Borg paper, section
 * 2.3), declared as preferred terms of node affinity. The score is the share of their weights whose terms the node matches, in percent:
 * of terms that weigh 30 and 10, a node that matches the first alone gets 75. A pod that prefers nothing gets 0 everywhere.
 */
export const preferredNodes: ScorePlugin = {
	name: "preferred-nodes",
	summary: "Prefers nodes that match the pod's preferred node affinity, by the weights of its terms.",
	score: ({ spec }, { name, labels }) => share(spec.facts, name, labels),
	scoreAll({ spec: { facts } }, { specs }, { nodes: list, count }, scores, weight) {
		if (facts.preferredNodeTerms.length === 0) return;
		for (let i = 0; i < count; i++) {
			const { name, labels } = specs[list[i]!]!;
			scores[i]! += weight * share(facts, name, labels);
		}
	},
};

function share({ preferredNodeTerms }: PodFacts, name: string, labels: Readonly<Record<string, string>>): number {
	let matched = 0;
	let all = 0;
	for (const { weight, term } of preferredNodeTerms) {
		all += weight;
		if (matchesTerm(term, name, labels)) matched += weight;
	}
	return all === 0 ? 0 : (100 * matched) / all;
}
