import { expect, test } from "vitest";
import { afterEnds, NO_FAILURES, remainingUs } from "../../../../src/control/controllers/job/backoff.js";
import { SECOND } from "../../../../src/engine/time.js";

test.each([
	// [failures, at, now, wait], seconds: 10 * 2^(failures - 1), at most 600.
	[0, 0, 0, 0],
	[1, 100, 100, 10],
	[1, 100, 104, 6],
	[1, 100, 110, 0],
	[2, 100, 100, 20],
	[3, 100, 100, 40],
	[6, 100, 100, 320],
	[7, 100, 100, 600],
	[60, 100, 100, 600],
])("%i failures, the last at %i s: at %i s %i s are left", (failuresSinceSuccess, at, now, left) => {
	expect(remainingUs({ failuresSinceSuccess, lastFailureUs: at * SECOND }, now * SECOND)).toBe(left * SECOND);
});

test("each failed pod counts, a success begins anew", () => {
	const three = afterEnds(NO_FAILURES, [], [3, 5, 4]);
	expect(three).toEqual({ failuresSinceSuccess: 3, lastFailureUs: 5 });
	expect(afterEnds(three, [], [])).toBe(three);
	expect(afterEnds(three, [], [9])).toEqual({ failuresSinceSuccess: 4, lastFailureUs: 9 });
	expect(afterEnds(three, [9], [])).toEqual(NO_FAILURES);
	// Of those at 8, 9 and 11 only the last one came after the success.
	expect(afterEnds(three, [9, 7], [8, 9, 11])).toEqual({ failuresSinceSuccess: 1, lastFailureUs: 11 });
	expect(afterEnds(three, [9], [8])).toEqual(NO_FAILURES);
});
