/**
 * Sparrow on a handful of nodes with one slot each: who is probed is written down, messages take 10 us, and the log says the
 * rest. A task that is sent is on its node 10 us later; one that is probed for, after probe, answer and task: 30 us.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import { sparrow } from "../../src/scheduling/architectures/sparrow.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { job, node, podArrival } from "../support/cells.js";
import { finite, leftovers, median, responseTimes, stuck } from "../support/distributed.js";
import { scriptedRandom } from "../support/scripted-random.js";
import { architectureNamed, type Simulated, type SimulateOptions, simulate } from "../support/simulations.js";

const slots = (count: number) => Array.from({ length: count }, (_, i) => node(`n${i}`, { cpu: 1000 }));

/** Runs one scheduler that probes these nodes, in this order. */
function run(probes: readonly number[], params: object, options: SimulateOptions): Promise<Simulated> {
	return simulate({
		random: scriptedRandom({ "sparrow/probes/scheduler-0": probes }),
		architecture: architectureNamed("sparrow", { delay: "10us", ...params }),
		...options,
	});
}

describe("placement without late binding", () => {
	test("at random: a task goes where it is sent, and waits there", async () => {
		const jobs = [job("a", { pods: 2, durationUs: 100 }), job("b", { timeUs: 20, durationUs: 100 })];
		const { bindings } = await run([0, 0, 1], { sampling: "random" }, { nodes: slots(2), jobs });
		expect(bindings).toEqual(["10 bound a-0 n0", "30 bound b-0 n1", "110 bound a-1 n0"]);
	});

	test("by task: each goes to the shorter queue of its own two probes", async () => {
		const jobs = [job("a", { durationUs: 500 }), job("b", { timeUs: 50, pods: 2, durationUs: 100 })];
		const params = { sampling: "per-task", lateBinding: false };
		// b-0 reads n0: busy, 1, and n1: 0. b-1 reads n1: 0, and n0: 1. Neither sees the other, so both go to n1; n2 is idle.
		const { bindings } = await run([0, 1, 0, 1, 1, 0], params, { nodes: slots(3), jobs });
		expect(bindings).toEqual(["30 bound a-0 n0", "80 bound b-0 n1", "180 bound b-1 n1"]);
	});

	test("by batch: the tasks go to the shortest queues of all probes together", async () => {
		const jobs = [
			job("a", { durationUs: 1000 }),
			job("b", { timeUs: 1, durationUs: 1000 }),
			job("c", { timeUs: 100, pods: 2, durationUs: 1000 }),
		];
		// a and b read n0 and n1 before anything is there, at 10 and 11, and take the first of equals: b waits behind a.
		// c probes 2 x 2: n0 has a running and b waiting, 2; the others are idle, 0; the first two of them are taken.
		const { bindings } = await run(
			[0, 1, 0, 1, 0, 1, 2, 3],
			{ sampling: "batch", lateBinding: false },
			{ nodes: slots(4), jobs },
		);
		expect(bindings).toEqual(["30 bound a-0 n0", "130 bound c-0 n1", "130 bound c-1 n2", "1030 bound b-0 n0"]);
	});
});

describe("late binding", () => {
	const jobs = [
		job("x", { durationUs: 200 }),
		job("y", { timeUs: 40, durationUs: 100 }),
		job("z", { timeUs: 80, durationUs: 100 }),
		job("w", { timeUs: 81, durationUs: 100 }),
	];
	const probes = [0, 1, 1, 0, 0, 1, 0, 1];

	test("gives the task to the node that has room first, and cancels the other reservation", async () => {
		const { log } = await run(probes, {}, { nodes: slots(2), jobs });
		expect(log).toEqual([
			"0 node-added n0",
			"0 node-added n1",
			// Probes at 10; both nodes ask at 20; n0 was first; the answer is there at 30.
			"30 bound x-0 n0",
			"30 started x-0",
			// Probes at 50, n1 has room and asks at 60.
			"70 bound y-0 n1",
			"70 started y-0",
			"170 succeeded y-0",
			// n1 asks for z, the first in its queue, at 180. The cancellation is at n0 at 190.
			"190 bound z-0 n1",
			"190 started z-0",
			"230 succeeded x-0",
			// n0 has only w left, and asks at 240.
			"250 bound w-0 n0",
			"250 started w-0",
			"290 succeeded z-0",
			"350 succeeded w-0",
		]);
	});

	test("without cancellation a node asks in vain, a round trip each time", async () => {
		const { bindings } = await run(probes, { cancellation: false }, { nodes: slots(2), jobs });
		// n0 is free at 230, and asks for y (back at 250), z (270), and w.
		expect(bindings.at(-1)).toBe("290 bound w-0 n0");
	});

	test("by task, the reservations of one task are not for another", async () => {
		const options = { nodes: slots(3), jobs: [job("a", { pods: 2, durationUs: 100 })] };
		// a-0 probes n0, n1 and a-1 probes n0, n2. By batch n0, n1 would be first and take both.
		const { bindings } = await run([0, 1, 0, 2], { sampling: "per-task" }, options);
		expect(bindings).toEqual(["30 bound a-0 n0", "30 bound a-1 n2"]);
	});

	test("probes of a batch as large as the cell go round", async () => {
		const options = { nodes: slots(2), jobs: [job("a", { pods: 3, durationUs: 100 })] };
		// 6 probes on 2 nodes: 3 on each. The third pod takes the first reservation that gets room.
		const { bindings } = await simulate({ ...options, architecture: architectureNamed("sparrow", { delay: "10us" }) });
		expect(bindings.map((line) => line.split(" ")[0])).toEqual(["30", "30", "150"]);
	});
});

describe("queues of resources", () => {
	test("the first waits until it fits, and nobody overtakes it", async () => {
		const jobs = [
			job("small", { cpu: 3000, durationUs: 100 }),
			job("large", { timeUs: 30, cpu: 4000, durationUs: 100 }),
			job("tiny", { timeUs: 40, cpu: 500, durationUs: 100 }),
		];
		const { bindings } = await simulate({
			nodes: [node("n0", { cpu: 4000 })],
			jobs,
			architecture: architectureNamed("sparrow", { delay: "10us", sampling: "random" }),
		});
		expect(bindings).toEqual(["10 bound small-0 n0", "110 bound large-0 n0", "210 bound tiny-0 n0"]);
	});

	test("room is held while a node asks: two tasks do not get the same", async () => {
		const jobs = [job("a", { cpu: 3000, durationUs: 50 }), job("b", { timeUs: 5, cpu: 3000, durationUs: 50 })];
		const { bindings, attempts } = await simulate({
			nodes: [node("n0", { cpu: 4000 })],
			jobs,
			architecture: architectureNamed("sparrow", { delay: "10us" }),
		});
		// b waits at n0 from 15; a is over at 80, and b's node asks at 90.
		expect(bindings).toEqual(["30 bound a-0 n0", "100 bound b-0 n0"]);
		expect(attempts.map(({ conflicts }) => conflicts)).toEqual([0, 0]);
	});
});

describe("what goes wrong", () => {
	test("a node that fails loses its queue: the tasks are probed for again", async () => {
		const jobs = [job("a", { durationUs: 1000 }), job("b", { timeUs: 20, durationUs: 100 })];
		const { log, attempts } = await run(
			[0, 0, 1, 1],
			{ sampling: "random" },
			{
				nodes: slots(2),
				jobs,
				faults: [{ atUs: 60, action: "fail", selects: ({ name }) => name === "n0" }],
			},
		);
		expect(log.slice(2)).toEqual([
			"10 bound a-0 n0",
			"10 started a-0",
			"60 node-not-ready n0",
			"60 requeued a-0 node-lost",
			"70 bound a-0 n1",
			"70 started a-0",
			"1070 succeeded a-0",
			"1070 bound b-0 n1",
			"1070 started b-0",
			"1170 succeeded b-0",
		]);
		const told = attempts.map(({ job: of, pods, placed, unplaced }) => [of.name, pods, placed, unplaced]);
		// b's first attempt ends without a place, its second with one.
		expect(told).toEqual([
			["a", 1, 1, 0],
			["b", 1, 0, 1],
			["a", 1, 1, 0],
			["b", 1, 1, 0],
		]);
	});

	test("a node that fails while it waits for the answer refuses the task", async () => {
		const { bindings, attempts } = await run(
			[0, 1, 1, 2],
			{},
			{
				nodes: slots(3),
				jobs: [job("a", { durationUs: 100 })],
				faults: [{ atUs: 25, action: "fail", selects: ({ name }) => name === "n0" }],
			},
		);
		// Refused at 30. n1 has heard at 30 that there is nothing left, and is probed again.
		expect(bindings).toEqual(["60 bound a-0 n1"]);
		expect(attempts.map(({ outcome }) => outcome)).toEqual(["conflict", "placed"]);
		expect([...attempts[0]!.conflictReasons]).toEqual([["node-gone", 1]]);
	});

	test.each<[string, object, string[]]>([
		["its task", { sampling: "random" }, ["10 bound a-0 n0", "1010 bound c-0 n0"]],
		// c's node asks when a is over at 1030; two reservations of b would have cost two round trips.
		["its reservations", {}, ["30 bound a-0 n0", "1050 bound c-0 n0"]],
	])("a pod that is deleted takes %s out of the queue", async (_what, params, expected) => {
		const { log, bindings } = await simulate({
			nodes: slots(1),
			jobs: [job("a", { durationUs: 1000 }), job("b", { timeUs: 50 }), job("c", { timeUs: 60 })],
			architecture: architectureNamed("sparrow", { delay: "10us", ...params }),
			faults: [{ atUs: 100, action: "delete", selects: ({ name }) => name === "b-0" }],
		});
		expect(bindings).toEqual(expected);
		expect(log.filter((line) => line.includes("b-0"))).toEqual(["100 deleted b-0"]);
	});

	test("a batch with fewer reservations left than tasks is probed for again, as far as they lack", async () => {
		const { bindings, attempts } = await run(
			[0, 1, 2, 3, 0, 2, 3, 4, 1, 0],
			{},
			{
				nodes: slots(6),
				jobs: [job("a", { pods: 2, durationUs: 500 }), job("b", { timeUs: 40, pods: 2, durationUs: 500 })],
				faults: [{ atUs: 45, action: "fail", selects: ({ name }) => ["n2", "n3", "n4"].includes(name) }],
			},
		);
		// At 50 three of b's four probes find nobody. n0, where it waits, is for b-0; b-1 is probed for at n1 and n0.
		expect(bindings).toEqual(["30 bound a-0 n0", "30 bound a-1 n1", "550 bound b-0 n0", "550 bound b-1 n1"]);
		expect(attempts.map(({ pods, placed, unplaced }) => [pods, placed, unplaced])).toEqual([
			[2, 2, 0],
			[2, 1, 1],
			[1, 1, 0],
		]);
	});

	test("pods that no node may run stay pending until one comes that may", async () => {
		const { log, attempts, simulation } = await simulate({
			nodes: slots(2),
			jobs: [job("a", { cpu: 3000, durationUs: 100 }), job("b", { cpu: 3000, durationUs: 100 })],
			architecture: architectureNamed("sparrow", { delay: "10us" }),
			faults: [{ atUs: 500, action: "add", nodes: [node("large", { cpu: 4000 })] }],
		});
		expect(log.slice(2)).toEqual([
			"500 node-added large",
			"530 bound a-0 large",
			"530 started a-0",
			"630 succeeded a-0",
			// b has waited in the queue of the node since 510.
			"650 bound b-0 large",
			"650 started b-0",
			"750 succeeded b-0",
		]);
		expect([...attempts[0]!.rejections]).toEqual([["Insufficient cpu", 2]]);
		expect(attempts.map(({ outcome }) => outcome)).toEqual(["unschedulable", "unschedulable", "placed", "placed"]);
		expect(simulation.cell.pendingPods).toBe(0);
	});
});

describe("the rules of the queue", () => {
	const options = { discipline: "skip", backoff: { initialUs: 0, maxUs: 0 } } as const;
	const large = { atUs: 45, action: "add", nodes: [node("large", { cpu: 16_000 })] } as const;

	test("a job that no node may run comes back after the delay that its queue names", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("small")],
			jobs: [job("a", { cpu: 8000 })],
			architecture: architectureNamed("sparrow", { delay: "10us" }),
			queue: { ...options, retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 20 } },
			faults: [large],
		});
		// The node comes at 45; probe, question and answer take 30 from the next attempt on.
		expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0, 20, 40, 60]);
		expect(bindings).toEqual(["90 bound a-0 large"]);
	});

	test("a delay that its pods did not outlive is over: the next one is waited for in full", async () => {
		const { attempts } = await run(
			[0],
			{ sampling: "random" },
			{
				nodes: [node("small"), node("other", { labels: { zone: "z" } })],
				jobs: [job("a", { pods: [podArrival({ facts: { nodeSelector: { zone: "z" } } }), podArrival({ cpu: 8000 })] })],
				queue: {
					...options,
					retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 40 },
					giveUp: { attempts: 3, vainAttempts: 3 },
				},
				faults: [
					{ atUs: 20, action: "delete", selects: ({ name }) => name === "a-1" },
					{ atUs: 30, action: "fail", selects: ({ name }) => name === "other" },
				],
				random: scriptedRandom({
					"sparrow/probes/scheduler-0": Array.from({ length: 90 }, (_, i) => (i === 0 ? 1 : 0)),
				}),
			},
		);
		// a-1 is to come back at 40, but is deleted; a-0 is lost at 30, and there is no node for it then, nor at 30 + 40.
		expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0, 30, 70]);
	});

	test.each([
		[{ attempts: 2, vainAttempts: 9 }, 2],
		[{ attempts: 9, vainAttempts: 3 }, 3],
	])("under %o a job is given up whose tasks their nodes refuse", async (giveUp, times) => {
		const { log, attempts } = await simulate({
			nodes: slots(10),
			jobs: [job("a")],
			architecture: architectureNamed("sparrow", { delay: "10us", probeRatio: 1 }),
			random: scriptedRandom({ "sparrow/probes/scheduler-0": [0, 1, 2] }),
			queue: { ...options, giveUp },
			// The node asks for the task 10 after the probe was sent, and has failed when the task comes.
			faults: [0, 1, 2].map((i) => ({ atUs: i * 30 + 25, action: "fail", selects: ({ name }) => name === `n${i}` })),
		});
		expect(attempts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: times }, () => "conflict"));
		expect(log).toContain(`${times * 30} abandoned a-0`);
	});

	test("a job is not given up while its last attempt is under way", async () => {
		const jobs = [
			job("x", { durationUs: 100 }),
			job("a", { timeUs: 1, pods: [podArrival({ durationUs: 5 }), podArrival({ cpu: 8000 })] }),
		];
		const { log } = await simulate({
			nodes: slots(1),
			jobs,
			architecture: architectureNamed("sparrow", { delay: "10us", sampling: "random" }),
			queue: { ...options, giveUp: { attempts: 1, vainAttempts: 1 } },
		});
		// a-0 waits behind x; no node may run a-1.
		expect(log.slice(3)).toEqual([
			"110 succeeded x-0",
			"110 bound a-0 n0",
			"110 started a-0",
			"110 abandoned a-1",
			"115 succeeded a-0",
		]);
	});
});

test("a scheduler takes its decision time before it probes, one job after the other", async () => {
	const { bindings, simulation } = await simulate({
		nodes: slots(4),
		jobs: [job("a", { pods: 2 }), job("b")],
		architecture: architectureNamed("sparrow", { delay: "10us", sampling: "random" }),
		random: scriptedRandom({ "sparrow/probes/scheduler-0": [0, 1, 2] }),
		perJobUs: 100,
		perPodUs: 5,
	});
	// a: 100 + 2 x 5; b: 100 + 5 more.
	expect(bindings).toEqual(["120 bound a-0 n0", "120 bound a-1 n1", "225 bound b-0 n2"]);
	expect(simulation.architecture.processes[0]!.busyUs).toBe(215);
});

test("a gang is placed by the policy, all or nothing, in what the queues leave over", async () => {
	const jobs = [job("a", { durationUs: 100 }), job("gang", { timeUs: 25, pods: 2, gang: true, durationUs: 100 })];
	const { bindings } = await run([0, 1], {}, { nodes: slots(2), jobs });
	// At 25 n0 and n1 hold room: n0 for a, n1 for nobody any more. One node is not enough, and a is over at 130.
	expect(bindings).toEqual(["30 bound a-0 n0", "130 bound gang-0 n0", "130 bound gang-1 n1"]);
});

test("room that is given back is offered to those whom the policy turned away", async () => {
	const jobs = [job("a", { durationUs: 100 }), job("gang", { timeUs: 15, gang: true, durationUs: 100 })];
	const { bindings } = await run([0, 1], {}, { nodes: slots(2), jobs });
	// At 15 both nodes hold room for a; at 30 n1 hears that it is not needed.
	expect(bindings).toEqual(["30 bound a-0 n0", "30 bound gang-0 n1"]);
});

test("late binding needs probes", () => {
	const result = sparrow.params!.safeParse({ sampling: "random", lateBinding: true });
	expect(result.error?.issues.map(({ path, message }) => [path, message])).toEqual([
		[
			["lateBinding"],
			"random placement has no probes to bind late: set lateBinding to false, or sampling to per-task or batch",
		],
	]);
});

test("each step of the paper shortens response times, and late binding comes near the ideal (E25 in small)", async () => {
	// 80 % of 400 slots: 25 tasks x 100 ms on average need a job each 7.8125 ms.
	const random = new SeededRandomSource("1").stream("test/jobs");
	const jobs = Array.from({ length: 1000 }, (_, i) => {
		const durationUs = Math.round(-Math.log(1 - random.next()) * 100_000);
		return job(`job-${i}`, { timeUs: Math.round(i * 7812.5), pods: 25, durationUs });
	});
	const arms: [string, object][] = [
		["sparrow", { sampling: "random" }],
		["sparrow", { sampling: "per-task", lateBinding: false }],
		["sparrow", { sampling: "batch", lateBinding: false }],
		["sparrow", {}],
		["monolithic", {}],
	];
	const medians: number[] = [];
	for (const [name, params] of arms) {
		const times: number[] = [];
		await simulate({
			nodes: Array.from({ length: 100 }, (_, i) => node(`n${i}`)),
			jobs,
			architecture: architectureNamed(name, name === "sparrow" ? { delay: "500us", ...params } : params),
			quiet: true,
			observers: [responseTimes(times, "job")],
		});
		expect(times).toHaveLength(jobs.length);
		medians.push(median(times));
	}
	expect([...medians].sort((a, b) => b - a)).toEqual(medians);
	expect(medians[3]! / medians[4]!).toBeLessThan(1.25);
});

const VARIANTS = [
	{ sampling: "random" },
	{ sampling: "per-task", lateBinding: false },
	{ sampling: "batch", lateBinding: false },
	{ sampling: "per-task" },
	{},
	{ probeRatio: 1 },
	{ cancellation: false },
];

test.each(VARIANTS)("%o: every job that fits completes, and nothing is left behind in a queue", async (params) => {
	const setting = fc.record({
		cell: crowds({ maxJobs: 15, maxPods: 4, gangs: true }).map(({ nodes, jobs }) => ({
			nodes,
			jobs: jobs.map(finite),
		})),
		faults: faultLists,
		delay: fc.constantFrom("0s", "1us", "4us"),
		perJobUs: fc.constantFrom(0, 5),
		replicas: fc.constantFrom(1, 3),
	});
	await fc.assert(
		fc.asyncProperty(setting, async ({ cell, faults, delay, ...rest }) => {
			const architecture = architectureNamed("sparrow", { ...params, delay });
			const { simulation } = await simulate({ ...cell, faults, ...rest, architecture });
			expect(stuck(simulation)).toEqual([]);
			expect(leftovers(simulation)).toEqual([]);
		}),
		{ seed: 61, numRuns: 60 },
	);
});
