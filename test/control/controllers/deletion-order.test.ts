import { expect, test } from "vitest";
import { firstToDelete } from "../../../src/control/controllers/deletion-order.js";
import { SECOND } from "../../../src/engine/time.js";
import { apiPod, type PodOptions } from "../../support/api-objects.js";

const NOW_US = 10_000 * SECOND;
const ready = { phase: "Running", ready: true, readyUs: 0, node: "n" } as const;

/** The first is the one to be deleted before the second, whatever else is equal. */
test.each<[string, Omit<PodOptions, "uid">, Omit<PodOptions, "uid">]>([
	["without a node", { phase: "Pending" }, { phase: "Pending", node: "n" }],
	["pending", { phase: "Pending", node: "n" }, { phase: "Running", node: "n" }],
	["not ready", { phase: "Running", node: "n" }, ready],
	// 2^33 ns and 2^39 ns; below, 900 s and 1000 s are both 2^39.
	[
		"ready for a shorter time",
		{ ...ready, readyUs: NOW_US - 10 * SECOND },
		{ ...ready, readyUs: NOW_US - 1000 * SECOND },
	],
	[
		"younger, if they are ready about as long",
		{ ...ready, readyUs: NOW_US - 1000 * SECOND, createdUs: NOW_US - 1100 * SECOND },
		{ ...ready, readyUs: NOW_US - 900 * SECOND, createdUs: NOW_US - 9000 * SECOND },
	],
	["first made, if nothing else tells them apart", ready, ready],
])("%s goes first", (_what, first, second) => {
	const pods = [apiPod({ uid: 1, ...first }), apiPod({ uid: 2, ...second })];
	expect(firstToDelete(pods, pods, NOW_US).map(({ metadata }) => metadata.uid)).toEqual([1, 2]);
	if (first === second) return;
	const reversed = [apiPod({ uid: 1, ...second }), apiPod({ uid: 2, ...first })];
	expect(firstToDelete(reversed, reversed, NOW_US).map(({ metadata }) => metadata.uid)).toEqual([2, 1]);
});

test("of ready pods those go first that share their node with most of their relatives, but after those of less cost", () => {
	const pods = [
		apiPod({ ...ready, uid: 1, node: "a" }),
		apiPod({ ...ready, uid: 2, node: "b" }),
		apiPod({ ...ready, uid: 3, node: "b" }),
	];
	expect(firstToDelete(pods, pods, NOW_US).map(({ metadata }) => metadata.uid)).toEqual([2, 3, 1]);
	const cheap = { ...pods[0]!, metadata: { ...pods[0]!.metadata, annotations: { [COST]: "-5" } } };
	expect(firstToDelete([cheap, pods[1]!], pods, NOW_US).map(({ metadata }) => metadata.uid)).toEqual([1, 2]);
});

const COST = "controller.kubernetes.io/pod-deletion-cost";

test("pods that have ended or are on their way out do not count", () => {
	const pods = [
		apiPod({ uid: 1, phase: "Failed" }),
		apiPod({ ...ready, uid: 2, deletedUs: 5 }),
		apiPod({ ...ready, uid: 3 }),
	];
	expect(firstToDelete(pods, [], NOW_US).map(({ metadata }) => metadata.uid)).toEqual([3]);
});
