/** The kubelet's static CPU policy: who has CPUs alone, and what is left for the others. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowOf } from "../../../src/cell/ids.js";
import { SECOND } from "../../../src/engine/time.js";
import type { CpuManagerPolicy } from "../../../src/node/machine/machine-options.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

/** CPU time in milliseconds that pods used after 10 s on a node of `cpu` milli-CPU, of which none is reserved. */
async function usedMs(cpuManagerPolicy: CpuManagerPolicy, cpu: number, pods: readonly RunningPodOptions[]) {
	const { simulation } = await simulate({
		nodes: [node("n", { cpu, memory: 1000 })],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf({ cpuManagerPolicy }),
		endUs: 10 * SECOND,
	});
	const { usage, pods: table } = simulation.cell;
	return [...table.all()].map((pod) => Math.round(usage.pods.cpuTimeUs(rowOf(pod), 10 * SECOND) / 1000));
}

const size = (cpu: number) => ({ requests: { cpu, memory: 10 }, limits: { cpu, memory: 10 } });
const hog: RunningPodOptions = { cpu: 4000 };

describe("of a node of 4 CPUs, next to a pod that wants all of them", () => {
	test("a Guaranteed pod has the 2 that it requests alone, used or not", async () => {
		const pods = [{ ...size(2000), cpu: 500 }, hog];
		expect(await usedMs("none", 4000, pods)).toEqual([5000, 35_000]);
		expect(await usedMs("static", 4000, pods)).toEqual([5000, 20_000]);
		// It cannot use more than it has.
		expect(await usedMs("static", 4000, [{ ...size(2000), cpu: 4000 }, hog])).toEqual([20_000, 20_000]);
	});

	test("fractions of a CPU are shared, and so are CPUs of pods that may use more than they request", async () => {
		expect(await usedMs("static", 4000, [{ ...size(1500), cpu: 500 }, hog])).toEqual([5000, 35_000]);
		const burstable = { requests: { cpu: 2000, memory: 10 }, cpu: 500 };
		expect(await usedMs("static", 4000, [burstable, hog])).toEqual([5000, 35_000]);
	});

	test("a container at a time has them, and gives them back when it ends", async () => {
		// 4 s at 2 CPUs leave the other 2 x 4 + 4 x 6 CPU-seconds.
		expect(await usedMs("static", 4000, [{ ...size(2000), cpu: 2000, workUs: 8 * SECOND }, hog])).toEqual([32_000]);
		// In one pod a container of 2 CPUs and one of half a CPU, which shares.
		const containers = [
			{ ...size(2000), cpu: 0 },
			{ ...size(500), cpu: 500 },
		];
		expect(await usedMs("static", 4000, [{ containers }, hog])).toEqual([5000, 15_000]);
	});

	test("whole CPUs only: of 3.5 that may be requested, a pod of 3 has its own and one of half a CPU shares", async () => {
		// 0.5 CPU is left for both others. Its own 512 shares are a weight of 20, the besteffort slice's 2 are 1: 20 of 21 parts.
		const pods = [{ ...size(3000), cpu: 0 }, { ...size(500), cpu: 500 }, hog];
		expect(await usedMs("static", 3500, pods)).toEqual([0, Math.round((5000 * 20) / 21), Math.round(5000 / 21)]);
	});
});

test("is not throttled, for it has no quota", async () => {
	const { simulation } = await simulate({
		nodes: [node("n", { cpu: 4000, memory: 1000 })],
		jobs: [job("p", { pods: [runningPod({ ...size(1000), cpu: 500, threads: 8, burstUs: 400_000 })] })],
		machine: machineOf({ cpuManagerPolicy: "static" }),
		endUs: SECOND,
	});
	const { pods } = simulation.cell.usage;
	expect([pods.quotaPeriods(0, SECOND), pods.stoppedTimeUs(0, SECOND)]).toEqual([0, 0]);
});

test("the others share the rest as if it were all there is", async () => {
	const sharing: fc.Arbitrary<RunningPodOptions> = fc.record({
		requests: fc.constantFrom({}, { cpu: 100 }, { cpu: 500 }),
		cpu: fc.integer({ min: 0, max: 4000 }),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(sharing, { minLength: 1, maxLength: 5 }),
			fc.array(fc.record({ cpus: fc.integer({ min: 1, max: 3 }), cpu: fc.integer({ min: 0, max: 4000 }) }), {
				maxLength: 3,
			}),
			async (others, alone) => {
				const aloneMilli = alone.reduce((sum, { cpus }) => sum + cpus * 1000, 0);
				const pods = alone.map(({ cpus, cpu }) => ({ ...size(cpus * 1000), cpu }));
				const used = await usedMs("static", aloneMilli + 3000, [...pods, ...others]);
				const expected = alone.map(({ cpus, cpu }) => Math.min(cpus * 1000, cpu) * 10);
				expect(used.slice(0, alone.length)).toEqual(expected);
				const rest = await usedMs("none", 3000, others);
				expect(used.slice(alone.length)).toEqual(rest);
			},
		),
		{ seed: 15, numRuns: 60 },
	);
});
