/** Schedulers that place the pods of a job one after the other, each on what the ones before it left. */
import { NO_NODE, type NodeId } from "../cell/ids.js";
import type { NodeColumns } from "../cell/node-columns.js";
import type { PodView } from "../cell/pod-view.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { Placement } from "../cell/transaction.js";
import type { Random } from "../engine/random.js";
import type { PodClass } from "../objects/pod-class.js";
import { Candidates, type FilterPlugin, RejectionTally } from "./plugin.js";
import type { Scheduler, Unplaced } from "./scheduler.js";

/** Chooses a node for one pod: a node that all `filters` accept, or -1 if there is none. */
export type PickNode = (pod: PodClass, snapshot: Snapshot, random: Random) => NodeId;

/**
 * A scheduler from a choice of node per pod. A gang that does not fit as a whole is not placed at all. When no node is
 * found, the filters are asked node by node for their reasons.
 */
export function podByPod(filters: readonly FilterPlugin[], pick: PickNode): Scheduler {
	return {
		decide(pods, snapshot, random) {
			if (pods.length === 1) {
				const node = pick(pods[0]!.podClass, snapshot, random);
				if (node !== NO_NODE) return { placements: [snapshot.assume(pods[0]!, node)], unplaced: NOBODY };
				return { placements: NOTHING, unplaced: [unplacedFor(pods[0]!, snapshot, filters)] };
			}
			const placements: Placement[] = [];
			const unplaced: Unplaced[] = [];
			let failed: PodClass | null = null;
			for (const pod of pods) {
				const node = pod.podClass === failed ? NO_NODE : pick(pod.podClass, snapshot, random);
				if (node !== NO_NODE) {
					placements.push(snapshot.assume(pod, node));
					continue;
				}
				failed = pod.podClass;
				const same = unplaced.find((other) => other.pod.podClass === failed);
				unplaced.push(same ? { ...same, pod } : unplacedFor(pod, snapshot, filters));
				if (pod.job.gang) return { placements: [], unplaced: abandon(pods, pod, placements, unplaced, snapshot) };
			}
			return { placements, unplaced };
		},
	};
}

const NOTHING: readonly Placement[] = [];
const NOBODY: readonly Unplaced[] = [];

function unplacedFor(pod: PodView, snapshot: Snapshot, filters: readonly FilterPlugin[]): Unplaced {
	const { counts, nodes } = tallyRejections(pod.podClass, snapshot, filters);
	return { pod, rejections: counts, nodes };
}

/** Asks the filters about every node; the first that rejects a node gives the reasons, as in Kubernetes. */
export function tallyRejections(pod: PodClass, snapshot: Snapshot, filters: readonly FilterPlugin[]): RejectionTally {
	const tally = new RejectionTally();
	const { nodes } = snapshot;
	const candidates = new Candidates();
	candidates.clear(nodes);
	for (let n = 0; n < nodes.count; n++) if (nodes.present[n] === 1) candidates.add(n as NodeId);
	tally.nodes = candidates.count;
	for (const filter of filters) {
		if (candidates.count === 0) break;
		if (filter.skips?.(pod, nodes)) continue;
		if (filter.sift) filter.sift(pod, nodes, candidates, tally);
		else siftOneByOne(filter, pod, nodes, candidates, tally);
	}
	return tally;
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
