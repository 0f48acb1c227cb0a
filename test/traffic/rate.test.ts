import { expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/engine/time.js";
import { type Rate, requestsBetween } from "../../src/traffic/rate.js";

const DAY: Rate = [{ kind: "diurnal", perSecond: 100, amplitude: 0.5, periodUs: 24 * HOUR, peakAtUs: 12 * HOUR }];
const STEPS: Rate = [
	{
		kind: "steps",
		steps: [
			{ fromUs: 10 * SECOND, perSecond: 5 },
			{ fromUs: 20 * SECOND, perSecond: 1 },
		],
	},
];

test.each([
	["a constant", [{ kind: "constant", perSecond: 7 }], 0, MINUTE, 420],
	["a day has its mean", DAY, 0, 24 * HOUR, 100 * 86_400],
	// 1.5 and 0.5 of the mean at the peak and at night, for a second.
	["a day at its peak", DAY, 12 * HOUR, 12 * HOUR + SECOND, 150],
	["a day at night", DAY, 24 * HOUR, 24 * HOUR + SECOND, 50],
	["steps before the first", STEPS, 0, 10 * SECOND, 0],
	["steps across two", STEPS, 15 * SECOND, 25 * SECOND, 30],
	[
		"a spike beside a constant",
		[
			{ kind: "constant", perSecond: 1 },
			{ kind: "spike", atUs: 30 * SECOND, forUs: 10 * SECOND, perSecond: 9 },
		],
		0,
		MINUTE,
		150,
	],
] satisfies [string, Rate, number, number, number][])("%s", (_what, rate, fromUs, toUs, requests) => {
	expect(requestsBetween(rate, fromUs, toUs)).toBeCloseTo(requests, 3);
});
