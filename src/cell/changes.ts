/**
 * The ordered change feed. A listener is an object with a method for each change it wants to hear; listeners are called
 * synchronously, in order of registration, after the change is complete. Those that only look (metrics) are registered
 * before those that act (node agent, scheduling), so that everybody hears changes in the order in which they happened.
 */
import type { NodeId, PodId } from "./ids.js";
import type { Job } from "./job.js";
import type { Backend, RequestCount } from "./requests.js";
import type { Attempt } from "./transaction.js";

/** How a pod's life ended. */
export const END_REASONS = [
	"succeeded",
	"failed",
	"deleted",
	"node-lost",
	"abandoned",
	/** A container went over its memory limit, or the node ran out of memory, and nobody starts the pod again. */
	"oom-killed",
	/** The kubelet took it off a node that was short of something. */
	"evicted",
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Why a pod lost its node and went back to pending. */
export const REQUEUE_REASONS = [
	"preempted",
	"node-lost",
	"not-admitted",
	"oom-killed",
	"evicted",
	/** Its machine is to be maintained. */
	"maintenance",
	/** It failed by itself, and is tried elsewhere. */
	"crashed",
	/** The alloc that it ran in has ended. */
	"alloc-ended",
] as const;
export type RequeueReason = (typeof REQUEUE_REASONS)[number];

/** Why a pod is told to go: deleted for good, or to be pending again. */
export const LEAVE_REASONS = ["deleted", ...REQUEUE_REASONS] as const;
export type LeaveReason = (typeof LEAVE_REASONS)[number];

export const NODE_CHANGES = [
	"node-added",
	"node-ready",
	"node-not-ready",
	"node-removed",
	"node-updated",
	/** Nobody hears of it: it takes no pods, and those that it has stay until it is down or somebody takes them off. */
	"node-unreachable",
	/** It and whoever watches over it hear nothing of each other: it may be given pods, and nothing happens on it until it is heard of. */
	"node-silent",
	"node-heard",
] as const;
export type NodeChange = (typeof NODE_CHANGES)[number];

export interface CellListener {
	/**
	 * Whether it keeps no job longer than until it has heard that the job, or its pods, ended. Absent, a listener that hears of jobs may
	 * keep them all, and no object of a job is used again (`Cell.enter`).
	 */
	readonly forgetsJobs?: boolean;
	nodeChanged?(node: NodeId, change: NodeChange): void;
	/** The job's pods are in the table, all pending. */
	jobSubmitted?(job: Job): void;
	/** The job was not taken in (`Job.turnedAway`): it will never be submitted, and its pods leave the table without another word. */
	jobTurnedAway?(job: Job): void;
	/** The job has got so many more pods than it asked for, all pending. */
	jobGrown?(job: Job, added: number): void;
	podBound?(pod: PodId, node: NodeId): void;
	/** A pod that was held back may start: it is on a node. */
	podReleased?(pod: PodId, node: NodeId): void;
	podStarted?(pod: PodId, node: NodeId): void;
	/** A running pod began or ceased to serve: its readiness probes say so (Kubernetes' condition Ready). It does not when it starts. */
	podReady?(pod: PodId, node: NodeId, ready: boolean): void;
	/** Every pod of the job has started at least once. */
	jobFullyStarted?(job: Job): void;
	/** The pod was told to go and takes its time over it: it runs, and has its resources, until it has ended or is requeued. */
	podLeaving?(pod: PodId, node: NodeId, reason: LeaveReason): void;
	/** The pod's node, -1 if it had none, has its resources back; the pod's row is freed after the last listener. */
	podEnded?(pod: PodId, node: NodeId, reason: EndReason): void;
	/** The pod is pending again; the resources of its node have returned. */
	podRequeued?(pod: PodId, node: NodeId, reason: RequeueReason): void;
	/** Its scheduler gave the job up: the pods that had no node have ended, those that had one run on. */
	jobAbandoned?(job: Job): void;
	/** All pods of the job have ended. */
	jobEnded?(job: Job): void;
	attempted?(attempt: Attempt): void;
	/** Only with a control plane. */
	objectEvent?(event: ObjectEvent): void;
	/** Only with a control plane: something about it has changed. */
	replicasChanged?(replicas: Replicas): void;
	/** Only with a control plane: from now on it wants the requests of a service (`default/web`) to go to these pods; proxies hear of it later. */
	endpointsChanged?(service: string, pods: readonly PodId[]): void;
	/** Only with a control plane: from now on the requests of a route are divided so. */
	routeChanged?(route: string, backends: readonly Backend[]): void;
	/** Only with traffic: a window of time is over. */
	requestsCounted?(count: RequestCount): void;
	/** Only with a control plane: claims, volumes or storage classes have changed (`ApiObjects.declared`). */
	storageChanged?(): void;
}

/** Something said about an object of the API server, as `kubectl get events` shows it. */
export interface ObjectEvent {
	/** Who says so: the name of a controller. */
	readonly source: string;
	readonly kind: string;
	/** With its namespace: `default/web`. */
	readonly name: string;
	readonly type: "Normal" | "Warning";
	readonly reason: string;
	readonly message: string;
}

/** How many pods an object wants and has. */
export interface Replicas {
	readonly kind: string;
	/** With its namespace: `default/web`. */
	readonly name: string;
	readonly declared: number;
	readonly current: number;
	/** Of the newest template. */
	readonly updated: number;
	readonly ready: number;
	readonly available: number;
}

/** What others than the cell announce. */
export type Announcing = Pick<
	Required<CellListener>,
	"objectEvent" | "replicasChanged" | "endpointsChanged" | "routeChanged" | "requestsCounted" | "storageChanged"
>;

type Change = Exclude<keyof CellListener, "forgetsJobs">;
type Hearing<C extends Change> = { readonly [Key in C]: NonNullable<CellListener[C]> };

const OF_JOBS = [
	"jobSubmitted",
	"jobTurnedAway",
	"jobGrown",
	"jobFullyStarted",
	"jobAbandoned",
	"jobEnded",
	"attempted",
] as const satisfies readonly Change[];

/**
 * Tells each change to those who want to hear it. One plain method a change, spelled out: every change of every pod passes
 * here, and a loop over listeners of one kind is what the compiler makes fast.
 */
export class ChangeFeed implements Required<Pick<CellListener, Change>> {
	readonly announcing: Announcing = this;
	/** Whether anybody may have jobs that have ended. */
	keepsJobs = false;
	readonly #nodeChanged: Hearing<"nodeChanged">[] = [];
	readonly #jobSubmitted: Hearing<"jobSubmitted">[] = [];
	readonly #jobTurnedAway: Hearing<"jobTurnedAway">[] = [];
	readonly #jobGrown: Hearing<"jobGrown">[] = [];
	readonly #podBound: Hearing<"podBound">[] = [];
	readonly #podReleased: Hearing<"podReleased">[] = [];
	readonly #podStarted: Hearing<"podStarted">[] = [];
	readonly #podReady: Hearing<"podReady">[] = [];
	readonly #jobFullyStarted: Hearing<"jobFullyStarted">[] = [];
	readonly #podLeaving: Hearing<"podLeaving">[] = [];
	readonly #podEnded: Hearing<"podEnded">[] = [];
	readonly #podRequeued: Hearing<"podRequeued">[] = [];
	readonly #jobAbandoned: Hearing<"jobAbandoned">[] = [];
	readonly #jobEnded: Hearing<"jobEnded">[] = [];
	readonly #attempted: Hearing<"attempted">[] = [];
	readonly #objectEvent: Hearing<"objectEvent">[] = [];
	readonly #replicasChanged: Hearing<"replicasChanged">[] = [];
	readonly #endpointsChanged: Hearing<"endpointsChanged">[] = [];
	readonly #routeChanged: Hearing<"routeChanged">[] = [];
	readonly #requestsCounted: Hearing<"requestsCounted">[] = [];
	readonly #storageChanged: Hearing<"storageChanged">[] = [];

	watch(listener: CellListener): void {
		if (!listener.forgetsJobs && OF_JOBS.some((change) => listener[change] !== undefined)) this.keepsJobs = true;
		if (listener.nodeChanged) this.#nodeChanged.push(listener as Hearing<"nodeChanged">);
		if (listener.jobSubmitted) this.#jobSubmitted.push(listener as Hearing<"jobSubmitted">);
		if (listener.jobTurnedAway) this.#jobTurnedAway.push(listener as Hearing<"jobTurnedAway">);
		if (listener.jobGrown) this.#jobGrown.push(listener as Hearing<"jobGrown">);
		if (listener.podBound) this.#podBound.push(listener as Hearing<"podBound">);
		if (listener.podReleased) this.#podReleased.push(listener as Hearing<"podReleased">);
		if (listener.podStarted) this.#podStarted.push(listener as Hearing<"podStarted">);
		if (listener.podReady) this.#podReady.push(listener as Hearing<"podReady">);
		if (listener.jobFullyStarted) this.#jobFullyStarted.push(listener as Hearing<"jobFullyStarted">);
		if (listener.podLeaving) this.#podLeaving.push(listener as Hearing<"podLeaving">);
		if (listener.podEnded) this.#podEnded.push(listener as Hearing<"podEnded">);
		if (listener.podRequeued) this.#podRequeued.push(listener as Hearing<"podRequeued">);
		if (listener.jobAbandoned) this.#jobAbandoned.push(listener as Hearing<"jobAbandoned">);
		if (listener.jobEnded) this.#jobEnded.push(listener as Hearing<"jobEnded">);
		if (listener.attempted) this.#attempted.push(listener as Hearing<"attempted">);
		if (listener.objectEvent) this.#objectEvent.push(listener as Hearing<"objectEvent">);
		if (listener.replicasChanged) this.#replicasChanged.push(listener as Hearing<"replicasChanged">);
		if (listener.endpointsChanged) this.#endpointsChanged.push(listener as Hearing<"endpointsChanged">);
		if (listener.routeChanged) this.#routeChanged.push(listener as Hearing<"routeChanged">);
		if (listener.requestsCounted) this.#requestsCounted.push(listener as Hearing<"requestsCounted">);
		if (listener.storageChanged) this.#storageChanged.push(listener as Hearing<"storageChanged">);
	}

	nodeChanged(node: NodeId, change: NodeChange): void {
		for (let i = 0; i < this.#nodeChanged.length; i++) this.#nodeChanged[i]!.nodeChanged(node, change);
	}

	jobSubmitted(job: Job): void {
		for (let i = 0; i < this.#jobSubmitted.length; i++) this.#jobSubmitted[i]!.jobSubmitted(job);
	}

	jobTurnedAway(job: Job): void {
		for (let i = 0; i < this.#jobTurnedAway.length; i++) this.#jobTurnedAway[i]!.jobTurnedAway(job);
	}

	jobGrown(job: Job, added: number): void {
		for (let i = 0; i < this.#jobGrown.length; i++) this.#jobGrown[i]!.jobGrown(job, added);
	}

	podBound(pod: PodId, node: NodeId): void {
		for (let i = 0; i < this.#podBound.length; i++) this.#podBound[i]!.podBound(pod, node);
	}

	podReleased(pod: PodId, node: NodeId): void {
		for (let i = 0; i < this.#podReleased.length; i++) this.#podReleased[i]!.podReleased(pod, node);
	}

	podStarted(pod: PodId, node: NodeId): void {
		for (let i = 0; i < this.#podStarted.length; i++) this.#podStarted[i]!.podStarted(pod, node);
	}

	podReady(pod: PodId, node: NodeId, ready: boolean): void {
		for (let i = 0; i < this.#podReady.length; i++) this.#podReady[i]!.podReady(pod, node, ready);
	}

	jobFullyStarted(job: Job): void {
		for (let i = 0; i < this.#jobFullyStarted.length; i++) this.#jobFullyStarted[i]!.jobFullyStarted(job);
	}

	podLeaving(pod: PodId, node: NodeId, reason: LeaveReason): void {
		for (let i = 0; i < this.#podLeaving.length; i++) this.#podLeaving[i]!.podLeaving(pod, node, reason);
	}

	podEnded(pod: PodId, node: NodeId, reason: EndReason): void {
		for (let i = 0; i < this.#podEnded.length; i++) this.#podEnded[i]!.podEnded(pod, node, reason);
	}

	podRequeued(pod: PodId, node: NodeId, reason: RequeueReason): void {
		for (let i = 0; i < this.#podRequeued.length; i++) this.#podRequeued[i]!.podRequeued(pod, node, reason);
	}

	jobAbandoned(job: Job): void {
		for (let i = 0; i < this.#jobAbandoned.length; i++) this.#jobAbandoned[i]!.jobAbandoned(job);
	}

	jobEnded(job: Job): void {
		for (let i = 0; i < this.#jobEnded.length; i++) this.#jobEnded[i]!.jobEnded(job);
	}

	/** Whether anybody wants to hear of attempts. */
	get hearsAttempts(): boolean {
		return this.#attempted.length > 0;
	}

	attempted(attempt: Attempt): void {
		for (let i = 0; i < this.#attempted.length; i++) this.#attempted[i]!.attempted(attempt);
	}

	objectEvent(event: ObjectEvent): void {
		for (let i = 0; i < this.#objectEvent.length; i++) this.#objectEvent[i]!.objectEvent(event);
	}

	replicasChanged(replicas: Replicas): void {
		for (let i = 0; i < this.#replicasChanged.length; i++) this.#replicasChanged[i]!.replicasChanged(replicas);
	}

	endpointsChanged(service: string, pods: readonly PodId[]): void {
		for (let i = 0; i < this.#endpointsChanged.length; i++) this.#endpointsChanged[i]!.endpointsChanged(service, pods);
	}

	routeChanged(route: string, backends: readonly Backend[]): void {
		for (let i = 0; i < this.#routeChanged.length; i++) this.#routeChanged[i]!.routeChanged(route, backends);
	}

	requestsCounted(count: RequestCount): void {
		for (let i = 0; i < this.#requestsCounted.length; i++) this.#requestsCounted[i]!.requestsCounted(count);
	}

	storageChanged(): void {
		for (let i = 0; i < this.#storageChanged.length; i++) this.#storageChanged[i]!.storageChanged();
	}
}
