/** Whatever machines are like and whatever runs on them: the cell stays whole, and the same run is the same again. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import { KUBELET_PULLS } from "../../../src/node/images/pull-options.js";
import { hard } from "../../../src/node/kubelet/thresholds.js";
import { DEFAULT_VIRTUAL_MACHINES } from "../../../src/node/machine/virtual-machines.js";
import type { ResourceList } from "../../../src/objects/resources.js";
import type { Demand } from "../../../src/objects/usage.js";
import { faultLists } from "../../support/arbitraries.js";
import { job, node } from "../../support/cells.js";
import { type ContainerOptions, machineOf, type RunningPodOptions, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((s) => s * SECOND);

const demand: fc.Arbitrary<Demand | number> = fc.oneof(
	fc.integer({ min: 0, max: 2000 }),
	fc.record({
		kind: fc.constant("phases" as const),
		phases: fc.array(fc.record({ durationUs: seconds(1, 30), value: fc.integer({ min: 0, max: 2000 }) }), {
			minLength: 1,
			maxLength: 3,
		}),
		after: fc.constantFrom("repeat" as const, "hold" as const),
	}),
	fc.record({
		kind: fc.constant("drawn" as const),
		distribution: fc.constant({ dist: "uniform" as const, min: 0, max: 2000 }),
		stepUs: seconds(5, 40),
	}),
);

const container: fc.Arbitrary<ContainerOptions> = fc
	.record(
		{
			requests: fc.constantFrom<ResourceList[]>(
				{},
				{ cpu: 100, memory: 50 },
				{ cpu: 500, memory: 200 },
				{ cpu: 1000, memory: 200 },
			),
			limits: fc.constantFrom<ResourceList[]>(
				{},
				{ cpu: 500, memory: 200 },
				{ cpu: 1000, memory: 200 },
				{ memory: 1500, "ephemeral-storage": 1500 },
			),
			cpu: demand,
			memory: demand,
			cache: demand,
			storage: demand,
			pids: demand,
			gpuMemory: demand,
			workUs: fc.constantFrom(0, 10 * SECOND, 60 * SECOND),
			startupUs: fc.constantFrom(0, 20 * SECOND),
			burstUs: fc.constantFrom(150_000, 400_000),
			image: fc.constantFrom("", "a", "b"),
			livenessProbe: fc.constant({
				initialDelayUs: 0,
				periodUs: 7 * SECOND,
				timeoutUs: 2 * SECOND,
				successThreshold: 1,
				failureThreshold: 2,
			}),
		},
		{ requiredKeys: ["requests", "limits", "cpu", "memory"] },
	)
	.map((options) => {
		const { requests, limits } = options;
		return (requests["cpu"] ?? 0) > (limits["cpu"] ?? Infinity) ? { ...options, requests: limits } : options;
	});

const pod: fc.Arbitrary<RunningPodOptions> = fc.record({
	containers: fc
		.tuple(
			fc.array(fc.tuple(container, fc.constantFrom("init" as const, "sidecar" as const)), { maxLength: 2 }),
			fc.array(container, { minLength: 1, maxLength: 2 }),
		)
		.map(([first, mains]) => [
			...first.map(([options, kind]) => ({
				...options,
				kind,
				...(kind === "init" && { workUs: options.workUs ?? 5 * SECOND }),
			})),
			...mains,
		]),
	restartPolicy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
	durationUs: fc.constantFrom(20 * SECOND, 150 * SECOND, Number.POSITIVE_INFINITY),
	gpu: fc.constant({ count: 1, milli: 500, models: [] }),
	facts: fc.record({ priority: fc.constantFrom(0, 100, 200) }),
});

const images = {
	images: ["a", "b"].map((name) => ({ name, layers: [{ digest: name, sizeBytes: 300 }] })),
	pulls: KUBELET_PULLS,
	diskBytes: 500,
	bytesPerS: 100,
};
const machine = fc
	.record({
		memoryQos: fc.boolean(),
		cpuManagerPolicy: fc.constantFrom("none" as const, "static" as const),
		cfsBurst: fc.constantFrom(0, 0.5),
		onEviction: fc.constantFrom("resubmit" as const, "fail" as const),
		eviction: fc.constantFrom(null, {
			thresholds: [hard("memory.available", { amount: 500 }), hard("pid.available", { amount: 500 })],
		}),
		podPidsLimit: fc.constantFrom(1500, Number.POSITIVE_INFINITY),
		pidMax: fc.constant(4000),
		memoryKills: fc.constantFrom("oom-score" as const, "borg" as const),
		relistUs: fc.constantFrom(SECOND, 3 * SECOND),
		interference: fc.constantFrom("none" as const, "borg-cpi" as const),
		images: fc.constantFrom(null, images),
		virtualMachines: fc.constantFrom(
			null,
			{ ...DEFAULT_VIRTUAL_MACHINES, hypervisorBytes: 20, guestSystemBytes: 20 },
			{ ...DEFAULT_VIRTUAL_MACHINES, hypervisorBytes: 20, guestSystemBytes: 20, ballooning: true },
		),
	})
	.map(machineOf);

test("the cell stays whole, and the same run is the same again", async () => {
	const seen = new Set<string>();
	await fc.assert(
		fc.asyncProperty(
			machine,
			fc.array(fc.record({ pod, timeUs: seconds(0, 80) }), { minLength: 1, maxLength: 8 }),
			faultLists,
			async (options, drawn, given) => {
				const faults = given.map((fault) => ({ ...fault, atUs: fault.atUs * SECOND }));
				const jobs = drawn
					.sort((a, b) => a.timeUs - b.timeUs)
					.map((one, i) => job(`web${i}`, { timeUs: one.timeUs, pods: [runningPod(one.pod)] }));
				const nodes = [0, 1].map((i) => node(`node-${i}`, { cpu: 2000, memory: 2000, gpus: 4 }));
				const run = () => simulate({ nodes, jobs, faults, machine: options, startDelayUs: 2, endUs: 400 * SECOND });
				const [first, second] = [await run(), await run()];
				expect(second.log).toEqual(first.log);
				for (const line of first.log)
					seen.add(
						line
							.replace(/^\d+ /, "")
							.replace(/ ?\S+-\d+ ?/g, " ")
							.trim(),
					);
				const { nodes: columns } = first.simulation.cell.usage;
				for (const n of [0, 1]) {
					expect(columns.usedMilli[n]!).toBeLessThanOrEqual(2000 + 1e-6);
					expect(columns.memoryBytes[n]!).toBeLessThanOrEqual(2500);
					if (columns.refusedForks.of(n) > 0) seen.add("forks refused");
					if (columns.gpuMemoryFailures.of(n) > 0) seen.add("GPU memory failed");
				}
				for (const name of ["usedMilli", "memoryBytes", "wantedMilli"] as const)
					for (const value of columns[name]) expect(value).toBeGreaterThanOrEqual(0);
			},
		),
		{ seed: 17, numRuns: 200 },
	);
	const ends = ["succeeded", "failed", "oom-killed", "evicted", "requeued oom-killed", "requeued evicted"];
	expect([...seen]).toEqual(expect.arrayContaining(["node-updated", "forks refused", "GPU memory failed", ...ends]));
});
