/**
 * Finds the first node that a pod fits on without looking at every node: a tree of maxima over the free amounts, one leaf a
 * node. A subtree whose maxima are too small holds no fitting node; one whose maxima suffice may still hold none (the cpu of
 * one node and the memory of another), so the search goes on until a leaf itself fits.
 */
import { NO_NODE, type NodeId } from "../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../cell/node-columns.js";
import type { PodClass } from "../objects/pod-class.js";

export class FitIndex {
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	/** Leaves, a power of two; the leaf of node n is tree position leaves + n, the root is 1. */
	#leaves = 0;
	/** [resource][position]: most that is free on one healthy node below; -1 where there is none. */
	#most: Float64Array[] = [];
	readonly #update = (node: NodeId): void => this.#updateNode(node);

	/** Catches up with what changed in the columns. Must be called before `firstFit`; other columns start the index anew. */
	follow(nodes: NodeColumns): void {
		if (this.#nodes !== nodes || nodes.count > this.#leaves || nodes.free.length > this.#most.length)
			this.#rebuild(nodes);
		else nodes.visitTouched(this.#cursor, this.#update);
	}

	/** The first node from `from` on whose free amounts fit the pod, or -1. Devices and constraints are not looked at. */
	firstFit(pod: PodClass, from: number): NodeId {
		const leaves = this.#leaves;
		if (from >= leaves) return NO_NODE;
		let at = leaves + from;
		for (;;) {
			if (this.#mayFit(pod, at)) {
				if (at >= leaves) return (at - leaves) as NodeId;
				at *= 2;
				continue;
			}
			while (at & 1) at >>= 1;
			if (at === 0) return NO_NODE;
			at++;
		}
	}

	#mayFit(pod: PodClass, at: number): boolean {
		const { needs, request } = pod;
		for (let i = 0; i < needs.length; i++) {
			const resource = needs[i]!;
			const most = this.#most[resource];
			if (most === undefined || most[at]! < request[resource]!) return false;
		}
		return true;
	}

	#updateNode(node: NodeId): void {
		const nodes = this.#nodes!;
		const ready = nodes.ready[node] === 1;
		for (let r = 0; r < this.#most.length; r++) {
			const most = this.#most[r]!;
			let at = this.#leaves + node;
			let value = ready ? nodes.free[r]![node]! : -1;
			if (most[at] === value) continue;
			most[at] = value;
			for (at >>= 1; at > 0; at >>= 1) {
				const left = most[2 * at]!;
				const right = most[2 * at + 1]!;
				value = left > right ? left : right;
				if (most[at] === value) break;
				most[at] = value;
			}
		}
	}

	#rebuild(nodes: NodeColumns): void {
		this.#nodes = nodes;
		this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, nodes.count)));
		this.#most = nodes.free.map(() => new Float64Array(2 * this.#leaves).fill(-1));
		this.#cursor = new TouchCursor();
		nodes.visitTouched(this.#cursor, this.#update);
	}
}
