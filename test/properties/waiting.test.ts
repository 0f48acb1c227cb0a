/** Jobs that wait: nobody is forgotten, and waking few gives the same placements as waking all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareJobs, type Job } from "../../src/cell/job.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import type { QueueOptions } from "../../src/scheduling/waiting-room.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { snapshotOf } from "../support/cells.js";
import { wakeEverybody } from "../support/eager-room.js";
import { architectureNamed, type Simulated, schedulerNamed, simulate } from "../support/simulations.js";

const NO_BACKOFF = { initialUs: 0, maxUs: 0 };
/** Schedulers that draw nothing: a vain attempt leaves no trace in them. */
const DRAWLESS = ["first-fit", "best-fit", "least-allocated"] as const;

/** Cells of every kind, and cells in which much waits for little. */
function settings(options: Parameters<typeof crowds>[0]) {
	return fc.oneof(crowds(options), fc.record({ nodes: nodeSpecs(4), jobs: workloads(options) }));
}

describe.each(["skip", "strict"] as const)("under %s order", (discipline) => {
	test("waking only the first job of a class gives the placements that waking everybody gives", async () => {
		await fc.assert(
			fc.asyncProperty(
				settings({ maxJobs: 25, maxPods: 1, gangs: false }),
				faultLists,
				fc.constantFrom(...DRAWLESS),
				async (setting, faults, scheduler) => {
					const options = { ...setting, faults, scheduler, queue: { discipline, backoff: NO_BACKOFF } };
					const few = await simulate(options);
					const all = await simulate({ ...options, prepare: (s) => wakeEverybody(s, discipline) });
					expect(few.log).toEqual(all.log);
				},
			),
			{ seed: 31, numRuns: 200 },
		);
	});
});

/** Jobs that still wait when nothing is left to happen, first in line first. */
function waiting({ simulation: { cell } }: Simulated): Job[] {
	const jobs = new Set<Job>();
	for (const pod of cell.pods.all()) if (cell.pod(pod).phase === "pending") jobs.add(cell.pod(pod).job);
	return [...jobs].sort(compareJobs);
}

/** Pods of the job that the scheduler would place now. */
function placeable({ simulation: { cell } }: Simulated, scheduler: string, job: Job): number {
	const pods = job.pending.map((pod) => cell.pod(pod));
	const random = new SeededRandomSource("1").stream("probe");
	return schedulerNamed(scheduler).decide(pods, snapshotOf(cell), random).placements.length;
}

const RUNS = [
	["monolithic", {}, 1],
	["shared-state", {}, 3],
	["shared-state", { conflict: "node-version" }, 2],
	["shared-state", { atomicity: "all-or-nothing" }, 2],
] as const;

describe.each(RUNS)("when a run of %s %j with %i schedulers has come to rest", (architecture, params, replicas) => {
	const setting = fc.record({
		cell: settings({ maxJobs: 20, maxPods: 4, gangs: true }),
		faults: faultLists,
		scheduler: fc.constantFrom("first-fit", "random-fit", "worst-fit"),
		perJobUs: fc.constantFrom(0, 3),
		perPodUs: fc.constantFrom(0, 1),
		backoff: fc.constantFrom(NO_BACKOFF, { initialUs: 4, maxUs: 16 }),
		startDelayUs: fc.constantFrom(null, 2),
	});

	type Setting = typeof setting extends fc.Arbitrary<infer Drawn> ? Drawn : never;

	async function run(drawn: Setting, discipline: QueueOptions["discipline"]): Promise<Simulated> {
		const { cell, backoff, ...rest } = drawn;
		const queue = { discipline, backoff };
		return simulate({ ...cell, ...rest, queue, replicas, architecture: architectureNamed(architecture, params) });
	}

	test("nobody waits who would find a node", async () => {
		await fc.assert(
			fc.asyncProperty(setting, async (drawn) => {
				const done = await run(drawn, "skip");
				for (const job of waiting(done)) expect(placeable(done, drawn.scheduler, job), job.name).toBe(0);
			}),
			{ seed: 32, numRuns: 100 },
		);
	});

	test("the first in line of a strict queue would find no node", async () => {
		await fc.assert(
			fc.asyncProperty(setting, async (drawn) => {
				const done = await run(drawn, "strict");
				const context = { cell: done.simulation.cell, schedulers: replicas };
				const { route } = architectureNamed(architecture, params)(context);
				for (let process = 0; process < replicas; process++) {
					const first = waiting(done).find((job) => route(job) === process);
					if (first) expect(placeable(done, drawn.scheduler, first), first.name).toBe(0);
				}
			}),
			{ seed: 33, numRuns: 100 },
		);
	});
});
