import { expect, test } from "vitest";
import { attemptsProbe } from "../../../src/metrics/probes/attempts.js";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { job, node, type PodArrivalOptions, podArrival } from "../../support/cells.js";
import { simulate } from "../../support/simulations.js";

/** The first attempt of a job of these pods on one node of 4 cpu. */
async function firstAttempt(...pods: readonly PodArrivalOptions[]) {
	return attemptAt(job("j", { pods: pods.map(podArrival) }));
}

async function attemptAt(arrival: JobArrival) {
	const sink = new MemorySink();
	let finish: (endUs: number) => void = () => {};
	const { endedUs } = await simulate({
		nodes: [node("n", { cpu: 4000 })],
		jobs: [arrival],
		observers: [(_engine, cell) => void ({ finish } = attemptsProbe(cell, sink))],
	});
	finish(endedUs);
	return sink.rows("attempts")[0]!;
}

test("the reasons are those of the first pod without a node, and say whether they hold for the others", async () => {
	expect(await firstAttempt({ cpu: 5000 }, { cpu: 5000 })).toMatchObject({
		pods: 2,
		unplaced: 2,
		nodes: 1,
		rejections: "1 Insufficient cpu",
		alike: true,
	});
	expect(await firstAttempt({ cpu: 5000 }, { cpu: 6000 })).toMatchObject({ unplaced: 2, alike: false });
	// One alone is like itself, whatever the pods that were placed.
	expect(await firstAttempt({ cpu: 1000 }, { cpu: 5000 })).toMatchObject({ placed: 1, unplaced: 1, alike: true });
	expect(await firstAttempt({ cpu: 1000 })).toMatchObject({ unplaced: 0, rejections: null, alike: true });
});

test("pods that differ keep their reasons apart, identical ones together; a gang is rejected as a whole", async () => {
	const row = await firstAttempt({ cpu: 5000 }, { cpu: 1000 }, { memory: 1e9 }, { cpu: 5000 });
	expect(row).toMatchObject({ placed: 1, unplaced: 3, rejections: "1 Insufficient cpu", alike: false });
	expect(JSON.parse(row["rejections_by_pods"] as string)).toEqual([
		{ pods: [0, 3], nodes: 1, rejections: "1 Insufficient cpu" },
		{ pods: [2], nodes: 1, rejections: "1 Insufficient memory" },
	]);
	expect(await firstAttempt({ cpu: 5000 }, { cpu: 5000 })).toMatchObject({ rejections_by_pods: null });
	const gang = job("gang", { gang: true, pods: [{ cpu: 5000 }, { cpu: 1000 }].map(podArrival) });
	expect(await attemptAt(gang)).toMatchObject({ unplaced: 2, alike: false, rejections_by_pods: null });
});
