/** What a scheduler of a distributed architecture has under way: attempts at jobs, and the batches of tasks that an attempt sends out. */
import { type NodeId, type PodId, rowOf } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { PodTable } from "../../cell/pod-table.js";
import type { Attempt, ConflictReason, PodRejections } from "../../cell/transaction.js";
import type { SimTime } from "../../engine/time.js";
import type { PodClass } from "../../objects/pod-class.js";
import { outcomeOf } from "../attempt-report.js";
import { costOf, type SchedulerProcess } from "../scheduler-process.js";

/**
 * A scheduling attempt that is not over yet: the scheduler takes on the pods of a job that nobody has taken on yet, and finds a
 * node for each. It is over, and reported, when its last pod has its answer: placed, in conflict (refused by its node), or
 * unplaced (no node may run it, its node went away, or it was deleted). Whatever is not placed and still there belongs to
 * the next attempt, which may begin before this one is over.
 */
export interface OpenAttempt {
	readonly job: Job;
	readonly process: SchedulerProcess;
	/** Which of the job's attempts it is, from 1. */
	readonly number: number;
	readonly beginUs: SimTime;
	readonly takesUs: SimTime;
	readonly pods: number;
	readonly batches: Batch[];
	/** Pods that no node of the cell may run, empty or not, by class. */
	readonly lacking: Map<PodClass, PodRejections & { readonly pods: number[] }>;
	/** Pods without an answer so far. */
	open: number;
	placed: number;
	unplaced: number;
	conflicts: number;
	readonly conflictReasons: Map<ConflictReason, number>;
}

const NO_REJECTIONS: ReadonlyMap<string, number> = new Map();

/** In the place of a pod that needs nothing from its batch any more. */
export const GONE = -1 as PodId;

/** Pods of one attempt and one class that are probed for together. */
export interface Batch {
	/** Subject of its events; -1 while it has none and no reservations. */
	id: number;
	readonly attempt: OpenAttempt;
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

/** An attempt that begins now, and is not counted yet. */
export function openAttempt(job: Job, process: SchedulerProcess, pods: readonly PodId[], nowUs: SimTime): OpenAttempt {
	const { perJobUs, perPodUs } = costOf(process.options.decisionTime, job);
	return {
		job,
		process,
		number: job.attempts + 1,
		beginUs: nowUs,
		takesUs: perJobUs + perPodUs * pods.length,
		pods: pods.length,
		batches: [],
		lacking: new Map(),
		open: pods.length,
		placed: 0,
		unplaced: 0,
		conflicts: 0,
		conflictReasons: new Map(),
	};
}

export function batchOf(attempt: OpenAttempt, podClass: PodClass): Batch {
	return {
		id: -1,
		attempt,
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

/** Batches with events or reservations, by id: the subjects of their events. */
export class BatchTable {
	readonly #batches: (Batch | null)[] = [];
	readonly #freeIds: number[] = [];

	at(id: number): Batch {
		return this.#batches[id]!;
	}

	/** Counts an event to come; the batch's id. */
	use(batch: Batch): number {
		if (batch.id < 0) {
			batch.id = this.#freeIds.pop() ?? this.#batches.length;
			this.#batches[batch.id] = batch;
		}
		batch.uses++;
		return batch.id;
	}

	/** An event or a reservation is over. */
	release(batch: Batch): void {
		if (--batch.uses > 0) return;
		this.#batches[batch.id] = null;
		this.#freeIds.push(batch.id);
	}
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

/** A node has refused a pod of the attempt. */
export function noteConflict(attempt: OpenAttempt, reason: ConflictReason): void {
	attempt.conflicts++;
	attempt.conflictReasons.set(reason, (attempt.conflictReasons.get(reason) ?? 0) + 1);
}

/** No node may run the pods of the batch; `why` is asked once for each class of an attempt. */
export function noteLacking(
	{ attempt: { lacking }, podClass, pods }: Batch,
	{ ordinal }: PodTable,
	why: () => Pick<PodRejections, "rejections" | "nodes">,
): void {
	let noted = lacking.get(podClass);
	if (!noted) lacking.set(podClass, (noted = { pods: [], ...why() }));
	for (const pod of pods) if (pod !== GONE) noted.pods.push(ordinal[rowOf(pod)]!);
}

/** An attempt that is over as the cell's feed has it. */
export function finished(attempt: OpenAttempt, nowUs: SimTime): Attempt {
	const { job, process, beginUs, takesUs, pods, placed, unplaced, conflicts, conflictReasons } = attempt;
	const rejectionsByPods = [...attempt.lacking.values()];
	const first = rejectionsByPods[0];
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
		outcome: outcomeOf(pods, placed, conflicts),
		rejections: first?.rejections ?? NO_REJECTIONS,
		nodes: first?.nodes ?? 0,
		rejectionsByPods: rejectionsByPods.length > 1 ? rejectionsByPods : [],
	};
}
