import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { SECOND } from "../../../src/engine/time.js";
import { job, node } from "../../support/cells.js";
import { failuresOf, inSeconds } from "../../support/failures.js";
import { machineOf, runningPod } from "../../support/machines.js";
import { type SimulateOptions, simulate } from "../../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;
const RACK = "topology.kubernetes.io/rack";

/** What happens after the first instant, times in seconds; node a fails at 10 s. */
async function afterStart(options: SimulateOptions): Promise<string[]> {
	const { log } = await simulate({ endUs: 60 * SECOND, ...options });
	return inSeconds(log).filter((line) => !line.startsWith("0 "));
}

const rackFails = (repairS: number) => ({
	domains: [{ label: RACK, timeBetween: 10 * SECOND, repair: repairS * SECOND }],
});
const inRack = (name: string, options: object = {}) => node(name, { labels: { [RACK]: "r" }, ...options });

describe("a machine that nobody hears of", () => {
	test("and that is back before it is declared down keeps its pods, which have gone on", async () => {
		const log = await afterStart({
			nodes: [inRack("a"), node("b", { cpu: 1 })],
			jobs: [job("web", { durationUs: 30 * SECOND }), job("late", { timeUs: 12 * SECOND, durationUs: FOREVER })],
			failures: failuresOf({ ...rackFails(5), outages: { declareAfterUs: 6 * SECOND, podsPerSecond: null } }),
			endUs: 24 * SECOND,
		});
		expect(log).toEqual(["10 node-unreachable a", "15 node-ready a", "15 bound late-0 a", "15 started late-0"]);
	});

	test("is declared down after a while, and its pods are rescheduled", async () => {
		const log = await afterStart({
			nodes: [inRack("a"), node("b")],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: failuresOf({ ...rackFails(9), outages: { declareAfterUs: 6 * SECOND, podsPerSecond: null } }),
			endUs: 25 * SECOND,
		});
		expect(log).toEqual([
			"10 node-unreachable a",
			"16 requeued web-0 node-lost",
			"16 bound web-0 b",
			"16 started web-0",
			"19 node-ready a",
		]);
	});

	test("gives its pods up one by one, and keeps those whose turn had not come when it is back", async () => {
		// Declared at 12 s; half a pod a second: turns at 12, 14, 16, 18 s. Back at 17 s.
		const log = await afterStart({
			nodes: [inRack("a", { cpu: 9000 }), node("b", { cpu: 9000 })],
			jobs: [job("web", { pods: 5, durationUs: FOREVER })],
			failures: failuresOf({ ...rackFails(7), outages: { declareAfterUs: 2 * SECOND, podsPerSecond: 0.5 } }),
			endUs: 26 * SECOND,
		});
		expect(log.filter((line) => !/started|bound/.test(line))).toEqual([
			"10 node-unreachable a",
			"12 requeued web-0 node-lost",
			"14 requeued web-1 node-lost",
			"16 requeued web-2 node-lost",
			"17 node-ready a",
		]);
	});

	test("is no different where machines are simulated in full", async () => {
		const log = await afterStart({
			machine: machineOf(),
			nodes: [inRack("a"), node("b")],
			jobs: [job("web", { pods: [runningPod({ durationUs: FOREVER })] })],
			failures: failuresOf({
				...rackFails(9),
				outages: { declareAfterUs: 6 * SECOND, podsPerSecond: null },
				crashes: { timeBetween: 18 * SECOND, byClass: new Map() },
			}),
			endUs: 45 * SECOND,
		});
		// Crashes after 18 s of running on b, and on a.
		expect(log.filter((line) => !line.includes("started"))).toEqual([
			"10 node-unreachable a",
			"16 requeued web-0 node-lost",
			"16 bound web-0 b",
			"19 node-ready a",
			"29 node-unreachable a",
			"34 requeued web-0 crashed",
			"38 node-ready a",
			"38 bound web-0 a",
		]);
	});

	test("loses its pods for good where that is the rule", async () => {
		const log = await afterStart({
			nodes: [inRack("a"), node("b")],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: failuresOf(rackFails(55)),
			onLoss: "fail",
		});
		expect(log).toEqual(["10 node-unreachable a", "10 node-lost web-0"]);
	});

	test("can be removed all the same", async () => {
		const log = await afterStart({
			nodes: [inRack("a")],
			jobs: [job("web", { durationUs: FOREVER })],
			failures: failuresOf({ ...rackFails(50), outages: { declareAfterUs: 5 * SECOND, podsPerSecond: null } }),
			faults: [{ atUs: 12 * SECOND, action: "remove", selects: () => true }],
		});
		expect(log).toEqual([
			"10 node-unreachable a",
			"12 node-not-ready a",
			"12 requeued web-0 node-lost",
			"12 node-removed a",
		]);
	});
});

test("machines of a rack fail together, again and again; the others do not", async () => {
	const log = await afterStart({
		nodes: [inRack("a"), inRack("b"), node("c", { labels: { [RACK]: "s" } }), node("d")],
		failures: failuresOf(rackFails(15)),
		endUs: 36 * SECOND,
	});
	// 10 s to the failure, 15 s of repair, 10 s to the next; rack s does so at the same times, since nothing is drawn.
	expect(log).toEqual([
		...["a", "b", "c"].map((name) => `10 node-unreachable ${name}`),
		...["a", "b", "c"].map((name) => `25 node-ready ${name}`),
		...["a", "b", "c"].map((name) => `35 node-unreachable ${name}`),
	]);
});

test("a machine is back when the last of several failures is repaired", async () => {
	// Alone: out at 8 - 13 s, 21 - 26 s; with its rack: 10 - 22 s.
	const log = await afterStart({
		nodes: [inRack("a")],
		failures: failuresOf({ ...rackFails(12), machines: { timeBetween: 8 * SECOND, repair: 5 * SECOND } }),
		endUs: 30 * SECOND,
	});
	expect(log).toEqual(["8 node-unreachable a", "26 node-ready a"]);
});

test("each machine draws for itself: another one changes nothing for it", async () => {
	const drawn = { dist: "exponential", mean: 20 * SECOND } as const;
	const failures = failuresOf({ machines: { timeBetween: drawn, repair: drawn } });
	const alone = await afterStart({ nodes: [node("a")], failures, endUs: 600 * SECOND });
	const both = await afterStart({ nodes: [node("b"), node("a")], failures, endUs: 600 * SECOND });
	expect(alone.length).toBeGreaterThan(10);
	expect(both.filter((line) => line.endsWith(" a"))).toEqual(alone);
});

test("pods are taken off at the rate at most, only from machines that are down for long enough, and none is lost", async () => {
	const runs = fc.record({
		seed: fc.nat(),
		nodes: fc.integer({ min: 1, max: 6 }),
		pods: fc.integer({ min: 1, max: 20 }),
		declareAfterS: fc.integer({ min: 0, max: 30 }),
		everyS: fc.integer({ min: 1, max: 10 }),
		repairS: fc.integer({ min: 1, max: 60 }),
		inRacks: fc.boolean(),
	});
	const check = fc.asyncProperty(runs, async ({ seed, nodes, pods, declareAfterS, everyS, repairS, inRacks }) => {
		const breakdown = {
			timeBetween: { dist: "exponential", mean: 60 * SECOND },
			repair: { dist: "exponential", mean: repairS * SECOND },
		} as const;
		const { log, simulation } = await simulate({
			random: new SeededRandomSource(String(seed)),
			nodes: Array.from({ length: nodes }, (_, i) => node(`n${i}`, { cpu: 9000, labels: { [RACK]: `r${i % 2}` } })),
			jobs: [job("web", { pods, cpu: 1000, durationUs: FOREVER })],
			failures: failuresOf({
				machines: breakdown,
				domains: inRacks ? [{ label: RACK, ...breakdown }] : [],
				outages: { declareAfterUs: declareAfterS * SECOND, podsPerSecond: 1 / everyS },
			}),
			endUs: 600 * SECOND,
		});
		const outSinceS = new Map<string, number>();
		const nodeOf = new Map<string, string>();
		let lastS = Number.NEGATIVE_INFINITY;
		for (const line of inSeconds(log)) {
			const [time, what, name, on] = line.split(" ");
			const timeS = Number(time);
			if (what === "node-unreachable") outSinceS.set(name!, timeS);
			else if (what === "node-ready") outSinceS.delete(name!);
			else if (what === "bound") nodeOf.set(name!, on!);
			if (what !== "requeued") continue;
			expect(timeS - lastS).toBeGreaterThanOrEqual(everyS - 1e-6);
			expect(timeS - outSinceS.get(nodeOf.get(name!)!)!).toBeGreaterThanOrEqual(declareAfterS - 1e-6);
			lastS = timeS;
		}
		expect(simulation.cell.pods.live).toBe(pods);
	});
	await fc.assert(check, { seed: 7, numRuns: 80 });
});
