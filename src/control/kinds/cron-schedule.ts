/**
 * When a CronJob is due: five fields (minute, hour, day of month, month, day of week) or a descriptor (`@hourly`, `@every 90s`). All
 * times are UTC: time 0 is the beginning of 1970.
 *
 * Source: crontab(5) as Kubernetes reads it: lists, ranges, steps, names of months and days; where both days are restricted, one of
 * them is enough.
 */
import { HOUR, MILLISECOND, MINUTE, SECOND, type SimTime } from "../../engine/time.js";
import { inZone } from "./time-zones.js";

export interface CronSchedule {
	/** The first time after `afterUs`, a whole second; null if it never comes (none in five years). */
	next(afterUs: SimTime): SimTime | null;
}

/** A schedule that cannot be read, in the API server's words. */
export class CronError extends Error {
	override readonly name = "CronError";
}

/** By the clocks of UTC, or of a time zone. Throws CronError. */
export function parseCron(text: string, timeZone: string | null = null): CronSchedule {
	const schedule = parseUtc(text);
	return timeZone === null || timeZone === "UTC" || timeZone === "Etc/UTC" || text.startsWith("@every ")
		? schedule
		: inZone(schedule, timeZone);
}

function parseUtc(text: string): CronSchedule {
	if (text.length === 0) throw new CronError("empty spec string");
	if (/^(CRON_)?TZ=/.test(text))
		throw new CronError("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
	if (text.startsWith("@")) return descriptor(text);
	const fields = text.trim().split(/\s+/);
	if (fields.length !== 5)
		throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
	const [minutes, hours, days, months, weekdays] = FIELDS.map((field, i) => parseField(fields[i]!, field));
	const times = { minutes: minutes!, hours: hours!, days: days!, months: months!, weekdays: weekdays! };
	return { next: (afterUs) => nextOf(times, afterUs) };
}

interface Field {
	readonly least: number;
	readonly most: number;
	readonly names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Field[] = [
	{ least: 0, most: 59, names: [] },
	{ least: 0, most: 23, names: [] },
	{ least: 1, most: 31, names: [] },
	{ least: 1, most: 12, names: MONTHS },
	{ least: 0, most: 6, names: WEEKDAYS },
];

interface Allowed {
	readonly values: ReadonlySet<number>;
	/** Written as `*`: it restricts nothing. */
	readonly any: boolean;
}

function parseField(text: string, field: Field): Allowed {
	const values = new Set<number>();
	let any = false;
	for (const part of text.split(",")) {
		const range = parseRange(part, field);
		any ||= range.any;
		for (let value = range.from; value <= range.to; value += range.step) values.add(value);
	}
	return { values, any };
}

function parseRange(part: string, field: Field) {
	const [range = "", stepText, ...more] = part.split("/");
	const [low = "", high, ...others] = range.split("-");
	if (more.length > 0) throw new CronError(`too many slashes: ${part}`);
	if (others.length > 0) throw new CronError(`too many hyphens: ${part}`);
	const star = low === "*" || low === "?";
	const step = stepText === undefined ? 1 : numberIn(stepText);
	const from = star ? field.least : valueIn(low, field);
	const single = stepText === undefined ? from : field.most;
	const to = star ? field.most : high === undefined ? single : valueIn(high, field);
	if (from < field.least) throw new CronError(`beginning of range (${from}) below minimum (${field.least}): ${part}`);
	if (to > field.most) throw new CronError(`end of range (${to}) above maximum (${field.most}): ${part}`);
	if (from > to) throw new CronError(`beginning of range (${from}) beyond end of range (${to}): ${part}`);
	if (step === 0) throw new CronError(`step of range should be a positive number: ${part}`);
	return { from, to, step, any: star && step === 1 };
}

/** `jan` is 1, `sun` 0. */
function valueIn(text: string, { names, least }: Field): number {
	const at = names.indexOf(text.toLowerCase());
	return at < 0 ? numberIn(text) : at + least;
}

function numberIn(text: string): number {
	if (/^-\d+$/.test(text)) throw new CronError(`negative number (${text}) not allowed: ${text}`);
	if (!/^\d+$/.test(text))
		throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`);
	return Number(text);
}

const DESCRIPTORS: Readonly<Record<string, string>> = {
	"@yearly": "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly": "0 0 1 * *",
	"@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly": "0 * * * *",
};

function descriptor(text: string): CronSchedule {
	const fields = DESCRIPTORS[text];
	if (fields !== undefined) return parseUtc(fields);
	if (!text.startsWith("@every ")) throw new CronError(`unrecognized descriptor: ${text}`);
	const everyUs = Math.max(SECOND, Math.floor(durationUs(text.slice("@every ".length)) / SECOND) * SECOND);
	return { next: (afterUs) => Math.floor(afterUs / SECOND) * SECOND + everyUs };
}

const UNITS: Readonly<Record<string, SimTime>> = { h: HOUR, m: MINUTE, s: SECOND, ms: MILLISECOND };

/** `1h30m`, as Go writes durations. */
function durationUs(text: string): SimTime {
	if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text))
		throw new CronError(`failed to parse duration @every ${text}: time: invalid duration "${text}"`);
	let totalUs = 0;
	for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) totalUs += Number(amount) * UNITS[unit!]!;
	return Math.round(totalUs);
}

interface Times {
	readonly minutes: Allowed;
	readonly hours: Allowed;
	readonly days: Allowed;
	readonly months: Allowed;
	readonly weekdays: Allowed;
}

const YEARS = 5;

/** From the largest unit to the smallest: what does not fit goes to the beginning of the next. */
function nextOf(times: Times, afterUs: SimTime): SimTime | null {
	const at = new Date((Math.floor(afterUs / MINUTE) + 1) * (MINUTE / MILLISECOND));
	const lastYear = at.getUTCFullYear() + YEARS;
	while (at.getUTCFullYear() <= lastYear) {
		if (!times.months.values.has(at.getUTCMonth() + 1)) {
			at.setUTCMonth(at.getUTCMonth() + 1, 1);
			at.setUTCHours(0, 0);
		} else if (!isDay(times, at)) {
			at.setUTCDate(at.getUTCDate() + 1);
			at.setUTCHours(0, 0);
		} else if (!times.hours.values.has(at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0);
		else if (!times.minutes.values.has(at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1);
		else return at.getTime() * MILLISECOND;
	}
	return null;
}

function isDay({ days, weekdays }: Times, at: Date): boolean {
	const day = days.values.has(at.getUTCDate());
	const weekday = weekdays.values.has(at.getUTCDay());
	return days.any || weekdays.any ? day && weekday : day || weekday;
}
