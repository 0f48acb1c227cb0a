/**
 * kube-scheduler's queue as a waiting room: what happens in the cell is told to it as cluster events, and queueing hints decide who
 * is tried again.
 *
 * Divergence from Kubernetes: a job waits as its first pending pod does, and its other pods come along. A conflict counts as an
 * error, after which a pod backs off.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeChange } from "../../cell/changes.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Room } from "../waiting-room.js";
import { type ClusterEvent, nodeEvents } from "./cluster-events.js";
import type { SchedulingQueue } from "./scheduling-queue.js";

const SECOND = 1_000_000;
const FLUSH_EVERY = 30 * SECOND;

export interface KubernetesRoomOptions {
	readonly cell: Cell;
	readonly queue: SchedulingQueue;
	/** Whether a profile is for the pod's `schedulerName`. As in Kubernetes, other pods are left alone. */
	readonly isFor: (pod: PodClass) => boolean;
	/** The plugins that turned the job's pod down when it was last tried; none if none did. */
	readonly rejectors: (job: Job) => readonly string[];
}

export class KubernetesRoom implements Room {
	readonly #options: KubernetesRoomOptions;
	/** The pod as which a job waits, or is tried. */
	readonly #podOf = new Map<Job, PodId>();
	readonly #jobOf = new Map<PodId, Job>();
	readonly #specs: Cell["nodes"]["specs"][number][] = [];
	#look: () => void = () => {};

	constructor(options: KubernetesRoomOptions) {
		this.#options = options;
		const { cell } = options;
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			podBound: (pod) => this.#tell({ kind: "pod-bound", pod: cell.pod(pod).podClass }),
			podEnded: (pod, node) => this.#left(pod, node),
			podRequeued: (pod, node) => this.#left(pod, node),
		});
	}

	whenReady(look: () => void): void {
		this.#look = look;
	}

	get size(): number {
		return this.#podOf.size;
	}

	get ready(): number {
		return this.#options.queue.readyCount;
	}

	add(job: Job): void {
		const { cell, queue } = this.#options;
		const known = this.#podOf.get(job);
		if (known !== undefined) {
			if (job.queueState === "idle") this.#comeBack(job, known);
			return;
		}
		const pod = job.pending[0]!;
		if (!this.#options.isFor(cell.pod(pod).podClass)) return;
		this.#podOf.set(job, pod);
		this.#jobOf.set(pod, job);
		job.queueState = "active";
		queue.add(pod, cell.pod(pod).podClass, cell.nowUs);
	}

	/** The order is the queue's own. */
	toTail(): void {}

	next(): Job | null {
		const { queue } = this.#options;
		for (let queued = queue.pop(); queued !== null; queued = queue.pop()) {
			const job = this.#jobOf.get(queued.id)!;
			if (job.pending.length > 0) {
				job.queueState = "deciding";
				return job;
			}
			this.#forget(job);
		}
		return null;
	}

	hasNext(): boolean {
		return this.#options.queue.ready;
	}

	park(job: Job): void {
		this.#comeBack(job, this.#podOf.get(job)!);
	}

	/** Everything that happens is heard from the cell itself. */
	nodeImproved(): boolean {
		return this.#options.queue.ready;
	}

	wake(): void {
		throw new Error("in the queue of kube-scheduler only events wake a job");
	}

	wakeNext(): boolean {
		return false;
	}

	/** Once nothing of a job is pending, it is done with. */
	passOn(job: Job): void {
		if (job.queueState === "idle" && job.pending.length === 0) this.#forget(job);
	}

	delay(): void {
		throw new Error("in the queue of kube-scheduler no job waits for a set time");
	}

	leave(job: Job): void {
		this.#forget(job);
		job.queueState = "idle";
	}

	get backingOff(): boolean {
		const { queue } = this.#options;
		return queue.backingOffCount + queue.unschedulableCount > 0;
	}

	get nextBackoffUs(): SimTime {
		const { queue, cell } = this.#options;
		const after = (period: number) => (Math.floor(cell.nowUs / period) + 1) * period;
		if (queue.backingOffCount > 0) return after(SECOND);
		return queue.unschedulableCount > 0 ? after(FLUSH_EVERY) : Number.POSITIVE_INFINITY;
	}

	endBackoffs(nowUs: SimTime): void {
		const { queue } = this.#options;
		if (nowUs % FLUSH_EVERY === 0) queue.flushUnschedulable(nowUs);
		queue.flushBackoff(nowUs);
	}

	#comeBack(job: Job, pod: PodId): void {
		const { queue, cell, rejectors } = this.#options;
		if (!job.pending.includes(pod)) {
			// That one has its node: the job waits as another of its pods from now on.
			this.#forget(job);
			this.add(job);
			return;
		}
		job.queueState = "parked";
		queue.addUnschedulable(pod, rejectors(job), cell.nowUs);
	}

	#forget(job: Job): void {
		const pod = this.#podOf.get(job);
		if (pod === undefined) return;
		this.#podOf.delete(job);
		this.#jobOf.delete(pod);
		this.#options.queue.delete(pod);
	}

	#left(pod: PodId, node: NodeId): void {
		if (node >= 0) this.#tell({ kind: "pod-removed", pod: this.#options.cell.pod(pod).podClass });
	}

	#nodeChanged(node: NodeId, change: NodeChange): void {
		const after = this.#options.cell.nodes.specs[node]!;
		const before = this.#specs[node];
		this.#specs[node] = after;
		if (change === "node-removed") this.#tell({ kind: "node-removed", before: after });
		else if (change === "node-updated") for (const event of nodeEvents(before!, after)) this.#tell(event);
		// A node that is ready again is rid of the taint that kept pods away.
		else if (change !== "node-not-ready") this.#tell({ kind: "node-added", after });
	}

	#tell(event: ClusterEvent): void {
		const { queue, cell } = this.#options;
		queue.move(event, cell.nowUs);
		if (queue.ready) this.#look();
	}
}
