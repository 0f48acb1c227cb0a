import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CPU } from "../../src/objects/resources.js";
import { crowds, faultLists } from "../support/arbitraries.js";
import { job, node, podArrival } from "../support/cells.js";
import { simulate } from "../support/simulations.js";

const byName = (wanted: string) => ({ selects: ({ name }: { name: string }) => name === wanted });

describe("a pod", () => {
	test("starts after the start delay, runs for its duration, and ends as it was said to", async () => {
		const { log, simulation } = await simulate({
			nodes: [node("n")],
			jobs: [job("good", { timeUs: 5, durationUs: 100 }), job("bad", { timeUs: 6, durationUs: 50, exit: "failed" })],
			startDelayUs: 10,
		});
		expect(log).toEqual([
			"0 node-added n",
			"5 bound good-0 n",
			"6 bound bad-0 n",
			"15 started good-0",
			"16 started bad-0",
			"66 failed bad-0",
			"115 succeeded good-0",
		]);
		expect(simulation.cell.node(0 as never).free(CPU)).toBe(4000);
	});

	test("starts at once without a delay, and may end in the same instant", async () => {
		const { log, endedUs } = await simulate({ nodes: [node("n")], jobs: [job("blink", { timeUs: 5, durationUs: 0 })] });
		expect(log.slice(1)).toEqual(["5 bound blink-0 n", "5 started blink-0", "5 succeeded blink-0"]);
		expect(endedUs).toBe(5);
	});

	test("whose start delay and duration are drawn uses the delay's own stream", async () => {
		const { log } = await simulate({
			nodes: [node("n")],
			jobs: [job("web", { durationUs: 7 })],
			startDelayUs: { dist: "uniform", min: 100, max: 200 },
		});
		const [started, ended] = log.slice(2).map((line) => Number(line.split(" ")[0]));
		expect(started).toBeGreaterThanOrEqual(100);
		expect(started).toBeLessThanOrEqual(200);
		expect(ended! - started!).toBe(7);
	});

	test("without an end keeps running: the run is over all the same", async () => {
		const { log, simulation } = await simulate({
			nodes: [node("n")],
			jobs: [job("daemon", { durationUs: Number.POSITIVE_INFINITY })],
		});
		expect(log.at(-1)).toBe("0 started daemon-0");
		expect(simulation.cell.pods.live).toBe(1);
	});

	test("deleted while it starts or runs is forgotten", async () => {
		const { log } = await simulate({
			nodes: [node("n")],
			jobs: [job("a", { durationUs: 50 }), job("b", { durationUs: 50 }), job("c", { durationUs: 50 })],
			startDelayUs: 10,
			faults: [
				{ atUs: 5, action: "delete", ...byName("a-0") },
				{ atUs: 30, action: "delete", ...byName("b-0") },
			],
		});
		expect(log.slice(4)).toEqual([
			"5 deleted a-0",
			"10 started b-0",
			"10 started c-0",
			"30 deleted b-0",
			"60 succeeded c-0",
		]);
	});
});

describe("pods due at the same time", () => {
	test("on one node: in the order in which they came to be due", async () => {
		const { log } = await simulate({
			nodes: [node("n")],
			jobs: [
				// Its row in the pod table is used again by the second: rows say nothing about order.
				job("gone", { timeUs: 0, durationUs: 2 }),
				job("first", { timeUs: 0, durationUs: 20 }),
				job("second", { timeUs: 5, durationUs: 15 }),
				job("earlier", { timeUs: 10, durationUs: 9 }),
				job("third", { timeUs: 10, durationUs: 10 }),
			],
		});
		expect(log.filter((line) => line.includes("succeeded"))).toEqual([
			"2 succeeded gone-0",
			"19 succeeded earlier-0",
			"20 succeeded first-0",
			"20 succeeded second-0",
			"20 succeeded third-0",
		]);
	});

	test("a start and an end of one instant: as they came to be due", async () => {
		const { log } = await simulate({
			nodes: [node("n")],
			jobs: [job("runs", { durationUs: 20 }), job("starts", { timeUs: 20, durationUs: 5 })],
			startDelayUs: 10,
		});
		expect(log.slice(3)).toEqual([
			"20 bound starts-0 n",
			"30 succeeded runs-0",
			"30 started starts-0",
			"35 succeeded starts-0",
		]);
	});

	test("what ends makes room before what arrives in the same instant is decided", async () => {
		const { bindings } = await simulate({
			nodes: [node("n")],
			jobs: [job("full", { cpu: 4000, durationUs: 10 }), job("next", { timeUs: 10, cpu: 4000 })],
		});
		expect(bindings).toEqual(["0 bound full-0 n", "10 bound next-0 n"]);
	});
});

describe("a node that fails", () => {
	const nodes = [node("a", { cpu: 2000 }), node("b")];
	const jobs = [job("web", { pods: 2, durationUs: 100 })];
	const faults = [{ atUs: 30, action: "fail" as const, ...byName("a") }];

	test("resubmit: its pods go back to the queue and start from nothing", async () => {
		const { log } = await simulate({ nodes, jobs, faults });
		expect(log.slice(6)).toEqual([
			"30 node-not-ready a",
			"30 requeued web-1 node-lost",
			"30 requeued web-0 node-lost",
			"30 bound web-1 b",
			"30 started web-1",
			"30 bound web-0 b",
			"30 started web-0",
			"130 succeeded web-1",
			"130 succeeded web-0",
		]);
	});

	test("fail: its pods have failed for good", async () => {
		const { log } = await simulate({ nodes, jobs, faults, onLoss: "fail" });
		expect(log.slice(6)).toEqual(["30 node-not-ready a", "30 node-lost web-1", "30 node-lost web-0"]);
	});

	test("takes with it the pods that had not started yet", async () => {
		const { log } = await simulate({ nodes, jobs, faults, startDelayUs: 40 });
		expect(log.slice(4)).toEqual([
			"30 node-not-ready a",
			"30 requeued web-1 node-lost",
			"30 requeued web-0 node-lost",
			"30 bound web-1 b",
			"30 bound web-0 b",
			"70 started web-1",
			"70 started web-0",
			"170 succeeded web-1",
			"170 succeeded web-0",
		]);
	});

	test("in the instant in which a pod is bound to it has the pod first, and loses it at once", async () => {
		const { log } = await simulate({ nodes: [node("a")], jobs: [job("web", { timeUs: 20 })], perJobUs: 10, faults });
		expect(log.slice(1)).toEqual([
			"30 bound web-0 a",
			"30 started web-0",
			"30 node-not-ready a",
			"30 requeued web-0 node-lost",
		]);
	});

	test("and recovers takes pods again, and only then", async () => {
		const { bindings } = await simulate({
			nodes: [node("a")],
			jobs: [job("web", { timeUs: 40 })],
			faults: [...faults, { atUs: 70, action: "recover", ...byName("a") }],
		});
		expect(bindings).toEqual(["70 bound web-0 a"]);
	});

	test("twice fails once; recovering what is well changes nothing", async () => {
		const { log } = await simulate({
			nodes: [node("a")],
			faults: [...faults, ...faults, { atUs: 10, action: "recover", ...byName("a") }],
		});
		expect(log).toEqual(["0 node-added a", "30 node-not-ready a"]);
	});
});

describe("nodes that come and go", () => {
	test("a removed node loses its pods, takes none any more, and gives its name back", async () => {
		const { log } = await simulate({
			nodes: [node("a")],
			jobs: [job("web", { durationUs: 100 })],
			faults: [
				{ atUs: 10, action: "remove", ...byName("a") },
				{ atUs: 20, action: "recover", ...byName("a") },
				{ atUs: 30, action: "add", nodes: [node("a"), node("b")] },
			],
		});
		expect(log.slice(3)).toEqual([
			"10 node-not-ready a",
			"10 requeued web-0 node-lost",
			"10 node-removed a",
			"30 node-added a",
			"30 node-added b",
			"30 bound web-0 a",
			"30 started web-0",
			"130 succeeded web-0",
		]);
	});

	test("in one instant: what comes is there for what is decided, what leaves still is", async () => {
		const { bindings } = await simulate({
			nodes: [node("old", { cpu: 1000 })],
			jobs: [job("web", { timeUs: 10, pods: 2 })],
			onLoss: "fail",
			faults: [
				{ atUs: 10, action: "remove", ...byName("old") },
				{ atUs: 10, action: "add", nodes: [node("new")] },
			],
		});
		expect(bindings).toEqual(["10 bound web-0 old", "10 bound web-1 new"]);
	});

	test("a deletion takes what waits, starts and runs, by name or label", async () => {
		const app = (app: string) => podArrival({ facts: { labels: { app } }, durationUs: 100 });
		const { log } = await simulate({
			nodes: [node("n", { cpu: 2000 })],
			jobs: [job("a", { pods: [app("x"), app("y"), app("x")] })],
			faults: [{ atUs: 10, action: "delete", selects: ({ labels }) => labels["app"] === "x" }],
		});
		expect(log.slice(5)).toEqual(["10 deleted a-0", "10 deleted a-2", "100 succeeded a-1"]);
	});
});

test("many nodes and many pods are each served in their own time", async () => {
	const { log, simulation } = await simulate({
		nodes: Array.from({ length: 150 }, (_, i) => node(`n-${i}`, { cpu: 2000 })),
		jobs: Array.from({ length: 300 }, (_, i) => job(`job-${i}`, { timeUs: i, durationUs: 1000 + i })),
		startDelayUs: 500,
	});
	const ends = new Map(
		log.filter((line) => line.includes(" succeeded ")).map((line) => [line.split(" ")[2], line.split(" ")[0]]),
	);
	for (let i = 0; i < 300; i++) expect(ends.get(`job-${i}-0`)).toBe(String(i + 500 + 1000 + i));
	expect([simulation.cell.pods.live, simulation.cell.pods.rows]).toEqual([0, 300]);
});

describe("a node's events", () => {
	test("are one an instant, however many pods are due", async () => {
		const events: string[] = [];
		await simulate({
			nodes: [node("n")],
			jobs: [job("a", { pods: 4, durationUs: 10 }), job("b", { timeUs: 20, pods: 2, durationUs: 5 })],
			observers: [(engine) => engine.watch((timeUs, { name }, subject) => events.push(`${timeUs} ${name} ${subject}`))],
		});
		expect(events.filter((event) => event.includes("node-due"))).toEqual(["10 node-due 0", "25 node-due 0"]);
	});

	test("of one instant come in the order in which the nodes came to have them as their next", async () => {
		const { log } = await simulate({
			nodes: [node("small", { cpu: 2000 }), node("large", { cpu: 4000 })],
			jobs: [
				job("first", { timeUs: 0, durationUs: 100 }),
				job("wide", { timeUs: 1, durationUs: 99, cpu: 3000 }),
				// Until it ends, `first` is not the next of its node, and then it is so only after `wide` of the other.
				job("short", { timeUs: 2, durationUs: 48 }),
			],
		});
		expect(log.slice(-3)).toEqual(["50 succeeded short-0", "100 succeeded wide-0", "100 succeeded first-0"]);
	});

	test("fire only when something is due: none is left over from pods that are gone", async () => {
		await fc.assert(
			fc.asyncProperty(
				crowds({ maxJobs: 20, maxPods: 3, gangs: false }),
				faultLists,
				fc.constantFrom(null, 3),
				async (cell, faults, startDelayUs) => {
					const due: string[] = [];
					const { log } = await simulate({
						...cell,
						faults,
						startDelayUs,
						observers: [
							(engine) =>
								engine.watch(
									(timeUs, { name }, subject) => void (name === "node-due" && due.push(`${timeUs} ${subject}`)),
								),
						],
					});
					// At most one a node and instant, and each starts or ends a pod at its time.
					const happened = new Set(
						log.filter((line) => / (started|succeeded|failed) /.test(line)).map((line) => line.split(" ")[0]),
					);
					for (const event of due) expect(happened).toContain(event.split(" ")[0]);
					if (startDelayUs !== null) expect(new Set(due).size).toBe(due.length);
				},
			),
			{ seed: 91, numRuns: 100 },
		);
	});
});
