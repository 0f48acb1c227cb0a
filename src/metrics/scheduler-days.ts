/**
 * What the schedulers did, day by day: one lane of counts for each scheduler process and class of jobs. A day is 24 hours of
 * simulated time from 0 on, and ends with the events of its midnight. Everything counts on the day on which it happened, an
 * attempt when its transaction was settled; only the time of a decision is split at midnight. The time that an attempt took
 * (`decisionUs`) is taken to lie right behind its begin.
 *
 * A job waits from its submission, or from losing a pod, until all its pods have a node. Its process is that of `job.scheduler`,
 * for attempts the one that made them. Jobs are attempted one attempt at a time.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, EndReason } from "../cell/changes.js";
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import type { Attempt } from "../cell/transaction.js";
import { DAY, type SimTime } from "../engine/time.js";
import { type DayCounts, emptyDay } from "./day-counts.js";
import type { ObservedProcess } from "./observed-scheduling.js";

/** One process and one class of jobs. */
export interface Lane {
	/** Index of the process; -1 for jobs that nobody schedules. */
	readonly process: number;
	readonly className: string;
	/** By day, from the first day of the run on. */
	readonly days: DayCounts[];
	/** Levels now, and totals so far, of all jobs whenever they were submitted. */
	waiting: number;
	/** Jobs that wait although they were tried before. */
	waitingInVain: number;
	submitted: number;
	abandoned: number;
	busyUs: number;
}

/** Hears what happens to the jobs that are counted. Waits are from the submission. */
export interface JobListener {
	/** The first attempt, settled now, began after this wait. */
	firstAttempted(lane: Lane, job: Job, waitUs: SimTime): void;
	/** Every pod has been placed, for the first time. */
	placed(lane: Lane, job: Job, waitUs: SimTime): void;
	abandoned?(job: Job, waitUs: SimTime): void;
	/** The run is over and the job was never placed in full; `tried`: its first attempt was heard of. */
	leftWaiting?(job: Job, tried: boolean): void;
	/** The lanes are about to change at this time: until then they stand as they have since the last change. */
	changing?(atUs: SimTime): void;
	/** The counts of the present day are complete, but for the time of decisions under way. */
	dayEnded?(): void;
}

/** What is remembered of a job while it waits, and until an attempt was settled: most jobs are forgotten long before they end. */
interface Life {
	readonly lane: Lane;
	waiting: boolean;
	/** Whether an attempt was settled in its present wait; ever. */
	triedNow: boolean;
	tried: boolean;
	/** Whether it stopped waiting before. */
	waitedBefore: boolean;
}

/**
 * Lives by job. The job that came last is kept beside the map, since most are forgotten before the next one comes: a map that takes
 * every job in and out is rebuilt all the time, and what was in its old tables lives on until the next collection of old objects.
 */
class Lives {
	readonly #map = new Map<Job, Life>();
	#last: Job | null = null;
	#lastLife: Life | null = null;

	get(job: Job): Life | undefined {
		if (job === this.#last) return this.#lastLife!;
		return this.#map.size === 0 ? undefined : this.#map.get(job);
	}

	set(job: Job, life: Life): void {
		if (this.#last !== null) this.#map.set(this.#last, this.#lastLife!);
		this.#last = job;
		this.#lastLife = life;
	}

	delete(job: Job): void {
		if (job === this.#last) this.#last = null;
		else if (this.#map.size > 0) this.#map.delete(job);
	}

	/** In the order in which they came. */
	all(): Iterable<readonly [Job, Life]> {
		return this.#last === null ? this.#map : [...this.#map, [this.#last, this.#lastLife!]];
	}
}

export class SchedulerDays implements CellListener {
	/** What is remembered of a job is forgotten when it ends, but for those that are given up, whose objects are not used again. */
	readonly forgetsJobs = true;
	/** In order of appearance. */
	readonly lanes: Lane[] = [];
	readonly #cell: Cell;
	readonly #fromUs: SimTime;
	readonly #listener: JobListener;
	/** By process + 1. */
	readonly #lanesOf: Map<string, Lane>[] = [];
	readonly #lives = new Lives();
	/** The last job submitted, until it is known whose it is: routing comes after listening. */
	#arrived: Job | null = null;
	#day = 0;
	#dayEndUs = DAY;

	/** Counts the jobs submitted from `fromUs` on, and the time spent deciding from then on. */
	constructor(cell: Cell, fromUs: SimTime, listener: JobListener) {
		this.#cell = cell;
		this.#fromUs = fromUs;
		this.#listener = listener;
	}

	jobSubmitted(job: Job): void {
		if (job.prefilled) return;
		this.#changing();
		this.#arrived = job;
	}

	podBound(pod: PodId): void {
		const job = this.#cell.pods.jobs[rowOf(pod)]!;
		if (job.pending.length > 0) return;
		this.#changing();
		const life = this.#lives.get(job);
		if (life === undefined || !life.waiting) return;
		const first = !life.waitedBefore;
		this.#leave(life);
		if (!first || !this.#counts(job)) return;
		this.#today(life.lane).jobsPlaced++;
		this.#listener.placed(life.lane, job, this.#cell.nowUs - job.submitUs);
	}

	podEnded(pod: PodId, node: NodeId, reason: EndReason): void {
		if (node >= 0 || reason === "abandoned") return;
		this.#changing();
		const job = this.#cell.pods.jobs[rowOf(pod)]!;
		const life = this.#lives.get(job);
		if (life?.waiting && job.pending.length === 0) this.#leave(life);
	}

	podRequeued(pod: PodId): void {
		this.#changing();
		const job = this.#cell.pods.jobs[rowOf(pod)]!;
		const life = this.#lives.get(job) ?? this.#revived(job);
		if (life === null || life.waiting) return;
		life.waiting = true;
		life.lane.waiting++;
	}

	jobAbandoned(job: Job): void {
		this.#changing();
		const life = this.#lives.get(job) ?? this.#revived(job);
		if (life === null) return;
		const first = !life.waitedBefore;
		if (life.waiting) this.#leave(life);
		if (job.remaining === 0) this.#lives.delete(job);
		life.lane.abandoned++;
		if (!this.#counts(job)) return;
		this.#today(life.lane).jobsAbandoned++;
		if (first) this.#listener.abandoned?.(job, this.#cell.nowUs - job.submitUs);
	}

	jobEnded(job: Job): void {
		// A job that is given up before any pod of it ran ends first.
		if (!this.#lives.get(job)?.waiting) this.#lives.delete(job);
	}

	attempted(attempt: Attempt): void {
		this.#changing();
		const { job, scheduler, beginUs, decisionUs, placed, conflicts } = attempt;
		const lane = this.#lane(scheduler, job.className);
		const part = conflicts > 0 ? "wastedUs" : placed > 0 ? "usefulUs" : "vainUs";
		this.#spend(lane, part, beginUs, beginUs + decisionUs);
		const life = this.#lives.get(job);
		// A job that ended while it was decided on is forgotten.
		const first = life === undefined ? job.attempts === 1 : !life.tried;
		if (life) this.#tried(life);
		if (life?.waiting === false) this.#lives.delete(job);
		if (!this.#counts(job)) return;
		this.#count(lane, attempt);
		if (!first) return;
		this.#today(lane).jobsFirstAttempted++;
		this.#listener.firstAttempted(lane, job, job.firstAttemptUs - job.submitUs);
	}

	/** Completes the counts: the time of decisions under way, the jobs that wait. Called once, when the run is over. */
	finish(endUs: SimTime, processes: readonly ObservedProcess[]): void {
		this.#changing(endUs);
		for (let i = 0; i < processes.length; i++)
			for (const { job, beginUs, takesUs } of processes[i]!.open)
				this.#spend(this.#lane(i, job.className), null, beginUs, Math.min(beginUs + takesUs, endUs));
		this.#completeDay();
		for (const [job, { waiting, waitedBefore, tried }] of this.#lives.all())
			if (waiting && !waitedBefore && this.#counts(job)) this.#listener.leftWaiting?.(job, tried);
	}

	#changing(atUs = this.#cell.nowUs): void {
		const job = this.#arrived;
		if (job !== null) {
			this.#arrived = null;
			const lane = this.#lane(job.scheduler, job.className);
			this.#lives.set(job, { lane, waiting: true, triedNow: false, tried: false, waitedBefore: false });
			lane.waiting++;
			lane.submitted++;
			if (this.#counts(job)) this.#today(lane).jobsSubmitted++;
		}
		this.#listener.changing?.(atUs);
		while (atUs > this.#dayEndUs) this.#endDay();
	}

	#endDay(): void {
		this.#completeDay();
		this.#day++;
		this.#dayEndUs += DAY;
		for (const { days } of this.lanes) days.push(emptyDay());
	}

	#completeDay(): void {
		for (const lane of this.lanes) this.#today(lane).jobsWaiting = lane.waiting;
		this.#listener.dayEnded?.();
	}

	/** A job that comes back after it was forgotten; null for one that ran before the simulation. */
	#revived(job: Job): Life | null {
		if (job.prefilled) return null;
		const lane = this.#lane(job.scheduler, job.className);
		const life = { lane, waiting: false, triedNow: false, tried: true, waitedBefore: true };
		this.#lives.set(job, life);
		return life;
	}

	#lane(process: number, className: string): Lane {
		let lanes = this.#lanesOf[process + 1];
		if (lanes === undefined) {
			lanes = new Map();
			this.#lanesOf[process + 1] = lanes;
		}
		let lane = lanes.get(className);
		if (lane === undefined) {
			const days = Array.from({ length: this.#day + 1 }, emptyDay);
			lane = { process, className, days, waiting: 0, waitingInVain: 0, submitted: 0, abandoned: 0, busyUs: 0 };
			lanes.set(className, lane);
			this.lanes.push(lane);
		}
		return lane;
	}

	#today(lane: Lane): DayCounts {
		return lane.days[this.#day]!;
	}

	#counts({ prefilled, submitUs }: Job): boolean {
		return !prefilled && submitUs >= this.#fromUs;
	}

	#leave(life: Life): void {
		life.lane.waiting--;
		if (life.triedNow) life.lane.waitingInVain--;
		life.waiting = false;
		life.triedNow = false;
		life.waitedBefore = true;
	}

	#tried(life: Life): void {
		life.tried = true;
		if (!life.waiting || life.triedNow) return;
		life.triedNow = true;
		life.lane.waitingInVain++;
	}

	#count(lane: Lane, { job, placed, conflicts }: Attempt): void {
		const today = this.#today(lane);
		today.attempts++;
		today.podsPlaced += placed;
		if (placed + conflicts === 0) today.attemptsUnschedulable++;
		else today.transactions++;
		if (conflicts === 0) return;
		today.transactionsConflicted++;
		today.podsConflicted += conflicts;
		if (job.conflicts === conflicts) today.jobsConflicted++;
	}

	#spend(lane: Lane, part: "usefulUs" | "wastedUs" | "vainUs" | null, beginUs: SimTime, untilUs: SimTime): void {
		let fromUs = Math.max(beginUs, this.#fromUs);
		while (fromUs < untilUs) {
			const day = Math.floor(fromUs / DAY);
			const us = Math.min(untilUs, (day + 1) * DAY) - fromUs;
			lane.days[day]!.busyUs += us;
			if (part !== null) lane.days[day]![part] += us;
			lane.busyUs += us;
			fromUs += us;
		}
	}
}
