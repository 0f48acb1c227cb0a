import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { SECOND } from "../../../src/engine/time.js";
import { schedulers } from "../../../src/scheduling/schedulers/index.js";
import { job, node } from "../../support/cells.js";
import { failuresOf, inSeconds } from "../../support/failures.js";
import { type SimulateOptions, simulate } from "../../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;

const crashing = (everyS: number, byClass: ReadonlyMap<string, number> = new Map()) =>
	failuresOf({ crashes: { timeBetween: everyS * SECOND, byClass } });

async function afterStart(options: SimulateOptions): Promise<string[]> {
	const { log } = await simulate(options);
	return inSeconds(log).filter((line) => !line.startsWith("0 "));
}

describe("a task that crashes", () => {
	test("is rescheduled where it has not crashed yet, and waits when there is no such machine", async () => {
		const log = await afterStart({
			nodes: [node("a"), node("b")],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: crashing(10),
		});
		expect(log).toEqual([
			"10 requeued web-0 crashed",
			"10 bound web-0 b",
			"10 started web-0",
			"20 requeued web-0 crashed",
		]);
	});

	test("is told why", async () => {
		const { attempts } = await simulate({
			nodes: [node("a"), node("small", { cpu: 1 })],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: crashing(10),
		});
		expect([...attempts.at(-1)!.rejections]).toEqual([
			["node(s) where the pod has crashed", 1],
			["Insufficient cpu", 1],
		]);
	});

	test("leaves its machine to others, those of its own job too", async () => {
		// Pod 0 may not come back to a, where pod 1 crashes, too: it is its turn to go to b.
		const log = await afterStart({
			nodes: [node("a", { cpu: 1000 }), node("b", { cpu: 1000 })],
			jobs: [job("web", { pods: 2, cpu: 1000, durationUs: FOREVER })],
			failures: crashing(10),
			endUs: 25 * SECOND,
		});
		expect(log.filter((line) => line.includes("bound"))).toEqual(["10 bound web-0 b", "10 bound web-1 a"]);
	});

	test("lets the next of its kind have the room that is of no use to it", async () => {
		const runs = (name: string, timeS: number, seconds: number) =>
			job(name, { timeUs: timeS * SECOND, cpu: 1000, durationUs: seconds * SECOND });
		// First a is for second, which waited since 1 s; then, at 19 s, for third, although first waits longer.
		const log = await afterStart({
			nodes: [node("a", { cpu: 1000 })],
			jobs: [runs("first", 0, FOREVER), runs("second", 1, 9), runs("third", 12, 5)],
			failures: crashing(10),
		});
		expect(log.filter((line) => line.includes("bound"))).toEqual(["10 bound second-0 a", "19 bound third-0 a"]);
	});

	test("comes to a machine that is new", async () => {
		const log = await afterStart({
			nodes: [node("a")],
			jobs: [job("web", { durationUs: 15 * SECOND })],
			failures: crashing(10),
			faults: [{ atUs: 12 * SECOND, action: "add", nodes: [node("b")] }],
		});
		expect(log.slice(1, 4)).toEqual(["12 node-added b", "12 bound web-0 b", "12 started web-0"]);
	});
});

test("classes crash at their own rates, and one that ends before does not crash", async () => {
	const log = await afterStart({
		nodes: [node("a", { cpu: 9000 })],
		jobs: ["x", "y", "z"].map((className) => job(className, { durationUs: 30 * SECOND, facts: { className } })),
		failures: crashing(40, new Map([["y", 5 * SECOND]])),
	});
	expect(log).toEqual(["5 requeued y-0 crashed", "30 succeeded x-0", "30 succeeded z-0"]);
});

// kube-scheduler knows no such rule; the others place pod by pod.
const POLICIES = ["first-fit", "random-fit", "best-fit", "worst-fit", "gpu-packing", "least-allocated"];

test.each(POLICIES)("under %s no task comes back to where it crashed, and each finds every machine", async (policy) => {
	expect(schedulers.all.has(policy)).toBe(true);
	const check = fc.asyncProperty(
		fc.record({ seed: fc.nat(), nodes: fc.integer({ min: 1, max: 6 }), pods: fc.integer({ min: 1, max: 6 }) }),
		async ({ seed, nodes, pods }) => {
			const { log } = await simulate({
				random: new SeededRandomSource(String(seed)),
				scheduler: policy,
				nodes: Array.from({ length: nodes }, (_, i) => node(`n${i}`, { cpu: 1000 * pods })),
				jobs: [job("web", { pods, cpu: 1000, durationUs: FOREVER })],
				failures: failuresOf({ crashes: { timeBetween: { dist: "uniform", min: 5, max: 15 }, byClass: new Map() } }),
			});
			// With room for everybody everywhere, each pod crashes once on each node and waits then.
			const pairs = log.filter((line) => line.includes(" bound ")).map((line) => line.replace(/^\d+ /, ""));
			expect(new Set(pairs).size).toBe(pairs.length);
			expect(pairs.length).toBe(nodes * pods);
		},
	);
	await fc.assert(check, { seed: 3, numRuns: 15 });
});
