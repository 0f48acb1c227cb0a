/** Whatever is probed, every job that fits completes, and nothing is left behind in a queue. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { crowds, faultLists } from "../../support/arbitraries.js";
import { finite, leftovers, stuck } from "../../support/distributed.js";
import { architectureNamed, simulate } from "../../support/simulations.js";

const VARIANTS: readonly (readonly [name: string, params: object])[] = [
	["sparrow", { sampling: "random" }],
	["sparrow", { sampling: "per-task", lateBinding: false }],
	["sparrow", { sampling: "batch", lateBinding: false }],
	["sparrow", { sampling: "per-task" }],
	["sparrow", {}],
	["sparrow", { probeRatio: 1 }],
	["sparrow", { cancellation: false }],
	["hawk", {}],
	["hawk", { longerThan: "5us" }],
	["hawk", { longerThan: "20us" }],
	["hawk", { steals: 0, longerThan: "5us" }],
	["hawk", { steals: 1, longerThan: "5us", cancellation: false }],
];

const setting = fc.record({
	// At most three plain nodes: under Hawk, all of them lie in the general partition.
	cell: crowds({ maxJobs: 15, maxPods: 4, gangs: true }).map(({ nodes, jobs }) => ({
		nodes,
		jobs: jobs.map(finite),
	})),
	faults: faultLists,
	delay: fc.constantFrom("0s", "1us", "4us"),
	perJobUs: fc.constantFrom(0, 5),
	replicas: fc.constantFrom(2, 3),
});

test.each(VARIANTS)("%s %j", async (name, params) => {
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, delay, ...rest }) => {
			const architecture = architectureNamed(name, { ...params, delay });
			const { simulation } = await simulate({ ...cell, ...rest, architecture });
			expect(stuck(simulation)).toEqual([]);
			expect(leftovers(simulation)).toEqual([]);
		}),
		{ seed: 61, numRuns: 60 },
	);
});
