import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../src/engine/time.js";
import { erlangC, otherWaits, type RunQueue, sensitiveWaits } from "../../src/metrics/run-queue-wait.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { job, node } from "../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod } from "../support/machines.js";
import { simulate } from "../support/simulations.js";

test("Erlang's formula of waiting", () => {
	// One server: its load. Two: with a load of 1, (1/2 x 2) / (1 + 1 + 1/2 x 2).
	expect(erlangC(1, 0.3)).toBeCloseTo(0.3, 12);
	expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 12);
	expect(erlangC(4, 0)).toBe(0);
});

describe("a thread waits", () => {
	test("by class: one CPU, of which 0.2 is latency-sensitive and 0.8 in use", () => {
		const queue: RunQueue = { cpus: 1, sensitiveLoad: 0.2, load: 0.8 };
		// 0.2 exp(-0.8 x 3 / 3), and 0.8 exp(-0.8 x 0.2 x 3 / 3).
		expect(sensitiveWaits(queue, 3000)).toBeCloseTo(0.2 * Math.exp(-0.8), 12);
		expect(otherWaits(queue, 3000)).toBeCloseTo(0.8 * Math.exp(-0.16), 12);
	});

	test("surely, where more is wanted than there is", () => {
		expect(otherWaits({ cpus: 4, sensitiveLoad: 1, load: 4 }, 5000)).toBe(1);
		expect(sensitiveWaits({ cpus: 4, sensitiveLoad: 4, load: 5 }, 5000)).toBe(1);
	});

	test("longer the fuller the machine is, and others longer than latency-sensitive ones", () => {
		const queue = fc.record({
			cpus: fc.integer({ min: 1, max: 128 }),
			use: fc.double({ min: 0, max: 1, noNaN: true }),
			sensitive: fc.double({ min: 0, max: 1, noNaN: true }),
			waitUs: fc.integer({ min: 0, max: 10_000 }),
		});
		const property = fc.property(queue, ({ cpus, use, sensitive, waitUs }) => {
			const load = use * cpus;
			const at = { cpus, sensitiveLoad: sensitive * load, load };
			const fuller = { ...at, load: (load + cpus) / 2 };
			const [own, others] = [sensitiveWaits(at, waitUs), otherWaits(at, waitUs)];
			expect(own).toBeGreaterThanOrEqual(0);
			expect(others).toBeLessThanOrEqual(1);
			expect(own).toBeLessThanOrEqual(others + 1e-12);
			expect(others).toBeLessThanOrEqual(otherWaits(fuller, waitUs) + 1e-12);
			expect(otherWaits(at, waitUs + 1000)).toBeLessThanOrEqual(others);
		});
		fc.assert(property, { seed: 41, numRuns: 500 });
	});
});

/** 100 s of pods on a node of one CPU. */
async function summaryOf(pods: readonly RunningPodOptions[]): Promise<RunSummary> {
	let probe: SummaryProbe | null = null;
	await simulate({
		nodes: [node("n", { cpu: 1000, memory: 100 })],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf(),
		endUs: 100 * SECOND,
		observers: [
			(engine, cell) => {
				const summary = new SummaryProbe(cell, 0);
				probe = summary;
				engine.every(10 * SECOND, () => summary.sample(engine.nowUs));
			},
		],
	});
	return probe!.result(100 * SECOND);
}

test("in the summary, by class of pods and load of machine", async () => {
	const summary = await summaryOf([{ cpu: 200, latencySensitive: true }, { cpu: 600 }]);
	const own = 0.2 * Math.exp(-0.8 / 3);
	const others = 0.8 * Math.exp(-0.16 / 3);
	const expected: Record<string, number> = {
		// Counted by the CPU that they want.
		run_queue_wait_over_1ms: (200 * own + 600 * others) / 800,
		"run_queue_wait_over_1ms.latency_sensitive": own,
		"run_queue_wait_over_1ms.latency_sensitive_load_75_100": own,
		"run_queue_wait_over_1ms.others": others,
		"run_queue_wait_over_1ms.others_load_75_100": others,
	};
	const shown = Object.entries(summary).filter(([name]) => name.startsWith("run_queue_wait_over_1ms"));
	expect(shown.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
	for (const [name, value] of Object.entries(expected)) expect(summary[name]).toBeCloseTo(value, 9);
	expect(summary["run_queue_wait_over_5ms.others"]).toBeCloseTo(0.8 * Math.exp((-0.16 * 5) / 3), 9);
});

test("what waits for its limit does not wait for a CPU", async () => {
	// 0.5 CPU within its limit: 0.5 exp(-0.5 / 3).
	const summary = await summaryOf([{ cpu: 2000, limits: { cpu: 500 } }]);
	expect(summary["run_queue_wait_over_1ms.others_load_50_75"]).toBeCloseTo(0.5 * Math.exp(-0.5 / 3), 9);
	expect(summary).not.toHaveProperty(["run_queue_wait_over_1ms.latency_sensitive"]);
});
