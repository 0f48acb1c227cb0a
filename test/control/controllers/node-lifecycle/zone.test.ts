import { expect, test } from "vitest";
import {
	DEFAULT_EVICTION_RATES,
	taintRate,
	zoneState,
} from "../../../../src/control/controllers/node-lifecycle/zone.js";

test.each([
	// Ready, not ready.
	[10, 0, "normal"],
	// Two are never enough, were they all but one.
	[1, 2, "normal"],
	// 3 of 6 are half, 3 of 5 are 60 %.
	[3, 3, "normal"],
	[2, 3, "partial-disruption"],
	// 11 of 20 are 55 % exactly.
	[9, 11, "partial-disruption"],
	[10, 10, "normal"],
	// All, be it one.
	[0, 1, "full-disruption"],
	[0, 10, "full-disruption"],
	[0, 0, "normal"],
] as const)("a zone with %i nodes ready and %i not is in state %s", (ready, notReady, state) => {
	expect(zoneState(ready, notReady, DEFAULT_EVICTION_RATES)).toBe(state);
});

test.each([
	["normal", 10, 0.1],
	["full-disruption", 10, 0.1],
	["partial-disruption", 50, 0],
	["partial-disruption", 51, 0.01],
] as const)("in state %s a zone of %i nodes has %d nodes tainted a second", (state, size, perSecond) => {
	expect(taintRate(state, size, DEFAULT_EVICTION_RATES)).toBe(perSecond);
});
