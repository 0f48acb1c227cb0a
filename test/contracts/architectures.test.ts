/** What every architecture owes: any scheduler runs under it, and no workload breaks the cell. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { RETRY_ON_CHANGE } from "../../src/scheduling/waiting-room.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { job, node } from "../support/cells.js";
import { architectureNamed, replicasOf, type Simulated, simulate } from "../support/simulations.js";

const SIZES = { maxJobs: 15, maxPods: 4, gangs: true };

const setting = fc.record({
	cell: fc.oneof(crowds(SIZES), fc.record({ nodes: nodeSpecs(5), jobs: workloads(SIZES) })),
	faults: faultLists,
	perJobUs: fc.constantFrom(0, 5),
	perPodUs: fc.constantFrom(0, 2),
	onLoss: fc.constantFrom("resubmit" as const, "fail" as const),
	startDelayUs: fc.constantFrom(null, 3),
	queue: fc.record({
		discipline: fc.constantFrom("skip" as const, "strict" as const),
		backoff: fc.constantFrom({ initialUs: 0, maxUs: 0 }, { initialUs: 3, maxUs: 12 }),
		retry: fc.constantFrom(
			RETRY_ON_CHANGE,
			{ place: "tail" as const, afterConflictUs: 1, afterNoRoomUs: 4 },
			{ place: "own" as const, afterConflictUs: 0, afterNoRoomUs: 2 },
		),
		giveUp: fc.constantFrom({ attempts: 6, vainAttempts: 3 }, { attempts: 30, vainAttempts: 30 }),
	}),
});

describe.each([...architectures.all.keys()])("%s", (name) => {
	const replicas = replicasOf(name);

	test.each([
		...schedulers.all.keys(),
	])("with %s: the cell stays sound, every pod is accounted for, twice the same", async (scheduler) => {
		await fc.assert(
			fc.asyncProperty(setting, async ({ cell, ...rest }) => {
				const options = { ...cell, ...rest, scheduler, replicas, architecture: architectureNamed(name) };
				// `simulate` checks the invariants at each attempt.
				const run = await simulate(options);
				account(run);
				const again = await simulate(options);
				expect(again.simulation.engine.digest.hex()).toBe(run.simulation.engine.digest.hex());
				expect(again.log).toEqual(run.log);
			}),
			{ seed: 51, numRuns: 25 },
		);
	});

	test("gives each job to one of its schedulers, and every scheduler has work", async () => {
		const jobs = Array.from({ length: 50 }, (_, i) => job(`job-${i}`, { timeUs: i, durationUs: 3 }));
		const nodes = Array.from({ length: 30 }, (_, i) => node(`n${i}`));
		const { attempts } = await simulate({ nodes, jobs, replicas, architecture: architectureNamed(name) });
		const schedulers = new Map<string, Set<number>>();
		for (const { job: of, scheduler } of attempts) {
			expect(scheduler).toBe(of.scheduler);
			schedulers.set(of.name, (schedulers.get(of.name) ?? new Set()).add(scheduler));
		}
		expect([...schedulers.values()].every((set) => set.size === 1)).toBe(true);
		const busy = new Set([...schedulers.values()].flatMap((set) => [...set]));
		expect([...busy].sort()).toEqual(Array.from({ length: replicas }, (_, i) => i));
	});
});

/** Each pod ended, runs, or waits; each attempt answers for its pods. */
function account({ simulation: { cell }, log, attempts }: Simulated): void {
	const ended = log.filter((line) => / (succeeded|failed|deleted|node-lost|abandoned) /.test(line)).length;
	expect(ended + cell.pods.live).toBe(cell.pods.submitted);
	for (const { job: of, pods, placed, conflicts, withdrawn, unplaced } of attempts) {
		expect(placed + conflicts + withdrawn + unplaced).toBe(pods);
		if (!of.gang) expect(withdrawn).toBe(0);
		else if (placed > 0) expect(placed).toBe(pods);
	}
	const at = new Map<string, string>();
	for (const [, what, pod, node] of log.map((line) => line.split(" "))) {
		if (what === "bound") {
			expect(at.get(pod!), `${pod} is on one node only`).toBeUndefined();
			at.set(pod!, node!);
		} else if (what === "requeued") at.delete(pod!);
	}
}

test("monolithic has one scheduler and nothing conflicts", async () => {
	const monolithic = architectures.all.get("monolithic")!;
	const processes = ["a", "b"].map((process) => ({ name: process, entry: process }));
	expect(monolithic.refuses!(undefined as never, processes.slice(1))).toBeNull();
	expect(monolithic.refuses!(undefined as never, processes)).toBe(
		"the monolithic architecture has one scheduler, not 2: set replicas to 1, or use shared-state",
	);
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, ...rest }) => {
			const { attempts } = await simulate({ ...cell, ...rest, faults: [] });
			expect(attempts.filter(({ conflicts }) => conflicts > 0)).toEqual([]);
		}),
		{ seed: 52, numRuns: 60 },
	);
});
