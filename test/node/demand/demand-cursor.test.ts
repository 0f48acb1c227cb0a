import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Random } from "../../../src/engine/random.js";
import { type KnownDemand, nextChangeUs, valueAt } from "../../../src/node/demand/demand-at.js";
import { DemandCursor } from "../../../src/node/demand/demand-cursor.js";
import type { Demand } from "../../../src/objects/usage.js";

function noDraws(): Random {
	throw new Error("this demand draws nothing");
}

/** "time value" at the start of the container and whenever the demand changes, until after `untilUs`. */
function walk(demand: Demand, startUs: number, untilUs: number, random: () => Random = noDraws): string[] {
	const cursor = new DemandCursor(demand, random);
	const steps: string[] = [];
	for (cursor.begin(startUs); ; cursor.advance(cursor.nextUs)) {
		steps.push(String(Number(cursor.value.toFixed(3))));
		if (cursor.nextUs > untilUs) return steps;
		steps.push(`at ${cursor.nextUs}:`);
	}
}

describe("a demand over time", () => {
	const series = { kind: "series", stepUs: 10, values: [5, 5, 7, 2], clock: "pod", after: "repeat" } as const;

	test.each<[string, Demand, number, string]>([
		["constant", { kind: "constant", value: 3 }, 25, "3"],
		// Values 5 5 7 2 from the start on, 10 us each; equal ones are one stretch, also around the end: 2, then 5 5.
		["series on the pod's clock", series, 25, "5 at 45: 7 at 55: 2 at 65: 5"],
		// At 25 the cell is in its third step, the value 7.
		["series on the cell's clock", { ...series, clock: "cell" }, 25, "7 at 30: 2 at 40: 5 at 60: 7 at 70: 2 at 80: 5"],
		["series that holds its last value", { ...series, after: "hold" }, 25, "5 at 45: 7 at 55: 2"],
		["series that never changes", { ...series, values: [4, 4, 4] }, 25, "4"],
		// 100 + 50 cos(2 pi t / 40) at 20, 30, 40, ...: -1, 0, 1, 0; the peak is at 40.
		[
			"diurnal",
			{ kind: "diurnal", mean: 100, amplitude: 50, periodUs: 40, peakAtUs: 0, stepUs: 10 },
			25,
			"50 at 30: 100 at 40: 150 at 50: 100 at 60: 50 at 70: 100 at 80: 150",
		],
		// 10 + 50 cos: below 0 it is 0.
		[
			"diurnal below nothing",
			{ kind: "diurnal", mean: 10, amplitude: 50, periodUs: 40, peakAtUs: 20, stepUs: 20 },
			25,
			"60 at 40: 0 at 60: 60 at 80: 0",
		],
		[
			"phases that repeat",
			{
				kind: "phases",
				phases: [
					{ durationUs: 5, value: 1 },
					{ durationUs: 20, value: 2 },
				],
				after: "repeat",
			},
			25,
			"1 at 30: 2 at 50: 1 at 55: 2 at 75: 1 at 80: 2",
		],
		[
			"phases of which the last holds",
			{
				kind: "phases",
				phases: [
					{ durationUs: 5, value: 1 },
					{ durationUs: 0, value: 9 },
					{ durationUs: 1, value: 2 },
				],
				after: "hold",
			},
			25,
			"1 at 30: 2",
		],
	])("%s", (_, demand, startUs, steps) => {
		expect(walk(demand, startUs, 80).join(" ")).toBe(steps);
	});

	test("draws anew every step from the stream that it was given, and never less than nothing", () => {
		let next = 0.25;
		const random: Random = { next: () => (next += 0.25), integer: () => 0 };
		const demand: Demand = { kind: "drawn", distribution: { dist: "uniform", min: -60, max: 40 }, stepUs: 30 };
		// -60 + 100 x 0.5, 0.75, 1.
		expect(walk(demand, 25, 90, () => random).join(" ")).toBe("0 at 55: 15 at 85: 40");
	});

	test("begins anew when its container starts again", () => {
		const cursor = new DemandCursor(series, noDraws);
		cursor.begin(0);
		cursor.advance(cursor.nextUs);
		expect([cursor.value, cursor.nextUs]).toEqual([7, 30]);
		cursor.begin(1000);
		expect([cursor.value, cursor.nextUs]).toEqual([5, 1020]);
	});
});

test("a demand that is asked microsecond by microsecond changes only where it said that it would", () => {
	const amounts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 });
	const after = fc.constantFrom("repeat" as const, "hold" as const);
	const demands: fc.Arbitrary<KnownDemand> = fc.oneof(
		fc.record({
			kind: fc.constant("series" as const),
			stepUs: fc.integer({ min: 1, max: 4 }),
			values: amounts,
			clock: fc.constant("pod" as const),
			after,
		}),
		fc.record({
			kind: fc.constant("phases" as const),
			phases: amounts.map((values) => values.map((value, i) => ({ durationUs: (value + i) % 4, value }))),
			after,
		}),
	);
	fc.assert(
		fc.property(demands, (demand) => {
			let announced = nextChangeUs(demand, 0);
			for (let us = 1; us < 60; us++) {
				if (us < announced) expect(valueAt(demand, us)).toBe(valueAt(demand, us - 1));
				else announced = nextChangeUs(demand, us);
				expect(announced).toBeGreaterThan(us);
			}
		}),
		{ seed: 11 },
	);
});
