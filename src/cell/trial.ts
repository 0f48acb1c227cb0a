/**
 * What if: pods come to a node or leave it, filters are asked, and everything is put back. The node is not touched, so that
 * nobody who follows the columns takes the trial for a change. One trial of a node at a time.
 */
import type { NodeId } from "./ids.js";
import type { NodeColumns } from "./node-columns.js";
import type { PlacedPod } from "./placed-pod.js";

export class Trial {
	readonly node: NodeId;
	readonly #nodes: NodeColumns;
	readonly #before: readonly PlacedPod[];
	readonly #added: PlacedPod[] = [];
	readonly #removed: PlacedPod[] = [];

	constructor(nodes: NodeColumns, node: NodeId) {
		this.#nodes = nodes;
		this.node = node;
		this.#before = nodes.placed[node]!;
	}

	/** A pod comes, or comes back. Nobody asks whether it fits. */
	add(pod: PlacedPod): void {
		this.#nodes.take(pod.podClass, this.node, pod.devices, 1);
		this.#nodes.enlist(this.node, pod);
		this.#added.push(pod);
	}

	remove(pod: PlacedPod): void {
		this.#nodes.take(pod.podClass, this.node, pod.devices, -1);
		this.#nodes.delist(this.node, pod.id);
		this.#removed.push(pod);
	}

	/** Puts everything back. */
	end(): void {
		for (const pod of this.#added) this.#nodes.take(pod.podClass, this.node, pod.devices, -1);
		for (const pod of this.#removed) this.#nodes.take(pod.podClass, this.node, pod.devices, 1);
		this.#nodes.placed[this.node] = this.#before;
	}
}
