/**
 * Pods that have found a node and wait there for others before they take it (Permit). They are assumed: this scheduler counts them
 * on their nodes in every decision, and the cell knows nothing of them until all are committed together.
 */
import type { PodId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { SimTime } from "../../engine/time.js";

export interface WaitingPod {
	readonly pod: PodView;
	/** With whom it waits. */
	readonly group: string;
	/** The plugin that makes it wait. */
	readonly plugin: string;
	/** How long it waits once the decision is settled by which it has its node. */
	readonly timeoutUs: SimTime;
	/** When it has waited long enough; Infinity while the decision is not settled. */
	untilUs: SimTime;
	/** How many pods had been tried when it began to wait. */
	readonly turn: number;
	/** On the snapshot of the decision at hand. */
	placement: Placement;
}

export class WaitingPods {
	/** In the order in which they began to wait. */
	readonly #pods = new Map<PodId, WaitingPod>();

	get empty(): boolean {
		return this.#pods.size === 0;
	}

	has(pod: PodId): boolean {
		return this.#pods.has(pod);
	}

	get(pod: PodId): WaitingPod | undefined {
		return this.#pods.get(pod);
	}

	add(waiting: WaitingPod): void {
		this.#pods.set(waiting.pod.id, waiting);
	}

	/**
	 * Takes room for all of them on a fresh snapshot. Groups of which a pod has lost its node, gone, not ready or full by now, are
	 * taken out: their pods.
	 */
	assume(snapshot: Snapshot): readonly WaitingPod[] {
		const { nodes } = snapshot;
		const assumed = new Set<WaitingPod>();
		const lost = new Set<string>();
		for (const waiting of this.#pods.values()) {
			const { pod, placement, group } = waiting;
			if (nodes.ready[placement.node] === 1 && nodes.fits(pod.podClass, placement.node)) {
				waiting.placement = snapshot.assume(pod, placement.node);
				assumed.add(waiting);
			} else lost.add(group);
		}
		const taken = [...lost].flatMap((group) => this.take(group));
		snapshot.forget(taken.filter((waiting) => assumed.has(waiting)).map(({ placement }) => placement));
		return taken;
	}

	/** Takes out all pods of the group, in the order in which they began to wait. */
	take(group: string): readonly WaitingPod[] {
		const taken = [...this.#pods.values()].filter((waiting) => waiting.group === group);
		for (const { pod } of taken) this.#pods.delete(pod.id);
		return taken;
	}

	/** Takes out one pod. */
	remove(pod: PodId): void {
		this.#pods.delete(pod);
	}

	/** The decision on pods of the job is settled. */
	settled(job: Job, nowUs: SimTime): void {
		for (const waiting of this.#pods.values())
			if (waiting.pod.job === job && waiting.untilUs === Number.POSITIVE_INFINITY)
				waiting.untilUs = nowUs + waiting.timeoutUs;
	}

	/** When the first of them has waited long enough; Infinity if nobody waits. */
	get nextEndUs(): SimTime {
		let first = Number.POSITIVE_INFINITY;
		for (const { untilUs } of this.#pods.values()) first = Math.min(first, untilUs);
		return first;
	}

	/** The groups of pods that have waited long enough. */
	ended(nowUs: SimTime): ReadonlySet<string> {
		const ended = [...this.#pods.values()].filter(({ untilUs }) => untilUs <= nowUs);
		return new Set(ended.map(({ group }) => group));
	}
}
