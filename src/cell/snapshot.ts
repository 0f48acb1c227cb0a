/**
 * A private copy of the cell's nodes, on which a scheduler decides. `refresh` brings over only what changed; `assume` takes
 * resources for a placement that is decided and not yet committed, so that the next pod of the decision sees it.
 */
import type { PodClass } from "../objects/pod-class.js";
import type { Cell } from "./cell.js";
import type { NodeId, PodId } from "./ids.js";
import { NodeColumns, TouchCursor } from "./node-columns.js";
import { placedPod } from "./placed-pod.js";
import type { PodView } from "./pod-view.js";
import type { Placement } from "./transaction.js";

export class Snapshot {
	readonly cell: Cell;
	readonly nodes: NodeColumns;
	/** Version of each node in the cell when it was last copied. */
	#seenVersion = new Int32Array(0);
	readonly #cursor = new TouchCursor();
	readonly #source: NodeColumns;
	readonly #sees: ((node: NodeId) => boolean) | null;
	/** By node: whether it is left out; holes where nobody has asked. */
	readonly #hidden: boolean[] = [];
	/** Nodes with assumptions; the first `#assumedCount` entries count. */
	readonly #assumed: NodeId[] = [];
	#assumedCount = 0;
	readonly #copy = (node: NodeId): void => {
		const from = this.#source;
		if (this.#seenVersion[node] === from.version[node] && node < this.nodes.count) return;
		this.#bring(from, node);
	};

	/**
	 * `sees` leaves nodes out for good, as if they were not there: its answer for a node never changes. `source` is what it copies,
	 * where that is not all that the cell has free.
	 */
	constructor(cell: Cell, sees: ((node: NodeId) => boolean) | null = null, source: NodeColumns = cell.nodes) {
		this.cell = cell;
		this.#sees = sees;
		this.#source = source;
		this.nodes = new NodeColumns(cell.resources);
	}

	/** Makes the copy equal to the cell again; assumptions are forgotten. */
	refresh(): void {
		const from = this.#source;
		if (this.#seenVersion.length < from.count) {
			const larger = new Int32Array(from.ready.length);
			larger.set(this.#seenVersion);
			this.#seenVersion = larger;
		}
		for (let i = 0; i < this.#assumedCount; i++) {
			this.#bring(from, this.#assumed[i]!);
		}
		this.#assumedCount = 0;
		from.visitTouched(this.#cursor, this.#copy);
	}

	/** Keeps the lists of pods from now on, here and in the cell: for schedulers that look at pods. */
	trackPods(): void {
		if (this.nodes.tracksPods) return;
		this.cell.trackPods();
		this.nodes.tracksPods = true;
		for (let node = 0; node < this.nodes.count; node++) this.nodes.placed[node] = this.cell.nodes.placed[node]!;
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
		if (this.nodes.tracksPods) this.nodes.enlist(node, placedPod(pod, devices, this.cell.nowUs));
		this.nodes.touch(node);
		this.#assumed[this.#assumedCount++] = node;
		return { pod: pod.id, node, devices, nodeVersion: this.#seenVersion[node]! };
	}

	/** Takes back assumptions: a gang that did not fit as a whole. */
	forget(placements: readonly Placement[]): void {
		for (const { pod, node, devices } of placements) {
			this.nodes.take(this.cell.pod(pod).podClass, node, devices, -1);
			if (this.nodes.tracksPods) this.nodes.delist(node, pod);
			this.nodes.touch(node);
		}
	}

	/** A node has failed: it takes no pods until the next refresh. */
	withdraw(node: NodeId): void {
		this.nodes.ready[node] = 0;
		this.nodes.touch(node);
		this.#assumed[this.#assumedCount++] = node;
	}

	pod(id: PodId): PodView {
		return this.cell.pod(id);
	}

	#bring(from: NodeColumns, node: NodeId): void {
		this.nodes.copyNode(from, node);
		this.#seenVersion[node] = from.version[node]!;
		if (this.#sees === null) return;
		this.#hidden[node] ??= !this.#sees(node);
		if (this.#hidden[node]) this.nodes.hide(node);
	}
}
