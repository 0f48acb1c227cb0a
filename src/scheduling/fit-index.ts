/**
 * Finds the first node that a pod fits on without looking at every node: a tree of maxima over the free amounts, one leaf a
 * node. A subtree whose maxima are too small holds no fitting node; one whose maxima suffice may still hold none (the cpu of
 * one node and the memory of another), so the search goes on until a leaf itself fits.
 */
import { NO_NODE, type NodeId } from "../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../cell/node-columns.js";
import type { PodClass } from "../objects/pod-class.js";
import { CPU, MEMORY, PODS } from "../objects/resources.js";

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
	firstFit(pod: PodClass, from: number): NodeId {
		const { needs } = pod;
		const leaves = this.#leaves;
		if (from >= leaves || needs[needs.length - 1]! >= this.#resources) return NO_NODE;
		let at = from === 0 ? 1 : leaves + from;
		for (;;) {
			if (this.#suffices(at, pod)) {
				if (at >= leaves) return (at - leaves) as NodeId;
				at *= 2;
				continue;
			}
			while (at & 1) at >>= 1;
			if (at === 0) return NO_NODE;
			at++;
		}
	}

	/** Whether the maxima at a position are as much as the pod asks for. */
	#suffices(at: number, { needs, request, plain }: PodClass): boolean {
		const most = this.#most;
		const first = at * this.#resources;
		// The loop, written out.
		if (plain)
			return (
				most[first + CPU]! >= request[CPU]! &&
				most[first + MEMORY]! >= request[MEMORY]! &&
				most[first + PODS]! >= request[PODS]!
			);
		for (let i = 0; i < needs.length; i++) if (most[first + needs[i]!]! < request[needs[i]!]!) return false;
		return true;
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
