/** CPU time is neither made nor lost: what nodes grant is what pods used, and the work that they did. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import { rowOf } from "../../../src/cell/ids.js";
import { CPU, MEMORY } from "../../../src/objects/resources.js";
import type { Demand } from "../../../src/objects/usage.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const END_US = 400;
/** Ends are at whole microseconds: a container runs on for less than one, with at most 4 CPUs. */
const ROUNDING_US = 4;

const steps = fc.record({
	kind: fc.constant("series" as const),
	stepUs: fc.integer({ min: 3, max: 50 }),
	values: fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 4 }),
	clock: fc.constantFrom("pod" as const, "cell" as const),
	after: fc.constantFrom("repeat" as const, "hold" as const),
});
const memory: fc.Arbitrary<Demand> = steps.map((series) => ({
	...series,
	values: series.values.map((value) => Math.floor(value / 20)),
}));

const pods: fc.Arbitrary<RunningPodOptions> = fc
	.record({
		cpu: steps as fc.Arbitrary<Demand>,
		memory,
		cache: memory,
		threads: fc.integer({ min: 1, max: 4 }),
		requestMilli: fc.constantFrom(0, 500, 1000, 2000),
		limitMilli: fc.constantFrom(null, 500, 1500, 3000),
		memoryLimit: fc.constantFrom(null, 100, 180),
		burst: fc.constantFrom(null, 250_000),
		workUs: fc.constantFrom(0, 40, 150, Number.POSITIVE_INFINITY),
		durationUs: fc.constantFrom(30, 200, Number.POSITIVE_INFINITY),
		restartPolicy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
	})
	.map(({ requestMilli, limitMilli, memoryLimit, burst, ...rest }) => ({
		...rest,
		...(burst !== null && { burstUs: burst }),
		requests: { cpu: Math.min(requestMilli, limitMilli ?? requestMilli), memory: 10 },
		limits: { ...(limitMilli && { cpu: limitMilli }), ...(memoryLimit && { memory: memoryLimit }) },
	}));

test("CPU granted never exceeds node, quota or demand, memory never the node, and what is granted is the work done", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({ pod: pods, timeUs: fc.nat({ max: 100 }) }), { minLength: 1, maxLength: 10 }),
			fc.constantFrom(null, { thresholds: [] }),
			async (drawn, eviction) => {
				const jobs = drawn
					.sort((a, b) => a.timeUs - b.timeUs)
					.map(({ pod, timeUs }, i) => job(`j${i}`, { timeUs, pods: [runningPod(pod)] }));
				let usedUs = 0;
				const used = (cell: Cell, row: number) => cell.usage.pods.cpuTimeUs(row, END_US);
				const { simulation } = await simulate({
					nodes: [node("a", { cpu: 3000, memory: 700 }), node("b", { cpu: 1000, memory: 300 })],
					jobs,
					machine: machineOf({ eviction, onEviction: "fail" }),
					endUs: END_US,
					observers: [
						(engine, cell) => {
							engine.every(7, () => checkRates(cell));
							cell.watch({
								podEnded(pod, at, reason) {
									if (at < 0) return;
									const row = rowOf(pod);
									const cpuUs = cell.usage.pods.cpuTimeUs(row, cell.nowUs);
									usedUs += cpuUs;
									checkWork(cell, row, cpuUs, reason === "succeeded");
								},
							});
						},
					],
				});
				const { cell } = simulation;
				for (const row of [...cell.pods.all()].map(rowOf)) {
					if (!cell.usage.pods.has(row)) continue;
					usedUs += used(cell, row);
					checkWork(cell, row, used(cell, row), false);
				}
				const granted = cell.usage.nodes.cpuTimeUs(0, END_US) + cell.usage.nodes.cpuTimeUs(1, END_US);
				expect(granted).toBeCloseTo(usedUs, 6);
			},
		),
		{ seed: 13, numRuns: 150 },
	);
});

/** A pod that has done its work used that much; one that did not end by itself used less. */
function checkWork(cell: Cell, row: number, cpuUs: number, done: boolean): void {
	const { workCpuUs } = cell.pods.arrivals[row]!.usage!.containers[0]!;
	if (workCpuUs === Number.POSITIVE_INFINITY || cell.usage.pods.oomKills[row]! > 0) return;
	expect(cpuUs).toBeLessThanOrEqual(workCpuUs + ROUNDING_US);
	if (done) expect(cpuUs).toBeGreaterThanOrEqual(workCpuUs - 0.001);
}

function checkRates(cell: Cell): void {
	const { nodes, pods } = cell.usage;
	for (let n = 0; n < 2; n++) {
		const capacity = cell.nodes.allocatable[CPU]![n]!;
		expect(nodes.usedMilli[n]!).toBeLessThanOrEqual(capacity + 1e-6);
		expect(nodes.memoryBytes[n]!).toBeLessThanOrEqual(cell.nodes.allocatable[MEMORY]![n]!);
		let [used, wanted, throttled] = [0, 0, 0];
		for (const pod of cell.podsOn(n as never)) {
			const row = rowOf(pod);
			const cap = cell.pods.arrivals[row]!.spec.run!.containers[0]!.limits["cpu"] ?? Number.POSITIVE_INFINITY;
			expect(pods.usedMilli[row]!).toBeLessThanOrEqual(Math.min(cap, pods.wantedMilli[row]!) + 1e-6);
			used += pods.usedMilli[row]!;
			wanted += pods.wantedMilli[row]!;
			throttled += pods.throttledMilli[row]!;
		}
		expect(nodes.usedMilli[n]!).toBeCloseTo(used, 6);
		// Work-conserving: a node with time left has nobody waiting for it.
		expect(used).toBeCloseTo(Math.min(capacity, wanted - throttled), 6);
	}
}
