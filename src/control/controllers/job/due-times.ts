/** Which of a CronJob's times counts now, and when to look again. Source: pkg/controller/cronjob (utils.go). */
import { MILLISECOND, SECOND, type SimTime } from "../../../engine/time.js";
import type { CronJob } from "../../kinds/cron-job.js";
import { type CronSchedule, parseCron } from "../../kinds/cron-schedule.js";

/** A look comes a little late rather than a little early. */
const LATE_US = 100 * MILLISECOND;
/** More missed times than that are worth a warning. */
const MANY = 100;

export interface Due {
	readonly atUs: SimTime;
	readonly manyMissed: boolean;
}

/** The last time that is over and has not been looked after; null for none. Earlier ones are missed for good. */
export function dueTime(cronJob: CronJob, nowUs: SimTime): Due | null {
	const { startingDeadlineSeconds } = cronJob.spec;
	const deadlineUs = startingDeadlineSeconds === null ? 0 : nowUs - startingDeadlineSeconds * SECOND;
	return lastTime(scheduleOf(cronJob), Math.max(sinceUs(cronJob), deadlineUs), nowUs);
}

/** From now until the CronJob is to be looked at again. */
export function nextLookUs(cronJob: CronJob, nowUs: SimTime): SimTime {
	const schedule = scheduleOf(cronJob);
	const last = lastTime(schedule, sinceUs(cronJob), nowUs);
	const next = schedule.next(last?.atUs ?? sinceUs(cronJob));
	return next === null ? Number.POSITIVE_INFINITY : next + LATE_US - nowUs;
}

function scheduleOf({ spec: { schedule, timeZone } }: CronJob): CronSchedule {
	return parseCron(schedule, timeZone);
}

function sinceUs({ status, metadata }: CronJob): SimTime {
	return status.lastScheduleUs ?? Math.floor(metadata.createdUs / SECOND) * SECOND;
}

function lastTime(schedule: CronSchedule, afterUs: SimTime, nowUs: SimTime): Due | null {
	const first = schedule.next(afterUs);
	if (first === null || nowUs < first) return null;
	const second = schedule.next(first);
	if (second === null || nowUs < second) return { atUs: first, manyMissed: false };
	// Many may have been missed: the search begins near the end.
	const missed = Math.floor((nowUs - first) / (second - first)) + 1;
	let atUs = first;
	for (
		let next = schedule.next(first + (missed - 2) * (second - first));
		next !== null && next <= nowUs;
		next = schedule.next(next)
	)
		atUs = next;
	return { atUs, manyMissed: missed > MANY };
}
