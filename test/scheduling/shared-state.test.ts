/** Variants of shared state: a central verifier (Nomad), nodes that a scheduler may not use. */
import { describe, expect, test } from "vitest";
import { job, node } from "../support/cells.js";
import { architectureNamed, routedByName, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

describe("a verifier", () => {
	test("settles plans one after the other; schedulers wait for their answer", async () => {
		const { attempts, bindings } = await simulate({
			nodes: [node("n", { cpu: 9000 })],
			jobs: [
				job("p0-a", { pods: 2, ...FOR_EVER }),
				job("p1-b", { pods: 3, ...FOR_EVER }),
				job("p0-c", { ...FOR_EVER }),
			],
			architecture: routedByName({ verifier: { perPlan: "4us", perPod: "10us" } }),
			replicas: 2,
			perJobUs: 5,
		});
		// Both plans come at 5: a's takes 4 + 2 x 10, until 29; b's 4 + 3 x 10, until 63. c is looked at from 29 on, comes at
		// 34, and is settled at 63 + 4 + 10 = 77.
		expect(
			attempts.map(({ job: of, beginUs, commitUs, decisionUs }) => [of.name, beginUs, commitUs, decisionUs]),
		).toEqual([
			["p0-a", 0, 29, 5],
			["p1-b", 0, 63, 5],
			["p0-c", 29, 77, 5],
		]);
		expect(bindings).toHaveLength(6);
	});

	test("refuses what no longer fits when its turn comes, and the scheduler looks again at once", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 1000 }), node("m", { cpu: 1000 })],
			jobs: [job("p0-a", FOR_EVER), job("p1-b", FOR_EVER)],
			architecture: routedByName({ verifier: { perPlan: "10us" } }),
			replicas: 2,
			perJobUs: 5,
		});
		expect(attempts.map(({ beginUs, commitUs, outcome }) => [beginUs, commitUs, outcome])).toEqual([
			[0, 15, "placed"],
			[0, 25, "conflict"],
			[25, 40, "placed"],
		]);
	});

	test("costs nothing where there is nothing to verify", async () => {
		const { attempts } = await simulate({
			nodes: [node("n", { cpu: 100 })],
			jobs: [job("big", FOR_EVER)],
			architecture: architectureNamed("shared-state", { verifier: { perPlan: "10us" } }),
			perJobUs: 5,
		});
		expect(attempts.map(({ commitUs, outcome }) => [commitUs, outcome])).toEqual([[5, "unschedulable"]]);
	});
});

test("a scheduler never uses nodes that it may not, and does not count them", async () => {
	const { bindings, attempts } = await simulate({
		nodes: [node("a", { labels: { zone: "x" } }), node("b"), node("c", { labels: { zone: "x" } })],
		jobs: [job("web", { pods: 5, ...FOR_EVER })],
		schedulers: [{ sees: ({ labels }) => labels["zone"] !== "x" }],
	});
	expect(bindings.map((line) => line.split(" ").at(-1))).toEqual(["b", "b", "b", "b"]);
	expect(attempts[0]).toMatchObject({ nodes: 1, unplaced: 1 });
	expect([...attempts[0]!.rejections]).toEqual([["Insufficient cpu", 1]]);
});
