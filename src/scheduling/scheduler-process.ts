/**
 * One scheduler at work: it takes the next job, decides on a snapshot, and sends back to the waiting room what was not placed.
 * When decisions begin, on what they are made and when they are settled is the architecture's business.
 */
import type { Cell } from "../cell/cell.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { PodView } from "../cell/pod-view.js";
import type { Snapshot } from "../cell/snapshot.js";
import type { CommitResult, Conflict, Placement } from "../cell/transaction.js";
import type { Random } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import type { PodClass } from "../objects/pod-class.js";
import { attemptOf, NO_REJECTIONS } from "./attempt-report.js";
import { type ElasticPolicy, workersFor } from "./elastic.js";
import { PolicyError } from "./policy-error.js";
import type { Decision, Scheduler } from "./scheduler.js";
import { fits, NEVER_GIVE_UP, type QueueOptions, RETRY_ON_CHANGE, type Room, WaitingRoom } from "./waiting-room.js";

/** Time one decision takes: per job plus per pod of the attempt (Omega paper, section 4: t_job + t_task x tasks). */
export interface DecisionCost {
	readonly perJobUs: SimTime;
	readonly perPodUs: SimTime;
}

export interface DecisionTime extends DecisionCost {
	/** For jobs of these classes, instead (the multi-path schedulers of the Omega paper). */
	readonly byClass?: ReadonlyMap<string, DecisionCost>;
}

export interface ProcessOptions {
	/** Position among all processes. */
	readonly index: number;
	readonly name: string;
	/** The entry of the experiment file that it comes from; replicas share one. */
	readonly entry: string;
	/** What the placement policy is called, for messages. */
	readonly policy?: string;
	readonly scheduler: Scheduler;
	readonly decisionTime: DecisionTime;
	readonly queue: QueueOptions;
	readonly random: Random;
	/** Nodes that it may use; null for all. The answer for a node never changes. */
	readonly sees: ((node: NodeId) => boolean) | null;
	/** What it does with elastic jobs; default nothing. */
	readonly elastic?: ElasticPolicy;
}

/** A decision under way. */
export interface Deciding {
	readonly job: Job;
	/** Pods of the attempt: those pending when it began, and those that the job has been given for it. */
	pods: number;
	readonly beginUs: SimTime;
	/** Of which time the view is that it is made on. */
	seenUs: SimTime;
	/** Time that it takes; known when it is made, since the job may get more pods then. */
	takesUs: SimTime;
	/** Null until it is made. */
	decision: Decision | null;
	/**
	 * Nodes that gained room since it began, null for none: a job must not be parked for want of what has turned up
	 * meanwhile.
	 */
	improved: NodeId[] | null;
	/** Whether the job got a pod back meanwhile. */
	again: boolean;
	/** Whether `claim` has dealt with the job already. */
	claimed: boolean;
}

const NOBODY: ReadonlySet<PodId> = new Set();

export class SchedulerProcess {
	readonly index: number;
	readonly name: string;
	readonly room: Room;
	readonly options: ProcessOptions;
	/** Decisions under way, in order of their begin. */
	readonly open: Deciding[] = [];
	/** The job whose pods are ending because the process gives it up; null at all other times. */
	givingUp: Job | null = null;
	/** Pods with a node that no other decision takes away, although their own is not settled. */
	readonly #claimed = new Set<PodId>();
	readonly #cell: Cell;
	/** Whether jobs that lack room wait for it, not for a time. */
	readonly waitsForRoom: boolean;
	readonly #retryAt: (job: Job, atUs: SimTime) => void;
	readonly #mayGet: NonNullable<Scheduler["mayGet"]>;

	/** `retryAt` is asked to add the job to the room again at a later time. */
	constructor(options: ProcessOptions, cell: Cell, retryAt: (job: Job, atUs: SimTime) => void) {
		this.index = options.index;
		this.name = options.name;
		const own = options.queue.discipline === "kubernetes" ? options.scheduler.room?.(cell) : undefined;
		this.room = own ?? new WaitingRoom(options.queue);
		this.options = options;
		this.#cell = cell;
		this.waitsForRoom = (options.queue.retry ?? RETRY_ON_CHANGE).afterNoRoomUs === null;
		this.#retryAt = retryAt;
		this.#mayGet = options.scheduler.mayGet?.bind(options.scheduler) ?? fits;
	}

	/** Whether pods of this class are left alone, since they ask for another scheduler. */
	ignores({ spec }: PodClass): boolean {
		return this.options.scheduler.schedulerNames?.has(spec.facts.schedulerName) === false;
	}

	/** A job of this process has pods to place. It is left alone if its first pod is. */
	offer(job: Job): void {
		const first = job.pending[0];
		if (first !== undefined && this.ignores(this.#cell.pods.classes[rowOf(first)]!)) return;
		for (let i = 0; i < this.open.length; i++) {
			if (this.open[i]!.job !== job) continue;
			this.open[i]!.again = true;
			return;
		}
		if (job.queueState !== "delayed") this.room.add(job);
	}

	/** A job is to be tried again now. */
	comeBack(job: Job): void {
		if (this.options.queue.retry?.place === "tail") this.room.toTail(job);
		this.room.add(job);
	}

	/** Nodes are lacking for pods of these classes: the job waits for the time or the change that the queue options name. */
	wait(job: Job, lacking: ReadonlySet<PodClass>): void {
		const { place, afterNoRoomUs } = this.options.queue.retry ?? RETRY_ON_CHANGE;
		if (afterNoRoomUs !== null) {
			this.#delay(job, afterNoRoomUs);
			return;
		}
		if (place === "tail") this.room.toTail(job);
		this.park(job, lacking);
	}

	/** The job keeps its turn and waits for room for pods of these classes. */
	park(job: Job, lacking: ReadonlySet<PodClass>): void {
		const { nowUs } = this.#cell;
		this.room.park(job, lacking, nowUs);
		// An identical pod would not have found room either.
		if (job.wokenBy !== null && lacking.has(job.wokenBy)) job.wokenBy = null;
		this.room.passOn(job, nowUs);
	}

	#delay(job: Job, delayUs: SimTime): void {
		const { nowUs } = this.#cell;
		this.room.delay(job);
		this.#retryAt(job, nowUs + delayUs);
		this.room.passOn(job, nowUs);
	}

	/** Whether the queue options say that the job is not tried again. */
	givesUp({ attempts, placedAny }: Job): boolean {
		const { giveUp = NEVER_GIVE_UP } = this.options.queue;
		return attempts >= giveUp.attempts || (!placedAny && attempts >= giveUp.vainAttempts);
	}

	/** A node gained room or came back. True if a job became active. */
	nodeImproved(node: NodeId): boolean {
		if (!this.waitsForRoom) return false;
		for (let i = 0; i < this.open.length; i++) (this.open[i]!.improved ??= []).push(node);
		return this.room.nodeImproved(node, this.#cell.nodes, this.#cell.nowUs, this.#mayGet);
	}

	/**
	 * Begins the decision on a job that the room gave out. It is made by `decide`, now or later, and ended by `settle`. A view that
	 * was taken before comes with its time and the nodes that have gained room since.
	 */
	begin(job: Job, seenUs = this.#cell.nowUs, improved: Iterable<NodeId> | null = null): Deciding {
		this.#cell.countAttempt(job);
		const pods = this.#waiting(job).length;
		const { perJobUs, perPodUs } = costOf(this.options.decisionTime, job);
		const takesUs = perJobUs + perPodUs * pods;
		const beginUs = this.#cell.nowUs;
		const deciding: Deciding = {
			job,
			pods,
			beginUs,
			seenUs,
			takesUs,
			decision: null,
			improved: this.waitsForRoom && improved !== null ? [...improved] : null,
			again: false,
			claimed: false,
		};
		this.open.push(deciding);
		return deciding;
	}

	/** Lets the placement policy choose. A policy that throws or forgets pods fails the run. */
	decide(deciding: Deciding, snapshot: Snapshot): Decision {
		const { scheduler, random } = this.options;
		this.#grow(deciding, snapshot);
		const pods = this.#views(deciding);
		// Where it is made at its end, pods may have come and gone since it began.
		deciding.pods = pods.length;
		let decision: Decision;
		try {
			decision = scheduler.decide(pods, snapshot, random);
		} catch (cause) {
			throw new PolicyError(this.#title, pods[0]!.name, cause);
		}
		const decided = decision.placements.length + decision.unplaced.length;
		if (decided !== pods.length)
			throw new PolicyError(this.#title, pods[0]!.name, `it answered for ${decided} of ${pods.length} pods`);
		deciding.decision = decision;
		return decision;
	}

	/** Finds no node for any pod, without looking. */
	decline(deciding: Deciding): void {
		const pods = this.#views(deciding);
		deciding.decision = {
			placements: [],
			unplaced: pods.map((pod) => ({ pod, rejections: NO_REJECTIONS, nodes: 0 })),
		};
	}

	/**
	 * Lets the job go before its decision is settled: pods without a node go their way now, and the others are nobody else's
	 * business until then.
	 */
	claim(deciding: Deciding): void {
		const { job } = deciding;
		const { placements } = deciding.decision!;
		this.#close(deciding);
		deciding.claimed = true;
		for (const { pod } of placements) this.#claimed.add(pod);
		if (placements.length > 0) this.#placed(job);
		this.#sendBack(deciding, { accepted: placements, conflicts: [] });
	}

	/** An elastic job gets its workers when it is decided on for the first time, and deciding on them takes time as well. */
	#grow(deciding: Deciding, snapshot: Snapshot): void {
		const { job } = deciding;
		const { elastic, decisionTime } = this.options;
		if (elastic === undefined || job.maxWorkers === null || job.attempts > 1 || job.pending.length === 0) return;
		const workers = workersFor(job, this.#cell.pod(job.pending[0]!).podClass, snapshot, elastic);
		const added = workers - job.podCount;
		if (added <= 0) return;
		this.#cell.growJob(job, workers);
		deciding.takesUs += costOf(decisionTime, job).perPodUs * added;
	}

	/** Ends a decision with what the cell said: reports the attempt, and sends back what was not placed. */
	settle(deciding: Deciding, result: CommitResult): void {
		const { job, claimed, decision } = deciding;
		const { placements, released } = decision!;
		if (claimed) this.#unclaim(placements);
		else this.#close(deciding);
		const others = released === undefined ? NOBODY : podsOf(released);
		const own = others.size === 0 ? result : without(others, result);
		if (own.accepted.length > 0 && !claimed) this.#placed(job);
		this.#checkConflicts(deciding, result);
		if (result.conflicts.length > 0 || this.#cell.hearsAttempts)
			this.#cell.report(attemptOf(this.index, deciding, own, this.#cell));
		if (!claimed) this.#sendBack(deciding, own);
		else if (result.conflicts.length > 0 && this.#waiting(job).length > 0) this.offer(job);
		if (others.size > 0) this.#settleOthers(deciding, others, result);
	}

	#unclaim(placements: readonly Placement[]): void {
		for (const { pod } of placements) this.#claimed.delete(pod);
	}

	/** Jobs with pods that had waited on nodes: those that got them are done with, others come back. */
	#settleOthers({ job: own }: Deciding, others: ReadonlySet<PodId>, { accepted }: CommitResult): void {
		const { pods } = this.#cell;
		const jobs = new Set<Job>();
		for (const pod of others) if (pods.has(pod)) jobs.add(pods.view(pod).job);
		const lucky = new Set(accepted.flatMap(({ pod }) => (others.has(pod) ? pods.view(pod).job : [])));
		for (const job of jobs) {
			if (lucky.has(job)) this.#placed(job);
			if (job === own) continue;
			if (this.#waiting(job).length > 0) this.offer(job);
			else this.room.passOn(job, this.#cell.nowUs);
		}
	}

	#placed(job: Job): void {
		job.placedAny = true;
		this.room.served?.(job);
	}

	#close(deciding: Deciding): void {
		if (this.open[this.open.length - 1] === deciding) this.open.pop();
		else this.open.splice(this.open.indexOf(deciding), 1);
		deciding.job.queueState = "idle";
	}

	/** Pods of the job to find a node for. */
	#waiting({ pending }: Job): readonly PodId[] {
		return this.#claimed.size === 0 && this.room.holds === undefined ? pending : this.#free(pending);
	}

	/** Apart, since a function in a method makes each of its calls pay for what the function sees of it. */
	#free(pending: readonly PodId[]): readonly PodId[] {
		return pending.filter((pod) => !this.#claimed.has(pod) && this.room.holds?.(pod) !== true);
	}

	#views({ job }: Deciding): PodView[] {
		const waiting = this.#waiting(job);
		const pods = new Array<PodView>(waiting.length);
		for (let i = 0; i < waiting.length; i++) pods[i] = this.#cell.pod(waiting[i]!);
		return pods;
	}

	get #title(): string {
		const { policy } = this.options;
		return policy === undefined || policy === this.name ? `'${this.name}'` : `'${this.name}' (${policy})`;
	}

	/** A decision made on the cell as it is only conflicts if it is wrong, and it would again, for ever. */
	#checkConflicts({ seenUs }: Deciding, { conflicts }: CommitResult): void {
		if (conflicts.length > 0 && seenUs >= this.#cell.nowUs) this.#blame(conflicts[0]!);
	}

	#blame({ placement, reason }: Conflict): never {
		const problem = `its placement on node ${placement.node} was refused at once: ${reason}`;
		const { pods } = this.#cell;
		const pod = pods.has(placement.pod) ? pods.view(placement.pod).name : `id ${placement.pod}`;
		throw new PolicyError(this.#title, pod, problem);
	}

	#sendBack(deciding: Deciding, result: CommitResult): void {
		const { job } = deciding;
		if (result.accepted.length > 0) job.failures = 0;
		if (this.#waiting(job).length === 0 || this.#abandons(job)) this.room.passOn(job, this.#cell.nowUs);
		else this.#retry(deciding, result);
	}

	/** Pods of the job that have no node yet make it wait, for the time or the change that its queue options name. */
	#retry(deciding: Deciding, result: CommitResult): void {
		const { job } = deciding;
		const { afterConflictUs } = this.options.queue.retry ?? RETRY_ON_CHANGE;
		const atOnce = deciding.again || result.conflicts.length > 0;
		const lacking = atOnce ? null : this.#lacking(deciding);
		if (lacking !== null) this.wait(job, lacking);
		else if (afterConflictUs > 0) this.#delay(job, afterConflictUs);
		else this.comeBack(job);
	}

	/** Gives the job up if the queue options say so. True if none of its pods is left to find a node for. */
	#abandons(job: Job): boolean {
		if (!this.givesUp(job)) return false;
		this.givingUp = job;
		this.#cell.abandonJob(job, this.#claimed);
		this.givingUp = null;
		return this.#waiting(job).length === 0;
	}

	/** Classes of the pods for which there was no node; null if there are none, or if room for one turned up meanwhile. */
	#lacking({ decision, improved }: Deciding): ReadonlySet<PodClass> | null {
		const { nodes, pods } = this.#cell;
		const lacking = new Set<PodClass>();
		for (const { pod } of decision!.unplaced) if (pods.has(pod.id)) lacking.add(pod.podClass);
		const turnedUp = improved?.some(
			(node) => nodes.ready[node] === 1 && [...lacking].some((podClass) => this.#mayGet(podClass, node, nodes)),
		);
		return turnedUp || lacking.size === 0 ? null : lacking;
	}
}

function podsOf(placements: readonly Placement[]): ReadonlySet<PodId> {
	return new Set(placements.map(({ pod }) => pod));
}

/** A result as if these pods had not been placed. */
function without(pods: ReadonlySet<PodId>, result: CommitResult): CommitResult {
	return { ...result, accepted: result.accepted.filter(({ pod }) => !pods.has(pod)) };
}

/** What a decision on a job of this class costs. */
export function costOf(decisionTime: DecisionTime, { className }: Job): DecisionCost {
	return decisionTime.byClass?.get(className) ?? decisionTime;
}
