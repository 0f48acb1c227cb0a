/**
 * One attempt to place one pod: PreFilter, Filter, PreScore, Score, NormalizeScore (pkg/scheduler/schedule_one.go). The readable
 * form: every node is asked by every plugin, and everything that was said is kept.
 *
 * Divergence from Kubernetes: nodes are looked at one after the other, so that with sampling the first feasible ones are found,
 * as with `parallelism: 1`. A node that is not healthy is turned down at once, where the real one waits for its taint.
 */
import type { NodeId } from "../../cell/ids.js";
import type { NodeView } from "../../cell/node-view.js";
import { Trial } from "../../cell/trial.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Rejection } from "../plugin.js";
import type { CycleView, ForkedFilter, Known, KubernetesPlugin, NodeFilter } from "./plugin.js";
import { priorityOf } from "./priority.js";
import type { Profile, WeightedPlugin } from "./profile.js";

/** What one plugin said against a node, or against the pod as a whole. */
export interface PluginRejection {
	readonly plugin: string;
	readonly rejection: Rejection;
}

export interface RejectedNode extends PluginRejection {
	readonly node: NodeId;
}

export interface PluginScores {
	readonly plugin: string;
	readonly weight: number;
	/** As the plugin gave them, by feasible node. */
	readonly raw: Float64Array;
	/** 0..100. */
	readonly normalized: Float64Array;
}

/** Everything that was found out about a pod and the nodes. */
export interface Findings {
	/** Why no node was looked at, or null. */
	readonly preFilterRejected: PluginRejection | null;
	/** Whether no node can be looked at either to find pods to stop: filters have not heard of the pod. */
	readonly stranded: boolean;
	/** The only nodes that were looked at, by name; null for all. */
	readonly only: ReadonlySet<string> | null;
	/** Plugins that narrowed the search down to names. */
	readonly narrowedBy: readonly string[];
	/** Nodes that passed every filter, in the order of the search. */
	readonly feasible: readonly NodeId[];
	/** Nodes that did not. */
	readonly rejected: readonly RejectedNode[];
	/** Empty unless there are at least two feasible nodes. */
	readonly scores: readonly PluginScores[];
	/** Weighted sums by feasible node; empty where `scores` is. */
	readonly totals: Float64Array;
	/** The feasible nodes with the highest total, in order of addition. */
	readonly best: readonly NodeId[];
	/** Where the next search begins. */
	readonly nextStart: number;
	/** The filters of this attempt, for trials. */
	readonly filters: ActiveFilters;
}

/** What an attempt starts from. */
export interface Search {
	readonly profile: Profile;
	readonly view: CycleView;
	/** Position in the order at which the search begins. */
	readonly start: number;
}

export function findNodes(search: Search): Findings {
	const { profile, view, start } = search;
	const prepared = prepare(profile.preFilters, profile.filters, view);
	const none = { feasible: [], rejected: [], scores: [], totals: NO_SCORES, best: [], nextStart: start, ...prepared };
	if (prepared.preFilterRejected !== null) return none;
	const rejected = new Map<NodeId, RejectedNode>();
	const accepted = (node: NodeId): boolean => {
		const rejection = filterWithNominated(prepared.filters, view, node);
		if (rejection !== null) rejected.set(node, { node, ...rejection });
		return rejection === null;
	};
	const nominated = view.nominations.nodeOf(view.podId);
	if (nominated !== undefined && view.nodes.present[nominated] === 1 && accepted(nominated))
		return { ...none, feasible: [nominated], best: [nominated] };
	const candidates = candidatesOf(view, prepared.only);
	const wanted = nodesToFind(candidates.length, profile.percentageOfNodesToScore);
	const feasible: NodeId[] = [];
	for (let i = 0; i < candidates.length; i++) {
		const node = candidates[(start + i) % candidates.length]!;
		if (!accepted(node)) continue;
		// One more than wanted is found before the search stops, and counts for nothing.
		if (feasible.length === wanted) break;
		feasible.push(node);
	}
	const nextStart = (start + feasible.length + rejected.size) % view.order.length;
	const found = { ...none, feasible, rejected: [...rejected.values()], nextStart };
	if (feasible.length < 2) return { ...found, best: feasible };
	const scores = scoreNodes(profile.scores, view, feasible);
	const totals = new Float64Array(feasible.length);
	for (const { weight, normalized } of scores)
		for (let i = 0; i < totals.length; i++) totals[i]! += weight * normalized[i]!;
	return { ...found, scores, totals, best: bestOf(feasible, totals) };
}

export const NO_SCORES = new Float64Array(0);

/** Filters that have something to say about this pod, in order. */
export type ActiveFilters = readonly { readonly plugin: string; readonly filter: NodeFilter }[];

export interface PreparedFilters {
	readonly preFilterRejected: PluginRejection | null;
	readonly stranded: boolean;
	readonly only: ReadonlySet<string> | null;
	readonly narrowedBy: readonly string[];
	readonly filters: ActiveFilters;
}

/** What the filters of a profile say of a pod, for whoever looks for no node. */
export function preparedFilters({ preFilters, filters }: Profile, view: CycleView): PreparedFilters {
	return prepare(preFilters, filters, view);
}

/** Runs the PreFilters; a plugin that is not among the filters may still reject the pod as a whole. */
function prepare(
	preFilters: readonly KubernetesPlugin[],
	filters: readonly KubernetesPlugin[],
	view: CycleView,
): PreparedFilters {
	const active = new Map<string, NodeFilter>();
	const asked = () =>
		filters.flatMap(({ name }) => {
			const filter = active.get(name);
			return filter === undefined ? [] : [{ plugin: name, filter }];
		});
	const narrowedBy: string[] = [];
	let only: ReadonlySet<string> | null = null;
	for (const [i, { name, filter, turnsDown }] of preFilters.entries()) {
		const rejected = turnsDown?.(view) ?? null;
		if (rejected !== null) {
			const stranded = preFilters.slice(i).some((plugin) => plugin.filter !== undefined);
			return { ...turnedDown(name, rejected), stranded, filters: stranded ? [] : asked() };
		}
		const prepared = filter?.(view) ?? "skip";
		if (prepared === "skip") continue;
		if ("rejected" in prepared) return turnedDown(name, prepared.rejected);
		active.set(name, prepared.filter);
		if (prepared.only === undefined) continue;
		narrowedBy.push(name);
		only = intersection(only, prepared.only);
		if (only.size > 0) continue;
		const several = narrowedBy.length > 1;
		const reason = `node(s) didn't satisfy plugin${several ? `(s) [${[...narrowedBy].sort().join(" ")}] simultaneously` : ` ${name}`}`;
		const rejection = { plugin: name, reasons: [reason], unresolvable: true };
		return { ...turnedDown("", rejection), only, narrowedBy };
	}
	return { preFilterRejected: null, stranded: false, only, narrowedBy, filters: asked() };
}

function turnedDown(plugin: string, rejection: Rejection): PreparedFilters {
	return { preFilterRejected: { plugin, rejection }, stranded: true, only: null, narrowedBy: [], filters: [] };
}

function intersection(a: ReadonlySet<string> | null, b: ReadonlySet<string>): ReadonlySet<string> {
	return a === null ? b : new Set([...a].filter((name) => b.has(name)));
}

/** The nodes to look at, in order. */
function candidatesOf({ nodes, order }: CycleView, only: ReadonlySet<string> | null): readonly NodeId[] {
	return only === null ? order : order.filter((node) => only.has(nodes.specs[node]!.name));
}

const FEWEST_NODES = 100;
const LOWEST_PERCENTAGE = 5;

/** How many feasible nodes are enough, of `nodes` that could be looked at. */
export function nodesToFind(nodes: number, percentage: number): number {
	if (nodes < FEWEST_NODES) return nodes;
	const percent = percentage === 0 ? Math.max(LOWEST_PERCENTAGE, 50 - Math.floor(nodes / 125)) : percentage;
	return Math.max(FEWEST_NODES, Math.floor((nodes * percent) / 100));
}

export const NOT_READY: PluginRejection = {
	plugin: "NodeReady",
	rejection: { plugin: "NodeReady", reasons: ["node(s) were not ready"], unresolvable: true },
};

/** The first filter that turns the node down, or null. */
export function filterNode(filters: ActiveFilters, node: NodeView): PluginRejection | null {
	if (!node.ready) return NOT_READY;
	for (const { plugin, filter } of filters) {
		const rejection = filter.rejects(node);
		if (rejection !== null) return { plugin, rejection };
	}
	return null;
}

/**
 * The same, with the pods that wait for the node there as well: those of at least the pod's priority, and others that keep their
 * claims. The node must do with them and without them, since they may come or not.
 */
export function filterWithNominated(filters: ActiveFilters, view: CycleView, id: NodeId): PluginRejection | null {
	return rejectedForClaims(filters, view, id) ?? filterNode(filters, view.nodes.view(id));
}

/** The first filter that turns the node down when the pods that wait for it are there, or null; null if there are none. */
export function rejectedForClaims(filters: ActiveFilters, view: CycleView, id: NodeId): PluginRejection | null {
	const { podId, nominations, keepsClaim } = view;
	const priority = priorityOf(view.pod);
	const expected = nominations
		.on(id)
		.filter((pod) => pod.id !== podId && (priorityOf(pod.podClass) >= priority || keepsClaim?.(pod) === true));
	if (expected.length === 0) return null;
	const node = view.nodes.view(id);
	const trial = new Trial(view.nodes, id);
	const forked = forkFilters(filters);
	for (const pod of expected) {
		trial.add(pod);
		movePod(forked, pod, node, 1);
	}
	const rejection = filterNode(forked, node);
	trial.end();
	return rejection;
}

/** Filters whose answers follow pods that come and go in a trial. */
export function forkFilters(filters: ActiveFilters): ActiveFilters {
	return filters.map(({ plugin, filter }) => ({ plugin, filter: filter.fork?.() ?? filter }));
}

/** Tells forked filters that a pod has come to the node (1) or left it (-1). */
export function movePod(
	forked: ActiveFilters,
	pod: Parameters<ForkedFilter["podMoved"]>[0],
	node: NodeView,
	change: 1 | -1,
): void {
	for (const { filter } of forked) (filter as Partial<ForkedFilter>).podMoved?.(pod, node, change);
}

function scoreNodes(plugins: readonly WeightedPlugin[], view: CycleView, feasible: readonly NodeId[]): PluginScores[] {
	const scores: PluginScores[] = [];
	for (const { plugin, weight } of plugins) {
		const scorer = plugin.score!(view, feasible);
		if (scorer === null) continue;
		const raw = Float64Array.from(feasible, (node) => scorer.score(view.nodes.view(node)));
		const normalized = raw.slice();
		scorer.normalize?.(normalized);
		scores.push({ plugin: plugin.name, weight, raw, normalized });
	}
	return scores;
}

function bestOf(feasible: readonly NodeId[], totals: Float64Array): readonly NodeId[] {
	let highest = Number.NEGATIVE_INFINITY;
	for (const total of totals) highest = Math.max(highest, total);
	return feasible.filter((_node, i) => totals[i] === highest).sort((a, b) => a - b);
}

/** Whether the pod may be tried at all; what keeps it back otherwise. */
export function admit({ preEnqueue }: Profile, pod: PodClass, known: Known): PluginRejection | null {
	for (const { name, admits } of preEnqueue) {
		const rejection = admits!(pod, known);
		if (rejection !== null) return { plugin: name, rejection };
	}
	return null;
}
