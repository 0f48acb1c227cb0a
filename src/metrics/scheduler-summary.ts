/**
 * What the summary says about schedulers: of the whole run, by class of jobs (`.class_x`) and by entry of the experiment file
 * (`.scheduler_x`; replicas together). Busyness is the share of the time spent deciding: for an entry of one of its processes, on
 * average; else of all processes added up, so that the classes add up to the whole. It is of all decisions after the end of the warm-up;
 * everything else is of the jobs submitted after it.
 *
 * Daily values are of the days of which at least half lies between the end of the warm-up and the end of the run; if there is none,
 * of what there is. Their median and median absolute deviation are what the Omega paper plots (section 4).
 *
 * Waits are from submission: to the begin of the first attempt (the paper's job wait time), and to the placement of the last pod.
 * Jobs that are still waiting for it at the end, or were given up, count with the time until then, which is a lower bound: left out,
 * a scheduler that never gets to its queue would look fast.
 */
import type { Cell } from "../cell/cell.js";
import type { Job } from "../cell/job.js";
import type { Attempt } from "../cell/transaction.js";
import { DAY, type SimTime } from "../engine/time.js";
import { conflictFraction, conflictsPerTransaction, totalOf } from "./day-counts.js";
import { Distribution, type Put } from "./distribution.js";
import { median, medianAbsoluteDeviation } from "./median.js";
import type { ObservedProcess, ObservedScheduling } from "./observed-scheduling.js";
import { Saturation } from "./saturation.js";
import { type JobListener, type Lane, SchedulerDays } from "./scheduler-days.js";
import { slug } from "./slug.js";

interface Span {
	readonly day: number;
	readonly lengthUs: SimTime;
}

export class SchedulerSummary implements JobListener {
	readonly #warmupUs: SimTime;
	readonly #scheduling: () => ObservedScheduling;
	/** Hears of every change but attempts through whoever made this. */
	readonly days: SchedulerDays;
	readonly #saturation: Saturation;
	readonly #firstAttempt = new Distribution();
	readonly #fullPlacement = new Distribution();
	readonly #thinkTime = new Distribution();
	/** When the run ended; Infinity until then. */
	#endUs = Number.POSITIVE_INFINITY;

	constructor(cell: Cell, warmupUs: SimTime, scheduling: () => ObservedScheduling) {
		this.#warmupUs = warmupUs;
		this.#scheduling = scheduling;
		this.days = new SchedulerDays(cell, warmupUs, this);
		this.#saturation = new Saturation(this.days.lanes, warmupUs);
	}

	attempted(attempt: Attempt): void {
		this.days.attempted(attempt);
		const { job, decisionUs } = attempt;
		if (!job.prefilled && job.submitUs >= this.#warmupUs) this.#thinkTime.add(decisionUs, job.className);
	}

	changing(atUs: SimTime): void {
		if (atUs > this.#saturation.nextUs) this.#saturation.note(atUs);
	}

	firstAttempted(_lane: Lane, job: Job, waitUs: SimTime): void {
		this.#firstAttempt.add(waitUs, job.className);
	}

	placed(_lane: Lane, job: Job, waitUs: SimTime): void {
		this.#fullPlacement.add(waitUs, job.className);
	}

	abandoned(job: Job, waitUs: SimTime): void {
		this.#fullPlacement.add(waitUs, job.className);
	}

	leftWaiting(job: Job, tried: boolean): void {
		this.#fullPlacement.add(this.#endUs - job.submitUs, job.className);
		if (tried) return;
		const beganUs = Number.isNaN(job.firstAttemptUs) ? this.#endUs : job.firstAttemptUs;
		this.#firstAttempt.add(beganUs - job.submitUs, job.className);
	}

	/** Reports at the end of the run; called once. */
	report(endUs: SimTime, put: Put): void {
		const { processes } = this.#scheduling();
		this.#endUs = endUs;
		this.days.finish(endUs, processes);
		const { lanes } = this.days;
		const spans = this.#spans(endUs);
		const lengthUs = endUs - this.#warmupUs;
		const waits = [
			["job_wait_first_attempt", this.#firstAttempt],
			["job_wait_full_placement", this.#fullPlacement],
			["think_time", this.#thinkTime],
		] as const;
		for (const [name, distribution] of waits) distribution.report(put, name);
		putCounts(put, "", { lanes, processes: 1, spans, lengthUs });
		const entries = this.#entries();
		const saturated = entries.map(([, indices]) => worst(indices.map((i) => this.#saturation.verdict(i, endUs))));
		put("saturated", worst(saturated));
		for (const [name, distribution] of waits) distribution.reportClasses(put, name);
		for (const className of [...new Set(lanes.map((lane) => lane.className))].sort()) {
			const ofClass = lanes.filter((lane) => lane.className === className);
			if (className !== "")
				putCounts(put, `.class_${slug(className)}`, { lanes: ofClass, processes: 1, spans, lengthUs });
		}
		entries.forEach(([name, indices], i) => {
			const group = `.scheduler_${slug(name)}`;
			const ofEntry = lanes.filter(({ process }) => indices.includes(process));
			putCounts(put, group, { lanes: ofEntry, processes: indices.length, spans, lengthUs });
			put(`saturated${group}`, saturated[i]!);
			putWork(
				put,
				group,
				indices.map((process) => processes[process]),
			);
		});
		putWork(put, "", processes);
	}

	/** The entries in the order of their first process, with the indices of their processes. */
	#entries(): readonly (readonly [name: string, processes: readonly number[]])[] {
		const { processes } = this.#scheduling();
		const count = Math.max(processes.length, ...this.days.lanes.map(({ process }) => process + 1));
		const entries = new Map<string, number[]>();
		for (let i = 0; i < count; i++) {
			const name = processes[i]?.options.entry ?? String(i);
			entries.set(name, [...(entries.get(name) ?? []), i]);
		}
		return [...entries];
	}

	#spans(endUs: SimTime): readonly Span[] {
		const spans: Span[] = [];
		for (let day = Math.floor(this.#warmupUs / DAY); day * DAY < endUs; day++) {
			const beginUs = Math.max(day * DAY, this.#warmupUs);
			spans.push({ day, lengthUs: Math.min((day + 1) * DAY, endUs) - beginUs });
		}
		const long = spans.filter(({ lengthUs }) => lengthUs >= DAY / 2);
		return long.length > 0 ? long : spans;
	}
}

/** Of the whole run, warm-up included; absent if none of them counts. */
function putWork(put: Put, group: string, processes: readonly (ObservedProcess | undefined)[]): void {
	const counted = processes.flatMap((process) => process?.options.scheduler?.work ?? []);
	if (counted.length === 0) return;
	put(`feasibility_evaluations${group}`, sum(counted.map((work) => work.feasibilityEvaluations)));
	put(`score_evaluations${group}`, sum(counted.map((work) => work.scoreEvaluations)));
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((all, number) => all + number, 0);
}

interface Group {
	readonly lanes: readonly Lane[];
	/** What busy time is divided by, beside the time. */
	readonly processes: number;
	readonly spans: readonly Span[];
	readonly lengthUs: SimTime;
}

function putCounts(put: Put, group: string, { lanes, processes, spans, lengthUs }: Group): void {
	if (lengthUs <= 0) return;
	const total = totalOf(lanes.flatMap(({ days }) => days));
	const daily = spans.map(({ day }) => totalOf(lanes.map(({ days }) => days[day]!)));
	const busyness = daily.map(({ busyUs }, i) => busyUs / spans[i]!.lengthUs / processes);
	const fractions = daily.map(conflictFraction).filter((fraction) => !Number.isNaN(fraction));
	put(`busyness${group}`, total.busyUs / lengthUs / processes);
	put(`busyness_useful${group}`, total.usefulUs / lengthUs / processes);
	put(`busyness_wasted${group}`, total.wastedUs / lengthUs / processes);
	put(`busyness_vain${group}`, total.vainUs / lengthUs / processes);
	put(`busyness_daily_median${group}`, median(busyness));
	put(`busyness_daily_mad${group}`, medianAbsoluteDeviation(busyness));
	put(`conflict_fraction${group}`, conflictFraction(total));
	put(`conflict_fraction_daily_median${group}`, median(fractions));
	put(`conflict_fraction_daily_mad${group}`, medianAbsoluteDeviation(fractions));
	put(`conflicts_per_transaction${group}`, conflictsPerTransaction(total));
	put(`attempts${group}`, total.attempts);
	put(`attempts_unschedulable${group}`, total.attemptsUnschedulable);
	put(`attempts_conflicted${group}`, total.transactionsConflicted);
	put(`transactions${group}`, total.transactions);
	put(`jobs_conflicted${group}`, total.jobsConflicted);
	put(`jobs_abandoned${group}`, total.jobsAbandoned);
}

/** 1 if any is, else 0 if any is known not to be; NaN if nothing is known. */
function worst(verdicts: readonly number[]): number {
	const known = verdicts.filter((verdict) => !Number.isNaN(verdict));
	return known.length === 0 ? Number.NaN : Math.max(...known);
}
