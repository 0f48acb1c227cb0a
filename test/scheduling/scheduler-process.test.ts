import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { PolicyError } from "../../src/scheduling/policy-error.js";
import type { Scheduler } from "../../src/scheduling/scheduler.js";
import { job, node, podArrival } from "../support/cells.js";
import { routedByName, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

describe("decision time", () => {
	test("passes between the view and the commit: per job plus per pod of the attempt", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("n")],
			jobs: [job("one", { timeUs: 5 }), job("three", { timeUs: 5, pods: 3 })],
			perJobUs: 10,
			perPodUs: 2,
		});
		// 5 + 10 + 2 = 17; the process is busy until then, so the next: 17 + 10 + 3 x 2 = 33.
		expect(bindings).toEqual(["17 bound one-0 n", "33 bound three-0 n", "33 bound three-1 n", "33 bound three-2 n"]);
		expect(attempts.map(({ beginUs, commitUs, decisionUs, pods }) => [beginUs, commitUs, decisionUs, pods])).toEqual([
			[5, 17, 12, 1],
			[17, 33, 16, 3],
		]);
	});

	test("lets two schedulers of shared state choose the same room: the later commit conflicts and tries again", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("n", { cpu: 1000 }), node("m", { cpu: 1000 })],
			jobs: [job("p0-a", { timeUs: 100, ...FOR_EVER }), job("p1-b", { timeUs: 105, ...FOR_EVER })],
			architecture: routedByName(),
			replicas: 2,
			perJobUs: 20,
		});
		// Both see node n free: p0 commits at 120; p1, which looked at 105, conflicts at 125 and looks again: m, at 145.
		expect(bindings).toEqual(["120 bound p0-a-0 n", "145 bound p1-b-0 m"]);
		expect(
			attempts.map(({ scheduler, beginUs, commitUs, outcome }) => [scheduler, beginUs, commitUs, outcome]),
		).toEqual([
			[0, 100, 120, "placed"],
			[1, 105, 125, "conflict"],
			[1, 125, 145, "placed"],
		]);
		expect(attempts[1]).toMatchObject({ pods: 1, placed: 0, conflicts: 1, unplaced: 0 });
	});

	test("under the fit rule two schedulers share a node with room for both, under node-version the later conflicts", async () => {
		const outcomes = async (conflict: string) => {
			const jobs = [job("p0-a", FOR_EVER), job("p1-b", FOR_EVER)];
			const architecture = routedByName({ conflict });
			const { attempts } = await simulate({ nodes: [node("n")], jobs, architecture, replicas: 2, perJobUs: 20 });
			return attempts.map(({ commitUs, outcome }) => `${commitUs} ${outcome}`);
		};
		expect(await outcomes("fit")).toEqual(["20 placed", "20 placed"]);
		expect(await outcomes("node-version")).toEqual(["20 placed", "20 conflict", "40 placed"]);
	});

	test("incremental keeps what does not conflict, all-or-nothing and gangs keep nothing", async () => {
		const outcomes = async (atomicity: string, gang: boolean) => {
			const jobs = [job("p0-a", FOR_EVER), job("p1-b", { ...FOR_EVER, pods: 4, gang })];
			const { attempts } = await simulate({
				nodes: [node("n"), node("m", { cpu: 1000 })],
				jobs,
				architecture: routedByName({ atomicity }),
				replicas: 2,
				perJobUs: 20,
			});
			return attempts.map(({ placed, conflicts, unplaced }) => [placed, conflicts, unplaced]);
		};
		// b puts four pods on n, where a has taken a place meanwhile; its second try puts what is left on n and m.
		expect(await outcomes("incremental", false)).toEqual([
			[1, 0, 0],
			[3, 1, 0],
			[1, 0, 0],
		]);
		for (const [atomicity, gang] of [
			["all-or-nothing", false],
			["incremental", true],
		] as const) {
			expect(await outcomes(atomicity, gang)).toEqual([
				[1, 0, 0],
				[0, 1, 0],
				[4, 0, 0],
			]);
		}
	});

	test("a node that fails during the decision is a conflict, a pod that is deleted too", async () => {
		const { attempts, bindings } = await simulate({
			nodes: [node("n"), node("m")],
			jobs: [job("a", { pods: 2 }), job("b", { timeUs: 1 })],
			perJobUs: 10,
			faults: [
				{ atUs: 3, action: "fail", selects: ({ name }) => name === "n" },
				{ atUs: 4, action: "delete", selects: ({ name }) => name === "a-1" },
			],
		});
		expect(
			attempts.slice(0, 2).map(({ job: { name }, commitUs, placed, conflicts }) => [name, commitUs, placed, conflicts]),
		).toEqual([
			["a", 10, 0, 2],
			["a", 20, 1, 0],
		]);
		expect(bindings).toEqual(["20 bound a-0 m", "30 bound b-0 m"]);
	});

	test("room that turns up during a vain decision is tried for at once", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("n")],
			jobs: [job("full", { cpu: 4000, durationUs: 15 }), job("next", { timeUs: 12 })],
			perJobUs: 10,
		});
		// full runs 10 - 25; next decides 12 - 22 in vain, parks, and is woken at 25; had full ended at 20, it would not park.
		expect(bindings).toEqual(["10 bound full-0 n", "35 bound next-0 n"]);
		const early = await simulate({
			nodes: [node("n")],
			jobs: [job("full", { cpu: 4000, durationUs: 10 }), job("next", { timeUs: 12 })],
			perJobUs: 10,
		});
		expect(early.bindings).toEqual(["10 bound full-0 n", "32 bound next-0 n"]);
		expect([attempts.length, early.attempts.length]).toEqual([3, 3]);
		expect(attempts[1]!.rejections).toEqual(new Map([["Insufficient cpu", 1]]));
	});
});

describe("an attempt", () => {
	test("is reported with what was placed and why the rest was not", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 2000 }), node("cordoned", { unschedulable: true }), node("off")],
			jobs: [job("web", { timeUs: 1, pods: 3, ...FOR_EVER })],
			faults: [{ atUs: 0, action: "fail", selects: ({ name }) => name === "off" }],
		});
		expect(attempts).toHaveLength(1);
		expect(attempts[0]).toMatchObject({
			pods: 3,
			placed: 2,
			conflicts: 0,
			unplaced: 1,
			outcome: "partly-placed",
			nodes: 3,
		});
		expect(attempts[0]!.rejections).toEqual(
			new Map([
				["Insufficient cpu", 1],
				["node(s) were unschedulable", 1],
				["node(s) were not ready", 1],
			]),
		);
		expect(attempts[0]!.job).toMatchObject({ attempts: 1, firstAttemptUs: 1 });
	});
});

describe("a policy that is wrong ends the run", () => {
	const refuse = (scheduler: Scheduler) =>
		simulate({ nodes: [node("n")], jobs: [job("web", { pods: 2, cpu: 3000 })], scheduler: () => scheduler });

	test.each<[string, Scheduler, string]>([
		[
			"because it throws",
			{
				decide: () => {
					throw new TypeError("x is not a function");
				},
			},
			"TypeError: x is not a function",
		],
		[
			"because it throws no error",
			{
				decide: () => {
					throw "tired";
				},
			},
			"tired",
		],
		["because it forgets pods", { decide: () => ({ placements: [], unplaced: [] }) }, "it answered for 0 of 2 pods"],
		[
			"because it places where the pod does not fit",
			{
				decide: (pods, snapshot) => ({
					placements: pods.map((pod) => snapshot.assume(pod, 0 as NodeId)),
					unplaced: [],
				}),
			},
			"Error: pod 'web-1' was placed on node 'n', where it does not fit",
		],
		[
			"because it places on a node that does not exist",
			{
				decide: (pods, snapshot) => ({
					placements: pods.map((pod) => snapshot.assume(pod, 5 as NodeId)),
					unplaced: [],
				}),
			},
			"Error: pod 'web-0' was placed on node 5, which does not exist",
		],
		[
			"because it makes up a placement that cannot be, and would for ever",
			{
				decide: (pods) => ({
					placements: pods.map(({ id }) => ({ pod: id, node: 9 as NodeId, devices: 0, nodeVersion: 0 })),
					unplaced: [],
				}),
			},
			"its placement on node 9 was refused at once: node-gone",
		],
	])("%s", async (_why, scheduler, message) => {
		const error = await refuse(scheduler).then(
			() => null,
			(reason: unknown) => reason,
		);
		expect(error).toBeInstanceOf(PolicyError);
		expect(String(error)).toContain(`PolicyError: scheduler 'scheduler-0' failed on pod 'web-0': ${message}`);
	});
});

test("jobs go by priority when the scheduler comes free, not in between", async () => {
	const urgent = podArrival({ facts: { priority: 5 } });
	const { bindings } = await simulate({
		nodes: [node("n")],
		jobs: [job("first"), job("second", { timeUs: 1 }), job("urgent", { timeUs: 2, pods: [urgent] })],
		perJobUs: 10,
	});
	expect(bindings).toEqual(["10 bound first-0 n", "20 bound urgent-0 n", "30 bound second-0 n"]);
});
