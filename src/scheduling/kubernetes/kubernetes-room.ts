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
import { gangOf, quorumOf } from "../../objects/gang.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { Room } from "../waiting-room.js";
import { type ClusterEvent, nodeEvents } from "./cluster-events.js";
import type { PermitQueue, Permits } from "./permits.js";
import type { PodGroups } from "./pod-groups.js";
import type { QueuedPod, SchedulingQueue } from "./scheduling-queue.js";
import type { WaitingPod } from "./waiting-pods.js";

const SECOND = 1_000_000;
const FLUSH_EVERY = 30 * SECOND;

export interface KubernetesRoomOptions {
	readonly cell: Cell;
	readonly queue: SchedulingQueue;
	/** Whether a profile is for the pod's `schedulerName`. As in Kubernetes, other pods are left alone. */
	readonly isFor: (pod: PodClass) => boolean;
	/** The plugins that turned the job's pod down when it was last tried; none if none did. */
	readonly rejectors: (job: Job) => readonly string[];
	/** Pod groups, and their pods that wait on nodes; null if no profile has a use for them. */
	readonly groups: { readonly known: PodGroups; readonly permits: Permits } | null;
}

export class KubernetesRoom implements Room, PermitQueue {
	readonly #options: KubernetesRoomOptions;
	readonly #permits: Permits | null;
	readonly holds?: (pod: PodId) => boolean;
	/** The pod as which a job waits, or is tried. */
	readonly #podOf = new Map<Job, PodId>();
	readonly #jobOf = new Map<PodId, Job>();
	readonly #specs: Cell["nodes"]["specs"][number][] = [];
	#look: () => void = () => {};

	constructor(options: KubernetesRoomOptions) {
		this.#options = options;
		const permits = options.groups?.permits ?? null;
		this.#permits = permits;
		if (permits !== null) this.holds = (pod) => permits.holds(pod);
		const { cell } = options;
		// Nobody else waits for pods that have only come.
		if (options.groups !== null) cell.watch({ jobSubmitted: (job) => this.#came(job) });
		cell.watch({
			nodeChanged: (node, change) => this.#nodeChanged(node, change),
			storageChanged: () => this.#tell({ kind: "storage" }),
			podBound: (pod) => this.#tell({ kind: "pod-bound", pod: cell.pod(pod).podClass }),
			podEnded: (pod, node) => (node < 0 ? this.#permits?.gone(pod) : this.#left(pod, node)),
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
		this.#permits?.settled(job, cell.nowUs);
		if (known !== undefined) {
			if (job.queueState === "idle") this.#comeBack(job, known);
			return;
		}
		const pod = job.pending.find((other) => !this.holds?.(other));
		if (pod === undefined || !this.#options.isFor(cell.pod(pod).podClass)) return;
		this.#podOf.set(job, pod);
		this.#jobOf.set(pod, job);
		job.queueState = "active";
		const { name, podClass } = cell.pod(pod);
		const group = gangOf(podClass.spec.facts);
		const { nowUs } = cell;
		const createdUs = group === null ? nowUs : (this.#options.groups?.known.sinceUs(group, nowUs) ?? nowUs);
		queue.add(pod, podClass, nowUs, { name, createdUs });
	}

	get turns(): number {
		return this.#options.queue.turns;
	}

	activate(pods: Iterable<PodId>): void {
		const { cell, queue } = this.#options;
		const jobs = new Set<Job>();
		for (const pod of pods) jobs.add(cell.pod(pod).job);
		queue.activate([...jobs].flatMap((job) => this.#podOf.get(job) ?? []));
	}

	/** Only pods that were tried while the room was taken may be helped by it: pods of the group itself were not short of it. */
	takeBack(pods: readonly WaitingPod[]): void {
		const { queue, cell } = this.#options;
		for (const { pod, group, turn } of pods)
			queue.move(
				{ kind: "pod-removed", pod: pod.podClass },
				cell.nowUs,
				(queued) => queued.turn > turn && gangOf(queued.pod.spec.facts) !== group,
			);
		for (const job of new Set(pods.map(({ pod }) => pod.job))) {
			const key = this.#podOf.get(job);
			// A job that is being tried, or waits for other pods of its own, takes them along.
			if (key !== undefined && job.queueState === "idle" && this.#isOpen(job)) this.#comeBack(job, key);
		}
		if (queue.ready) this.#look();
	}

	/** The order is the queue's own. */
	toTail(): void {}

	next(): Job | null {
		const { queue } = this.#options;
		for (let queued = queue.pop(); queued !== null; queued = queue.pop()) {
			const job = this.#jobOf.get(queued.id)!;
			if (this.#isOpen(job)) {
				job.queueState = "deciding";
				return job;
			}
			if (job.pending.length === 0) this.#forget(job);
			else job.queueState = "idle";
		}
		return null;
	}

	hasNext(): boolean {
		return this.#options.queue.ready;
	}

	park(job: Job): void {
		this.#permits?.settled(job, this.#options.cell.nowUs);
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
		this.#permits?.settled(job, this.#options.cell.nowUs);
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
		return queue.backingOffCount + queue.unschedulableCount > 0 || this.#endOfWaitingUs < Number.POSITIVE_INFINITY;
	}

	get nextBackoffUs(): SimTime {
		const { queue, cell } = this.#options;
		const after = (period: number) => (Math.floor(cell.nowUs / period) + 1) * period;
		if (queue.backingOffCount > 0) return Math.min(after(SECOND), this.#endOfWaitingUs);
		const flushUs = queue.unschedulableCount > 0 ? after(FLUSH_EVERY) : Number.POSITIVE_INFINITY;
		return Math.min(flushUs, this.#endOfWaitingUs);
	}

	endBackoffs(nowUs: SimTime): void {
		const { queue } = this.#options;
		this.#permits?.end(nowUs);
		if (nowUs % FLUSH_EVERY === 0) queue.flushUnschedulable(nowUs);
		queue.flushBackoff(nowUs);
	}

	/** When pods have waited on their nodes for long enough. */
	get #endOfWaitingUs(): SimTime {
		return this.#permits?.nextEndUs ?? Number.POSITIVE_INFINITY;
	}

	/** Whether there is a pod to find a node for. */
	#isOpen({ pending }: Job): boolean {
		return pending.some((pod) => !this.holds?.(pod));
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

	/** The pods with which a group is complete are news for the rest of it. */
	#came({ pending }: Job): void {
		const { cell, queue, groups } = this.#options;
		const { declared } = cell.api;
		for (const pod of new Set(pending.map((id) => cell.pod(id).podClass))) {
			const group = gangOf(pod.spec.facts);
			if (group === null || groups!.known.pods(group).size < quorumOf(pod.spec.facts, declared)) continue;
			const isSibling = (queued: QueuedPod) => gangOf(queued.pod.spec.facts) === group;
			queue.move({ kind: "pod-added", pod }, cell.nowUs, isSibling);
		}
		if (queue.ready) this.#look();
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
		else if (change === "node-added" || change === "node-ready") this.#tell({ kind: "node-added", after });
	}

	#tell(event: ClusterEvent): void {
		const { queue, cell } = this.#options;
		queue.move(event, cell.nowUs);
		if (queue.ready) this.#look();
	}
}
