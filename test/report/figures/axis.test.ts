import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AxisOptions, numericAxis, valueText } from "../../../src/report/figures/axis.js";

const axisOf = (given: Partial<AxisOptions>) =>
	numericAxis({ values: [], scale: "linear", length: 400, fontSize: 10, zero: false, ...given });
const ticksOf = (given: Partial<AxisOptions>) => axisOf(given).ticks.map(({ x, text }) => [Math.round(x), text]);

describe("logarithmic", () => {
	test("decades, a decade 400 / 4 pixels", () => {
		const axis = axisOf({ scale: "log", min: 0.01, max: 100 });
		expect(axis.ticks.map(({ x, text }) => [Math.round(x), text])).toEqual([
			[0, "0.01"],
			[100, "0.1"],
			[200, "1"],
			[300, "10"],
			[400, "100"],
		]);
		// log10(30) = 1.477
		expect(axis.position(30)).toBeCloseTo(100 * (1.477 + 2), 1);
	});

	test("doubles and fives where there are few decades, even steps where there are none", () => {
		// log10(2) = 0.301, log10(5) = 0.699
		expect(ticksOf({ scale: "log", min: 1, max: 10 })).toEqual([
			[0, "1"],
			[120, "2"],
			[280, "5"],
			[400, "10"],
		]);
		expect(ticksOf({ scale: "log", min: 3, max: 4, fontSize: 0 }).map(([, text]) => text)).toContain("3.2");
	});

	test("ends beyond the values by 4 % of their span: two decades from 1 to 100", () => {
		const axis = axisOf({ scale: "log", values: [1, 100, 0] });
		expect(axis.position(1)).toBeCloseTo((400 * 0.08) / 2.16, 5);
		expect(axis.position(100)).toBeCloseTo((400 * 2.08) / 2.16, 5);
	});

	test("zero stands at the beginning, and is beyond it", () => {
		const axis = axisOf({ scale: "log", min: 0.01, max: 100 });
		expect([axis.position(0), axis.beyond(0), axis.beyond(0.01), axis.beyond(1000), axis.position(1000)]).toEqual([
			0,
			true,
			false,
			true,
			400,
		]);
	});
});

test("linear: from zero to a round number where zero belongs to it", () => {
	expect(ticksOf({ values: [0.2, 0.93], zero: true, length: 200, fontSize: 0 })).toEqual(
		[0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => [200 * value, value.toFixed(1)]),
	);
});

test("whatever the values: they are on the axis, ticks stand where they say and clear of each other", () => {
	const values = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { maxLength: 6 });
	fc.assert(
		fc.property(values, fc.constantFrom("linear" as const, "log" as const), fc.boolean(), (given, scale, zero) => {
			const axis = axisOf({ values: given, scale, zero });
			expect(given.filter(axis.beyond)).toEqual([]);
			for (const [i, { x, text }] of axis.ticks.entries()) {
				expect(Math.abs(axis.position(Number(text.replaceAll(",", ""))) - x)).toBeLessThan(1);
				expect(x).toBeGreaterThanOrEqual(i === 0 ? 0 : axis.ticks[i - 1]!.x + 5);
			}
		}),
		{ seed: 1, numRuns: 300 },
	);
});

test.each([
	[0, "0"],
	[0.0000047, "4.7e-6"],
	[0.0321, "0.0321"],
	[1.5, "1.5"],
	[99.94, "99.9"],
	[3347.4, "3,347"],
])("%s in words: %s", (value, text) => {
	expect(valueText(value)).toBe(text);
});
