/** What pods count as in scores: their requests, or the usual amounts where a container requests nothing. */
import type { NodeColumns } from "../../cell/node-columns.js";
import type { NodeView } from "../../cell/node-view.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { PodClass } from "../../objects/pod-class.js";
import { usualScoredRequests } from "../../objects/pod-demands.js";
import type { ResourceList } from "../../objects/resources.js";

export interface ScoredPod {
	/** While it is to be placed. */
	readonly incoming: ResourceList;
	/** Once it has a node. */
	readonly cpu: number;
	readonly memory: number;
}

const known = new WeakMap<PodClass, ScoredPod>();

export function scoredPod(pod: PodClass): ScoredPod {
	let scored = known.get(pod);
	if (scored === undefined) known.set(pod, (scored = read(pod)));
	return scored;
}

interface ScoredSum {
	/** The list that was added up; it never changes. */
	readonly pods: readonly PlacedPod[];
	readonly cpu: number;
	readonly memory: number;
}

/** By node: the sum of the list that was asked for last. */
const sums = new WeakMap<NodeColumns, ScoredSum[]>();

/** cpu and memory that the pods of a node count as together. */
export function scoredSum({ columns, id, pods }: NodeView): ScoredSum {
	let known = sums.get(columns);
	if (known === undefined) sums.set(columns, (known = []));
	const last = known[id];
	if (last !== undefined && last.pods === pods) return last;
	return (known[id] = changed(last ?? NOTHING, pods));
}

const NOTHING: ScoredSum = { pods: [], cpu: 0, memory: 0 };

/** The sum of another list, by what only one of the two has: mostly a pod that came to the end, or one that left. */
function changed(last: ScoredSum, pods: readonly PlacedPod[]): ScoredSum {
	let { cpu, memory } = last;
	let shared = 0;
	for (const pod of last.pods) {
		if (pod === pods[shared]) {
			shared++;
			continue;
		}
		const scored = scoredPod(pod.podClass);
		cpu -= scored.cpu;
		memory -= scored.memory;
	}
	for (let i = shared; i < pods.length; i++) {
		const scored = scoredPod(pods[i]!.podClass);
		cpu += scored.cpu;
		memory += scored.memory;
	}
	return { pods, cpu, memory };
}

function read({ spec: { facts, requests } }: PodClass): ScoredPod {
	const scored = facts.demands?.scored;
	const incoming = scored?.incoming ?? usualScoredRequests(requests);
	const { cpu = 0, memory = 0 } = scored?.placed ?? incoming;
	return { incoming, cpu, memory };
}
