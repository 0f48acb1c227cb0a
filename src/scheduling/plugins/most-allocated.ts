import { allocationScore, allocationScores } from "../allocation-score.js";
import type { ScorePlugin } from "../plugin.js";

/** Prefers nodes whose own capacity gets fullest, in Kubernetes' integer arithmetic (NodeResourcesFit, MostAllocated). */
export const mostAllocated: ScorePlugin = {
	name: "most-allocated",
	summary: "Prefers the node whose own capacity gets fullest, as Kubernetes' MostAllocated.",
	score: (pod, node) => allocationScore(pod, node, usedShare),
	scoreAll: (pod, nodes, candidates, scores, weight) =>
		allocationScores(pod, nodes, candidates, scores, weight, usedShare),
};

function usedShare(allocatable: number, used: number): number {
	return Math.floor((used * 100) / allocatable);
}
