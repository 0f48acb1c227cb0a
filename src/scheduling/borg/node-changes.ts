/**
 * How often each node has changed, and when for the last time by more than is ignored: what was found out about a node holds until then.
 * A node that was written to and is as it was before has not changed: a pod that was assumed there and is now placed there, say.
 */
import type { NodeId } from "../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import type { NodeSpec } from "../../objects/spec.js";

/** What is known of a node, besides amounts, since its last change that was not ignored. */
interface Noted {
	readonly spec: NodeSpec | undefined;
	readonly ready: number;
	readonly pods: readonly PlacedPod[];
}

export class NodeChanges {
	/** By node: changes so far, 1 for a node that is new. */
	count = new Int32Array(0);
	/** By node: what `count` was at the last change that was not ignored. */
	since = new Int32Array(0);
	readonly #ignored: number;
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	#yardstick = -1;
	/** [resource][node]: free when it was looked at last, and at the last change that was not ignored. */
	#free: Float64Array[] = [];
	#noted: Float64Array[] = [];
	/** By node. */
	readonly #last: Noted[] = [];
	readonly #look = (node: NodeId): void => this.#changed(node);

	/** Changes by at most this share of what the node offers, of each resource, are ignored, 0..1; they add up until they are more. */
	constructor(ignored: number) {
		this.#ignored = ignored;
	}

	/** Takes in what changed since the last call. True if nothing holds that was found out before: other columns, or a larger largest node. */
	follow(nodes: NodeColumns): boolean {
		const anew = this.#nodes !== nodes || this.#yardstick !== nodes.yardstick || nodes.count > this.count.length;
		if (anew) {
			const size = nodes.ready.length;
			this.#nodes = nodes;
			this.#yardstick = nodes.yardstick;
			this.#cursor = new TouchCursor();
			this.count = new Int32Array(size);
			this.since = new Int32Array(size);
			this.#free = nodes.free.map(() => new Float64Array(size));
			this.#noted = nodes.free.map(() => new Float64Array(size));
			this.#last.length = 0;
		}
		nodes.visitTouched(this.#cursor, this.#look);
		return anew;
	}

	#changed(node: NodeId): void {
		const { free, specs, ready, placed, tracksPods } = this.#nodes!;
		const last = this.#last[node];
		const spec = specs[node];
		const pods = placed[node]!;
		const same = last !== undefined && last.spec === spec && last.ready === ready[node];
		// Without lists of pods nobody knows whether others have come who ask for just as much.
		const still = tracksPods && same && this.#within(0, this.#free, node) && arePlaced(last.pods, pods);
		for (let r = 0; r < this.#free.length; r++) this.#free[r]![node] = free[r]![node]!;
		if (still) return;
		this.#last[node] = { spec, ready: ready[node]!, pods };
		const count = ++this.count[node]!;
		if (same && this.#ignored > 0 && this.#within(this.#ignored, this.#noted, node)) return;
		this.since[node] = count;
		for (let r = 0; r < this.#noted.length; r++) this.#noted[r]![node] = free[r]![node]!;
	}

	/** Whether what is free is as it was, give or take a share of what the node offers. */
	#within(share: number, before: readonly Float64Array[], node: NodeId): boolean {
		const { free, allocatable } = this.#nodes!;
		for (let r = 0; r < before.length; r++)
			if (Math.abs(free[r]![node]! - before[r]![node]!) > share * allocatable[r]![node]!) return false;
		return true;
	}
}

/** Whether the same pods are on both lists, and leave or stay as before. */
function arePlaced(before: readonly PlacedPod[], now: readonly PlacedPod[]): boolean {
	if (before === now) return true;
	if (before.length !== now.length) return false;
	for (let i = 0; i < now.length; i++)
		if (before[i]!.id !== now[i]!.id || before[i]!.leaving !== now[i]!.leaving) return false;
	return true;
}
