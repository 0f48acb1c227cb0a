import { expect, test } from "vitest";
import { DEFAULT_EVICTION_RATES } from "../../../../src/control/controllers/node-lifecycle/zone.js";
import { Zones } from "../../../../src/control/controllers/node-lifecycle/zones.js";

/** Ten nodes in each of two zones. */
function twoZones(): Zones {
	const zones = new Zones(DEFAULT_EVICTION_RATES);
	for (const zone of ["a", "b"]) for (let n = 0; n < 10; n++) zones.addNode(`${zone}${n}`, zone);
	return zones;
}

const judge = (zones: Zones, a: number, b: number) => zones.judge((zone) => (zone === "a" ? a : b), 0);
const states = (zones: Zones) => [zones.stateOf("a"), zones.stateOf("b")];

test("zones are judged by themselves while any of them has a node that is ready", () => {
	const zones = twoZones();
	expect(judge(zones, 0, 0)).toBe("goes-on");
	expect(states(zones)).toEqual(["normal", "normal"]);
	expect(judge(zones, 6, 5)).toBe("goes-on");
	expect(states(zones)).toEqual(["partial-disruption", "normal"]);
	expect(zones.queueOf("a").stopped).toBe(true);
	expect(judge(zones, 10, 9)).toBe("goes-on");
	expect(states(zones)).toEqual(["full-disruption", "partial-disruption"]);
	expect(zones.queueOf("a").stopped).toBe(false);
});

test("when no zone has a node that is ready all are stopped, until one has", () => {
	const zones = twoZones();
	judge(zones, 0, 0);
	expect(judge(zones, 10, 10)).toBe("enters-full-disruption");
	// Whoever asked takes the taints off first.
	expect(states(zones)).toEqual(["normal", "normal"]);
	zones.stopAll(0);
	expect(states(zones)).toEqual(["full-disruption", "full-disruption"]);
	expect(zones.queues.map(({ stopped }) => stopped)).toEqual([true, true]);
	expect(judge(zones, 10, 10)).toBe("goes-on");
	expect(judge(zones, 10, 9)).toBe("leaves-full-disruption");
	expect(states(zones)).toEqual(["full-disruption", "partial-disruption"]);
	expect(zones.queues.map(({ stopped }) => stopped)).toEqual([false, true]);
});

test("a zone without nodes is not judged", () => {
	const zones = twoZones();
	for (let n = 0; n < 10; n++) zones.removeNode(`b${n}`, "b", true);
	expect(judge(zones, 10, 0)).toBe("enters-full-disruption");
});
