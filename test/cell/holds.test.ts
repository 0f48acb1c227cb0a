import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { PodId } from "../../src/cell/ids.js";
import type { Engine } from "../../src/engine/engine.js";
import { job, node } from "../support/cells.js";
import { machineOf } from "../support/machines.js";
import { type SimulateOptions, simulate } from "../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;

/** `early` is held back from its submission on, `late` each time it gets a node; both are told to start at these times. */
async function heldUntil(releasesUs: readonly number[], options: SimulateOptions = {}) {
	const early = job("early", { durationUs: FOREVER });
	const [pod] = early.pods;
	const release = (engine: Engine, cell: Cell) => {
		cell.holds.whenBound = (bound: PodId) => cell.pod(bound).name === "late-0";
		const kind = engine.kind("release", 1, () => {
			for (const each of [...cell.pods.all()]) cell.holds.release(each);
		});
		for (const atUs of releasesUs) engine.schedule(atUs, kind, 0);
	};
	const { log } = await simulate({
		nodes: [node("n")],
		jobs: [{ ...early, pods: [{ ...pod!, timing: { held: true } }] }, job("late", { durationUs: FOREVER })],
		startDelayUs: 10,
		observers: [release],
		endUs: 1000,
		...options,
	});
	return log.filter((line) => !line.startsWith("0 "));
}

describe.each([
	{ nodes: "nodes", options: {} },
	{ nodes: "machines", options: { machine: machineOf() } },
])("on $nodes", ({ options }) => {
	test("who was submitted to be held is made ready meanwhile, for whom it was found out on the node nothing begins", async () => {
		expect(await heldUntil([], options)).toEqual([]);
		// 10 us to be made ready, from 0 on, and from the release on.
		expect(await heldUntil([4], options)).toEqual(["10 started early-0", "14 started late-0"]);
		expect(await heldUntil([30], options)).toEqual(["30 started early-0", "40 started late-0"]);
	});

	test("who is told to go while it is held has gone", async () => {
		const faults = [{ atUs: 5, action: "delete", selects: () => true } as const];
		expect((await heldUntil([20], { ...options, faults })).sort()).toEqual(["5 deleted early-0", "5 deleted late-0"]);
	});

	test("who gets another node is held there anew, if that is found out there", async () => {
		// Both are released at 30, and lose their node at 32, when one is at work and the other still made ready.
		const faults = [
			{ atUs: 32, action: "fail", selects: () => true } as const,
			{ atUs: 50, action: "recover", selects: () => true } as const,
		];
		const log = await heldUntil([30, 100], { ...options, faults });
		expect(log.filter((line) => /started|bound/.test(line)).sort()).toEqual([
			"110 started late-0",
			"30 started early-0",
			"50 bound early-0 n",
			"50 bound late-0 n",
			"60 started early-0",
		]);
	});
});

test("who is released on a node that nobody hears of begins when it is heard of", async () => {
	const faults = [
		{ atUs: 5, action: "silence", selects: () => true } as const,
		{ atUs: 50, action: "recover", selects: () => true } as const,
	];
	const log = await heldUntil([20], { faults });
	expect(log.filter((line) => line.includes("started"))).toEqual(["60 started early-0", "60 started late-0"]);
});
