import { expect, test } from "vitest";
import { SECOND } from "../../src/engine/time.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import type { Demand } from "../../src/objects/usage.js";
import { job, node } from "../support/cells.js";
import { machineOf, runningPod } from "../support/machines.js";
import { simulate } from "../support/simulations.js";

const GIB = 2 ** 30;
const WEEK_S = 7 * 86_400;

/** Goes over half a gibibyte 10 s after each start. */
const GROWING: Demand = {
	kind: "phases",
	phases: [
		{ durationUs: 10 * SECOND, value: 0 },
		{ durationUs: 1, value: GIB },
	],
	after: "hold",
};

/** 50 s of a pod whose container outgrows its limit after 10 s, on nodes of which the first fails after 25 s. */
async function summaryOn(nodes: readonly string[]): Promise<RunSummary> {
	let probe: SummaryProbe | null = null;
	const pod = runningPod({ memory: GROWING, limits: { memory: GIB / 2 }, restartPolicy: "Always" });
	const { endedUs } = await simulate({
		nodes: nodes.map((name) => node(name, { cpu: 1000, memory: 8 * GIB })),
		jobs: [job("p", { pods: [pod] })],
		machine: machineOf(),
		faults: [{ atUs: 25 * SECOND, action: "fail", selects: ({ name }) => name === "a" }],
		endUs: 50 * SECOND,
		observers: [
			(_engine, cell) => {
				probe = new SummaryProbe(cell, 0);
			},
		],
	});
	return probe!.result(endedUs);
}

test("what happened to a pod on the node that it lost counts once", async () => {
	// Killed at 10 s, started again at once, killed at 20 s and held back when its node fails; elsewhere killed at 35 s and 45 s.
	expect(await summaryOn(["a", "b"])).toMatchObject({
		container_oom_kills: 4,
		container_restarts: 2,
		pods_oom_killed_again: 1,
		oom_kills_per_pod_week: 4 / (50 / WEEK_S),
		evictions_per_pod_week: 1 / (50 / WEEK_S),
		"evictions_per_pod_week.cause_node_lost": 1 / (50 / WEEK_S),
	});
});

test("a pod that waits for a node does not run", async () => {
	expect(await summaryOn(["a"])).toMatchObject({
		container_oom_kills: 2,
		evictions_per_pod_week: 1 / (25 / WEEK_S),
	});
});
