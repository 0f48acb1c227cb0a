/** Schedulers that place the pods of a job one after the other, each on what the ones before it left. */
import { NO_NODE, type NodeId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { PodView } from "../cell/pod-view.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { Placement } from "../cell/transaction.js";
import type { Random } from "../engine/random.js";
import type { PodClass } from "../objects/pod-class.js";
import { Candidates, type FilterPlugin, type Rejection, RejectionTally } from "./plugin.js";
import type { Decision, Scheduler, Unplaced } from "./scheduler.js";

/**
 * Chooses a node for one pod: a node that all `filters` accept, or -1 if there is none. All but scores by job look at the pod's class
 * alone; `itself` is for these.
 */
export type PickNode = (pod: PodClass, snapshot: Snapshot, random: Random, itself: PodView) => NodeId;

/** The GPU devices that a pod gets on a node where it fits, as a bit mask; 0 for a pod without GPU. */
export type ChooseDevices = (pod: PodClass, nodes: NodeColumns, node: NodeId, random: Random) => number;

const fullestFirst: ChooseDevices = (pod, nodes, node) => nodes.chooseDevices(pod, node);

/**
 * A scheduler from a choice of node per pod, and one of devices (default: `NodeColumns.chooseDevices`). A gang that does not fit as
 * a whole is not placed at all. When no node is found, the filters are asked node by node for their reasons, if anybody hears of
 * attempts. A pod is not placed where it has crashed (`Crashes`).
 */
export function podByPod(
	filters: readonly FilterPlugin[],
	pick: PickNode,
	devices: ChooseDevices = fullestFirst,
): Scheduler {
	const placing = new Placing(filters, pick, devices);
	return {
		decide: (pods, snapshot, random) =>
			pods.length === 1 ? placing.one(pods[0]!, snapshot, random) : placing.several(pods, snapshot, random),
		judge: (pod, node, snapshot) => ({ rejection: rejectionOf(pod, node, snapshot, filters), scores: [] }),
	};
}

const NOTHING: readonly Placement[] = [];
const NOBODY: readonly Unplaced[] = [];

class Placing {
	readonly #filters: readonly FilterPlugin[];
	readonly #pick: PickNode;
	readonly #devices: ChooseDevices;

	constructor(filters: readonly FilterPlugin[], pick: PickNode, devices: ChooseDevices) {
		this.#filters = filters;
		this.#pick = pick;
		this.#devices = devices;
	}

	one(pod: PodView, snapshot: Snapshot, random: Random): Decision {
		const node = this.#choose(pod, snapshot, random);
		if (node === NO_NODE) return { placements: NOTHING, unplaced: [unplacedFor(pod, snapshot, this.#filters)] };
		return { placements: [this.#place(pod, node, snapshot, random)], unplaced: NOBODY };
	}

	several(pods: readonly PodView[], snapshot: Snapshot, random: Random): Decision {
		const placements: Placement[] = [];
		const unplaced: Unplaced[] = [];
		let failed: PodClass | null = null;
		for (const pod of pods) {
			const node = pod.podClass === failed ? NO_NODE : this.#choose(pod, snapshot, random);
			if (node !== NO_NODE) {
				placements.push(this.#place(pod, node, snapshot, random));
				continue;
			}
			const anywhere = ({ id }: PodView) => snapshot.cell.api.crashes.barred(id).size === 0;
			const alike = (other: Unplaced) => other.pod.podClass === pod.podClass && anywhere(other.pod);
			const same = anywhere(pod) ? unplaced.find(alike) : undefined;
			if (anywhere(pod)) failed = pod.podClass;
			unplaced.push(same ? { ...same, pod } : unplacedFor(pod, snapshot, this.#filters));
			if (pod.job.gang) return { placements: [], unplaced: abandon(pods, pod, placements, unplaced, snapshot) };
		}
		return { placements, unplaced };
	}

	/** The node for a pod, none of those on which it has crashed. */
	#choose(pod: PodView, snapshot: Snapshot, random: Random): NodeId {
		const { crashes } = snapshot.cell.api;
		if (crashes.empty) return this.#pick(pod.podClass, snapshot, random, pod);
		return pickElsewhere(crashes.barred(pod.id), pod, snapshot, random, this.#pick);
	}

	#place(pod: PodView, node: NodeId, snapshot: Snapshot, random: Random): Placement {
		return snapshot.assume(pod, node, this.#devices(pod.podClass, snapshot.nodes, node, random));
	}
}

/** Apart, since a function in a method makes each of its calls pay for what the function sees of it. */
function pickElsewhere(
	barred: ReadonlySet<NodeId>,
	pod: PodView,
	snapshot: Snapshot,
	random: Random,
	pick: PickNode,
): NodeId {
	return snapshot.without(barred, () => pick(pod.podClass, snapshot, random, pod));
}

/** Why a node is turned down: the first filter's reason, as for a pod that finds no node. */
function rejectionOf(
	{ id, podClass }: PodView,
	node: NodeId,
	{ cell, nodes }: Snapshot,
	filters: readonly FilterPlugin[],
): Rejection | null {
	if (cell.api.crashes.barred(id).has(node)) return CRASHED;
	for (const filter of filters) {
		const rejection = filter.skips?.(podClass, nodes) ? null : filter.accepts(podClass, nodes.view(node));
		if (rejection !== null) return rejection;
	}
	return null;
}

const NO_REASONS: ReadonlyMap<string, number> = new Map();

function unplacedFor(pod: PodView, snapshot: Snapshot, filters: readonly FilterPlugin[]): Unplaced {
	if (!snapshot.cell.hearsAttempts) return { pod, rejections: NO_REASONS, nodes: 0 };
	const barred = snapshot.cell.api.crashes.barred(pod.id);
	const { counts, nodes } = tallyRejections(pod.podClass, snapshot, filters, barred);
	return { pod, rejections: counts, nodes };
}

const CRASHED: Rejection = { plugin: "crashes", reasons: ["node(s) where the pod has crashed"], unresolvable: true };
const NOWHERE: ReadonlySet<NodeId> = new Set();

/**
 * Asks the filters about every node but the `barred`, which turn the pod down themselves; the first that rejects a node gives the
 * reasons, as in Kubernetes.
 */
export function tallyRejections(
	pod: PodClass,
	snapshot: Snapshot,
	filters: readonly FilterPlugin[],
	barred: ReadonlySet<NodeId> = NOWHERE,
): RejectionTally {
	const tally = new RejectionTally();
	const { nodes } = snapshot;
	const candidates = new Candidates();
	candidates.resetToPresent(nodes);
	tally.nodes = candidates.count;
	if (barred.size > 0) siftBarred(barred, candidates, tally);
	for (const filter of filters) {
		if (candidates.count === 0) break;
		if (filter.skips?.(pod, nodes)) continue;
		if (filter.sift) filter.sift(pod, nodes, candidates, tally);
		else siftOneByOne(filter, pod, nodes, candidates, tally);
	}
	return tally;
}

function siftBarred(barred: ReadonlySet<NodeId>, candidates: Candidates, tally: RejectionTally): void {
	let kept = 0;
	for (let i = 0; i < candidates.count; i++) {
		const node = candidates.nodes[i]!;
		if (barred.has(node as NodeId)) tally.add(CRASHED);
		else candidates.nodes[kept++] = node;
	}
	candidates.count = kept;
}

/** The column form of a filter that has none of its own. */
export function siftOneByOne(
	filter: FilterPlugin,
	pod: PodClass,
	nodes: NodeColumns,
	candidates: Candidates,
	tally: RejectionTally,
): void {
	let kept = 0;
	for (let i = 0; i < candidates.count; i++) {
		const node = candidates.nodes[i]! as NodeId;
		const rejection = filter.accepts(pod, nodes.view(node));
		if (rejection === null) candidates.nodes[kept++] = node;
		else tally.add(rejection);
	}
	candidates.count = kept;
}

/** Gives up a gang: what was assumed is forgotten, and all its pods are unplaced with the reasons of the one that failed. */
function abandon(
	pods: readonly PodView[],
	failed: PodView,
	placements: readonly Placement[],
	unplaced: readonly Unplaced[],
	snapshot: Snapshot,
): Unplaced[] {
	snapshot.forget(placements);
	const { rejections, nodes } = unplaced.find((other) => other.pod === failed)!;
	return pods.map((pod) => ({ pod, rejections, nodes }));
}
