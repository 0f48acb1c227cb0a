/**
 * Queues below and above the load that they can bear: one scheduler that takes a second for a decision (M/D/1), and one server with
 * room for one pod (M/M/1).
 */
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import type { Simulation } from "../../src/experiment/simulation.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import type { JobArrival } from "../../src/objects/arrival.js";
import { job, node } from "../support/cells.js";
import { routedByName, type SimulateOptions, simulate } from "../support/simulations.js";

const SEEDS = ["a", "b", "c", "d"];
const MANY_NODES = [node("large", { cpu: 1e9, memory: 1e9, pods: 1e6 })];

async function summaryOf(options: SimulateOptions, warmupUs = 0): Promise<RunSummary> {
	let summary: SummaryProbe | null = null;
	let made: Simulation | null = null;
	const { endedUs } = await simulate({
		quiet: true,
		...options,
		prepare: (simulation) => {
			made = simulation;
		},
		observers: [
			(_engine, cell) => {
				summary = new SummaryProbe(cell, warmupUs, () => made!.architecture);
			},
		],
	});
	return summary!.result(endedUs);
}

/** Poisson arrivals, `load` a second, of pods that run for an exponential time of one second on average. */
function poisson(load: number, seed: string, count: number, name = "job"): JobArrival[] {
	const random = new SeededRandomSource(seed);
	const [gaps, services] = [random.stream("gaps"), random.stream("services")];
	let time = 0;
	return Array.from({ length: count }, (_, i) => {
		time += (-Math.log(1 - gaps.next()) * SECOND) / load;
		const durationUs = Math.round(-Math.log(1 - services.next()) * SECOND);
		return job(`${name}-${i}`, { timeUs: Math.round(time), durationUs });
	});
}

const endOf = (jobs: readonly JobArrival[]) => jobs.at(-1)!.timeUs;

describe("a scheduler that takes a second for each decision", () => {
	test.each([
		[0.3, 0],
		[0.8, 0],
		[0.9, 0],
		[1.1, 1],
		[1.5, 1],
		[4, 1],
	])("at %d jobs a second: %d", async (load, saturated) => {
		for (const seed of SEEDS) {
			const jobs = poisson(load, seed, 4000);
			const summary = await summaryOf({ nodes: MANY_NODES, jobs, perJobUs: SECOND, endUs: endOf(jobs) });
			expect([seed, summary["saturated"]]).toEqual([seed, saturated]);
			expect(summary["saturated.scheduler_scheduler_0"]).toBe(saturated);
			expect(summary["busyness"]).toBeCloseTo(Math.min(1, load), 1);
		}
	});

	test("is judged by the last half, after the warm-up", async () => {
		const [rush, calm] = [poisson(3, "rush", 600), poisson(0.5, "calm", 2000)];
		const jobs = [...rush, ...calm.map((later) => ({ ...later, timeUs: later.timeUs + endOf(rush) }))];
		const options = { nodes: MANY_NODES, jobs, perJobUs: SECOND };
		// 600 jobs in 200 s leave 400 behind, which 0.5 a second work off in 800 s.
		expect((await summaryOf({ ...options, endUs: endOf(rush) }))["saturated"]).toBe(1);
		expect((await summaryOf({ ...options, endUs: endOf(jobs) }))["saturated"]).toBe(0);
		const reversed = [...calm, ...rush.map((later) => ({ ...later, timeUs: later.timeUs + endOf(calm) }))];
		const late = { ...options, jobs: reversed, endUs: endOf(reversed) };
		expect((await summaryOf(late, endOf(calm)))["saturated"]).toBe(1);
	});

	test("the whole run is saturated if one of two schedulers is", async () => {
		const jobs = [...poisson(0.5, "calm", 1000, "p0"), ...poisson(1.5, "rush", 3000, "p1")];
		jobs.sort((a, b) => a.timeUs - b.timeUs);
		const options = { architecture: routedByName(), replicas: 2, perJobUs: SECOND, endUs: endOf(jobs) };
		expect(await summaryOf({ ...options, nodes: MANY_NODES, jobs })).toMatchObject({
			saturated: 1,
			"saturated.scheduler_scheduler_0": 0,
			"saturated.scheduler_scheduler_1": 1,
		});
	});
});

describe("a cell with room for one pod", () => {
	const server = [node("server", { pods: 1 })];

	test.each([
		[0.5, 0],
		[0.8, 0],
		[1.2, 1],
		[3, 1],
	])("at a load of %d: %d, although its scheduler is idle", async (load, saturated) => {
		for (const seed of SEEDS) {
			const jobs = poisson(load, seed, 4000);
			const queue = { discipline: "strict", backoff: { initialUs: 0, maxUs: 0 } } as const;
			const summary = await summaryOf({ nodes: server, jobs, queue, endUs: endOf(jobs) });
			expect([seed, summary["saturated"], summary["busyness"]]).toEqual([seed, saturated, 0]);
		}
	});

	test("jobs given up are work that was not done", async () => {
		const jobs = poisson(3, "impatient", 2000);
		const retry = { place: "own", afterConflictUs: 0, afterNoRoomUs: SECOND / 10 } as const;
		const giveUp = { attempts: 3, vainAttempts: 3 };
		const queue = { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 }, retry, giveUp } as const;
		const summary = await summaryOf({ nodes: server, jobs, queue, endUs: endOf(jobs) });
		expect(summary["jobs_abandoned"]).toBeGreaterThan(1000);
		expect(summary["saturated"]).toBe(1);
	});
});

describe("nothing is said, or nothing is wrong", () => {
	test("a run until nothing is left to do has no backlog in the end", async () => {
		const jobs = poisson(2, "drained", 1000);
		expect((await summaryOf({ nodes: MANY_NODES, jobs, perJobUs: SECOND }))["saturated"]).toBe(0);
	});

	test("one job that waits is no growing backlog", async () => {
		const jobs = [job("first", { timeUs: 60 }), job("second", { timeUs: 70 })];
		const summary = await summaryOf({ nodes: MANY_NODES, jobs, perJobUs: 1000, endUs: 100 });
		expect(summary["saturated"]).toBe(0);
	});

	test("a run shorter than 16 us is too short to tell", async () => {
		expect((await summaryOf({ nodes: MANY_NODES, jobs: [job("a")], endUs: 14 }))["saturated"]).toBeUndefined();
		expect((await summaryOf({ nodes: MANY_NODES, jobs: [job("a")], endUs: 16 }))["saturated"]).toBe(0);
	});
});
