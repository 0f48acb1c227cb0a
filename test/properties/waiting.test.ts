/** Jobs that wait: nobody is forgotten, and waking few gives the same placements as waking all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import { compareJobs, type Job } from "../../src/cell/job.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import type { QueueOptions } from "../../src/scheduling/waiting-room.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { snapshotOf } from "../support/cells.js";
import { wakeEverybody } from "../support/eager-room.js";
import { architectureNamed, schedulerNamed, simulate } from "../support/simulations.js";

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

const RUNS = [
	["monolithic", {}, 1],
	["shared-state", {}, 3],
	["shared-state", { conflict: "node-version" }, 2],
	["shared-state", { atomicity: "all-or-nothing" }, 2],
] as const;

describe.each(RUNS)("while a scheduler of %s %j has nothing to do,", (architecture, params, replicas) => {
	const setting = fc.record({
		cell: settings({ maxJobs: 20, maxPods: 4, gangs: true }),
		faults: faultLists,
		scheduler: fc.constantFrom("first-fit", "random-fit", "worst-fit"),
		perJobUs: fc.constantFrom(0, 1, 3),
		perPodUs: fc.constantFrom(0, 1),
		backoff: fc.constantFrom(NO_BACKOFF, { initialUs: 4, maxUs: 16 }),
		startDelayUs: fc.constantFrom(null, 2),
	});
	type Setting = typeof setting extends fc.Arbitrary<infer Drawn> ? Drawn : never;

	/** Runs, and after each instant asks the waiting jobs of every idle scheduler whether they would be placed now. */
	async function run({ cell, backoff, ...rest }: Setting, discipline: QueueOptions["discipline"]): Promise<void> {
		let probe = () => {};
		await simulate({
			...cell,
			...rest,
			queue: { discipline, backoff },
			replicas,
			architecture: architectureNamed(architecture, params),
			observers: [(engine) => engine.every(1, () => probe())],
			prepare(simulation) {
				let seen = -1;
				probe = () => {
					if (simulation.engine.fired === seen) return;
					seen = simulation.engine.fired;
					const idle = simulation.architecture.processes.filter(({ open }) => open.length === 0);
					for (const { index } of idle) {
						const line = waiting(simulation.cell).filter((job) => job.scheduler === index);
						for (const job of discipline === "strict" ? line.slice(0, 1) : line) {
							if (job.backoffUntilUs > simulation.engine.nowUs) continue;
							expect(placeable(simulation.cell, rest.scheduler, job), `${job.name} could be placed`).toBe(0);
						}
					}
				};
			},
		});
	}

	test("nobody in a skipping queue would find a node", async () => {
		await fc.assert(
			fc.asyncProperty(setting, (drawn) => run(drawn, "skip")),
			{ seed: 32, numRuns: 100 },
		);
	});

	test("the first in a strict queue would find no node", async () => {
		await fc.assert(
			fc.asyncProperty(setting, (drawn) => run(drawn, "strict")),
			{ seed: 33, numRuns: 100 },
		);
	});
});

/** Jobs with pending pods, first in line first. */
function waiting(cell: Cell): Job[] {
	const jobs = new Set<Job>();
	for (const pod of cell.pods.all()) if (cell.pod(pod).phase === "pending") jobs.add(cell.pod(pod).job);
	return [...jobs].sort(compareJobs);
}

/** How many of the job's waiting pods the scheduler would place now. */
function placeable(cell: Cell, scheduler: string, { pending }: Job): number {
	const pods = pending.map((pod) => cell.pod(pod));
	const random = new SeededRandomSource("1").stream("probe");
	return schedulerNamed(scheduler).decide(pods, snapshotOf(cell), random).placements.length;
}
