/** Steps and ticks of time that people know. */
import { expect, test } from "vitest";
import { timeGrid, timeTicks } from "../../../src/report/timeline/grid.js";

const [SECOND, MINUTE, DAY] = [1e6, 60e6, 86_400e6];

test.each([
	// 24 h in minutes are 1,440 steps; a microsecond more needs longer ones.
	[DAY, 1440, { stepUs: MINUTE, steps: 1440 }],
	[DAY + 1, 1440, { stepUs: 2 * MINUTE, steps: 721 }],
	[30 * MINUTE, 1440, { stepUs: 2 * SECOND, steps: 900 }],
	[0, 1440, { stepUs: 1000, steps: 1 }],
	// 5 years: 1,825 days, two days a step.
	[1825 * DAY, 1440, { stepUs: 2 * DAY, steps: 913 }],
])("%d us in at most %d steps", (endUs, most, grid) => {
	expect(timeGrid(endUs, most)).toEqual(grid);
});

test.each([
	[0, DAY, 8, ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "1d 00:00"]],
	[90 * SECOND, 5 * MINUTE, 4, ["00:02", "00:03", "00:04", "00:05"]],
	[DAY + 1, DAY + 21 * SECOND, 4, ["1d 00:00:10", "1d 00:00:20"]],
	[0, 2 * SECOND, 4, ["00:00:00", "00:00:01", "00:00:02"]],
	[0, 250_000, 4, ["00:00:00.000", "00:00:00.100", "00:00:00.200"]],
	[0, 30 * DAY, 4, ["0d", "8d", "16d", "24d"]],
])("ticks from %d to %d, about %d", (from, to, most, texts) => {
	expect(timeTicks(from, to, most).map(({ text }) => text)).toEqual(texts);
});
