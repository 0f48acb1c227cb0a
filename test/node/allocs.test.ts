import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { SummaryProbe } from "../../src/metrics/summary.js";
import { runsInAlloc } from "../../src/objects/alloc.js";
import { PLAIN_FACTS } from "../../src/objects/spec.js";
import { type JobOptions, job, node } from "../support/cells.js";
import { failuresOf, inSeconds } from "../support/failures.js";
import { type SimulateOptions, simulate } from "../support/simulations.js";

const FOREVER = Number.POSITIVE_INFINITY;

/** A job of allocs of the set `s`. */
const allocs = (name: string, options: JobOptions = {}) =>
	job(name, {
		cpu: 2000,
		memory: 200,
		durationUs: FOREVER,
		...options,
		facts: { ...PLAIN_FACTS, ...options.facts, alloc: "s" },
	});
/** A job of tasks that run in them. */
const tasks = (name: string, options: JobOptions = {}) =>
	job(name, {
		cpu: 500,
		memory: 10,
		durationUs: FOREVER,
		...options,
		facts: runsInAlloc({ ...PLAIN_FACTS, ...options.facts }, "s"),
	});

async function run(options: SimulateOptions): Promise<string[]> {
	const { log } = await simulate({ allocs: true, endUs: 100 * SECOND, ...options });
	return inSeconds(log).filter((line) => !/node-added n|started/.test(line));
}

describe("an alloc", () => {
	test("is shared by the tasks that name its set, and by nobody else", async () => {
		const log = await run({
			nodes: [node("n", { cpu: 3000 })],
			jobs: [allocs("set"), tasks("a", { pods: 2 }), job("other", { cpu: 1500, durationUs: FOREVER })],
		});
		// What is left of the machine is 1000, of the alloc too: the other job fits neither.
		expect(log).toEqual(["0 bound set-0 n", "0 node-added alloc-0", "0 bound a-0 alloc-0", "0 bound a-1 alloc-0"]);
	});

	test("has room for as much as it reserves", async () => {
		const { bindings } = await simulate({
			allocs: true,
			nodes: [node("n", { cpu: 9000 })],
			jobs: [allocs("set"), tasks("a", { pods: 5 })],
		});
		expect(bindings.filter((line) => line.includes("alloc-0"))).toHaveLength(4);
	});

	test("moves with everybody in it when its machine fails", async () => {
		const log = await run({
			nodes: [node("n0", { cpu: 3000 }), node("n1", { cpu: 3000 })],
			jobs: [allocs("set"), tasks("a", { pods: 2 }), job("apart", { cpu: 500, durationUs: FOREVER })],
			faults: [{ atUs: 10 * SECOND, action: "fail", selects: ({ name }) => name === "n0" }],
		});
		expect(log.filter((line) => line.startsWith("10 ")).sort()).toEqual(
			[
				"10 node-not-ready n0",
				"10 requeued apart-0 node-lost",
				"10 requeued set-0 node-lost",
				"10 node-unreachable alloc-0",
				"10 requeued a-0 node-lost",
				"10 requeued a-1 node-lost",
				"10 bound set-0 n1",
				"10 node-updated alloc-0",
				"10 node-ready alloc-0",
				"10 bound a-0 alloc-0",
				"10 bound a-1 alloc-0",
				"10 bound apart-0 n1",
			].sort(),
		);
	});

	test("that ends gives its machine back; the tasks wait for another alloc of the set, which takes its row", async () => {
		const { simulation, log } = await simulate({
			allocs: true,
			nodes: [node("n", { cpu: 2000 })],
			jobs: [allocs("old", { durationUs: 10 * SECOND }), tasks("a"), allocs("new", { timeUs: 20 * SECOND })],
			endUs: 30 * SECOND,
		});
		expect(inSeconds(log).filter((line) => /^(10|20) /.test(line))).toEqual([
			"10 succeeded old-0",
			"10 node-unreachable alloc-0",
			"10 requeued a-0 alloc-ended",
			"20 bound new-0 n",
			"20 started new-0",
			"20 node-updated alloc-0",
			"20 node-ready alloc-0",
			"20 bound a-0 alloc-0",
			"20 started a-0",
		]);
		expect(simulation.cell.nodes.count).toBe(2);
		expect(simulation.cell.node(1 as never).labels["cellsim.io/alloc"]).toBe("new-0");
	});

	test("of a machine that cannot be reached takes nobody; one that is back keeps its tasks", async () => {
		const log = await run({
			nodes: [node("n", { labels: { rack: "r" } })],
			jobs: [allocs("set"), tasks("a"), tasks("late", { timeUs: 12 * SECOND })],
			failures: failuresOf({
				domains: [{ label: "rack", timeBetween: 10 * SECOND, repair: 5 * SECOND }],
				outages: { declareAfterUs: 6 * SECOND, podsPerSecond: null },
			}),
			endUs: 20 * SECOND,
		});
		expect(log.slice(3)).toEqual([
			"10 node-unreachable n",
			"10 node-unreachable alloc-0",
			"15 node-ready n",
			"15 node-ready alloc-0",
			"15 bound late-0 alloc-0",
		]);
	});

	test("is emptied with its machine for maintenance as the jobs in it allow", async () => {
		const { log } = await simulate({
			allocs: true,
			random: { stream: () => ({ next: () => 0.5, integer: () => 0 }) },
			nodes: [node("n")],
			jobs: [allocs("set"), tasks("a", { pods: 2 })],
			failures: failuresOf({
				maintenance: { periodUs: 100 * SECOND, duration: SECOND },
				limits: { nodes: 1, nodesByLabel: new Map(), podsOfJob: 1, disruptionsOfJobPerDay: FOREVER },
			}),
			faults: [{ atUs: 70 * SECOND, action: "delete", selects: ({ name }) => name === "a-1" }],
			endUs: 90 * SECOND,
		});
		// Two tasks of a job would be down at once, until one of them is gone.
		expect(inSeconds(log).filter((line) => /requeued|updated n/.test(line))).toEqual([
			"50 node-updated n",
			"70 requeued set-0 maintenance",
			"70 requeued a-0 maintenance",
			"71 node-updated n",
		]);
	});

	test("that is preempted takes those in it along", async () => {
		const log = await run({
			scheduler: "borg",
			nodes: [node("n", { cpu: 3000 })],
			jobs: [
				allocs("set"),
				tasks("a", { pods: 2 }),
				job("high", { timeUs: SECOND, cpu: 2000, facts: { priority: 200 } }),
			],
		});
		expect(log.filter((line) => line.startsWith("1 "))).toEqual([
			"1 requeued set-0 preempted",
			"1 node-unreachable alloc-0",
			"1 requeued a-1 preempted",
			"1 requeued a-0 preempted",
			"1 bound high-0 n",
		]);
	});

	test("has room for a task of higher priority when others in it go, and the machine's other pods stay", async () => {
		const high = job("high", {
			timeUs: SECOND,
			cpu: 1500,
			memory: 10,
			facts: runsInAlloc({ ...PLAIN_FACTS, priority: 200 }, "s"),
		});
		const log = await run({
			scheduler: "borg",
			nodes: [node("n", { cpu: 4000 })],
			jobs: [allocs("set"), tasks("a", { pods: 2 }), job("apart", { cpu: 2000, durationUs: FOREVER }), high],
		});
		expect(log.filter((line) => line.startsWith("1 "))).toEqual(["1 requeued a-1 preempted", "1 bound high-0 alloc-0"]);
	});

	test("that is told to go tells those in it", async () => {
		const log = await run({
			nodes: [node("n")],
			jobs: [allocs("set"), tasks("a", { timeUs: SECOND }), tasks("b", { timeUs: 14 * SECOND })],
			faults: [{ atUs: 10 * SECOND, action: "delete", selects: ({ name }) => name === "set-0" }],
			termination: { takesUs: 5 * SECOND, noticeDelivered: 1 },
		});
		expect(log.slice(3)).toEqual(["10 node-unreachable alloc-0", "15 deleted set-0", "15 requeued a-0 alloc-ended"]);
	});
});

test("an alloc counts once: as requested of its machine, whatever runs in it", async () => {
	let probe: SummaryProbe | null = null;
	const { endedUs } = await simulate({
		allocs: true,
		nodes: [node("n", { cpu: 4000, memory: 100 })],
		jobs: [
			allocs("set", { memory: 50 }),
			tasks("a", { memory: 10 }),
			job("apart", { cpu: 1000, memory: 25, durationUs: FOREVER }),
		],
		endUs: 10 * SECOND,
		observers: [(_engine, cell) => void (probe = new SummaryProbe(cell, 0))],
	});
	// 2000 + 1000 of 4000, and 50 + 25 of 100.
	expect(probe!.result(endedUs)).toMatchObject({ cpu_allocation: 0.75, memory_allocation: 0.75 });
});

/** A task runs only in an alloc that has a machine, within what it reserves. */
function checkAllocs(cell: Cell, most: number): void {
	checkInvariants(cell);
	const allocRows = [...cell.nodes.specs.keys()].filter((n) => cell.nodes.specs[n]!.alloc !== undefined);
	expect(allocRows.length).toBeLessThanOrEqual(most);
	const bound = [...cell.pods.all()].map((pod) => cell.pod(pod)).filter((pod) => pod.node >= 0);
	const allocsByName = new Map(
		bound.filter((pod) => pod.podClass.spec.facts.alloc !== undefined).map((pod) => [pod.name, pod]),
	);
	for (const row of allocRows) {
		const inside = [...cell.podsOn(row as never)];
		if (inside.length === 0) continue;
		const alloc = allocsByName.get(cell.nodes.specs[row]!.labels["cellsim.io/alloc"]!);
		expect(alloc).toBeDefined();
		expect(cell.nodes.ready[row]).toBe(alloc!.leaving === null ? cell.nodes.ready[alloc!.node] : 0);
	}
	for (const pod of bound) {
		const inAlloc = cell.nodes.specs[pod.node]!.alloc !== undefined;
		expect(inAlloc).toBe(pod.podClass.spec.facts.nodeSelector["cellsim.io/alloc-set"] !== undefined);
	}
}

test("whatever happens, tasks are in allocs and allocs on machines, and nobody is lost", async () => {
	const priority = fc.constantFrom(0, 110, 200);
	const runs = fc.record({
		seed: fc.nat(),
		scheduler: fc.constantFrom("first-fit", "random-fit", "best-fit", "borg"),
		sets: fc.array(
			fc.record({
				at: fc.nat(50),
				pods: fc.integer({ min: 1, max: 3 }),
				for: fc.integer({ min: 5, max: 60 }),
				priority,
			}),
			{ minLength: 1, maxLength: 6 },
		),
		jobs: fc.array(
			fc.record({
				at: fc.nat(60),
				pods: fc.integer({ min: 1, max: 5 }),
				for: fc.integer({ min: 1, max: 40 }),
				inside: fc.boolean(),
				priority,
			}),
			{ maxLength: 8 },
		),
		grace: fc.boolean(),
	});
	const check = fc.asyncProperty(runs, async ({ seed, scheduler, sets, jobs, grace }) => {
		const most = sets.reduce((sum, { pods }) => sum + pods, 0);
		const { simulation, log } = await simulate({
			allocs: true,
			random: new SeededRandomSource(String(seed)),
			scheduler,
			nodes: ["n0", "n1", "n2"].map((name) => node(name, { cpu: 5000 })),
			jobs: [
				...sets.map((set, i) =>
					allocs(`set${i}`, {
						timeUs: set.at * SECOND,
						pods: set.pods,
						durationUs: set.for * SECOND,
						facts: { priority: set.priority },
					}),
				),
				...jobs.map(({ at, pods, for: runs, inside, priority }, i) =>
					(inside ? tasks : job)(`job${i}`, {
						timeUs: at * SECOND,
						pods,
						cpu: 500,
						durationUs: runs * SECOND,
						facts: { priority },
					}),
				),
			].sort((a, b) => a.timeUs - b.timeUs),
			failures: failuresOf({
				machines: {
					timeBetween: { dist: "exponential", mean: 30 * SECOND },
					repair: { dist: "exponential", mean: 4 * SECOND },
				},
				maintenance: { periodUs: 40 * SECOND, duration: SECOND },
				outages: { declareAfterUs: 2 * SECOND, podsPerSecond: 2 },
				crashes: { timeBetween: { dist: "exponential", mean: 60 * SECOND }, byClass: new Map() },
			}),
			...(grace && { termination: { takesUs: SECOND, noticeDelivered: 1 } }),
			endUs: 200 * SECOND,
			observers: [(_engine, cell) => cell.watch({ attempted: () => checkAllocs(cell, most) })],
		});
		checkAllocs(simulation.cell, most);
		const ended = log.filter((line) => line.includes(" succeeded ")).length;
		expect(ended + simulation.cell.pods.live).toBe(simulation.cell.pods.submitted);
	});
	await fc.assert(check, { seed: 11, numRuns: 60 });
});
