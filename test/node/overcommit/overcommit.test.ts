import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import { overcommitPolicies } from "../../../src/node/overcommit/index.js";
import type { OvercommitContext } from "../../../src/node/overcommit/policy.js";
import type { Demand } from "../../../src/objects/usage.js";
import { job, node } from "../../support/cells.js";
import { machineOf, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const GIB = 2 ** 30;
const MINUTE = 60 * SECOND;

function policy(name: string, params: object = {}) {
	const definition = overcommitPolicies.all.get(name)!;
	return (context: OvercommitContext) => definition.create(definition.params?.parse(params), context);
}

const nodes = [node("n", { cpu: 4000, memory: 8 * GIB })];
const pod = (used: Demand | number, priority = 0, limit = 2000) =>
	runningPod({
		requests: { cpu: 500, memory: GIB },
		limits: { cpu: limit, memory: GIB },
		cpu: used,
		facts: { priority },
	});

/** When each pod was bound, in seconds. */
async function bound(jobs: Parameters<typeof simulate>[0]["jobs"], name: string, params: object = {}) {
	const { bindings, simulation } = await simulate({
		nodes,
		jobs: jobs!,
		machine: machineOf(),
		overcommit: policy(name, params),
		endUs: 60 * MINUTE,
	});
	const times = bindings.map((line) => {
		const [us, , pod] = line.split(" ");
		return `${pod} ${Number(us) / SECOND}`;
	});
	return { times, simulation };
}

const three = [0, 1, 2].map((i) => job(`p${i}`, { pods: [pod(200)], timeUs: i * SECOND }));

test("by limits two pods of 2 CPUs fill 4; by requests and with a factor three fit", async () => {
	expect((await bound(three, "limits")).times).toEqual(["p0-0 0", "p1-0 1"]);
	expect((await bound(three, "requests")).times).toEqual(["p0-0 0", "p1-0 1", "p2-0 2"]);
	const { times, simulation } = await bound(three, "factor", { cpu: 1.5 });
	expect(times).toEqual(["p0-0 0", "p1-0 1", "p2-0 2"]);
	// The machine has no more than it had.
	expect(simulation.cell.nodes.specs[0]).toMatchObject({ backed: { cpu: 4000 }, allocatable: { cpu: 6000 } });
});

describe("Borg's reclamation", () => {
	const params = { margin: 0.5, grace: "300s", halfLife: "1m", every: "1m" };

	test("offers what is reserved in vain once the grace is over", async () => {
		// Both reserve 2000 and come down to 300, from 360 s on: 300 + 1700 / 2^k each. 4000 + 2 x 1700 (1 - 2^-k) - 4000 is 2000 or
		// more for k = 2, at the second review after the grace.
		const { times } = await bound(three, "borg-reclamation", params);
		expect(times).toEqual(["p0-0 0", "p1-0 1", "p2-0 420"]);
	});

	test("production never relies on it", async () => {
		const production = [0, 1, 2].map((i) => job(`p${i}`, { pods: [pod(200, 300)], timeUs: i * SECOND }));
		expect((await bound(production, "borg-reclamation", params)).times).toEqual(["p0-0 0", "p1-0 1"]);
	});

	test("takes an offer back at once when usage rises", async () => {
		const rises: Demand = {
			kind: "phases",
			phases: [
				{ durationUs: 20 * MINUTE, value: 200 },
				{ durationUs: 1, value: 2000 },
			],
			after: "hold",
		};
		const late = job("late", { pods: [pod(100)], timeUs: 30 * MINUTE });
		const jobs = [job("p0", { pods: [pod(rises)] }), job("p1", { pods: [pod(rises)] }), late];
		const { times, simulation } = await bound(jobs, "borg-reclamation", params);
		expect(times).toEqual(["p0-0 0", "p1-0 0"]);
		expect(simulation.cell.nodes.allocatable[0]![0]).toBe(4000);
	});
});

describe("predicted peaks", () => {
	const params = { warmup: "10m", history: "30m", every: "5m", horizon: "1h" };

	test("a pod counts in full until it was watched for the warm-up", async () => {
		// Watched from 300 s on, warm at 900 s: 200 each, so that 3600 of 4000 are free again.
		const { times } = await bound(three, "peak-prediction", { ...params, predictor: "rc-like" });
		expect(times).toEqual(["p0-0 0", "p1-0 1", "p2-0 900"]);
	});

	test("the oracle knows at once, and what is to come", async () => {
		expect((await bound(three, "peak-prediction", { ...params, predictor: "oracle" })).times[2]).toBe("p2-0 300");
		const rising: Demand = {
			kind: "phases",
			phases: [
				{ durationUs: 40 * MINUTE, value: 200 },
				{ durationUs: 1, value: 2000 },
			],
			after: "hold",
		};
		const jobs = [0, 1, 2].map((i) => job(`p${i}`, { pods: [pod(rising)], timeUs: i * SECOND }));
		expect((await bound(jobs, "peak-prediction", { ...params, predictor: "oracle" })).times).toHaveLength(2);
		// The others see only the past.
		expect((await bound(jobs, "peak-prediction", { ...params, predictor: "max" })).times).toHaveLength(3);
	});

	test("an audit compares all with the oracle and offers nothing", async () => {
		const { times, simulation } = await bound(three, "peak-prediction", { ...params, audit: true });
		expect(times).toHaveLength(2);
		const metrics = simulation.nodeMetrics();
		// 0.9 x 4000 against 4000.
		expect(metrics["overcommit_savings.borg_default"]).toBeCloseTo(0.1, 12);
		// 2 x 200 of 4000 are used.
		expect(metrics["overcommit_savings.oracle"]).toBeCloseTo(0.9, 12);
		for (const name of ["rc_like", "n_sigma", "max", "oracle"])
			expect(metrics[`overcommit_violations.${name}`]).toBe(0);
		expect(metrics["overcommit_savings.max"]).toBeLessThanOrEqual(metrics["overcommit_savings.rc_like"]!);
	});
});
