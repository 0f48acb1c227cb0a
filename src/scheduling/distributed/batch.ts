/** What a scheduler of a distributed architecture has under way: looks at jobs, and the batches of tasks that a look sends out. */
import type { NodeId, PodId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { Attempt, AttemptOutcome, ConflictReason } from "../../cell/transaction.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { SchedulerProcess } from "../scheduler-process.js";

/**
 * One look of a scheduler at a job: it takes on the pods that nobody has taken on yet, and finds a node for each. It is the
 * scheduling attempt of the distributed architectures, and reported when its last pod has its answer: placed, in conflict
 * (refused by its node), or unplaced (no node may run it, its node went away, or it was deleted). Whatever is not placed
 * and still there belongs to the next look.
 */
export interface Look {
	readonly job: Job;
	readonly process: SchedulerProcess;
	readonly beginUs: SimTime;
	readonly takesUs: SimTime;
	readonly pods: number;
	readonly batches: Batch[];
	/** Classes of pods that no node of the cell may run, empty or not. */
	readonly lacking: Set<PodClass>;
	/** Pods without an answer so far. */
	open: number;
	placed: number;
	unplaced: number;
	conflicts: number;
	readonly conflictReasons: Map<ConflictReason, number>;
	rejections: ReadonlyMap<string, number>;
	/** Nodes looked at when the rejections were counted. */
	nodes: number;
}

/** In the place of a pod that needs nothing from its batch any more. */
export const GONE = -1 as PodId;

/** Pods of one look and one class that are probed for together. */
export interface Batch {
	/** Subject of its events; -1 while it has none and no reservations. */
	id: number;
	readonly look: Look;
	readonly podClass: PodClass;
	readonly pods: PodId[];
	/** Nodes probed; later, where the tasks wait on nodes, the node of each pod. */
	nodes: readonly NodeId[];
	/** Pods before it have been handed out. */
	next: number;
	/** Pods to hand out. */
	waiting: number;
	/** Reservations that will still ask for a pod. */
	live: number;
	/** The last reservation made, the head of the list of all. */
	first: number;
	/** Events to come and reservations there are: at 0 it is over. */
	uses: number;
	cancelled: boolean;
}

/** A look that begins now. */
export function lookAt(job: Job, process: SchedulerProcess, pods: readonly PodId[], nowUs: SimTime): Look {
	const { perJobUs, perPodUs } =
		process.options.decisionTime.byClass?.get(job.className) ?? process.options.decisionTime;
	return {
		job,
		process,
		beginUs: nowUs,
		takesUs: perJobUs + perPodUs * pods.length,
		pods: pods.length,
		batches: [],
		lacking: new Set(),
		open: pods.length,
		placed: 0,
		unplaced: 0,
		conflicts: 0,
		conflictReasons: new Map(),
		rejections: new Map(),
		nodes: 0,
	};
}

export function batchOf(look: Look, podClass: PodClass): Batch {
	return {
		id: -1,
		look,
		podClass,
		pods: [],
		nodes: [],
		next: 0,
		waiting: 0,
		live: 0,
		first: -1,
		uses: 0,
		cancelled: false,
	};
}

/** The next pod to hand out, or GONE. */
export function handOut(batch: Batch): PodId {
	while (batch.next < batch.pods.length) {
		const pod = batch.pods[batch.next++]!;
		if (pod === GONE) continue;
		batch.waiting--;
		return pod;
	}
	return GONE;
}

/** Takes back the pod that would be handed out last; there is one. */
export function takeBack(batch: Batch): PodId {
	for (;;) {
		const pod = batch.pods.pop()!;
		if (pod === GONE) continue;
		batch.waiting--;
		return pod;
	}
}

/** A finished look as the cell's feed has it. */
export function attemptOf(look: Look, nowUs: SimTime): Attempt {
	const { job, process, beginUs, takesUs, pods, placed, unplaced, conflicts, conflictReasons, rejections, nodes } =
		look;
	return {
		job,
		scheduler: process.index,
		beginUs,
		commitUs: nowUs,
		decisionUs: takesUs,
		pods,
		placed,
		conflicts,
		withdrawn: 0,
		conflictReasons,
		unplaced,
		outcome: outcomeOf(look),
		rejections,
		nodes,
	};
}

function outcomeOf({ pods, placed, conflicts }: Look): AttemptOutcome {
	if (conflicts > 0) return "conflict";
	if (placed === pods) return "placed";
	return placed > 0 ? "partly-placed" : "unschedulable";
}
