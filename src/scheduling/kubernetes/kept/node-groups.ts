/**
 * The nodes of a cell, in groups of which the plugins that look beyond one node say the same; the winner of each group, by what
 * each node has on its own account, is at hand.
 *
 * Each group keeps those of its nodes that are open in a binary heap: the highest total first, then the node added first. A node
 * is in one group at most, so that one array holds the places of all.
 */
import type { NodeId } from "../../../cell/ids.js";

const NOWHERE = -1;

export class NodeGroup {
	readonly id: number;
	/** Open nodes; the best comes first. */
	readonly nodes: NodeId[] = [];
	/** Place among the groups with open nodes, or -1. */
	place = NOWHERE;

	constructor(id: number) {
		this.id = id;
	}
}

export class NodeGroups {
	/** Groups with open nodes, in no order. */
	readonly open: NodeGroup[] = [];
	/** By node: id of its group, or -1. */
	readonly groupOf: Int32Array;
	/** By node: what it has on its own account. Changed by `put` only. */
	readonly totals: Float64Array;
	/** By node: where it is in the heap of its group, or -1. */
	readonly #place: Int32Array;
	/** By id; holes for beginnings of lists of features that no node has alone. */
	readonly #groups: (NodeGroup | undefined)[] = [];
	/** Lists of features are numbered: the number of a list by that of the list without its last feature. */
	readonly #numbers = new Map<number, Map<string | number, number>>();
	#lists = 1;

	constructor(capacity: number) {
		this.groupOf = new Int32Array(capacity).fill(NOWHERE);
		this.totals = new Float64Array(capacity);
		this.#place = new Int32Array(capacity).fill(NOWHERE);
	}

	/** Ids are below. */
	get ids(): number {
		return this.#lists;
	}

	/** The id of the group that has the features of group `id` (0: none) and one more. */
	refine(id: number, feature: string | number): number {
		let numbers = this.#numbers.get(id);
		if (numbers === undefined) this.#numbers.set(id, (numbers = new Map()));
		let number = numbers.get(feature);
		if (number === undefined) numbers.set(feature, (number = this.#lists++));
		return number;
	}

	/** Moves a node to a group, or within it. */
	put(node: NodeId, id: number, total: number, open: boolean): void {
		if (open && this.groupOf[node] === id && this.#place[node] !== NOWHERE) {
			const before = this.totals[node]!;
			this.totals[node] = total;
			const { nodes } = this.#groups[id]!;
			if (total > before) this.#up(nodes, this.#place[node]!);
			else if (total < before) this.#down(nodes, this.#place[node]!);
			return;
		}
		this.close(node);
		this.groupOf[node] = id;
		this.totals[node] = total;
		if (open) this.reopen(node);
	}

	/** The node stays in its group, and cannot win. */
	close(node: NodeId): void {
		const place = this.#place[node]!;
		if (place === NOWHERE) return;
		this.#place[node] = NOWHERE;
		const group = this.#groups[this.groupOf[node]!]!;
		const { nodes } = group;
		const last = nodes.pop()!;
		if (last !== node) {
			nodes[place] = last;
			this.#place[last] = place;
			this.#up(nodes, place);
			this.#down(nodes, this.#place[last]!);
		}
		if (nodes.length > 0) return;
		const other = this.open.pop()!;
		if (other !== group) {
			this.open[group.place] = other;
			other.place = group.place;
		}
		group.place = NOWHERE;
	}

	/** A closed node can win again. */
	reopen(node: NodeId): void {
		const id = this.groupOf[node]!;
		const group = (this.#groups[id] ??= new NodeGroup(id));
		const { nodes } = group;
		if (nodes.length === 0) group.place = this.open.push(group) - 1;
		this.#place[node] = nodes.push(node) - 1;
		this.#up(nodes, nodes.length - 1);
	}

	/** The node is in no group any more. */
	remove(node: NodeId): void {
		this.close(node);
		this.groupOf[node] = NOWHERE;
	}

	/** Appends all nodes of a group that are as good as the best. */
	bestOf({ nodes }: NodeGroup, list: NodeId[]): void {
		const most = this.totals[nodes[0]!]!;
		const visit = (place: number): void => {
			if (place >= nodes.length || this.totals[nodes[place]!] !== most) return;
			list.push(nodes[place]!);
			visit(2 * place + 1);
			visit(2 * place + 2);
		};
		visit(0);
	}

	#before(a: NodeId, b: NodeId): boolean {
		const lead = this.totals[a]! - this.totals[b]!;
		return lead > 0 || (lead === 0 && a < b);
	}

	#up(nodes: NodeId[], from: number): void {
		const node = nodes[from]!;
		let place = from;
		while (place > 0) {
			const parent = (place - 1) >> 1;
			if (!this.#before(node, nodes[parent]!)) break;
			this.#set(nodes, place, nodes[parent]!);
			place = parent;
		}
		this.#set(nodes, place, node);
	}

	#down(nodes: NodeId[], from: number): void {
		const node = nodes[from]!;
		let place = from;
		for (;;) {
			let child = 2 * place + 1;
			if (child >= nodes.length) break;
			if (child + 1 < nodes.length && this.#before(nodes[child + 1]!, nodes[child]!)) child++;
			if (!this.#before(nodes[child]!, node)) break;
			this.#set(nodes, place, nodes[child]!);
			place = child;
		}
		this.#set(nodes, place, node);
	}

	#set(nodes: NodeId[], place: number, node: NodeId): void {
		nodes[place] = node;
		this.#place[node] = place;
	}
}
