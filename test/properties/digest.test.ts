/** What the digest of a run tells: everything that happened, and nothing about who looked on. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { job, node } from "../support/cells.js";
import { architectureNamed, type Simulated, simulate } from "../support/simulations.js";
import { SortedArrayQueue } from "../support/sorted-array-queue.js";

const setting = fc.record({
	cell: crowds({ maxJobs: 20, maxPods: 3, gangs: true }),
	faults: faultLists,
	scheduler: fc.constantFrom("first-fit", "random-fit"),
	perJobUs: fc.constantFrom(0, 5),
	startDelayUs: fc.constantFrom(null, { dist: "exponential", mean: 4 } as const),
});

function digestOf({ simulation }: Simulated): string {
	return simulation.engine.digest.hex();
}

test("another event queue, somebody who looks on and samples, or a slower loop change nothing", async () => {
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, ...rest }) => {
			const options = { ...cell, ...rest, replicas: 2, architecture: architectureNamed("shared-state") };
			const run = await simulate(options);
			const queued = await simulate({ ...options, eventQueue: new SortedArrayQueue() });
			const watched = await simulate({
				...options,
				observers: [
					(engine, observed) => {
						const probe = new SummaryProbe(observed, 0);
						engine.every(7, (timeUs) => probe.sample(timeUs));
						engine.watch(() => {});
					},
				],
			});
			const unseen = await simulate({ ...options, quiet: true });
			const stepped = await simulate({
				...options,
				prepare(simulation) {
					simulation.run = async () => {
						while (await simulation.step());
						return simulation.engine.nowUs;
					};
				},
			});
			for (const other of [queued, watched, stepped])
				expect([digestOf(other), other.log]).toEqual([digestOf(run), run.log]);
			expect(digestOf(unseen)).toBe(digestOf(run));
		}),
		{ seed: 111, numRuns: 60 },
	);
});

test("a pod on another node is another digest, though the events are the same", async () => {
	const digests = await Promise.all(
		["first-fit", "worst-fit"].map(async (scheduler) => {
			const events: string[] = [];
			const run = await simulate({
				nodes: [node("a"), node("b", { cpu: 9000 })],
				jobs: [job("web", { durationUs: Number.POSITIVE_INFINITY })],
				scheduler,
				observers: [
					(engine) => engine.watch((timeUs, { name }, subject) => events.push(`${timeUs} ${name} ${subject}`)),
				],
			});
			return { digest: digestOf(run), events, bindings: run.bindings };
		}),
	);
	expect(digests[0]!.events).toEqual(digests[1]!.events);
	expect(digests.map(({ bindings }) => bindings)).toEqual([["0 bound web-0 a"], ["0 bound web-0 b"]]);
	expect(digests[0]!.digest).not.toBe(digests[1]!.digest);
});

test("adding a scheduler's draws shifts nobody else's: start delays come from their own stream", async () => {
	const delays = async (scheduler: string) => {
		const { log } = await simulate({
			nodes: [node("a"), node("b")],
			jobs: Array.from({ length: 20 }, (_, i) => job(`job-${i}`, { timeUs: 1000 * i, durationUs: 10 })),
			startDelayUs: { dist: "uniform", min: 1, max: 900 },
			scheduler,
		});
		return log.filter((line) => line.includes("started"));
	};
	expect(await delays("random-fit")).toEqual(await delays("first-fit"));
});
