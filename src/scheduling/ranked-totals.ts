/**
 * A total for each node, and where the highest are. Nodes are taken together in blocks; of each block the highest total is known, and
 * found anew when it is asked for after a change. The best nodes then cost a look at each block, and at the nodes of a few.
 */
import { NO_NODE, type NodeId } from "../cell/ids.js";
import type { Random } from "../engine/random.js";

/** The total of a node that some filter rejects. */
export const REJECTED = Number.NEGATIVE_INFINITY;

/** A block is 2^6 nodes: of 10,000 nodes, as many blocks as there are nodes in two of them. */
const BLOCK_BITS = 6;
const BLOCK = 1 << BLOCK_BITS;

export class RankedTotals {
	/** By node. Whoever writes here says so with `changed` or `allChanged`. */
	readonly totals: Float64Array;
	/** By block: its highest total, unless it is stale. */
	readonly #highest: Float64Array;
	readonly #stale: Uint8Array;
	/** The total of the worst node that the last draw gathered. */
	#floor = REJECTED;

	/** Room for so many nodes, which all have the total 0. */
	constructor(nodes: number) {
		const blocks = Math.ceil(nodes / BLOCK);
		this.totals = new Float64Array(nodes);
		this.#highest = new Float64Array(blocks);
		this.#stale = new Uint8Array(blocks).fill(1);
	}

	/** The total of the node is another. A node that was not there before is changed as well. */
	changed(node: NodeId): void {
		this.#stale[node >> BLOCK_BITS] = 1;
	}

	allChanged(): void {
		this.#stale.fill(1);
	}

	/** The node with the highest total among the first `count`, of equals the one added first; -1 if all are rejected. */
	best(count: number): NodeId {
		const highest = this.#highest;
		this.#catchUp(count);
		let most = REJECTED;
		let block = -1;
		for (let b = 0; b < count / BLOCK; b++) {
			if (highest[b]! <= most) continue;
			most = highest[b]!;
			block = b;
		}
		return block < 0 ? NO_NODE : (this.totals.indexOf(most, block << BLOCK_BITS) as NodeId);
	}

	/**
	 * One of the `top` best among the first `count` nodes, each as likely as any other; -1 if all are rejected. Of equals, the one added
	 * first is the better.
	 */
	draw(top: TopNodes, count: number, random: Random): NodeId {
		this.#catchUp(count);
		// Totals change little from one draw to the next: nearly always there are enough nodes as good as the best were then.
		this.#gather(top, count, this.#floor);
		if (top.found < top.size && this.#floor > REJECTED) this.#gather(top, count, REJECTED);
		if (top.bar > REJECTED) this.#floor = top.bar;
		return top.found === 0 ? NO_NODE : (top.nodes[random.integer(Math.min(top.found, top.size))]! as NodeId);
	}

	/** The best of the nodes whose total is `floor` or more. */
	#gather(top: TopNodes, count: number, floor: number): void {
		const highest = this.#highest;
		const { totals } = this;
		top.clear();
		for (let b = 0; b < count / BLOCK; b++) {
			if (highest[b]! <= top.bar || highest[b]! < floor) continue;
			const end = Math.min(count, (b + 1) * BLOCK);
			for (let n = b * BLOCK; n < end; n++) {
				const total = totals[n]!;
				if (total > top.bar && total >= floor) top.add(n as NodeId, total);
			}
		}
	}

	#catchUp(count: number): void {
		const { totals } = this;
		const stale = this.#stale;
		for (let b = 0; b < count / BLOCK; b++) {
			if (stale[b] === 0) continue;
			stale[b] = 0;
			const end = Math.min(count, (b + 1) * BLOCK);
			let most = REJECTED;
			for (let n = b * BLOCK; n < end; n++) if (totals[n]! > most) most = totals[n]!;
			this.#highest[b] = most;
		}
	}
}

/** The best nodes, kept sorted while totals are looked through: there are few, and most nodes are worse than the worst of them. */
export class TopNodes {
	/** How many are asked for. */
	readonly size: number;
	found = 0;
	/** Only a higher total than this gets in; REJECTED while there is room. */
	bar = REJECTED;
	/** The best first; some more than are asked for. */
	readonly nodes: Int32Array;
	readonly #totals: Float64Array;

	constructor(size: number) {
		this.size = size;
		const room = size + Math.ceil(size / 2);
		this.nodes = new Int32Array(room);
		this.#totals = new Float64Array(room);
	}

	clear(): void {
		this.found = 0;
		this.bar = REJECTED;
	}

	/** A node whose total is above the bar; nodes come in the order in which they were added to the cell. */
	add(node: NodeId, total: number): void {
		const totals = this.#totals;
		const { nodes } = this;
		let at = this.found < totals.length ? this.found++ : totals.length - 1;
		for (; at > 0 && totals[at - 1]! < total; at--) {
			totals[at] = totals[at - 1]!;
			nodes[at] = nodes[at - 1]!;
		}
		totals[at] = total;
		nodes[at] = node;
		if (this.found === totals.length) this.bar = totals[this.found - 1]!;
	}
}
