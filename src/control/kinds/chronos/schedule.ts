/**
 * Schedules of Chronos: `R[n]/start/period`, ISO 8601. `R` or `R-1`: for ever; an empty start: a second ago. All times are UTC; time 0 is the
 * beginning of 1970.
 *
 * Source: Chronos, schedule/ISO8601Expressions (Iso8601Expressions.scala).
 *
 * Divergence from Chronos: `scheduleTimeZone` other than UTC.
 */
import { DAY, HOUR, MILLISECOND, MINUTE, SECOND, type SimTime } from "../../../engine/time.js";

export interface Schedule {
	/** Runs that are left; null for no end. */
	readonly count: number | null;
	/** Of the next run; null for as soon as it is added. */
	readonly startUs: SimTime | null;
	readonly period: Period;
}

export interface Period {
	readonly months: number;
	readonly us: SimTime;
}

/** A schedule that cannot be read. */
export class ScheduleError extends Error {
	override readonly name = "ScheduleError";
}

const SHAPE = /^R(-?\d*)\/([^/]*)\/([^/]+)$/;
const START = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const PERIOD = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Throws ScheduleError. */
export function parseSchedule(text: string): Schedule {
	const parts = SHAPE.exec(text);
	if (parts === null)
		throw new ScheduleError(
			`the schedule '${text}' is not an ISO 8601 repeating interval: write R[n]/start/period, such as R10/2026-01-01T00:00:00Z/PT1H`,
		);
	const [, times = "", start = "", period = ""] = parts;
	const count = times === "" || times === "-1" ? null : Number(times);
	if (count !== null && count < 0) throw new ScheduleError(`the schedule '${text}' repeats ${count} times`);
	return { count, startUs: start === "" ? null : startOf(start), period: periodOf(period) };
}

function startOf(text: string): SimTime {
	const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
	const at = START.test(text) ? Date.parse(zoned) : Number.NaN;
	if (Number.isNaN(at)) throw new ScheduleError(`'${text}' is not a date and time: write 2026-01-01T00:00:00Z`);
	return at * MILLISECOND;
}

function periodOf(text: string): Period {
	const parts = PERIOD.exec(text);
	const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = (parts ?? [])
		.slice(1)
		.map((part) => Number(part ?? 0));
	const period = {
		months: years * 12 + months,
		us: (weeks * 7 + days) * DAY + hours * HOUR + minutes * MINUTE + Math.round(seconds * SECOND),
	};
	if (parts === null || period.months + period.us === 0)
		throw new ScheduleError(`'${text}' is not a period: write PT1H, P1D or P1M`);
	return period;
}

/** The time of the run after the one at `atUs`. */
export function after(atUs: SimTime, { months, us }: Period): SimTime {
	if (months === 0) return atUs + us;
	const at = new Date(atUs / MILLISECOND);
	const day = at.getUTCDate();
	at.setUTCDate(1);
	at.setUTCMonth(at.getUTCMonth() + months);
	// The last of a shorter month.
	const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
	at.setUTCDate(Math.min(day, last));
	return at.getTime() * MILLISECOND + us;
}

/** The schedule after one run: its next time, and one run less. */
export function advanced({ count, startUs, period }: Schedule): Schedule {
	return { count: count === null ? null : Math.max(0, count - 1), startUs: after(startUs ?? 0, period), period };
}

/** Past everything that is due, for one run. */
export function jumped(schedule: Schedule, nowUs: SimTime): Schedule {
	let next = advanced(schedule);
	const { months, us } = schedule.period;
	if (months === 0 && next.startUs! <= nowUs)
		next = { ...next, startUs: next.startUs! + (Math.floor((nowUs - next.startUs!) / us) + 1) * us };
	while (next.startUs! <= nowUs) next = { ...next, startUs: after(next.startUs!, next.period) };
	return next;
}
