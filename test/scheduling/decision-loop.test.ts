/** Decisions that are settled where they are made: what is assumed stays counted, and nobody can tell. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { CPU } from "../../src/objects/resources.js";
import { commitTo, decisionLoop, presentViews } from "../../src/scheduling/decision-loop.js";
import type { Scheduler } from "../../src/scheduling/scheduler.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { cellOf, job, node } from "../support/cells.js";
import { simulate } from "../support/simulations.js";

const A = 0 as NodeId;
const B = 1 as NodeId;

describe("a decision that is settled at once", () => {
	test("comes to the same as one that is taken back and committed", async () => {
		const cases = fc.record({
			crowd: crowds({ maxJobs: 30, maxPods: 4, gangs: true }),
			faults: faultLists,
			scheduler: fc.constantFrom("first-fit", "best-fit", "borg", "kube-scheduler"),
		});
		await fc.assert(
			fc.asyncProperty(cases, async ({ crowd, faults, scheduler }) => {
				const options = { ...crowd, faults, scheduler, endUs: 200 };
				const counted = await simulate(options);
				const taken = await simulate({
					...options,
					architecture: (context) =>
						decisionLoop(context, {
							begin: presentViews(context),
							commit: commitTo(context.cell, "fit", "incremental"),
						}),
				});
				expect(counted.log).toEqual(taken.log);
				expect(counted.attempts.map(({ outcome }) => outcome)).toEqual(taken.attempts.map(({ outcome }) => outcome));
				expect(counted.simulation.engine.digest.hex()).toBe(taken.simulation.engine.digest.hex());
			}),
			{ seed: 24, numRuns: 60 },
		);
	});

	test("is refused if its policy places a pod twice", async () => {
		const scheduler = (): Scheduler => ({
			decide: ([pod], snapshot) => ({ placements: [A, A].map((on) => snapshot.assume(pod!, on)), unplaced: [] }),
		});
		await expect(
			simulate({ nodes: [node("n", { cpu: 9000 })], jobs: [job("j", { pods: 2 })], scheduler }),
		).rejects.toThrow("its placement on node 0 was refused at once: pod-gone");
	});
});

describe("what is assumed in place stays counted", () => {
	const given = () => {
		const cell = cellOf([node("a", { cpu: 8000 }), node("b")]);
		const { pending } = cell.submit(job("j", { pods: 3 }));
		const place = Snapshot.inPlace(cell, cell.nodes);
		const assumed = pending.slice(0, 2).map((pod) => place.assume(cell.pod(pod), A));
		return { cell, pending, place, assumed };
	};

	test("if the placements are just that, in the order of the pods", () => {
		const { cell, pending, place, assumed } = given();
		expect(place.leave(assumed, pending)).toBe(true);
		place.end();
		expect(cell.node(A).free(CPU)).toBe(6000);
	});

	test.each<[string, (from: ReturnType<typeof given>) => boolean]>([
		["one is missing", ({ place, assumed, pending }) => place.leave(assumed.slice(1), pending)],
		["they are in another order", ({ place, assumed, pending }) => place.leave([...assumed].reverse(), pending)],
		["a pod does not wait", ({ place, assumed, pending }) => place.leave(assumed, pending.slice(1))],
		[
			"one names another node",
			({ place, assumed: [one, two], pending }) => place.leave([one!, { ...two!, node: B }], pending),
		],
		[
			"lists of pods are kept",
			({ place, assumed, pending }) => {
				place.trackPods();
				return place.leave(assumed, pending);
			},
		],
	])("but not if %s", (_what, leave) => {
		const from = given();
		expect(leave(from)).toBe(false);
		from.place.end();
		expect(from.cell.node(A).free(CPU)).toBe(8000);
	});
});
