/**
 * Allocs: parts of machines that are reserved and in which tasks run; an alloc set is a group of them (Borg paper, section 2.4). "The
 * resources remain assigned whether or not they are used"; tasks of an alloc share what it has, and go where it goes.
 *
 * An alloc is a pod that reserves. While it has a node, it is also a node of its own: with the labels of its machine, `ALLOC_SET` and
 * a taint by the same name, so that only pods that name the set go there, and every scheduler and queue places tasks in allocs as
 * it places pods on nodes. When the alloc loses its machine its tasks are pending again, for the same reason, and find their way back into
 * the set. An alloc takes the row of one that has ended, so that a run needs as many as there are allocs at one time.
 *
 * Divergence from Borg: an alloc offers as many pods as a node does, and no GPU devices; tasks are placed when their alloc has been,
 * not together with it. Who may preempt an alloc is a matter of its own priority, whatever runs in it: production belongs in allocs of
 * production. Of an unreachable machine an alloc is given up with all its tasks at once, as one pod of the limited rate. A total over
 * all nodes counts an envelope twice unless it leaves out nodes with `NodeSpec.alloc`, as the metrics do and the shares of two-level
 * offers do not.
 */
import type { Cell } from "../cell/cell.js";
import type { EndReason, LeaveReason, NodeChange, RequeueReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import { ALLOC_SET } from "../objects/alloc.js";
import type { NodeSpec } from "../objects/spec.js";

export class Allocs {
	readonly #cell: Cell;
	/** The node that an alloc is, by the pod that it is; no entry before its first machine. */
	readonly #nodeOf = new Map<PodId, NodeId>();
	/** Allocs on a machine. */
	readonly #on = new Map<NodeId, Set<PodId>>();
	/** Nodes of allocs that have ended. */
	readonly #free: NodeId[] = [];
	#made = 0;

	/** Watches the cell, after whatever takes pods in on nodes. */
	constructor(cell: Cell) {
		this.#cell = cell;
		cell.watch({
			nodeChanged: (node, change) => this.#machineChanged(node, change),
			podBound: (pod, node) => this.#bound(pod, node),
			podLeaving: (pod, _node, reason) => this.#leaving(pod, reason),
			podRequeued: (pod, node, reason) => this.#lost(pod, node, reason),
			podEnded: (pod, node, reason) => this.#ended(pod, node, reason),
		});
	}

	/** The tasks in an alloc; none for another pod. */
	inside(alloc: PodId): readonly PodId[] {
		const node = this.#nodeOf.get(alloc);
		return node === undefined ? [] : [...this.#cell.podsOn(node)];
	}

	#bound(pod: PodId, machine: NodeId): void {
		const { podClass, name, node: stays } = this.#cell.pod(pod);
		const { alloc } = podClass.spec.facts;
		if (alloc === undefined || stays !== machine) return;
		const { labels, unschedulable } = this.#cell.nodes.specs[machine]!;
		const known = this.#nodeOf.get(pod) ?? this.#free.pop();
		const spec: NodeSpec = {
			name: known === undefined ? `alloc-${this.#made++}` : this.#cell.nodes.specs[known]!.name,
			labels: { ...labels, [ALLOC_SET]: alloc, [ALLOC]: name },
			taints: [{ key: ALLOC_SET, value: alloc, effect: "NoSchedule" }],
			unschedulable,
			allocatable: podClass.spec.requests,
			gpu: null,
			alloc,
		};
		const on = this.#on.get(machine) ?? new Set();
		this.#on.set(machine, on.add(pod));
		if (known !== undefined) this.#cell.updateNode(known, spec);
		const node = known ?? this.#cell.addNode(spec);
		this.#nodeOf.set(pod, node);
		this.#cell.setNodeReady(node, true);
	}

	/** An alloc was told to go: so are those in it, and nobody comes to it. */
	#leaving(pod: PodId, reason: LeaveReason): void {
		const node = this.#nodeOf.get(pod);
		if (node === undefined) return;
		const tasks = this.inside(pod);
		this.#cell.setNodeReady(node, "unreachable");
		for (const task of tasks) this.#cell.stopPod(task, reason === "deleted" ? "alloc-ended" : reason);
	}

	#lost(pod: PodId, machine: NodeId, reason: RequeueReason): void {
		const node = this.#nodeOf.get(pod);
		if (node === undefined) return;
		this.#on.get(machine)?.delete(pod);
		const tasks = this.inside(pod);
		this.#cell.setNodeReady(node, "unreachable");
		for (const task of tasks) this.#cell.requeuePod(task, reason);
	}

	#ended(pod: PodId, machine: NodeId, reason: EndReason): void {
		const node = this.#nodeOf.get(pod);
		if (node === undefined) return;
		this.#lost(pod, machine, reason === "node-lost" ? reason : "alloc-ended");
		this.#nodeOf.delete(pod);
		this.#free.push(node);
	}

	/** What is true of a machine is true of the allocs on it. */
	#machineChanged(machine: NodeId, change: NodeChange): void {
		const { nodes, pods } = this.#cell;
		for (const alloc of this.#on.get(machine) ?? []) {
			if (change !== "node-updated" && pods.leaving[rowOf(alloc)] !== 0) continue;
			const node = this.#nodeOf.get(alloc)!;
			if (change === "node-ready") this.#cell.setNodeReady(node, true);
			else if (change === "node-unreachable") this.#cell.setNodeReady(node, "unreachable");
			else if (change === "node-updated") {
				const { labels, unschedulable } = nodes.specs[machine]!;
				const before = nodes.specs[node]!;
				const own = { [ALLOC_SET]: before.labels[ALLOC_SET]!, [ALLOC]: before.labels[ALLOC]! };
				this.#cell.updateNode(node, { ...before, unschedulable, labels: { ...labels, ...own } });
			}
		}
	}
}

/** Label of an alloc's node: the name of the pod that it is. */
const ALLOC = "cellsim.io/alloc";
