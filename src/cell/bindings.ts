/** Which pod is on which node: the columns that say so, kept together. The cell's own; it announces what is done here. */
import type { SimTime } from "../engine/time.js";
import type { ApiObjects } from "./api-objects.js";
import type { Holds } from "./holds.js";
import { NO_NODE, type NodeId, type PodId } from "./ids.js";
import type { NodeColumns } from "./node-columns.js";
import { placedPod } from "./placed-pod.js";
import { BOUND, PENDING, type PodTable } from "./pod-table.js";
import type { Placement } from "./transaction.js";

const NONE = -1;

export class Bindings {
	readonly #nodes: NodeColumns;
	readonly #pods: PodTable;
	readonly #api: ApiObjects;
	readonly #holds: Holds;
	/** Head of each node's list of pods, a row of the pod table. */
	readonly #head: number[] = [];

	constructor(nodes: NodeColumns, pods: PodTable, api: ApiObjects, holds: Holds) {
		this.#nodes = nodes;
		this.#pods = pods;
		this.#api = api;
		this.#holds = holds;
	}

	/** A new node, without pods. */
	addNode(node: NodeId): void {
		this.#head[node] = NONE;
	}

	isEmpty(node: NodeId): boolean {
		return this.#head[node] === NONE;
	}

	/** Pods bound to the node, latest binding first. */
	*podsOn(node: NodeId): IterableIterator<PodId> {
		for (let row = this.#head[node]!; row !== NONE; ) {
			const next = this.#pods.nextOnNode[row]!;
			yield this.#pods.idOf(row);
			row = next;
		}
	}

	/** Keeps a list of pods for every node from now on (`NodeColumns.placed`). */
	track(): void {
		if (this.#nodes.tracksPods) return;
		this.#nodes.tracksPods = true;
		for (let n = 0 as NodeId; n < this.#nodes.count; n++)
			for (const pod of [...this.podsOn(n)].reverse()) this.#nodes.enlist(n, placedPod(this.#pods.view(pod)));
	}

	/** Adds (1) or returns (-1) the requests of a bound pod, given by its row, on its node. */
	take(row: number, sign: 1 | -1): void {
		this.#nodes.take(this.#pods.classes[row]!, this.#pods.node[row]! as NodeId, this.#pods.devices[row]!, sign);
	}

	/** The pod gets its node; the requests are counted there already. */
	bind({ pod, node, devices }: Placement, nowUs: SimTime): void {
		const pods = this.#pods;
		const row = pods.row(pod);
		pods.phase[row] = BOUND;
		pods.node[row] = node;
		pods.devices[row] = devices;
		pods.boundUs[row] = nowUs;
		if (Number.isNaN(pods.firstBoundUs[row]!)) pods.firstBoundUs[row] = nowUs;
		if (this.#api.concerned) this.#api.podBound(pods.view(pod), this.#nodes.specs[node]!);
		this.#holds.bound(pod);
		pods.link(row, this.#head[node]!);
		this.#head[node] = row;
		if (this.#nodes.tracksPods) this.#nodes.enlist(node, placedPod(pods.view(pod)));
		this.#nodes.touch(node);
	}

	/** Takes a pod, given by its row, off the list of its node; its requests have returned. */
	unbind(row: number, node: NodeId): void {
		this.#holds.unbound(this.#pods.idOf(row));
		this.#head[node] = this.#pods.unlink(row, this.#head[node]!);
		if (this.#nodes.tracksPods) this.#nodes.delist(node, this.#pods.idOf(row));
		this.#nodes.touch(node);
	}

	/** Makes a pod pending again, after its requests have returned; the node that it leaves. */
	displace(pod: PodId): NodeId {
		const pods = this.#pods;
		const row = pods.row(pod);
		const node = pods.node[row]! as NodeId;
		this.unbind(row, node);
		pods.phase[row] = PENDING;
		pods.node[row] = NO_NODE;
		pods.devices[row] = 0;
		pods.leaving[row] = 0;
		pods.requeues[row]!++;
		pods.jobs[row]!.pending.push(pod);
		return node;
	}
}
