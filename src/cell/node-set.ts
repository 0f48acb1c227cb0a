import type { NodeId } from "./ids.js";

/** A set of nodes for many additions: a list, and a byte a node that says who is in it. */
export class NodeSet {
	/** In the order in which they came. */
	nodes: NodeId[] = [];
	#has = new Uint8Array(64);

	add(node: NodeId): void {
		if (node >= this.#has.length) this.#grow(node);
		if (this.#has[node] === 1) return;
		this.#has[node] = 1;
		this.nodes.push(node);
	}

	/** Takes out nodes that are in it. Linear in the size of the set. */
	remove(nodes: readonly NodeId[]): void {
		for (const node of nodes) this.#has[node] = 0;
		this.nodes = this.nodes.filter((node) => this.#has[node] === 1);
	}

	clear(): void {
		for (const node of this.nodes) this.#has[node] = 0;
		this.nodes.length = 0;
	}

	#grow(node: NodeId): void {
		const has = new Uint8Array(2 ** Math.ceil(Math.log2(node + 1)));
		has.set(this.#has);
		this.#has = has;
	}
}
