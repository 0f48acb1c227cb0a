/** Schedules by the clocks of a time zone: hours that its clocks leave out have no times, those that come twice have theirs twice. */
import { DAY, HOUR, SECOND, type SimTime } from "../../engine/time.js";
import type { CronSchedule } from "./cron-schedule.js";

/** Whether it is a name of the time zone database, `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
	try {
		clockOf(name);
		return true;
	} catch {
		return false;
	}
}

/** A schedule that is made for UTC, by the clocks of a zone. */
export function inZone(schedule: CronSchedule, zone: string): CronSchedule {
	const clock = clockOf(zone);
	return {
		next: (afterUs) => {
			const found = [offsetUs(clock, afterUs), offsetUs(clock, afterUs + SOON_US)]
				.map((offset) => nextFrom(schedule, clock, afterUs, afterUs + offset))
				.filter((atUs) => atUs !== null);
			return found.length === 0 ? null : Math.min(...found);
		},
	};
}

/** Clocks go back by less. */
const SOON_US = 3 * HOUR;

/** The first time after `afterUs` that the clocks show after `shownUs`. */
function nextFrom(
	schedule: CronSchedule,
	clock: Intl.DateTimeFormat,
	afterUs: SimTime,
	shownUs: SimTime,
): SimTime | null {
	for (let shown = schedule.next(shownUs); shown !== null; shown = schedule.next(shown)) {
		const times = [-DAY, DAY]
			.map((shift) => shown! - offsetUs(clock, shown! + shift))
			.filter((atUs) => atUs > afterUs && atUs + offsetUs(clock, atUs) === shown);
		if (times.length > 0) return Math.min(...times);
	}
	return null;
}

/** By how much the clocks are ahead of UTC. */
function offsetUs(clock: Intl.DateTimeFormat, atUs: SimTime): SimTime {
	const second = Math.floor(atUs / SECOND);
	const parts = new Map(clock.formatToParts(second * 1000).map(({ type, value }) => [type, Number(value)]));
	const [year, month, day] = (["year", "month", "day"] as const).map((type) => parts.get(type)!);
	const [hour, minute, shown] = (["hour", "minute", "second"] as const).map((type) => parts.get(type)!);
	return (Date.UTC(year!, month! - 1, day, hour, minute, shown) / 1000 - second) * SECOND;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
	let clock = clocks.get(timeZone);
	if (clock === undefined) {
		const numeric = "numeric";
		clock = new Intl.DateTimeFormat("en-US", {
			...{ timeZone, calendar: "gregory", hourCycle: "h23" },
			...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
		});
		clocks.set(timeZone, clock);
	}
	return clock;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
