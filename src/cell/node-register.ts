/** The nodes of a cell by name, and how they fare: kept together with their columns. The cell's own; it announces what is done here. */
import type { NodeSpec } from "../objects/spec.js";
import type { NodeChange } from "./changes.js";
import type { NodeId } from "./ids.js";
import type { NodeColumns } from "./node-columns.js";

export class NodeRegister {
	readonly #nodes: NodeColumns;
	readonly #byName = new Map<string, NodeId>();
	/** Nodes that are not healthy and whose pods nobody has given up. */
	readonly #unreachable = new Set<NodeId>();
	readonly #silent = new Set<NodeId>();

	constructor(nodes: NodeColumns) {
		this.#nodes = nodes;
	}

	named(name: string): NodeId | undefined {
		return this.#byName.get(name);
	}

	add(spec: NodeSpec): NodeId {
		if (this.#byName.has(spec.name)) throw new Error(`two nodes named '${spec.name}'`);
		const node = this.#nodes.add(spec);
		this.#byName.set(spec.name, node);
		return node;
	}

	/** What it means for the node to be so from now on; null if nothing changes. One that is down does not become unreachable. */
	setReady(node: NodeId, ready: boolean | "unreachable"): NodeChange | null {
		const nodes = this.#nodes;
		const unreachable = ready === "unreachable";
		const waits = this.#unreachable.has(node) && !unreachable;
		if (!waits && (nodes.ready[node] === 1) === (ready === true)) return null;
		if (nodes.present[node] === 0) return null;
		if (unreachable) this.#unreachable.add(node);
		else this.#unreachable.delete(node);
		nodes.setReady(node, ready === true);
		if (unreachable) return "node-unreachable";
		return ready ? "node-ready" : "node-not-ready";
	}

	/** Whether that is news. */
	setSilent(node: NodeId, silent: boolean): boolean {
		if (this.#nodes.present[node] === 0 || this.#silent.has(node) === silent) return false;
		if (silent) this.#silent.add(node);
		else this.#silent.delete(node);
		return true;
	}

	/** An empty node goes for good. */
	remove(node: NodeId): void {
		this.#unreachable.delete(node);
		this.#silent.delete(node);
		this.#byName.delete(this.#nodes.specs[node]!.name);
		this.#nodes.remove(node);
	}
}
