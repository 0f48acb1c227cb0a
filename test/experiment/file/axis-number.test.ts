import { expect, test } from "vitest";
import { axisNumber, measuredUnit } from "../../../src/experiment/file/axis-number.js";

test.each([
	["100ms", "s", 0.1],
	["10s", "ms", 10_000],
	["1m30s", "m", 1.5],
	["500m", "cpu", 0.5],
	["1536Mi", "Gi", 1.5],
	["2k", "k", 2],
	["0.1", undefined, 0.1],
	["1e-3", undefined, 0.001],
	[7, "jobs/s", 7],
])("%s on an axis in %s is at %s", (value, unit, number) => {
	expect(axisNumber(value, unit)).toBe(number);
});

test.each([
	["5", "s", "'5' is a number without a unit: write 5s for seconds or 5m for minutes"],
	["best-fit", "s", "'best-fit' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
	["a lot", "Gi", "'a lot' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3"],
	[
		"100ms",
		undefined,
		"'100ms' is not a number: for durations and quantities give the axis a unit, us, ms, s, m, h, d, w, cpu, k, M, G, T, Ki, Mi, Gi, Ti",
	],
	["", undefined, "'' is not a number: for durations and quantities give the axis a unit"],
])("%j on an axis in %s is refused", (value, unit, message) => {
	expect(() => axisNumber(value, unit)).toThrow(message);
});

test("measured values: seconds unless asked otherwise, shares plain or in percent, counts as they are", () => {
	expect(measuredUnit("us", undefined)).toEqual({ name: "s", size: 1_000_000 });
	expect(measuredUnit("us", "ms")).toEqual({ name: "ms", size: 1000 });
	expect(measuredUnit("1", undefined)).toEqual({ name: undefined, size: 1 });
	expect(measuredUnit("1", "percent")).toEqual({ name: "percent", size: 0.01 });
	expect(measuredUnit(null, "jobs")).toEqual({ name: "jobs", size: 1 });
	expect(() => measuredUnit("us", "min")).toThrow("'min' is not a unit of durations: write us, ms, s, m, h, d, w");
});
