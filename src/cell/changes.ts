/**
 * The ordered change feed. A listener is an object with a method for each change it wants to hear; listeners are called
 * synchronously, in order of registration, after the change is complete. Those that only look (metrics) are registered
 * before those that act (node agent, scheduling), so that everybody hears changes in the order in which they happened.
 */
import type { NodeId, PodId } from "./ids.js";
import type { Job } from "./job.js";
import type { Attempt } from "./transaction.js";

/** How a pod's life ended. */
export const END_REASONS = ["succeeded", "failed", "deleted", "node-lost"] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Why a pod lost its node and went back to pending. */
export const REQUEUE_REASONS = ["preempted", "node-lost", "not-admitted"] as const;
export type RequeueReason = (typeof REQUEUE_REASONS)[number];

export const NODE_CHANGES = ["node-added", "node-ready", "node-not-ready", "node-removed"] as const;
export type NodeChange = (typeof NODE_CHANGES)[number];

export interface CellListener {
	nodeChanged?(node: NodeId, change: NodeChange): void;
	/** The job's pods are in the table, all pending. */
	jobSubmitted?(job: Job): void;
	podBound?(pod: PodId, node: NodeId): void;
	podStarted?(pod: PodId, node: NodeId): void;
	/** Every pod of the job has started at least once. */
	jobFullyStarted?(job: Job): void;
	/** The pod's node, -1 if it had none, has its resources back; the pod's row is freed after the last listener. */
	podEnded?(pod: PodId, node: NodeId, reason: EndReason): void;
	/** The pod is pending again; the resources of its node have returned. */
	podRequeued?(pod: PodId, node: NodeId, reason: RequeueReason): void;
	/** All pods of the job have ended. */
	jobEnded?(job: Job): void;
	attempted?(attempt: Attempt): void;
}

type Heard = { [Change in keyof CellListener]-?: NonNullable<CellListener[Change]>[] };

/** Listeners by what they want to hear, so that a change costs nothing to those who do not. */
export class ChangeFeed {
	readonly heard: Heard = {
		nodeChanged: [],
		jobSubmitted: [],
		podBound: [],
		podStarted: [],
		jobFullyStarted: [],
		podEnded: [],
		podRequeued: [],
		jobEnded: [],
		attempted: [],
	};

	watch(listener: CellListener): void {
		const add = <C extends keyof CellListener>(change: C) => {
			const hear = listener[change];
			if (hear) (this.heard[change] as unknown[]).push((hear as (...facts: never[]) => void).bind(listener));
		};
		for (const change of Object.keys(this.heard) as (keyof CellListener)[]) add(change);
	}
}
