/** What the profile of the released simulator does beyond what the conformance runs see: gangs, nodes that come during a decision. */
import { describe, expect, test } from "vitest";
import { job, node } from "../support/cells.js";
import { architectureNamed, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };
const COARSE = { scheme: "shared-state", conflict: "node-version" };
const byName = (params: object): NonNullable<Parameters<typeof simulate>[0]["architecture"]> => {
	return (context) =>
		architectureNamed("omega-simulator", params)({ ...context, router: ({ name }) => Number(name[1]) });
};

describe("claim numbers", () => {
	test("a claim conflicts if another was made on its node since the decision began, whatever is free", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 9000 })],
			jobs: [job("p0-a", FOR_EVER), job("p1-b", FOR_EVER)],
			architecture: byName(COARSE),
			replicas: 2,
			perJobUs: 20,
		});
		expect(attempts.map(({ commitUs, outcome }) => [commitUs, outcome])).toEqual([
			[20, "placed"],
			[20, "conflict"],
			// One second later, at the tail of its queue.
			[1_000_040, "placed"],
		]);
	});

	test("the end of a pod raises no number", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 9000 })],
			jobs: [job("p0-a", { durationUs: 25 }), job("p1-b", { timeUs: 30, ...FOR_EVER })],
			architecture: byName(COARSE),
			replicas: 2,
			perJobUs: 20,
		});
		// a ends at 45, while b is decided on.
		expect(attempts.map(({ commitUs, outcome }) => [commitUs, outcome])).toEqual([
			[20, "placed"],
			[50, "placed"],
		]);
	});

	test("a gang is placed as a whole or not at all", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 1000 }), node("m", { cpu: 1000 })],
			jobs: [job("p0-a", { durationUs: 5 }), job("p1-gang", { pods: 2, gang: true, ...FOR_EVER })],
			architecture: byName(COARSE),
			replicas: 2,
			perJobUs: 20,
		});
		expect(attempts[1]).toMatchObject({ placed: 0, conflicts: 1, outcome: "conflict" });
		expect(attempts.at(-1)).toMatchObject({ placed: 2, outcome: "placed" });
	});

	test("nodes that come during a decision leave the numbers that it saw", async () => {
		const add = { atUs: 25, action: "add" as const, nodes: [node("late")] };
		const { attempts } = await simulate({
			// More than 64 nodes: the columns grow.
			nodes: Array.from({ length: 64 }, (_, i) => node(`n${i}`, { cpu: 1000 })),
			jobs: [job("p0-a", { durationUs: 5 }), job("p1-b", { timeUs: 24, ...FOR_EVER }), job("p0-c", { timeUs: 26 })],
			architecture: byName(COARSE),
			replicas: 2,
			perJobUs: 20,
			faults: [add],
		});
		expect(attempts.map(({ job: { name }, outcome }) => [name, outcome]).slice(0, 2)).toEqual([
			["p0-a", "placed"],
			["p1-b", "placed"],
		]);
	});
});

test("the monolithic scheme decides on the cell as it is when the decision time has passed", async () => {
	const { bindings, attempts } = await simulate({
		nodes: [node("n", { cpu: 1000 })],
		jobs: [job("a", { durationUs: 15 }), job("b", { durationUs: 5 })],
		architecture: architectureNamed("omega-simulator", { scheme: "monolithic" }),
		perJobUs: 20,
	});
	// b is taken up at 20, when a has just been placed; its decision is made at 40, when a has ended at 35.
	expect(bindings).toEqual(["20 bound a-0 n", "40 bound b-0 n"]);
	expect(attempts.map(({ placed, unplaced, pods }) => [placed, unplaced, pods])).toEqual([
		[1, 0, 1],
		[1, 0, 1],
	]);
});
