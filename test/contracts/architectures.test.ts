/** What every architecture owes: any scheduler runs under it, and no workload breaks the cell. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { architectures } from "../../src/scheduling/architectures/index.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { crowds, faultLists, nodeSpecs, workloads } from "../support/arbitraries.js";
import { cellOf, job, node } from "../support/cells.js";
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

	test("routes each job to one of its schedulers, always the same one", () => {
		const cell = cellOf([node("a")]);
		const { route } = architectureNamed(name)({ cell, schedulers: replicas });
		const jobs = Array.from({ length: 50 }, (_, i) => cell.submit(job(`job-${i}`)));
		const routes = jobs.map((submitted) => route(submitted));
		expect(jobs.map((submitted) => route(submitted))).toEqual(routes);
		expect([...new Set(routes)].sort()).toEqual(Array.from({ length: replicas }, (_, i) => i));
	});

	test("shows each scheduler a copy of its own", () => {
		if (replicas === 1) return;
		const cell = cellOf([node("a", { cpu: 1000 })]);
		const architecture = architectureNamed(name)({ cell, schedulers: replicas });
		const pod = cell.pod(cell.submit(job("web")).pending[0]!);
		const first = architecture.begin(0);
		first.assume(pod, 0 as NodeId);
		const second = architecture.begin(1);
		expect([first.fits(pod.podClass, 0 as NodeId), second.fits(pod.podClass, 0 as NodeId)]).toEqual([false, true]);
	});

	test("shows each scheduler a copy: looking and assuming changes nothing", () => {
		const cell = cellOf([node("a")]);
		const architecture = architectureNamed(name)({ cell, schedulers: replicas });
		const pod = cell.pod(cell.submit(job("web")).pending[0]!);
		const touches = cell.nodes.touches;
		const snapshot = architecture.begin(0);
		const placement = snapshot.assume(pod, 0 as NodeId);
		expect([cell.nodes.touches, pod.phase]).toEqual([touches, "pending"]);
		expect(architecture.commit(pod.job, [placement])).toEqual({ accepted: [placement], conflicts: [] });
		checkInvariants(cell);
	});
});

/** Each pod ended, runs, or waits; each attempt answers for its pods. */
function account({ simulation: { cell }, log, attempts }: Simulated): void {
	const ended = log.filter((line) => / (succeeded|failed|deleted|node-lost) /.test(line)).length;
	expect(ended + cell.pods.live).toBe(cell.pods.submitted);
	for (const { job: of, pods, placed, conflicts, unplaced } of attempts) {
		if (!of.gang) expect(placed + conflicts + unplaced).toBe(pods);
		else if (placed > 0) expect([placed, conflicts, unplaced]).toEqual([pods, 0, 0]);
		else expect(conflicts === 1 || unplaced === pods).toBe(true);
	}
}

test("monolithic has one scheduler and nothing conflicts", async () => {
	const monolithic = architectures.all.get("monolithic")!;
	expect(monolithic.refuses!(undefined as never, 1)).toBeNull();
	expect(monolithic.refuses!(undefined as never, 2)).toBe(
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
