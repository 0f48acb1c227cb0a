/**
 * Which run of a schedule is to begin, and when to look again.
 *
 * Source: Chronos 2.4, JobScheduler.scala: each 60 s (the horizon) runs with now - epsilon < t < now + horizon are taken up, and begin at t; older ones
 * are skipped one by one. 3.0: it sleeps until the next run; one that is due begins, and all that were missed until now count as one.
 */
import { MINUTE, type SimTime } from "../../../engine/time.js";
import { advanced, jumped, type Schedule } from "../../kinds/chronos/schedule.js";

const HORIZON_US = MINUTE;

export interface Due {
	/** What is left of the schedule. */
	readonly next: Schedule;
	/** Whether a run begins now. */
	readonly begins: boolean;
	/** Runs that came too late. */
	readonly skipped: number;
	/** When to look again; Infinity if nothing is left. */
	readonly lookUs: SimTime;
}

/** 2.4. `knownUs`: since when the schedule has been known. */
export function dueAhead(schedule: Schedule, epsilonUs: SimTime, knownUs: SimTime, nowUs: SimTime): Due {
	const firstLoopUs = Math.ceil(knownUs / HORIZON_US) * HORIZON_US;
	let [next, skipped] = [schedule, 0];
	const atOf = ({ startUs }: Schedule) => Math.max(startUs!, firstLoopUs);
	while (next.count !== 0 && atOf(next) <= nowUs) {
		if (next.startUs! >= firstLoopUs || next.startUs! > firstLoopUs - epsilonUs) {
			const rest = advanced(next);
			return { next: rest, begins: true, skipped, lookUs: rest.count === 0 ? Number.POSITIVE_INFINITY : atOf(rest) };
		}
		next = advanced(next);
		skipped++;
	}
	return { next, begins: false, skipped, lookUs: next.count === 0 ? Number.POSITIVE_INFINITY : atOf(next) };
}

/** 3.0. */
export function dueNow(schedule: Schedule, nowUs: SimTime): Due {
	const { count, startUs } = schedule;
	if (count === 0) return { next: schedule, begins: false, skipped: 0, lookUs: Number.POSITIVE_INFINITY };
	if (startUs! > nowUs) return { next: schedule, begins: false, skipped: 0, lookUs: startUs! };
	const next = jumped(schedule, nowUs);
	const lookUs = next.count === 0 ? Number.POSITIVE_INFINITY : next.startUs!;
	return { next, begins: true, skipped: 0, lookUs };
}
