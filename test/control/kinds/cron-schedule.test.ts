import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCron } from "../../../src/control/kinds/cron-schedule.js";
import { MINUTE } from "../../../src/engine/time.js";

const us = (text: string) => Date.parse(`${text}Z`) * 1000;
const text = (timeUs: number | null) => (timeUs === null ? null : new Date(timeUs / 1000).toISOString().slice(0, 19));

describe("the next time", () => {
	test.each([
		["* * * * *", "2026-11-21T06:33:00", "2026-11-21T06:34:00"],
		["* * * * *", "2026-11-21T06:33:59", "2026-11-21T06:34:00"],
		["*/15 * * * *", "2026-11-21T06:45:00", "2026-11-21T07:00:00"],
		// From 7 on: 7, 27, 47.
		["7/20 * * * *", "2026-11-21T06:28:00", "2026-11-21T06:47:00"],
		["0 3 * * *", "2026-12-31T03:00:00", "2027-01-01T03:00:00"],
		["30 8-10,14 * * *", "2026-11-21T10:30:00", "2026-11-21T14:30:00"],
		// The 21st of November 2026 is a Saturday.
		["0 9 * * mon-fri", "2026-11-21T00:00:00", "2026-11-23T09:00:00"],
		["0 0 1 jan *", "2026-11-21T00:00:00", "2027-01-01T00:00:00"],
		// Both days are restricted: one of them is enough.
		["0 0 25 * mon", "2026-11-21T00:00:00", "2026-11-23T00:00:00"],
		["0 0 25 * mon", "2026-11-23T00:00:00", "2026-11-25T00:00:00"],
		// A step restricts, even of a star: every second day or a Monday.
		["0 0 */2 * mon", "2026-11-21T00:00:00", "2026-11-23T00:00:00"],
		["0 0 29 2 *", "2026-11-21T00:00:00", "2028-02-29T00:00:00"],
		["0 0 31 * *", "2026-11-21T00:00:00", "2026-12-31T00:00:00"],
		["59 23 31 2 *", "2026-11-21T00:00:00", null],
		["@hourly", "2026-11-21T06:33:00", "2026-11-21T07:00:00"],
		["@weekly", "2026-11-21T06:33:00", "2026-11-22T00:00:00"],
		["@every 1m30s", "2026-11-21T06:33:07", "2026-11-21T06:34:37"],
	])("of %s after %s is %s", (schedule, after, next) => {
		expect(text(parseCron(schedule).next(us(after)))).toBe(next);
	});

	test("is the first minute that fits, as a look at each minute finds it", () => {
		const field = (least: number, most: number) =>
			fc.oneof(
				fc.constant("*"),
				fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
				fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 4 }).map(String),
			);
		const schedules = fc.tuple(field(0, 59), field(0, 23), field(1, 31), fc.constant("*"), field(0, 6));
		fc.assert(
			fc.property(schedules, fc.nat({ max: 400 * 24 * 60 }), (fields, minute) => {
				const fromUs = us("2027-01-01T00:00:00") + minute * MINUTE;
				expect(text(parseCron(fields.join(" ")).next(fromUs))).toBe(text(firstFit(fields, fromUs)));
			}),
			{ seed: 5, numRuns: 60 },
		);
	});
});

function firstFit(fields: readonly string[], fromUs: number): number {
	const holds = (field: string, value: number, least: number) => {
		if (field === "*") return true;
		if (field.startsWith("*/")) return (value - least) % Number(field.slice(2)) === 0;
		return field.split(",").includes(String(value));
	};
	for (let atUs = fromUs + MINUTE; ; atUs += MINUTE) {
		const at = new Date(atUs / 1000);
		const [minute, hour, day, , weekday] = fields as [string, string, string, string, string];
		const days = holds(day, at.getUTCDate(), 1);
		const weekdays = holds(weekday, at.getUTCDay(), 0);
		const fits = day === "*" || weekday === "*" ? days && weekdays : days || weekdays;
		if (fits && holds(hour, at.getUTCHours(), 0) && holds(minute, at.getUTCMinutes(), 0)) return atUs;
	}
}

test.each([
	["", "empty spec string"],
	["* * *", "expected exactly 5 fields, found 3: [* * *]"],
	["60 * * * *", "end of range (60) above maximum (59): 60"],
	["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
	["* 5-3 * * *", "beginning of range (5) beyond end of range (3): 5-3"],
	["*/0 * * * *", "step of range should be a positive number: */0"],
	["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
	["1-2-3 * * * *", "too many hyphens: 1-2-3"],
	["1/2/3 * * * *", "too many slashes: 1/2/3"],
	["@often", "unrecognized descriptor: @often"],
	["@every often", 'failed to parse duration @every often: time: invalid duration "often"'],
	["TZ=UTC 0 0 * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"],
])("'%s' is refused: %s", (schedule, message) => {
	expect(() => parseCron(schedule)).toThrow(message);
});

describe("the next time by the clocks of a zone", () => {
	test.each([
		// An hour ahead of UTC in winter, two in summer.
		["30 8 * * *", "Europe/Berlin", "2026-11-21T06:33:00", "2026-11-21T07:30:00"],
		["30 8 * * *", "Europe/Berlin", "2026-07-21T06:33:00", "2026-07-22T06:30:00"],
		["0 9 * * mon", "Asia/Kolkata", "2026-11-21T00:00:00", "2026-11-23T03:30:00"],
		// Clocks go from 2 to 3 in the night to 29 March: there is no half past two, and all others are.
		["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-30T00:30:00"],
		["30 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T01:30:00"],
		["0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00", "2026-03-29T01:00:00"],
		// And back from 3 to 2 in the night to 25 October: half past two is twice.
		["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00", "2026-10-25T00:30:00"],
		["30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T01:30:00"],
		["30 2 * * *", "Europe/Berlin", "2026-10-25T01:30:00", "2026-10-26T01:30:00"],
		["*/20 * * * *", "Europe/Berlin", "2026-10-25T00:40:00", "2026-10-25T01:00:00"],
		["@every 90s", "Europe/Berlin", "2026-10-25T00:40:00", "2026-10-25T00:41:30"],
		["@daily", "Etc/UTC", "2026-10-25T00:40:00", "2026-10-26T00:00:00"],
	])("%s, %s after %s is %s", (schedule, zone, after, next) => {
		expect(text(parseCron(schedule, zone).next(us(after)))).toBe(next);
	});
});
