/**
 * What nodes cost that have a price (`NodeSpec.price`): paid from the instant at which they are there until they are taken out, whether
 * they are healthy or not.
 *
 * - node_hours: of all nodes with a price.
 * - node_cost: hours times price, in the currency of the prices.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, NodeChange } from "../cell/changes.js";
import type { NodeId } from "../cell/ids.js";
import { HOUR, type SimTime } from "../engine/time.js";

export class NodeCost implements CellListener {
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	readonly #sinceUs = new Map<NodeId, SimTime>();
	#hours = 0;
	#cost = 0;
	#anyPrice = false;

	constructor(cell: Cell, warmupUs: SimTime) {
		this.#cell = cell;
		this.#warmupUs = warmupUs;
	}

	nodeChanged(node: NodeId, change: NodeChange): void {
		if (change === "node-added" && this.#cell.nodes.specs[node]!.price !== undefined) {
			this.#anyPrice = true;
			this.#sinceUs.set(node, this.#cell.nowUs);
		} else if (change === "node-removed") this.#settle(node, this.#cell.nowUs);
	}

	report(endUs: SimTime, put: (name: string, value: number) => void): void {
		if (!this.#anyPrice) return;
		for (const node of [...this.#sinceUs.keys()]) this.#settle(node, endUs);
		put("node_hours", this.#hours);
		put("node_cost", this.#cost);
	}

	#settle(node: NodeId, untilUs: SimTime): void {
		const sinceUs = this.#sinceUs.get(node);
		if (sinceUs === undefined) return;
		this.#sinceUs.delete(node);
		const hours = Math.max(0, untilUs - Math.max(sinceUs, this.#warmupUs)) / HOUR;
		this.#hours += hours;
		this.#cost += hours * this.#cell.nodes.specs[node]!.price!;
	}
}
