import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricAxis, metricUnit } from "../../src/report/metric-axis.js";
import { textWidth } from "../../src/report/text-fit.js";

const MINUTE = 60_000_000;

describe("metricUnit", () => {
	test.each([
		["makespan_us", [90_000_000_000], "hours", ["25.0"]],
		// The unit of which the largest value holds two.
		["pending_time_mean_us", [1.5 * MINUTE, 0], "seconds", ["90.0", "0"]],
		["pending_time_mean_us", [26.4 * MINUTE, 3.2 * MINUTE], "minutes", ["26.4", "3.2"]],
		["pending_time_mean_us", [1_999], "microseconds", ["1,999"]],
		["pending_time_mean_us", [0], "seconds", ["0"]],
		["gpu_fragmentation", [0.5575, 0.042], "percent", ["55.8", "4.2"]],
		["gpu_fragmentation", [0.0042], "percent", ["0.420"]],
		["conflicts", [7755, 46.67], "", ["7,755", "47"]],
		["conflicts", [], "", []],
	])("%s of %j: %s", (metric, values, name, written) => {
		const unit = metricUnit(metric, values);
		expect(unit.name).toBe(name);
		expect(values.map(unit.number)).toEqual(written);
	});

	test("a value that is no number", () => {
		expect(() => metricUnit("conflicts", [1, Number.NaN])).toThrow(
			"chart of conflicts: a value is NaN; allowed are finite numbers",
		);
	});
});

function axisOf(metric: string, values: readonly number[], scale: "linear" | "log" = "linear", width = 200) {
	return metricAxis({ metric, unit: metricUnit(metric, values), values, width, fontSize: 10, scale });
}

describe("metricAxis", () => {
	test("linear: from zero to the next round number, ticks in the unit", () => {
		const { ticks, position, zero } = axisOf("pending_time_mean_us", [10 * MINUTE, 20 * MINUTE]);
		expect(ticks).toEqual(["0", "5", "10", "15", "20"].map((text, i) => ({ x: 50 * i, text })));
		expect([zero, position(10 * MINUTE)]).toEqual([0, 100]);
	});

	test("logarithmic: whole decades and no zero", () => {
		const { ticks, position, zero } = axisOf("conflicts", [3, 700], "log", 300);
		const rounded = ticks.map(({ x, text }) => [Math.round(x), text]);
		expect(rounded).toEqual([
			[0, "1"],
			[100, "10"],
			[200, "100"],
			[300, "1,000"],
		]);
		expect(position(10)).toBeCloseTo(100, 9);
		expect(zero).toBeNull();
	});

	test.each([
		["all zero", [0, 0, 0], "linear"],
		["no values", [], "linear"],
		["no values, logarithmic", [], "log"],
		["one value, logarithmic", [10], "log"],
	] as const)("%s: still an axis", (_, values, scale) => {
		const { ticks, position } = axisOf("conflicts", values, scale);
		expect(ticks.length).toBeGreaterThanOrEqual(2);
		expect(values.every((value) => position(value) >= 0 && position(value) <= 200)).toBe(true);
	});

	test("a logarithmic axis has no zero", () => {
		expect(() => axisOf("conflicts", [5, 0], "log")).toThrow(
			"chart of conflicts: a value is 0; a logarithmic axis has only values above 0",
		);
	});

	test("every value is on the axis, and no two tick texts touch", () => {
		const value = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
		fc.assert(
			fc.property(
				fc.array(value, { minLength: 1, maxLength: 5 }),
				fc.constantFrom("pending_time_mean_us", "gpu_allocation", "conflicts"),
				fc.constantFrom("linear" as const, "log" as const),
				fc.integer({ min: 60, max: 500 }),
				(values, metric, scale, width) => {
					const { ticks, position } = axisOf(metric, values, scale, width);
					for (const x of values.map(position)) expect(x > -1e-6 && x < width + 1e-6).toBe(true);
					for (const [i, tick] of ticks.entries()) {
						const next = ticks[i + 1];
						if (next === undefined) continue;
						const half = (textWidth(tick.text, 10) + textWidth(next.text, 10)) / 2;
						expect(next.x - tick.x).toBeGreaterThan(half);
					}
				},
			),
			{ seed: 1 },
		);
	});
});
