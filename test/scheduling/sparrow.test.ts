/**
 * Sparrow on a handful of nodes with one slot each: who is probed is written down, messages take 10 us, and the log says the
 * rest. A task that is sent is on its node 10 us later; one that is probed for, after probe, answer and task: 30 us.
 */
import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import { sparrow } from "../../src/scheduling/architectures/sparrow.js";
import { job, node } from "../support/cells.js";
import { median, probing, responseTimes, slots } from "../support/distributed.js";
import { architectureNamed, simulate } from "../support/simulations.js";

describe("placement without late binding", () => {
	test("at random: a task goes where it is sent, and waits there", async () => {
		const jobs = [job("a", { pods: 2, durationUs: 100 }), job("b", { timeUs: 20, durationUs: 100 })];
		const { bindings } = await probing([0, 0, 1], { sampling: "random" }, { nodes: slots(2), jobs });
		expect(bindings).toEqual(["10 bound a-0 n0", "30 bound b-0 n1", "110 bound a-1 n0"]);
	});

	test("by task: each goes to the shorter queue of its own two probes", async () => {
		const jobs = [job("a", { durationUs: 500 }), job("b", { timeUs: 50, pods: 2, durationUs: 100 })];
		const params = { sampling: "per-task", lateBinding: false };
		// b-0 reads n0: busy, 1, and n1: 0. b-1 reads n1: 0, and n0: 1. Neither sees the other, so both go to n1; n2 is idle.
		const { bindings } = await probing([0, 1, 0, 1, 1, 0], params, { nodes: slots(3), jobs });
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
		const { bindings } = await probing(
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
		const { log } = await probing(probes, {}, { nodes: slots(2), jobs });
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
		const { bindings } = await probing(probes, { cancellation: false }, { nodes: slots(2), jobs });
		// n0 is free at 230, and asks for y (back at 250), z (270), and w.
		expect(bindings.at(-1)).toBe("290 bound w-0 n0");
	});

	test("by task, the reservations of one task are not for another", async () => {
		const options = { nodes: slots(3), jobs: [job("a", { pods: 2, durationUs: 100 })] };
		// a-0 probes n0, n1 and a-1 probes n0, n2. By batch n0, n1 would be first and take both.
		const { bindings } = await probing([0, 1, 0, 2], { sampling: "per-task" }, options);
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
		const { log, attempts } = await probing(
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
		const { bindings, attempts } = await probing(
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
		const { bindings, attempts } = await probing(
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
