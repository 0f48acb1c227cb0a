/**
 * The queues on the nodes. A reservation is a place in one of them: for one certain pod, or, under late binding, for
 * whichever pod of its batch is left when its turn comes. A node's slots are its resources: a reservation has a slot when its
 * pod class fits what is free and not held. Room is held while a reservation waits for its scheduler's answer.
 *
 * Reservations are rows of typed arrays, reused; each is in at most one list of a node or of the holders, and in its batch's.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Batch } from "./batch.js";

export const NONE = -1;

/** On its way to a node, in its queue, or holding room there. */
export const TRAVELLING = 0;
export const QUEUED = 1;
export const HOLDING = 2;

export class NodeQueues {
	readonly #cell: Cell;
	/** By reservation. `pod` is -1 if it is for any pod of the batch. */
	readonly node: NodeId[] = [];
	readonly batch: Batch[] = [];
	readonly pod: PodId[] = [];
	readonly state: number[] = [];
	/** Neighbours in the node's queue or among the holders, and in the batch. */
	readonly #next: number[] = [];
	readonly #previous: number[] = [];
	readonly #nextInBatch: number[] = [];
	readonly #previousInBatch: number[] = [];
	readonly #free: number[] = [];
	/** By node. */
	readonly #head: number[] = [];
	readonly #tail: number[] = [];
	readonly #length: number[] = [];
	/** [resource][node]: amounts held; holes count as 0. */
	readonly #held: number[][] = [];
	/** By node: holders that want GPUs. Which devices they will get is not known, so nobody else gets any meanwhile. */
	readonly #gpuHolders: number[] = [];
	#firstHolder = NONE;

	constructor(cell: Cell) {
		this.#cell = cell;
	}

	/** A reservation on its way to a node. */
	add(node: NodeId, batch: Batch, pod: PodId): number {
		const r = this.#free.pop() ?? this.node.length;
		this.node[r] = node;
		this.batch[r] = batch;
		this.pod[r] = pod;
		this.state[r] = TRAVELLING;
		this.#next[r] = NONE;
		this.#previous[r] = NONE;
		this.#nextInBatch[r] = batch.first;
		this.#previousInBatch[r] = NONE;
		if (batch.first !== NONE) this.#previousInBatch[batch.first] = r;
		batch.first = r;
		batch.uses++;
		return r;
	}

	/** Ends a reservation that travels. Its batch's `uses` is the caller's to take back. */
	remove(r: number): void {
		const batch = this.batch[r]!;
		const next = this.#nextInBatch[r]!;
		const previous = this.#previousInBatch[r]!;
		if (next !== NONE) this.#previousInBatch[next] = previous;
		if (previous !== NONE) this.#nextInBatch[previous] = next;
		else batch.first = next;
		this.#free.push(r);
	}

	nextInBatch(r: number): number {
		return this.#nextInBatch[r]!;
	}

	/** The first in the node's queue, or -1. */
	head(node: NodeId): number {
		return this.#head[node] ?? NONE;
	}

	/** The one behind it in its queue, or -1. */
	behind(r: number): number {
		return this.#next[r]!;
	}

	length(node: NodeId): number {
		return this.#length[node] ?? 0;
	}

	/** Puts a travelling reservation at the end of its node's queue. */
	enqueue(r: number): void {
		const node = this.node[r]!;
		const tail = this.#tail[node] ?? NONE;
		this.state[r] = QUEUED;
		this.#previous[r] = tail;
		this.#next[r] = NONE;
		if (tail === NONE) this.#head[node] = r;
		else this.#next[tail] = r;
		this.#tail[node] = r;
		this.#length[node] = this.length(node) + 1;
	}

	/** Takes a reservation out of its node's queue; it travels again. */
	dequeue(r: number): void {
		const node = this.node[r]!;
		const next = this.#next[r]!;
		const previous = this.#previous[r]!;
		if (next === NONE) this.#tail[node] = previous;
		else this.#previous[next] = previous;
		if (previous === NONE) this.#head[node] = next;
		else this.#next[previous] = next;
		this.#length[node]!--;
		this.state[r] = TRAVELLING;
		this.#next[r] = NONE;
		this.#previous[r] = NONE;
	}

	/** Holds room for a travelling reservation. */
	hold(r: number): void {
		this.#amount(r, 1);
		this.state[r] = HOLDING;
		this.#next[r] = this.#firstHolder;
		if (this.#firstHolder !== NONE) this.#previous[this.#firstHolder] = r;
		this.#firstHolder = r;
	}

	/** Gives the room back; the reservation travels again. */
	unhold(r: number): void {
		this.#amount(r, -1);
		const next = this.#next[r]!;
		const previous = this.#previous[r]!;
		if (next !== NONE) this.#previous[next] = previous;
		if (previous !== NONE) this.#next[previous] = next;
		else this.#firstHolder = next;
		this.#next[r] = NONE;
		this.#previous[r] = NONE;
		this.state[r] = TRAVELLING;
	}

	/** All reservations that hold room, the latest first. */
	*holders(): IterableIterator<number> {
		for (let r = this.#firstHolder; r !== NONE; r = this.#next[r]!) yield r;
	}

	/** Whether a pod of the class could start on the node now: it fits what is free and not held. */
	fits(podClass: PodClass, node: NodeId): boolean {
		const { nodes } = this.#cell;
		if (!nodes.fits(podClass, node)) return false;
		if (podClass.gpuCount > 0 && (this.#gpuHolders[node] ?? 0) > 0) return false;
		const { needs, request } = podClass;
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			if (nodes.free[resource]![node]! - (this.#held[resource]?.[node] ?? 0) < request[resource]!) return false;
		}
		return true;
	}

	/** What a probe reads: 0 if a pod of the class could start now, otherwise 1 and those that wait before it. */
	load(podClass: PodClass, node: NodeId): number {
		const waiting = this.length(node);
		return waiting === 0 && this.fits(podClass, node) ? 0 : 1 + waiting;
	}

	#amount(r: number, sign: 1 | -1): void {
		const node = this.node[r]!;
		const { needs, request, gpuCount } = this.batch[r]!.podClass;
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			const held = (this.#held[resource] ??= []);
			held[node] = (held[node] ?? 0) + sign * request[resource]!;
		}
		if (gpuCount > 0) this.#gpuHolders[node] = (this.#gpuHolders[node] ?? 0) + sign;
	}
}
