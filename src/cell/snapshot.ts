/**
 * A private copy of the cell's nodes, on which a scheduler decides. `refresh` brings over only what changed; `assume` takes
 * resources for a placement that is decided and not yet committed, so that the next pod of the decision sees it.
 */
import type { PodClass } from "../objects/pod-class.js";
import type { Cell } from "./cell.js";
import type { NodeId, PodId } from "./ids.js";
import { NodeColumns, TouchCursor } from "./node-columns.js";
import type { PodView } from "./pod-view.js";
import type { Placement } from "./transaction.js";

export class Snapshot {
	readonly cell: Cell;
	readonly nodes: NodeColumns;
	/** Version of each node in the cell when it was last copied. */
	#seenVersion = new Int32Array(0);
	readonly #cursor = new TouchCursor();
	/** Nodes with assumptions; the first `#assumedCount` entries count. */
	readonly #assumed: NodeId[] = [];
	#assumedCount = 0;
	readonly #copy = (node: NodeId): void => {
		const from = this.cell.nodes;
		if (this.#seenVersion[node] === from.version[node] && node < this.nodes.count) return;
		this.nodes.copyNode(from, node);
		this.#seenVersion[node] = from.version[node]!;
	};

	constructor(cell: Cell) {
		this.cell = cell;
		this.nodes = new NodeColumns(cell.resources, cell.nodes.specs);
	}

	/** Makes the copy equal to the cell again; assumptions are forgotten. */
	refresh(): void {
		const from = this.cell.nodes;
		if (this.#seenVersion.length < from.count) {
			const larger = new Int32Array(from.ready.length);
			larger.set(this.#seenVersion);
			this.#seenVersion = larger;
		}
		for (let i = 0; i < this.#assumedCount; i++) {
			const node = this.#assumed[i]!;
			this.nodes.copyNode(from, node);
			this.#seenVersion[node] = from.version[node]!;
		}
		this.#assumedCount = 0;
		from.visitTouched(this.#cursor, this.#copy);
	}

	/** Whether the pod's requests fit what this copy has free. */
	fits(pod: PodClass, node: NodeId): boolean {
		return this.nodes.fits(pod, node);
	}

	/** Counts a pod on a node of the copy; the placement is for the transaction. A node where it does not fit is an error. */
	assume(pod: PodView, node: NodeId): Placement {
		if (!(node >= 0 && node < this.nodes.count))
			throw new Error(`pod '${pod.name}' was placed on node ${node}, which does not exist`);
		if (this.nodes.ready[node] === 0)
			throw new Error(`pod '${pod.name}' was placed on node '${this.nodes.view(node).name}', which is not ready`);
		if (!this.nodes.fits(pod.podClass, node))
			throw new Error(`pod '${pod.name}' was placed on node '${this.nodes.view(node).name}', where it does not fit`);
		const devices = this.nodes.chooseDevices(pod.podClass, node);
		this.nodes.take(pod.podClass, node, devices, 1);
		this.nodes.touch(node);
		this.#assumed[this.#assumedCount++] = node;
		return { pod: pod.id, node, devices, nodeVersion: this.#seenVersion[node]! };
	}

	/** Takes back assumptions: a gang that did not fit as a whole. */
	forget(placements: readonly Placement[]): void {
		for (const { pod, node, devices } of placements) {
			this.nodes.take(this.cell.pod(pod).podClass, node, devices, -1);
			this.nodes.touch(node);
		}
	}

	pod(id: PodId): PodView {
		return this.cell.pod(id);
	}
}
