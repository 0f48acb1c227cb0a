import { expect, test } from "vitest";
import { dueAhead, dueNow } from "../../../../src/control/controllers/chronos/due-runs.js";
import { parentDone } from "../../../../src/control/controllers/chronos/outcomes.js";
import { chronosJobKind } from "../../../../src/control/kinds/chronos/job.js";
import { after, jumped, parseSchedule } from "../../../../src/control/kinds/chronos/schedule.js";
import { DAY, HOUR, MINUTE, SECOND } from "../../../../src/engine/time.js";

test.each([
	["R/1970-01-02T00:00:00Z/PT1H", null, DAY, 0, HOUR],
	["R-1/1970-01-02T00:00:00Z/P1D", null, DAY, 0, DAY],
	["R5/1970-01-01T01:00:00+01:00/P1W", 5, 0, 0, 7 * DAY],
	["R0//PT1M", 0, null, 0, MINUTE],
	["R//P1Y2M", null, null, 14, 0],
	["R1/1970-01-01T00:00:00.5Z/PT0.5S", 1, SECOND / 2, 0, SECOND / 2],
])("%s", (text, count, startUs, months, us) => {
	expect(parseSchedule(text)).toEqual({ count, startUs, period: { months, us } });
});

test("a month later is the same day, or the last of a shorter month", () => {
	const at = (text: string) => Date.parse(text) * 1000;
	const month = parseSchedule("R//P1M").period;
	expect(after(at("1971-01-31T03:00:00Z"), month)).toBe(at("1971-02-28T03:00:00Z"));
	expect(after(at("1971-02-28T03:00:00Z"), month)).toBe(at("1971-03-28T03:00:00Z"));
});

test("3.0 jumps past all that was missed, for one run", () => {
	const schedule = parseSchedule("R10/1970-01-01T00:00:00Z/PT1M");
	// 0, 60, ..., 360 are over at 390 s.
	expect(jumped(schedule, 390 * SECOND)).toMatchObject({ count: 9, startUs: 420 * SECOND });
	expect(dueNow(schedule, 390 * SECOND)).toMatchObject({ begins: true, lookUs: 420 * SECOND });
});

test("2.4 drops what is late by more than epsilon when its loop comes by", () => {
	const schedule = parseSchedule("R10/1970-01-01T00:00:00Z/PT1M");
	// Known at 390 s: the loop of 420 s. 360 is not after 420 - 60; with an epsilon of 61 s it would be.
	expect(dueAhead(schedule, 60 * SECOND, 390 * SECOND, 420 * SECOND)).toMatchObject({
		begins: true,
		skipped: 7,
		next: { count: 2 },
	});
	expect(dueAhead(schedule, 61 * SECOND, 390 * SECOND, 420 * SECOND)).toMatchObject({
		begins: true,
		skipped: 6,
		next: { count: 3 },
	});
	expect(dueAhead(schedule, 60 * SECOND, 390 * SECOND, 400 * SECOND)).toMatchObject({
		begins: false,
		lookUs: 420 * SECOND,
	});
});

test("a child fires when this parent's count is the least over all", () => {
	const spec = chronosJobKind.spec.parse({ parents: ["a", "b"] });
	let { status } = chronosJobKind;
	const fires = ["a", "a", "b", "b", "b"].map((parent) => {
		const done = parentDone(spec, status, parent);
		status = { ...status, invocations: done.fires ? {} : done.invocations };
		return done.fires;
	});
	// a 1, a 2, then b 1 = least: fires and starts over; b 1, b 2 with a 0.
	expect(fires).toEqual([false, false, true, false, false]);
});
