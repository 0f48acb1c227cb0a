/**
 * Evictions: pods taken off their nodes against their will, by cause (Borg paper, section 4 and figure 3). A pod's own failures
 * and crashes, its deletion, and a node that never took it in are none; nor is the eviction of an alloc, which is that of the pods in it.
 *
 * Of a preemption it is also said who it was for, and how deep in a cascade it is: 1 if the preemptor had not been preempted itself,
 * one more than the preemption that had sent it back to the queue if it had. The preemptor is the pod that the node was promised to
 * then, or else the next pod of higher priority that gets the node.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason, RequeueReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { SimTime } from "../engine/time.js";

export const EVICTION_CAUSES = [
	"preemption",
	"machine-shutdown",
	"machine-failure",
	"out-of-resources",
	/** The alloc ended in which the pod ran. */
	"other",
] as const;
export type EvictionCause = (typeof EVICTION_CAUSES)[number];

/** Who a pod made room for. */
export interface Preemptor {
	/** Position in the order of submission. */
	readonly ordinal: number;
	readonly priority: number;
}

export interface Eviction {
	readonly timeUs: SimTime;
	/** Position in the order of submission. */
	readonly ordinal: number;
	readonly job: Job;
	readonly priority: number;
	readonly className: string;
	readonly node: NodeId;
	readonly cause: EvictionCause;
	/** Null if it was no preemption, or if nobody came. */
	readonly preemptor: Preemptor | null;
	/** Depth in a cascade of preemptions, from 1; 0 if it was no preemption. */
	readonly depth: number;
	/** Whether it ran: one that had only got its node has nothing to be told. */
	readonly ran: boolean;
	/** From the moment at which the pod was told to go; 0 if it was not told. */
	readonly noticeUs: SimTime;
}

/** Null for what is no eviction. */
const CAUSES: Readonly<Record<EndReason | RequeueReason, EvictionCause | null>> = {
	succeeded: null,
	failed: null,
	deleted: null,
	abandoned: null,
	crashed: null,
	"not-admitted": null,
	preempted: "preemption",
	maintenance: "machine-shutdown",
	"node-lost": "machine-failure",
	"oom-killed": "out-of-resources",
	evicted: "out-of-resources",
	"alloc-ended": "other",
};

/** A preemption whose preemptor has not come yet. */
interface Open {
	readonly pod: PodId;
	readonly eviction: Eviction;
}

export class Evictions implements CellListener {
	readonly #cell: Cell;
	readonly #told: (eviction: Eviction) => void;
	/** Pods that were told to go, and when. */
	readonly #toldUs = new Map<PodId, SimTime>();
	/** Preemptions that wait for their preemptor, by node. */
	readonly #open = new Map<NodeId, Open[]>();
	/** Depth of the preemption that sent a pod back to the queue; no entry for other pods. */
	readonly #depths = new Map<PodId, number>();

	/** `told` hears of each eviction once all is known of it, of preemptions when their preemptor has come. */
	constructor(cell: Cell, told: (eviction: Eviction) => void) {
		this.#cell = cell;
		this.#told = told;
	}

	podLeaving(pod: PodId): void {
		this.#toldUs.set(pod, this.#toldUs.get(pod) ?? this.#cell.nowUs);
	}

	podRequeued(pod: PodId, node: NodeId, reason: RequeueReason): void {
		this.#left(pod, node, reason);
	}

	podEnded(pod: PodId, node: NodeId, reason: EndReason): void {
		this.#left(pod, node, reason);
		if (this.#depths.size > 0) this.#depths.delete(pod);
	}

	podBound(pod: PodId, node: NodeId): void {
		// Nobody has been preempted, or all is known of it: every pod comes by here.
		if (this.#open.size > 0 || this.#depths.size > 0) this.#bound(pod, node);
	}

	/** The run is over: tells of the preemptions for which nobody came. */
	finish(): void {
		for (const open of this.#open.values()) for (const { eviction } of open) this.#told(eviction);
		this.#open.clear();
	}

	#left(pod: PodId, node: NodeId, reason: EndReason | RequeueReason): void {
		const cause = node < 0 ? null : CAUSES[reason];
		if (cause !== null || this.#toldUs.size > 0) this.#accountFor(pod, node, cause);
	}

	#accountFor(pod: PodId, node: NodeId, cause: EvictionCause | null): void {
		const { nowUs, pods, api } = this.#cell;
		const toldUs = this.#toldUs.get(pod) ?? nowUs;
		this.#toldUs.delete(pod);
		const row = rowOf(pod);
		const { priority, className, alloc } = pods.classes[row]!.spec.facts;
		if (cause === null || alloc !== undefined) return;
		const eviction: Eviction = {
			timeUs: nowUs,
			ordinal: pods.ordinal[row]!,
			job: pods.jobs[row]!,
			priority,
			className,
			node,
			cause,
			preemptor: null,
			depth: cause === "preemption" ? 1 : 0,
			ran: pods.startUs[row]! >= pods.boundUs[row]!,
			noticeUs: nowUs - toldUs,
		};
		if (cause !== "preemption") {
			this.#told(eviction);
			return;
		}
		const promised = api.nominations.on(node).findLast(({ podClass }) => podClass.spec.facts.priority > priority);
		if (promised !== undefined) this.#settle({ pod, eviction }, promised.id);
		else this.#open.set(node, [...(this.#open.get(node) ?? []), { pod, eviction }]);
	}

	#bound(pod: PodId, node: NodeId): void {
		const open = this.#open.get(node);
		if (open !== undefined) {
			const { priority } = this.#cell.pods.classes[rowOf(pod)]!.spec.facts;
			const rest = open.filter(({ eviction }) => eviction.priority >= priority);
			for (const victim of open) if (victim.eviction.priority < priority) this.#settle(victim, pod);
			if (rest.length === 0) this.#open.delete(node);
			else this.#open.set(node, rest);
		}
		this.#depths.delete(pod);
	}

	/** The preemptor is known. */
	#settle({ pod, eviction }: Open, by: PodId): void {
		const { pods } = this.#cell;
		const row = rowOf(by);
		const depth = (this.#depths.get(by) ?? 0) + 1;
		if (pods.has(pod) && pods.node[rowOf(pod)] === -1) this.#depths.set(pod, depth);
		const preemptor = { ordinal: pods.ordinal[row]!, priority: pods.classes[row]!.spec.facts.priority };
		this.#told({ ...eviction, preemptor, depth });
	}
}
