import { describe, expect, test } from "vitest";
import { dueTime, nextLookUs } from "../../../../src/control/controllers/job/due-times.js";
import { type CronJob, cronJobKind } from "../../../../src/control/kinds/cron-job.js";
import { MINUTE, SECOND } from "../../../../src/engine/time.js";
import { apiObject, JOB_TEMPLATE } from "../../../support/api-objects.js";

/** Created at time 0; the last Job at so many minutes. */
function cronJob(schedule: string, lastMinute: number | null, startingDeadlineSeconds?: number): CronJob {
	const spec = { schedule, jobTemplate: { spec: { template: JOB_TEMPLATE } }, startingDeadlineSeconds };
	const object = apiObject<CronJob>(cronJobKind, "cj", spec);
	return { ...object, status: { ...object.status, lastScheduleUs: lastMinute === null ? null : lastMinute * MINUTE } };
}

describe("the time that counts", () => {
	test.each([
		// [schedule, last minute, deadline, now in minutes, minute that is due]
		["* * * * *", null, undefined, 0.9, null],
		["* * * * *", null, undefined, 1, 1],
		["* * * * *", 1, undefined, 1.5, null],
		["* * * * *", 1, undefined, 2.5, 2],
		// Of several that were missed the last one.
		["* * * * *", 1, undefined, 7.5, 7],
		["*/7 * * * *", 7, undefined, 34, 28],
		// Unequal steps: 50, 60 + 10, 60 + 50.
		["10,50 * * * *", 50, undefined, 115, 110],
		// None that is older than the deadline.
		["*/10 * * * *", 10, 120, 25, null],
		["*/10 * * * *", 10, 120, 21, 20],
	])("%s, last at %s, deadline %s s, now %s: %s", (schedule, last, deadline, now, minute) => {
		const due = dueTime(cronJob(schedule, last, deadline), now * MINUTE);
		expect(due === null ? null : due.atUs / MINUTE).toBe(minute);
	});

	test("is told apart where more than a hundred were missed", () => {
		expect(dueTime(cronJob("* * * * *", 0), 100.5 * MINUTE)).toEqual({ atUs: 100 * MINUTE, manyMissed: false });
		expect(dueTime(cronJob("* * * * *", 0), 101.5 * MINUTE)).toEqual({ atUs: 101 * MINUTE, manyMissed: true });
	});
});

test("the next look is a tenth of a second after the next time", () => {
	expect(nextLookUs(cronJob("* * * * *", null), 10 * SECOND)).toBe(50.1 * SECOND);
	// 1 is over and was not started: the next is 2.
	expect(nextLookUs(cronJob("* * * * *", null), 90 * SECOND)).toBe(30.1 * SECOND);
	expect(nextLookUs(cronJob("*/5 * * * *", 5), 6 * MINUTE)).toBe(4 * MINUTE + 0.1 * SECOND);
});
