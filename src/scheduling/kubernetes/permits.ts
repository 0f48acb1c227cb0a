/**
 * Permit: pods that have found a node and wait there for the rest of their group. What becomes of them is settled here: all of a
 * group take their nodes in one transaction, or none does and its pods go back to the queue.
 *
 * Divergence from Kubernetes: pods of a group that are allowed are bound in one transaction, all or nothing, where the real
 * scheduler binds them one by one.
 */
import type { PodId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { PodView } from "../../cell/pod-view.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { Placement } from "../../cell/transaction.js";
import type { SimTime } from "../../engine/time.js";
import type { Unplaced } from "../scheduler.js";
import type { Dismissal, Permission } from "./plugin.js";
import type { PodGroups } from "./pod-groups.js";
import { type WaitingPod, WaitingPods } from "./waiting-pods.js";

/** A pod is made to wait on its node. */
export type Waiting = Extract<Permission, { readonly kind: "wait" }> & { readonly plugin: string };

/** What the queue has to do with pods that wait on their nodes. */
export interface PermitQueue {
	/** Pods tried so far. */
	readonly turns: number;
	/** Has pods tried that wait in the queue. */
	activate(pods: Iterable<PodId>): void;
	/** Pods wait no longer: the room that they took is free, and jobs that only waited for them come back to the queue. */
	takeBack(pods: readonly WaitingPod[]): void;
}

export class Permits {
	/** The pods that wait, of all decisions. */
	readonly waiting = new WaitingPods();
	readonly #groups: PodGroups;
	/** The plugins that turned down what is in the queue. */
	readonly #rejectors: Map<Job, readonly string[]>;
	#queue: PermitQueue | null = null;

	constructor(groups: PodGroups, rejectors: Map<Job, readonly string[]>) {
		this.#groups = groups;
		this.#rejectors = rejectors;
	}

	attach(queue: PermitQueue): void {
		this.#queue = queue;
	}

	/** Whether the pod waits on a node. */
	holds(pod: PodId): boolean {
		return this.waiting.has(pod);
	}

	/** When a pod has waited long enough next; Infinity if none waits. */
	get nextEndUs(): SimTime {
		return this.waiting.nextEndUs;
	}

	/** The decision on pods of the job is settled: from now on they wait. */
	settled(job: Job, nowUs: SimTime): void {
		this.waiting.settled(job, nowUs);
	}

	/** Sends those back that have waited long enough, and with them all of their groups. */
	end(nowUs: SimTime): void {
		for (const group of this.waiting.ended(nowUs)) this.sendBack(this.waiting.take(group));
	}

	/** The pod is gone: its group waits no longer. */
	gone(pod: PodId): void {
		const group = this.waiting.get(pod)?.group;
		if (group !== undefined) this.sendBack(this.waiting.take(group));
	}

	/** A decision begins: those that wait take their room on its snapshot. */
	begin(snapshot: Snapshot): PermitRound {
		if (!this.waiting.empty) this.sendBack(this.waiting.assume(snapshot));
		return new PermitRound(snapshot, this);
	}

	/** Pods tried so far. */
	get turns(): number {
		return this.#queue?.turns ?? 0;
	}

	/** Has the other pods of a group tried that wait in the queue. */
	activate(group: string, except: PodId): void {
		this.#queue?.activate([...this.#groups.pods(group)].filter((pod) => pod !== except));
	}

	/** Notes that a group is turned down as a whole. */
	turnDown(dismissal: Dismissal, causes: readonly string[], nowUs: SimTime): void {
		this.#groups.turnDown(dismissal, causes, nowUs);
	}

	/** Pods wait no longer: back to the queue, until something helps them or the pod that these plugins turned down. */
	sendBack(pods: readonly WaitingPod[], causes: readonly string[] = []): void {
		if (pods.length === 0) return;
		for (const { group, plugin, pod } of pods) {
			this.#groups.revoke(group);
			if (pod.job.queueState === "idle") this.#rejectors.set(pod.job, [plugin, ...causes]);
		}
		this.#queue?.takeBack(pods);
	}
}

/** The pods of one decision as they get nodes, wait or do not. */
export class PermitRound {
	readonly placements: Placement[] = [];
	readonly #snapshot: Snapshot;
	readonly #permits: Permits;
	readonly #unplaced: Unplaced[] = [];
	/** Pods of this decision that wait on their nodes. */
	readonly #held = new Map<PodId, Unplaced>();
	/** Pods that waited since earlier decisions and are allowed now; null if no group has come together. */
	#released: WaitingPod[] | null = null;

	constructor(snapshot: Snapshot, permits: Permits) {
		this.#snapshot = snapshot;
		this.#permits = permits;
	}

	/** Pods of this decision that get no node by it, those that wait on one among them. */
	get unplaced(): readonly Unplaced[] {
		return this.#held.size === 0 ? this.#unplaced : [...this.#unplaced, ...this.#held.values()];
	}

	/** Of pods that waited since earlier decisions; null if no group has come together, to be settled as a whole. */
	get released(): readonly Placement[] | null {
		return this.#released?.map(({ placement }) => placement) ?? null;
	}

	/** The pod takes the node, and so do those that wait with its group. */
	allow(placement: Placement, group: string | null): void {
		if (group !== null)
			for (const waiting of this.#permits.waiting.take(group)) {
				this.#released ??= [];
				if (this.#held.delete(waiting.pod.id)) this.placements.push(waiting.placement);
				else this.#released.push(waiting);
			}
		this.placements.push(placement);
	}

	/** The pod waits on the node. */
	hold(pod: PodView, placement: Placement, { plugin, group, timeoutUs, stirs }: Waiting, nodes: number): void {
		const { waiting, turns: turn } = this.#permits;
		waiting.add({ pod, group, plugin, timeoutUs, untilUs: Number.POSITIVE_INFINITY, turn, placement });
		this.#held.set(pod.id, { pod, rejections: new Map([[`waiting for pod group ${group}`, nodes]]), nodes });
		if (stirs) this.#permits.activate(group, pod.id);
	}

	/** The pod gets no node. */
	fail(unplaced: Unplaced): void {
		this.#unplaced.push(unplaced);
	}

	/** A group is turned down as a whole since these plugins found no node for one of its pods. */
	dismiss(dismissal: Dismissal, causes: readonly string[]): void {
		// What happened before is no reason to try it again: it is turned down after its pods have come back.
		this.#takeBack(dismissal.group, causes);
		this.#permits.turnDown(dismissal, causes, this.#snapshot.cell.nowUs);
	}

	/** Stops a pod that waits on a node, and the waiting of its group with it. False if it does not wait. */
	stop(pod: PodId): boolean {
		const stopped = this.#permits.waiting.get(pod);
		if (stopped !== undefined) this.#takeBack(stopped.group);
		return stopped !== undefined;
	}

	/** Nothing of this decision holds. */
	undo(): void {
		const { waiting } = this.#permits;
		this.#snapshot.forget(this.placements);
		for (const pod of this.#held.keys()) {
			this.#snapshot.forget([waiting.get(pod)!.placement]);
			waiting.remove(pod);
		}
		for (const other of this.#released ?? []) waiting.add(other);
	}

	#takeBack(group: string, causes: readonly string[] = []): void {
		const taken = this.#permits.waiting.take(group);
		this.#snapshot.forget(taken.map(({ placement }) => placement));
		for (const { pod } of taken) {
			const mine = this.#held.get(pod.id);
			if (mine !== undefined) this.#unplaced.push(mine);
			this.#held.delete(pod.id);
		}
		this.#permits.sendBack(taken, causes);
	}
}
