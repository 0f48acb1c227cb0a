/** What a scheduler asks of the cell, and what the cell answers. */
import type { SimTime } from "../engine/time.js";
import type { NodeId, PodId } from "./ids.js";
import type { Job } from "./job.js";

/** One pod on one node, as decided on a snapshot. */
export interface Placement {
	readonly pod: PodId;
	readonly node: NodeId;
	/** Bit mask of GPU devices; 0 without GPU. */
	readonly devices: number;
	/** Version of the node in the cell when the snapshot was taken. */
	readonly nodeVersion: number;
}

/**
 * When a placement conflicts: `fit` if the pod no longer fits what is free on its node (fine-grained), `node-version` if
 * anything at all changed on the node since the snapshot (coarse-grained). Omega paper, section 5.2.
 */
export const CONFLICT_RULES = ["fit", "node-version"] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

/** What becomes of the rest when one placement conflicts: kept, or nothing is placed. Omega paper, section 3.4. */
export const ATOMICITIES = ["incremental", "all-or-nothing"] as const;
export type Atomicity = (typeof ATOMICITIES)[number];

export interface Transaction {
	readonly placements: readonly Placement[];
	/** Running or bound pods to stop first; they go back to pending. */
	readonly preemptions: readonly PodId[];
	readonly conflictRule: ConflictRule;
	readonly atomicity: Atomicity;
	/** Whether the placements are counted on their nodes already (`Snapshot.leave`): then none conflicts. Default no. */
	readonly counted?: boolean;
}

export const CONFLICT_REASONS = ["pod-gone", "node-gone", "node-changed", "no-longer-fits", "offer-rescinded"] as const;
export type ConflictReason = (typeof CONFLICT_REASONS)[number];

export interface Conflict {
	readonly placement: Placement;
	readonly reason: ConflictReason;
}

/** `accepted` plus `conflicts` may be fewer than the placements: an all-or-nothing transaction stops at its first conflict. */
export interface CommitResult {
	readonly accepted: readonly Placement[];
	readonly conflicts: readonly Conflict[];
}

export const ATTEMPT_OUTCOMES = ["placed", "partly-placed", "conflict", "unschedulable"] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** Pods for which no node was found, and why: the same for each of them. */
export interface PodRejections {
	/** Positions in the order of submission. */
	readonly pods: readonly number[];
	/** Nodes that rejected each of them, by reason: "Insufficient cpu" -> 12. */
	readonly rejections: ReadonlyMap<string, number>;
	/** Nodes looked at when the rejections were counted. */
	readonly nodes: number;
}

/**
 * One scheduling attempt of a job, reported when its transaction has been settled. Each of its pods is counted once: placed,
 * conflicts, withdrawn and unplaced add up to `pods`.
 */
export interface Attempt {
	readonly job: Job;
	/** Index of the scheduler process. */
	readonly scheduler: number;
	/** When the decision began. */
	readonly beginUs: SimTime;
	readonly commitUs: SimTime;
	/** Time its scheduler spent on deciding; less than from begin to commit where the placements had to wait for others. */
	readonly decisionUs: SimTime;
	/** Pods the scheduler looked at. */
	readonly pods: number;
	readonly placed: number;
	readonly conflicts: number;
	/** Placements given up because another one of the same all-or-nothing transaction conflicted. */
	readonly withdrawn: number;
	/** Conflicts by reason. */
	readonly conflictReasons: ReadonlyMap<ConflictReason, number>;
	/** Pods for which no node was found. */
	readonly unplaced: number;
	readonly outcome: AttemptOutcome;
	/** Nodes that rejected the first unplaced pod, by reason: "Insufficient cpu" -> 12. */
	readonly rejections: ReadonlyMap<string, number>;
	/** Nodes looked at when the rejections were counted. */
	readonly nodes: number;
	/** All unplaced pods by what they were rejected for, if they differ; empty if it is the same for all. */
	readonly rejectionsByPods: readonly PodRejections[];
}
