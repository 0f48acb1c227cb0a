/**
 * A copy of the nodes on which an autoscaler tries what would be: nodes come, pods are put on nodes and taken off. The filters of a
 * scheduler say what fits; nobody else hears of it.
 *
 * Divergence from Kubernetes: autoscalers copy what their informers have seen; this is the cell as it is, some milliseconds younger.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import { NodeColumns } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { NodeSpec } from "../../objects/spec.js";

/**
 * Why a pod of the class may not have a node, or null if it may; asked again once anything on the nodes has changed. A scheduler's, so it
 * comes from outside.
 */
export type PodFilters = (pod: PodClass, nodes: NodeColumns) => (node: NodeId) => readonly string[] | null;

/** A pod as far as it takes room. */
export interface TrialPod {
	readonly podClass: PodClass;
	readonly name: string;
}

interface Move {
	readonly podClass: PodClass;
	readonly node: NodeId;
	readonly devices: number;
	readonly before: NodeColumns["placed"][number];
	readonly sign: 1 | -1;
}

export class WhatIfCluster {
	readonly nodes: NodeColumns;
	readonly #cell: Cell;
	readonly #filters: PodFilters;
	readonly #moves: Move[] = [];
	/** Of pods that are not in the cell. */
	#nextId = -2;

	/** The cell must keep lists of pods (`Cell.trackPods`). */
	constructor(cell: Cell, filters: PodFilters) {
		this.#cell = cell;
		this.#filters = filters;
		this.nodes = new NodeColumns(cell.resources);
		this.nodes.tracksPods = true;
		for (let node = 0; node < cell.nodes.count; node++) this.nodes.copyNode(cell.nodes, node as NodeId);
		this.nodes.copied(cell.nodes);
	}

	/** A node that is not there, empty. */
	add(spec: NodeSpec): NodeId {
		return this.nodes.add(spec);
	}

	/** A node that was added is another one; its pods stay. */
	reshape(node: NodeId, spec: NodeSpec): void {
		this.nodes.update(node, spec);
	}

	/** The node takes no pods, and those there stay. */
	close(node: NodeId): void {
		this.nodes.setReady(node, false);
	}

	/** It does again. */
	open(node: NodeId): void {
		this.nodes.setReady(node, true);
	}

	/** Nodes that take pods. */
	*openNodes(): Generator<NodeId> {
		for (let node = 0; node < this.nodes.count; node++) if (this.nodes.ready[node] === 1) yield node as NodeId;
	}

	/** Asks about one pod; good until something is put or taken. */
	asker({ podClass }: TrialPod): (node: NodeId) => readonly string[] | null {
		return this.#filters(podClass, this.nodes);
	}

	put({ podClass, name }: TrialPod, node: NodeId): void {
		const devices = this.nodes.chooseDevices(podClass, node);
		const before = this.nodes.placed[node]!;
		this.nodes.take(podClass, node, devices, 1);
		const id = this.#nextId-- as PodId;
		this.nodes.enlist(node, { id, podClass, name, devices, sinceUs: this.#cell.nowUs, leaving: "no" });
		this.nodes.notice(node);
		this.#moves.push({ podClass, node, devices, before, sign: 1 });
	}

	/** Takes a pod of the cell off its node. */
	take(pod: PodId): void {
		const { podClass, node, devices } = this.#cell.pod(pod);
		const before = this.nodes.placed[node]!;
		this.nodes.take(podClass, node, devices, -1);
		this.nodes.delist(node, pod);
		this.nodes.notice(node);
		this.#moves.push({ podClass, node, devices, before, sign: -1 });
	}

	/** Puts the pod on the first of the nodes that will have it; -1 if none will. */
	putFirst(pod: TrialPod, nodes: Iterable<NodeId>): NodeId {
		let rejects: ReturnType<PodFilters> | null = null;
		for (const node of nodes) {
			if (!this.nodes.fits(pod.podClass, node)) continue;
			rejects ??= this.asker(pod);
			if (rejects(node) !== null) continue;
			this.put(pod, node);
			return node;
		}
		return -1 as NodeId;
	}

	/** For `undo`. */
	get mark(): number {
		return this.#moves.length;
	}

	/** Takes back all that was put and taken since the mark. */
	undo(mark: number): void {
		while (this.#moves.length > mark) {
			const { podClass, node, devices, before, sign } = this.#moves.pop()!;
			this.nodes.take(podClass, node, devices, sign === 1 ? -1 : 1);
			this.nodes.placed[node] = before;
			this.nodes.notice(node);
		}
	}
}
