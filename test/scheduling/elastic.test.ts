/** Elastic jobs (Omega paper, section 6): k pods in place of n run for n / k of the time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { workersFor } from "../../src/scheduling/elastic.js";
import { elasticPolicies } from "../../src/scheduling/elastic-policies.js";
import { bindNew, cellOf, type JobOptions, job, node, pendingPod, snapshotOf } from "../support/cells.js";
import {
	architectureNamed,
	elasticNamed,
	replicasOf,
	routedByName,
	type SimulateOptions,
	simulate,
} from "../support/simulations.js";

/** Workers given to a job of 2 pods of 1000 milli-cpu on two nodes of 4000, of which `used` are taken on the first. */
function workers(policy: string, params: object, options: JobOptions & { readonly used?: number } = {}): number {
	const { used = 0, ...rest } = options;
	const cell = cellOf([node("a"), node("b")]);
	if (used > 0) bindNew(cell, 0, { cpu: used, memory: 0 });
	const elastic = cell.submit(job("mr", { pods: 2, cpu: 1000, memory: 0, maxWorkers: 100, ...rest }));
	const { podClass } = cell.pod(pendingPod(elastic));
	return workersFor(elastic, podClass, snapshotOf(cell), elasticNamed(policy, params));
}

describe("how many workers a job gets", () => {
	test.each<[string, object, JobOptions & { readonly used?: number }, number, string]>([
		["none", {}, {}, 2, "what it asks for"],
		["max-parallelism", {}, {}, 8, "4 fit on each node"],
		["max-parallelism", {}, { maxWorkers: 5 }, 5, "it can make use of 5"],
		["max-parallelism", {}, { maxWorkers: 1 }, 2, "never fewer than it asks for"],
		["max-parallelism", {}, { used: 1500 }, 6, "2500 / 1000 = 2 on a, 4 on b: what is left over on a helps nobody"],
		["max-parallelism", {}, { cpu: 3000 }, 2, "1 on each"],
		["max-parallelism", {}, { cpu: 3000, pods: 3 }, 3, "3 are asked for, although 2 fit"],
		["max-parallelism", {}, { memory: 300 }, 6, "of 1000 bytes on each node: 3 each"],
		["relative-size", {}, {}, 8, "4 x 2"],
		["relative-size", { factor: 3 }, {}, 6, "3 x 2"],
		["relative-size", { factor: 1.75 }, {}, 3, "3.5, whole workers only"],
		["relative-size", {}, { pods: 1, maxWorkers: 3 }, 3, "4, of which it can make use of 3"],
		["relative-size", {}, { used: 4000 }, 4, "8, of which 4 fit"],
		["global-cap", {}, {}, 4, "60 % of 8000 is 4800"],
		["global-cap", {}, { used: 2000 }, 2, "2800 are left below the cap"],
		["global-cap", { threshold: 0.75 }, { used: 2000 }, 4, "75 % of 8000 is 6000, 4000 are left"],
		["global-cap", {}, { used: 4000, pods: 3 }, 3, "800 are left; those it asks for it may have"],
		["global-cap", { threshold: 1 }, { used: 1500 }, 6, "all that fits, 6500 / 1000 = 6 by the cap as well"],
		["global-cap", {}, { memory: 400 }, 3, "60 % of 2000 bytes is 1200: 3 workers"],
		["global-cap", {}, { cpu: 0, memory: 0 }, 100, "a pod that needs nothing moves no level"],
	])("%s %j %j: %i, %s", (policy, params, options, expected) => {
		expect(workers(policy, params, options)).toBe(expected);
	});

	test("nodes that the pods may not use do not count, nor do nodes that are down", () => {
		const cell = cellOf([node("a", { labels: { zone: "x" } }), node("b", { labels: { zone: "y" } }), node("c")]);
		const inX = { pods: 1, cpu: 1000, memory: 0, maxWorkers: 50, facts: { nodeSelector: { zone: "x" } } };
		const count = (options: object) => {
			const elastic = cell.submit(job("mr", { pods: 1, cpu: 1000, memory: 0, maxWorkers: 50, ...options }));
			const { podClass } = cell.pod(pendingPod(elastic));
			return workersFor(elastic, podClass, snapshotOf(cell), elasticNamed("max-parallelism"));
		};
		expect([count({}), count(inX)]).toEqual([12, 4]);
		cell.setNodeReady(cell.nodeNamed("a")!, false);
		expect([count({}), count(inX)]).toEqual([8, 1]);
	});

	test("GPU pods are counted by device", () => {
		const cell = cellOf([node("a", { gpus: 4 })]);
		bindNew(cell, 0, { cpu: 0, memory: 0, gpu: { milli: 500 } });
		const count = (gpu: object) => {
			const elastic = cell.submit(job("mr", { pods: 1, cpu: 0, memory: 0, gpu, maxWorkers: 50 } as JobOptions));
			const { podClass } = cell.pod(pendingPod(elastic));
			return workersFor(elastic, podClass, snapshotOf(cell), elasticNamed("max-parallelism"));
		};
		// 500 + 3 x 1000 milli are free: of 300 1 + 3 x 3, of 600 3, of whole devices 3, of two whole ones 1.
		expect([count({ milli: 300 }), count({ milli: 600 }), count({ milli: 1000 }), count({ count: 2 })]).toEqual([
			10, 3, 3, 1,
		]);
	});

	test("never more than can be placed, on random cells, unless it asks for more", () => {
		const amount = fc.integer({ min: 0, max: 4000 });
		fc.assert(
			fc.property(
				fc.array(amount, { minLength: 1, maxLength: 5 }),
				fc.integer({ min: 1, max: 2000 }),
				fc.integer({ min: 1, max: 6 }),
				fc.constantFrom(...elasticPolicies.all.keys()),
				(used, cpu, pods, policy) => {
					const cell = cellOf(used.map((_, i) => node(`n${i}`)));
					used.forEach((taken, i) => {
						bindNew(cell, i, { cpu: taken, memory: 0 });
					});
					const elastic = cell.submit(job("mr", { pods, cpu, memory: 0, maxWorkers: 30 }));
					const { podClass } = cell.pod(pendingPod(elastic));
					const found = workersFor(elastic, podClass, snapshotOf(cell), elasticNamed(policy));
					// Placed one by one, until none fits any more.
					const snapshot = snapshotOf(cell);
					const view = cell.pod(pendingPod(elastic));
					let fitting = 0;
					for (let n = 0; n < used.length; n++)
						while (snapshot.fits(podClass, n as never) && ++fitting) snapshot.assume(view, n as never);
					expect(found).toBeGreaterThanOrEqual(pods);
					expect(found).toBeLessThanOrEqual(Math.max(pods, Math.min(30, fitting)));
					if (policy === "max-parallelism") expect(found).toBe(Math.max(pods, Math.min(30, fitting)));
				},
			),
			{ seed: 61, numRuns: 200 },
		);
	});
});

const MAX = { elastic: elasticNamed("max-parallelism") };

describe("at work", () => {
	test("the job runs with what is free at its first decision, and deciding on more pods takes longer", async () => {
		const { log, attempts } = await simulate({
			nodes: [node("n", { cpu: 4000 })],
			jobs: [
				job("busy", { cpu: 1000, durationUs: 1000 }),
				job("mr", { timeUs: 100, pods: 2, cpu: 500, durationUs: 60, maxWorkers: 50 }),
				job("plain", { timeUs: 200, pods: 2, cpu: 500, durationUs: 60 }),
			],
			perJobUs: 10,
			perPodUs: 1,
			...MAX,
		});
		// 3000 / 500 = 6 workers in place of 2: 60 x 2 / 6 = 20 each. The decision takes 10 + 6 x 1.
		expect(
			attempts.map(({ job: { name }, pods, placed, beginUs, decisionUs }) => [name, pods, placed, beginUs, decisionUs]),
		).toEqual([
			["busy", 1, 1, 0, 11],
			["mr", 6, 6, 100, 16],
			["plain", 2, 2, 200, 12],
		]);
		expect(log.filter((line) => line.includes("succeeded mr"))).toEqual([
			"136 succeeded mr-0",
			"136 succeeded mr-1",
			"136 succeeded mr-2",
			"136 succeeded mr-3",
			"136 succeeded mr-4",
			"136 succeeded mr-5",
		]);
		expect(log.filter((line) => line.includes("succeeded plain"))).toEqual([
			"272 succeeded plain-0",
			"272 succeeded plain-1",
		]);
	});

	test("a job that found nothing free at first keeps what it asked for", async () => {
		const { attempts, log } = await simulate({
			nodes: [node("n", { cpu: 4000 })],
			jobs: [
				job("all", { cpu: 4000, durationUs: 100 }),
				job("mr", { timeUs: 10, pods: 2, cpu: 500, durationUs: 60, maxWorkers: 50 }),
			],
			...MAX,
		});
		expect(
			attempts.map(({ job: { name }, commitUs, pods, placed }) => `${commitUs} ${name} ${placed}/${pods}`),
		).toEqual(["0 all 1/1", "10 mr 0/2", "100 mr 2/2"]);
		expect(log.at(-1)).toBe("160 succeeded mr-1");
	});

	test("in conflict, the workers that were placed run as if all had been, the others come later", async () => {
		const { log, attempts } = await simulate({
			nodes: [node("n", { cpu: 4000 })],
			jobs: [
				job("p0-x", { timeUs: 0, cpu: 2000, durationUs: 50 }),
				job("p1-mr", { timeUs: 0, pods: 1, cpu: 1000, durationUs: 80, maxWorkers: 50 }),
			],
			architecture: routedByName(),
			replicas: 2,
			perJobUs: 10,
			perPodUs: 1,
			...MAX,
		});
		// Both look at 0, and mr sees room for 4: 80 / 4 = 20. x takes half of it at 11; of mr's 4 at 14, 2 conflict, and again
		// at 14 + 10 + 2 there is no room for them. They run when the first two end at 34.
		expect(
			attempts.map(({ job: { name }, commitUs, placed, conflicts, unplaced }) => [
				name,
				commitUs,
				placed,
				conflicts,
				unplaced,
			]),
		).toEqual([
			["p0-x", 11, 1, 0, 0],
			["p1-mr", 14, 2, 2, 0],
			["p1-mr", 26, 0, 0, 2],
			["p1-mr", 46, 2, 0, 0],
		]);
		expect(log.filter((line) => line.includes("succeeded p1"))).toEqual([
			"34 succeeded p1-mr-0",
			"34 succeeded p1-mr-1",
			"66 succeeded p1-mr-2",
			"66 succeeded p1-mr-3",
		]);
	});

	test("decisions made at their end see the cell of that moment", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 4000 })],
			jobs: [
				job("x", { cpu: 2000, durationUs: 5 }),
				job("mr", { timeUs: 2, pods: 1, cpu: 1000, durationUs: 80, maxWorkers: 50 }),
			],
			architecture: architectureNamed("omega-simulator", { scheme: "monolithic" }),
			perJobUs: 1,
			perPodUs: 10,
			...MAX,
		});
		// x is placed at 11 and runs until 16. mr begins at 11, ends at 22 and finds all 4 free.
		expect(attempts.map(({ commitUs, pods, placed }) => [commitUs, pods, placed])).toEqual([
			[11, 1, 1],
			[22, 4, 4],
		]);
	});

	test("none leaves the run as it is without a word about elastic jobs", async () => {
		const options: SimulateOptions = {
			nodes: [node("n"), node("m")],
			jobs: [job("mr", { pods: 3, cpu: 1500, durationUs: 80, maxWorkers: 50 }), job("x", { timeUs: 5 })],
		};
		const without = await simulate(options);
		const none = await simulate({ ...options, elastic: elasticNamed("none") });
		expect(none.log).toEqual(without.log);
		expect(none.simulation.engine.digest.hex()).toBe(without.simulation.engine.digest.hex());
	});
});

const RUN_US = 50_000;

describe.each([...architectures.all.keys()])("under %s", (name) => {
	test("no work is lost: what ran is what was asked for", async () => {
		const jobs = fc.array(
			fc.record({
				timeUs: fc.nat(200),
				pods: fc.integer({ min: 1, max: 3 }),
				maxWorkers: fc.integer({ min: 1, max: 24 }),
			}),
			{ minLength: 1, maxLength: 12 },
		);
		await fc.assert(
			fc.asyncProperty(
				jobs,
				fc.constantFrom("max-parallelism", "global-cap", "relative-size"),
				async (drawn, policy) => {
					const sorted = drawn.toSorted((a, b) => a.timeUs - b.timeUs);
					const { log } = await simulate({
						nodes: Array.from({ length: 6 }, (_, i) => node(`n${i}`)),
						jobs: sorted.map((given, i) => job(`j${i}`, { ...given, cpu: 1000, memory: 0, durationUs: RUN_US })),
						architecture: architectureNamed(name),
						replicas: replicasOf(name),
						elastic: elasticNamed(policy),
						perJobUs: 3,
						perPodUs: 1,
					});
					const startedUs = new Map<string, number>();
					let workUs = 0;
					for (const line of log) {
						const [time, what, pod] = line.split(" ");
						if (what === "started") startedUs.set(pod!, Number(time));
						if (what === "succeeded") workUs += Number(time) - startedUs.get(pod!)!;
					}
					const asked = sorted.reduce((sum, { pods }) => sum + pods, 0) * RUN_US;
					// A job has 24 pods at most, and each runs for a whole number of microseconds.
					expect(Math.abs(workUs - asked)).toBeLessThanOrEqual((sorted.length * 24) / 2);
				},
			),
			{ seed: 62, numRuns: 15 },
		);
	});
});
