import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { durationSchema, formatDuration, parseDuration } from "../../src/objects/duration.js";

describe("parseDuration", () => {
	test.each([
		["0s", 0],
		["7us", 7],
		["7µs", 7], // micro sign
		["7μs", 7], // Greek mu
		["1.5ms", 1500],
		["0.1s", 100_000],
		["90s", 90_000_000],
		["2h30m", (2 * 60 + 30) * 60e6],
		["1.5h", 90 * 60e6],
		["1w2d", 9 * 24 * 3600e6],
		["1m1ms", 60_001_000],
		["14892w", 14892 * 7 * 24 * 3600e6],
	])("%s is %d us", (text, us) => {
		expect(parseDuration(text)).toBe(us);
	});

	test.each([
		["10", "'10' is a number without a unit: write 10s for seconds or 10m for minutes"],
		["1.5", "'1.5' is a number without a unit: write 1.5s for seconds or 1.5m for minutes"],
		["", "'' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
		["-5m", "'-5m' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
		["5 m", "'5 m' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
		["3ns", "'3ns' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
		["1h30", "'1h30' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m"],
		["30m2h", "'30m2h' is not a duration: write each unit once and the largest first, such as 2h30m"],
		["1h1h", "'1h1h' is not a duration: write each unit once and the largest first, such as 2h30m"],
		["0.5us", "'0.5us' is finer than a microsecond: write whole microseconds"],
		["14893w", "'14893w' is too long: the longest duration is 14892w"],
	])("refuses %j", (text, message) => {
		expect(() => parseDuration(text)).toThrow(expect.objectContaining({ name: "InputError", message }));
	});
});

describe("formatDuration", () => {
	test.each([
		[0, "0s"],
		[1, "1us"],
		[250_000, "250ms"],
		[1_500_000, "1.5s"],
		[90_000_000, "90s"],
		[3600e6, "1h"],
		[5400e6, "90m"],
		[7 * 86_400e6, "1w"],
		[86_401e6, "1d1s"],
		[3_661_000_001, "61m1s1us"],
		[1_000_001, "1s1us"],
		[10_500_000_000, "175m"],
		[123_456_700, "123.4567s"],
	])("%d us is %s", (us, text) => {
		expect(formatDuration(us)).toBe(text);
	});

	test("is the inverse of parseDuration, and never longer than a plain count of one unit", () => {
		const us = fc.oneof(
			fc.maxSafeNat(),
			fc.tuple(fc.nat(400), fc.constantFrom(1, 1e3, 1e6, 60e6, 3600e6, 86_400e6)).map(([n, unit]) => n * unit),
		);
		fc.assert(
			fc.property(us, (us) => {
				const text = formatDuration(us);
				expect(parseDuration(text)).toBe(us);
				expect(text.length).toBeLessThanOrEqual(`${us}us`.length);
				if (us % 1e6 === 0) expect(text.length).toBeLessThanOrEqual(`${us / 1e6}s`.length);
			}),
			{ seed: 3, numRuns: 1000 },
		);
	});
});

test("the schema reads text, and tells a bare number to take a unit", () => {
	expect(durationSchema.parse("10s")).toBe(10_000_000);
	expect(durationSchema.safeParse(10).error?.issues).toMatchObject([
		{ path: [], message: "'10' is a number without a unit: write 10s for seconds or 10m for minutes" },
	]);
	expect(durationSchema.safeParse("soon").error?.issues).toMatchObject([
		{ message: "'soon' is not a duration: write numbers with units w, d, h, m, s, ms or us, such as 2h30m" },
	]);
	expect(z.toJSONSchema(durationSchema, { io: "input", target: "draft-7" })).toMatchObject({ type: "string" });
});
