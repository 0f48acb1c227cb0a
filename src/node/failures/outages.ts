/**
 * Nodes that nobody hears of for a time, for whatever reason, and what becomes of their pods.
 *
 * A machine that does not answer several polls is marked down, and its tasks are rescheduled (Borg paper, section 3.3); tasks of
 * machines that cannot be reached are rescheduled at a limited rate, "because we cannot distinguish between large-scale machine
 * failure and a network partition" (section 4). Until its turn comes a pod keeps its node, so that a machine that comes back in time
 * keeps its tasks.
 *
 * Divergence from Borg: the cell places nothing on a node from the instant at which it is out, not from the first missed poll. Pods
 * of a node that is out go on, as in a partition, and their ends are known at once; after a crash of the machine they would be
 * lost even if it came back in time.
 */
import type { Cell } from "../../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import { SECOND, type SimTime } from "../../engine/time.js";
import type { LossRule } from "../node-agent.js";

export interface OutageOptions {
	/** How long a node is out before it is declared down. */
	readonly declareAfterUs: SimTime;
	/** Pods of nodes that are down taken off in a second, of the whole cell; null for no limit. */
	readonly podsPerSecond: number | null;
	readonly onLoss: LossRule;
}

/** One node that is out. */
interface Outage {
	/** Why it is out, counted: it is back when there is no reason left. */
	reasons: number;
	/** The event that declares it down. */
	readonly declaration: EventHandle;
}

/** A pod of a node that is down, and the outage that it waits in. */
interface Stranded {
	readonly pod: PodId;
	readonly node: NodeId;
	readonly outage: Outage;
}

export class Outages {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: OutageOptions;
	readonly #declare: EventKind;
	readonly #rescue: EventKind;
	readonly #out = new Map<NodeId, Outage>();
	/** In order of declaration; those before `#next` have had their turn. */
	#stranded: Stranded[] = [];
	#next = 0;
	#rescuing = false;
	/** When the next pod may be taken off. */
	#freeUs: SimTime = 0;

	/** `phase` is that of what takes something away. */
	constructor(engine: Engine, cell: Cell, phase: number, options: OutageOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#declare = engine.kind("node-declared-down", phase, (node) => this.#strand(node as NodeId));
		this.#rescue = engine.kind("pod-rescue", phase, () => this.#rescueDue());
	}

	/** The node is out until `end` has been called as often as this. */
	begin(node: NodeId): void {
		const outage = this.#out.get(node);
		if (outage !== undefined) {
			outage.reasons++;
			return;
		}
		const declaration = this.#engine.schedule(this.#engine.nowUs + this.#options.declareAfterUs, this.#declare, node);
		this.#out.set(node, { reasons: 1, declaration });
		this.#cell.setNodeReady(node, "unreachable");
	}

	/** One of the reasons is gone. With the last the node is back, with the pods that it still has. */
	end(node: NodeId): void {
		const outage = this.#out.get(node)!;
		if (--outage.reasons > 0) return;
		this.#engine.cancel(outage.declaration);
		this.#out.delete(node);
		this.#cell.setNodeReady(node, true);
	}

	/** The node is down: its pods wait for their turn to be taken off. */
	#strand(node: NodeId): void {
		const outage = this.#out.get(node)!;
		const pods = [...this.#cell.podsOn(node)].reverse();
		for (const pod of pods) this.#stranded.push({ pod, node, outage });
		if (!this.#rescuing) this.#rescueDue();
	}

	#rescueDue(): void {
		const { nowUs } = this.#engine;
		const { podsPerSecond } = this.#options;
		this.#rescuing = false;
		for (let stranded = this.#first(); stranded !== null; stranded = this.#first()) {
			if (this.#freeUs > nowUs) {
				this.#rescuing = true;
				this.#engine.schedule(this.#freeUs, this.#rescue, 0);
				return;
			}
			this.#next++;
			if (podsPerSecond !== null) this.#freeUs = nowUs + Math.ceil(SECOND / podsPerSecond);
			if (this.#options.onLoss === "resubmit") this.#cell.requeuePod(stranded.pod, "node-lost");
			else this.#cell.endPod(stranded.pod, "node-lost");
		}
	}

	/** The first pod whose node is still down, in the same outage. */
	#first(): Stranded | null {
		for (; this.#next < this.#stranded.length; this.#next++) {
			const { pod, node, outage } = this.#stranded[this.#next]!;
			const { pods } = this.#cell;
			if (this.#out.get(node) === outage && pods.has(pod) && pods.node[rowOf(pod)] === node)
				return this.#stranded[this.#next]!;
		}
		this.#stranded = [];
		this.#next = 0;
		return null;
	}
}
