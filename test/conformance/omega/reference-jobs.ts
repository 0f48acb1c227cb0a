/** What the Omega paper's simulator remembers of jobs and schedulers, and the metrics that a golden run makes of it. */
import type { OmegaJob, OmegaJobOutcome, OmegaSchedulerResult, OmegaWorkloadResult } from "./golden.js";
import type { Desk, World } from "./reference-world.js";

/** A job on its way. Times are in units of the clock. */
export interface JobState {
	readonly job: OmegaJob;
	readonly duration: number;
	/** Tasks that no attempt has placed yet. */
	unscheduled: number;
	attempts: number;
	/** Sum over attempts of the tasks wanted. */
	taskAttempts: number;
	enqueuedAt: number;
	waitFirst: number;
	/** Sum of the waits in the queue before each attempt. */
	waitFull: number;
	useful: number;
	wasted: number;
}

export function newJob(job: OmegaJob, duration: number): JobState {
	return {
		job,
		duration,
		unscheduled: job.numTasks,
		attempts: 0,
		taskAttempts: 0,
		enqueuedAt: 0,
		waitFirst: 0,
		waitFull: 0,
		useful: 0,
		wasted: 0,
	};
}

/** Called when the job leaves the queue. */
export function bookWait(state: JobState, now: number): void {
	if (state.attempts === 0) state.waitFirst += now - state.enqueuedAt;
	state.waitFull += now - state.enqueuedAt;
}

/** Called before the attempt's outcome is booked. */
export function bookAttempt(state: JobState): void {
	state.attempts++;
	state.taskAttempts += state.unscheduled;
}

/** Too many attempts: more than 100 without any task placed, or more than 1000. */
export function givesUp({ job, attempts, unscheduled }: JobState): boolean {
	return (attempts > 100 && unscheduled === job.numTasks) || attempts > 1000;
}

/** What a scheduler counts. Times are in units of the clock. */
export class Ledger {
	useful = 0;
	wasted = 0;
	firstUseful = 0;
	firstWasted = 0;
	txnOk = 0;
	txnFailed = 0;
	txnRetried = 0;
	taskTxnOk = 0;
	taskTxnFailed = 0;
	noResources = 0;
	timedOut = 0;
	readonly perWorkload = new Map<string, { useful: number; wasted: number }>();

	/** Both after `bookAttempt`. */
	bookUseful(state: JobState, thinkTime: number): void {
		this.useful += thinkTime;
		if (state.attempts === 1) this.firstUseful += thinkTime;
		this.#share(state).useful += thinkTime;
		state.useful += thinkTime;
	}

	bookWasted(state: JobState, thinkTime: number): void {
		this.wasted += thinkTime;
		if (state.attempts === 1) this.firstWasted += thinkTime;
		this.#share(state).wasted += thinkTime;
		state.wasted += thinkTime;
	}

	/** Tasks placed and tasks refused; one conflict wastes the whole think time, however many were placed. */
	bookTransaction(state: JobState, thinkTime: number, placed: number, refused: number): void {
		if (state.attempts > 1) this.txnRetried++;
		this.taskTxnOk += placed;
		this.taskTxnFailed += refused;
		if (refused > 0) {
			this.txnFailed++;
			this.bookWasted(state, thinkTime);
		} else {
			this.txnOk++;
			this.bookUseful(state, thinkTime);
		}
	}

	#share({ job }: JobState): { useful: number; wasted: number } {
		const share = this.perWorkload.get(job.workload) ?? { useful: 0, wasted: 0 };
		this.perWorkload.set(job.workload, share);
		return share;
	}
}

export function schedulerResult(
	{
		name,
		serves,
		ledger,
		queue,
		search,
	}: Pick<Desk, "name" | "serves" | "ledger"> & {
		readonly queue: { readonly size: number } | { readonly length: number };
		readonly search: { readonly failedDraws: number };
	},
	{ now, second, parameters }: Pick<World, "now" | "second" | "parameters">,
): OmegaSchedulerResult {
	const { useful, wasted, txnOk, txnFailed } = ledger;
	return {
		name,
		usefulTime: useful / second,
		wastedTime: wasted / second,
		busyFrac: (useful + wasted) / now,
		usefulFrac: useful / now,
		wastedFrac: wasted / now,
		firstAttemptUseful: ledger.firstUseful / second,
		firstAttemptWasted: ledger.firstWasted / second,
		txnOk,
		txnFailed,
		txnRetried: ledger.txnRetried,
		conflictsPerTxn: txnFailed === 0 ? 0 : txnFailed / (txnFailed + txnOk),
		taskTxnOk: ledger.taskTxnOk,
		taskTxnFailed: ledger.taskTxnFailed,
		noResourcesAttempts: ledger.noResources,
		jobsTimedOut: ledger.timedOut,
		jobsLeftInQueue: "size" in queue ? queue.size : queue.length,
		// The simulator's counter has 32 bits; the golden run of big10k under Mesos at 100 s went round once.
		failedFindVictim: search.failedDraws | 0,
		multiPath: name === "Monolithic" && parameters.tJobBatch !== parameters.tJobService,
		perWorkload: Object.fromEntries(
			serves.map((workload) => {
				const share = ledger.perWorkload.get(workload) ?? { useful: 0, wasted: 0 };
				return [workload, { useful: share.useful / second, wasted: share.wasted / second }];
			}),
		),
	};
}

export function workloadResult(name: string, jobs: readonly JobState[], second: number): OmegaWorkloadResult {
	const attempted = jobs.filter(({ attempts }) => attempts > 0);
	const full = attempted.filter(({ unscheduled }) => unscheduled === 0);
	const list = (of: (state: JobState) => number, from = attempted) => from.map(of);
	const waitFirst = list(({ waitFirst }) => waitFirst / second);
	const waitFull = list(({ waitFull }) => waitFull / second);
	const attempts = list(({ attempts }) => attempts);
	const taskAttempts = list(({ taskAttempts }) => taskAttempts);
	return {
		name,
		numJobs: jobs.length,
		jobsAttempted: attempted.length,
		jobsFullyScheduled: full.length,
		tasksTotal: sum(jobs.map(({ job }) => job.numTasks)),
		tasksPlaced: sum(jobs.map(({ job, unscheduled }) => job.numTasks - unscheduled)),
		waitFirstMean: mean(waitFirst),
		waitFirstP50: percentile(waitFirst, 0.5),
		waitFirstP90: percentile(waitFirst, 0.9),
		waitFirstP99: percentile(waitFirst, 0.99),
		waitFullMean: mean(waitFull),
		waitFullP50: percentile(waitFull, 0.5),
		waitFullP90: percentile(waitFull, 0.9),
		waitFullP99: percentile(waitFull, 0.99),
		waitFullMeanFullyOnly: mean(list(({ waitFull }) => waitFull / second, full)),
		thinkP90: percentile(
			list(({ useful }) => useful / second),
			0.9,
		),
		attemptsMean: mean(attempts),
		attemptsP90: percentile(attempts, 0.9),
		attemptsP99: percentile(attempts, 0.99),
		attemptsMax: Math.max(0, ...attempts),
		taskAttemptsP90: percentile(taskAttempts, 0.9),
		taskAttemptsMax: Math.max(0, ...taskAttempts),
		usefulTime: sum(jobs.map(({ useful }) => useful / second)),
		wastedTime: sum(jobs.map(({ wasted }) => wasted / second)),
	};
}

export function jobOutcome(state: JobState, second: number): OmegaJobOutcome {
	const { id, workload, submitted, numTasks } = state.job;
	return {
		id,
		workload,
		submitted,
		numTasks,
		unscheduledTasks: state.unscheduled,
		numSchedulingAttempts: state.attempts,
		numTaskSchedulingAttempts: state.taskAttempts,
		queueTillFirst: state.waitFirst / second,
		queueTillFully: state.waitFull / second,
		usefulTime: state.useful / second,
		wastedTime: state.wasted / second,
	};
}

/** -1 of nothing, as `percentile`. */
function mean(values: readonly number[]): number {
	return values.length === 0 ? -1 : sum(values) / values.length;
}

function percentile(values: readonly number[], fraction: number): number {
	if (values.length === 0) return -1;
	return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * fraction)]!;
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
