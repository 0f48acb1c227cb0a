import { expect, test } from "vitest";
import { Heartbeats } from "../../src/control/heartbeats.js";
import { SECOND } from "../../src/engine/time.js";

const beats = (name: string, heartbeats: Heartbeats, atSeconds: number) =>
	heartbeats.renewedUs(name, atSeconds * SECOND) / SECOND;

test("a node renews its lease each ten seconds from when it appeared, until it is silent", () => {
	const heartbeats = new Heartbeats();
	heartbeats.add("n", 3 * SECOND);
	expect([3, 12, 13, 27].map((at) => beats("n", heartbeats, at))).toEqual([3, 3, 13, 23]);
	heartbeats.stop("n", 40 * SECOND);
	expect([...heartbeats.silent]).toEqual(["n"]);
	expect(beats("n", heartbeats, 500)).toBe(33);
	heartbeats.resume("n", 501 * SECOND);
	expect([501, 512].map((at) => beats("n", heartbeats, at))).toEqual([501, 511]);
	expect(heartbeats.silent.size).toBe(0);
});

test("leases may be renewed in a rhythm of their own", () => {
	const heartbeats = new Heartbeats({ periodUs: 4 * SECOND, firstUs: () => 9 * SECOND });
	heartbeats.add("n", 0);
	// Before the first: in the same rhythm.
	expect([0, 1, 4, 5, 9, 20].map((at) => beats("n", heartbeats, at))).toEqual([-3, 1, 1, 5, 9, 17]);
});

test("a node that is not known has never renewed its lease", () => {
	const heartbeats = new Heartbeats();
	heartbeats.stop("n", 0);
	expect(heartbeats.silent.size).toBe(0);
	expect(heartbeats.renewedUs("n", 100)).toBe(Number.NEGATIVE_INFINITY);
});
