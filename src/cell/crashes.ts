/**
 * Where pods have crashed: a pod is not placed again on a node on which it did ("Borg avoids repeating task::machine pairings that
 * cause task or machine crashes", Verma et al., EuroSys 2015, section 4). Placement policies honour it (`barred`, `Snapshot.without`),
 * those that place pod by pod and `borg`; kube-scheduler and probes know no such rule, and the cell does not refuse a placement for it.
 *
 * Divergence from Borg: a pairing is remembered for as long as the pod lives, and only crashes of the pod itself are. A pod that
 * has crashed on every node that it fits on waits for another.
 */
import type { NodeId, PodId } from "./ids.js";
import type { PodView } from "./pod-view.js";

const NOWHERE: ReadonlySet<NodeId> = new Set();

export class Crashes {
	/** Whether no pod that lives has ever crashed: then nobody need ask. A plain field, since every decision looks at it. */
	empty = true;
	readonly #nodesOf = new Map<PodId, Set<NodeId>>();

	/** Whether the pod has crashed on the node. */
	has(pod: PodId, node: NodeId): boolean {
		return this.#nodesOf.get(pod)?.has(node) ?? false;
	}

	/** The nodes on which the pod has crashed. */
	barred(pod: PodId): ReadonlySet<NodeId> {
		return this.#nodesOf.get(pod) ?? NOWHERE;
	}

	/** The pod has crashed on the node. */
	add({ id, job }: PodView, node: NodeId): void {
		job.crashed = true;
		this.empty = false;
		const nodes = this.#nodesOf.get(id);
		if (nodes === undefined) this.#nodesOf.set(id, new Set([node]));
		else nodes.add(node);
	}

	/** The pod has ended. */
	forget(pod: PodId): void {
		this.#nodesOf.delete(pod);
		this.empty = this.#nodesOf.size === 0;
	}
}
