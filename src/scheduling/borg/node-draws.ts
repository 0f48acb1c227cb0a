/** Nodes in an order drawn as one goes along: each time any of those that are left, each as likely as any other. */
import type { NodeId } from "../../cell/ids.js";
import type { Random } from "../../engine/random.js";

export class NodeDraws {
	/** A permutation of the nodes; those before `#drawn` are drawn. */
	#order = new Int32Array(0);
	/** Where the drawn ones were, to put them back: draws never depend on those of another attempt. */
	#from = new Int32Array(0);
	#drawn = 0;
	#count = 0;

	/** All `count` nodes are there to be drawn again. */
	begin(count: number): void {
		while (this.#drawn > 0) {
			const at = --this.#drawn;
			this.#swap(at, this.#from[at]!);
		}
		if (count > this.#order.length) {
			this.#order = Int32Array.from({ length: count }, (_, node) => node);
			this.#from = new Int32Array(count);
		}
		this.#count = count;
	}

	/** Nodes not yet drawn. */
	get left(): number {
		return this.#count - this.#drawn;
	}

	/** One of those that are left. */
	draw(random: Random): NodeId {
		const at = this.#drawn++;
		const from = at + random.integer(this.#count - at);
		this.#from[at] = from;
		this.#swap(at, from);
		return this.#order[at]! as NodeId;
	}

	#swap(a: number, b: number): void {
		const node = this.#order[a]!;
		this.#order[a] = this.#order[b]!;
		this.#order[b] = node;
	}
}
