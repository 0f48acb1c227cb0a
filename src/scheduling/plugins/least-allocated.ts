import { allocationScore, allocationScores } from "../allocation-score.js";
import type { ScorePlugin } from "../plugin.js";

/** Prefers nodes whose own capacity stays freest, in Kubernetes' integer arithmetic (NodeResourcesFit, LeastAllocated). */
export const leastAllocated: ScorePlugin = {
	name: "least-allocated",
	summary: "Prefers the node whose own capacity stays freest, as Kubernetes' LeastAllocated.",
	score: (pod, node) => allocationScore(pod, node, freeShare),
	scoreAll: (pod, nodes, candidates, scores, weight) =>
		allocationScores(pod, nodes, candidates, scores, weight, freeShare),
};

function freeShare(allocatable: number, used: number): number {
	return Math.floor(((allocatable - used) * 100) / allocatable);
}
