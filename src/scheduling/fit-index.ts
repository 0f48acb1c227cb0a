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
	#resources = 0;
	/** [position x resources + resource]: most that is free on one healthy node below; -1 where there is none. */
	#most = new Float64Array(0);
	readonly #update = (node: NodeId): void => this.#updateNode(node);

	/** Catches up with what changed in the columns. Must be called before `firstFit`; other columns start the index anew. */
	follow(nodes: NodeColumns): void {
		if (this.#nodes !== nodes || nodes.count > this.#leaves || nodes.free.length !== this.#resources)
			this.#rebuild(nodes);
		else nodes.visitTouched(this.#cursor, this.#update);
	}

	/** The first node from `from` on whose free amounts fit the pod, or -1. Devices and constraints are not looked at. */
	firstFit({ needs, request }: PodClass, from: number): NodeId {
		const leaves = this.#leaves;
		const resources = this.#resources;
		const most = this.#most;
		if (from >= leaves || needs[needs.length - 1]! >= resources) return NO_NODE;
		let at = from === 0 ? 1 : leaves + from;
		for (;;) {
			const first = at * resources;
			let need = 0;
			while (need < needs.length && most[first + needs[need]!]! >= request[needs[need]!]!) need++;
			if (need === needs.length) {
				if (at >= leaves) return (at - leaves) as NodeId;
				at *= 2;
				continue;
			}
			while (at & 1) at >>= 1;
			if (at === 0) return NO_NODE;
			at++;
		}
	}

	#updateNode(node: NodeId): void {
		const nodes = this.#nodes!;
		const ready = nodes.ready[node] === 1;
		const most = this.#most;
		const resources = this.#resources;
		for (let r = 0; r < resources; r++) {
			let value = ready ? nodes.free[r]![node]! : -1;
			let at = this.#leaves + node;
			let before = most[at * resources + r]!;
			if (before === value) continue;
			most[at * resources + r] = value;
			for (; at > 1; at >>= 1) {
				const above = (at >> 1) * resources + r;
				const largest = most[above]!;
				// Most changes do not reach the parent: its maximum lies on the other side, and stays.
				if (value <= largest && before < largest) break;
				before = largest;
				value = Math.max(value, most[(at ^ 1) * resources + r]!);
				if (value === largest) break;
				most[above] = value;
			}
		}
	}

	#rebuild(nodes: NodeColumns): void {
		this.#nodes = nodes;
		this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, nodes.count)));
		this.#resources = nodes.free.length;
		this.#most = new Float64Array(2 * this.#leaves * this.#resources).fill(-1);
		this.#cursor = new TouchCursor();
		nodes.visitTouched(this.#cursor, this.#update);
	}
}
