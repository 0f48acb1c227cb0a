/**
 * The filter-and-score cycle of kube-scheduler, for any set of plugins: filters narrow the nodes down, scores add up by
 * weight, the highest total wins, and among equals the node that was added first.
 */
import type { NodeId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { PodClass } from "../objects/pod-class.js";
import { JobScores, type WeightedJobScore } from "./job-score.js";
import type { Candidates, FilterPlugin, ScorePlugin } from "./plugin.js";
import { defaultFilters } from "./plugins/index.js";
import { type ChooseDevices, type PickNode, podByPod } from "./pod-by-pod.js";
import { TopNodes } from "./ranked-totals.js";
import type { Scheduler } from "./scheduler.js";
import { TotalCache } from "./total-cache.js";

export interface WeightedScore {
	readonly plugin: ScorePlugin;
	/** Default 1. */
	readonly weight?: number;
}

export interface PipelineOptions {
	/** Default: everything a pod can ask of a node. */
	readonly filters?: readonly FilterPlugin[];
	readonly scores: readonly WeightedScore[];
	/** Scores that look at the pod's job; default none. */
	readonly jobScores?: readonly WeightedJobScore[];
	/** Draw among so many of the best nodes; default 1, the best. */
	readonly top?: number;
	/** Which GPU devices a pod gets; default the fullest that it fits. */
	readonly devices?: ChooseDevices;
}

export function pipeline(options: PipelineOptions): Scheduler {
	const { filters = defaultFilters, scores, jobScores = [], top = 1, devices } = options;
	const cache = new TotalCache(filters, scores);
	const byJob = new JobScores(jobScores);
	const topNodes = top > 1 ? new TopNodes(top) : null;
	const readsPods = scores.some(({ plugin }) => plugin.readsPods);
	const pick: PickNode = (pod, snapshot, random, itself) => {
		if (readsPods) snapshot.trackPods();
		const { nodes } = snapshot;
		const totals = byJob.added(itself, snapshot, cache.totals(pod, nodes));
		return topNodes ? totals.draw(topNodes, nodes.count, random) : totals.best(nodes.count);
	};
	const placing = podByPod(filters, pick, devices);
	return {
		...placing,
		work: cache.work,
		judge(pod, node, snapshot) {
			if (readsPods) snapshot.trackPods();
			const { rejection } = placing.judge!(pod, node, snapshot);
			if (rejection !== null) return { rejection, scores: [] };
			const ofNode = scores.map(({ plugin, weight = 1 }) => {
				return { plugin: plugin.name, weight, score: plugin.score(pod.podClass, snapshot.nodes.view(node)) };
			});
			return { rejection, scores: [...ofNode, ...byJob.judged(pod, node, snapshot)] };
		},
	};
}

/** Leaves in `candidates` the nodes of the cell that every filter accepts. */
export function filterNodes(
	pod: PodClass,
	nodes: NodeColumns,
	filters: readonly FilterPlugin[],
	candidates: Candidates,
): void {
	candidates.reset(nodes);
	narrowCandidates(pod, nodes, filters, candidates);
}

/** Keeps those candidates that every filter accepts. They must be healthy. */
export function narrowCandidates(
	pod: PodClass,
	nodes: NodeColumns,
	filters: readonly FilterPlugin[],
	candidates: Candidates,
): void {
	for (const filter of filters) {
		if (candidates.count === 0) return;
		if (filter.skips?.(pod, nodes)) continue;
		if (filter.narrow) filter.narrow(pod, nodes, candidates);
		else narrowOneByOne(filter, pod, nodes, candidates);
	}
}

/** The column form of a filter that has none of its own. */
export function narrowOneByOne(filter: FilterPlugin, pod: PodClass, nodes: NodeColumns, candidates: Candidates): void {
	let kept = 0;
	for (let i = 0; i < candidates.count; i++) {
		const node = candidates.nodes[i]!;
		if (filter.accepts(pod, nodes.view(node as NodeId)) === null) candidates.nodes[kept++] = node;
	}
	candidates.count = kept;
}

/**
 * Adds weight x score for every candidate, by columns where the plugin can. A score that is no finite number is a fault of the
 * plugin: it would otherwise make the node vanish without a word.
 */
export function addScores(
	plugin: ScorePlugin,
	pod: PodClass,
	nodes: NodeColumns,
	candidates: Candidates,
	totals: Float64Array,
	weight: number,
): void {
	if (plugin.scoreAll) {
		plugin.scoreAll(pod, nodes, candidates, totals, weight);
		for (let i = 0; i < candidates.count; i++)
			if (!Number.isFinite(totals[i])) refuse(plugin, totals[i], nodes, candidates.nodes[i]!);
		return;
	}
	for (let i = 0; i < candidates.count; i++) {
		const node = candidates.nodes[i]! as NodeId;
		const score = plugin.score(pod, nodes.view(node));
		if (!Number.isFinite(score)) refuse(plugin, score, nodes, node);
		totals[i]! += weight * score;
	}
}

function refuse(plugin: ScorePlugin, score: unknown, nodes: NodeColumns, node: number): never {
	const name = nodes.specs[node]!.name;
	throw new Error(
		`score '${plugin.name}' gave ${String(score)} for node '${name}': a score is a finite number, 0 to 100`,
	);
}
