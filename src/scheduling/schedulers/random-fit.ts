import { z } from "zod";
import { NO_NODE, type NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import type { Random } from "../../engine/random.js";
import type { PodClass } from "../../objects/pod-class.js";
import { FilterSet } from "../plugin.js";
import { defaultFilters, nodeReady, resourcesFit } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler, type Scheduler } from "../scheduler.js";

/** The randomised first fit of the Omega paper's simulator (section 4). */
export const randomFitScheduler = defineScheduler({
	name: "random-fit",
	summary: "A node drawn uniformly from those that the pod fits on.",
	params: z.strictObject({
		order: z
			.enum(["fresh", "kept"])
			.default("fresh")
			.describe(
				"Which order of the nodes an attempt draws from: always that of addition, or the one the last attempt left (kept, as in the released simulator: the same distribution, other draws)",
			),
	}),
	create: ({ order }): Scheduler => {
		const pool = new Pool(order === "kept");
		const place = podByPod(defaultFilters, (pod, { nodes, cell }, random) => {
			// A node may have been set aside for one of two identical pods only.
			if (!cell.api.crashes.empty) pool.reset(nodes);
			return pool.draw(pod, nodes, random);
		});
		return {
			decide(pods, snapshot, random) {
				pool.reset(snapshot.nodes);
				return place.decide(pods, snapshot, random);
			},
		};
	},
});

const MISSES_BEFORE_LOOK = 64;

/**
 * Nodes to draw from. A node that does not fit is set aside for the rest of the attempt (identical pods will not fit either), one
 * that does stays in, so that the next pod may land there too. Without replacement of the misses, the first hit is uniform
 * over the nodes that fit.
 */
class Pool {
	/** A permutation of the nodes seen; the first `#size` are in the race. */
	#order = new Int32Array(0);
	/** Places from which nodes were set aside, to put them back; unused where the order is kept. */
	readonly #from: number[] = [];
	readonly #keepsOrder: boolean;
	#known = 0;
	#count = 0;
	#size = 0;
	#pod: PodClass | null = null;
	/** Where a pod fitted last: often the next one does, too. */
	#roomy = 0 as NodeId;
	// Health and amounts are looked at here.
	readonly #others = new FilterSet(defaultFilters.filter((filter) => filter !== nodeReady && filter !== resourcesFit));

	constructor(keepsOrder: boolean) {
		this.#keepsOrder = keepsOrder;
	}

	/** An attempt begins: everybody is in the race. */
	reset(nodes: NodeColumns): void {
		this.#putBack();
		if (nodes.count > this.#order.length) {
			const larger = new Int32Array(nodes.ready.length);
			larger.set(this.#order);
			this.#order = larger;
		}
		for (; this.#known < nodes.count; this.#known++)
			if (nodes.present[this.#known] === 1) this.#order[this.#count++] = this.#known;
		this.#size = this.#count;
		this.#pod = null;
	}

	/**
	 * After many misses a look at the nodes in turn says whether there is any room at all: in a full cell a pod costs a few draws, not
	 * one a node. Not where the order is kept, since the draws would differ.
	 */
	draw(pod: PodClass, nodes: NodeColumns, random: Random): NodeId {
		if (this.#pod !== pod) {
			this.#pod = pod;
			this.#putBack();
		}
		const order = this.#order;
		let untilLook = this.#keepsOrder ? Number.POSITIVE_INFINITY : MISSES_BEFORE_LOOK;
		while (this.#size > 0) {
			if (untilLook-- === 0 && this.#isFull(pod, nodes)) break;
			const at = random.integer(this.#size);
			const node = order[at]! as NodeId;
			if (nodes.ready[node] === 1 && nodes.fits(pod, node) && this.#others.accept(pod, nodes, node)) {
				this.#roomy = node;
				return node;
			}
			order[at] = order[--this.#size]!;
			order[this.#size] = node;
			if (!this.#keepsOrder) this.#from.push(at);
		}
		return NO_NODE;
	}

	/** Whether a pod fits nowhere, by amounts. One after the other is fast, and faster than an index that has to follow every change. */
	#isFull(pod: PodClass, nodes: NodeColumns): boolean {
		const { count, ready } = nodes;
		let node = this.#roomy;
		for (let looks = 0; looks < count; looks++, node++) {
			if (node >= count) node = 0 as NodeId;
			if (!nodes.amountsFit(pod, node) || ready[node] === 0) continue;
			this.#roomy = node;
			return false;
		}
		return true;
	}

	/** The nodes set aside are in the race again, in their old places unless the order is kept. */
	#putBack(): void {
		const order = this.#order;
		for (let at = this.#from.pop(); at !== undefined; at = this.#from.pop()) {
			const node = order[this.#size]!;
			order[this.#size++] = order[at]!;
			order[at] = node;
		}
		this.#size = this.#count;
	}
}
