/** When and where jobs come back after a failed attempt, and when they are given up. */
import { describe, expect, test } from "vitest";
import type { QueueOptions } from "../../src/scheduling/waiting-room.js";
import { job, node } from "../support/cells.js";
import { routedByName, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };
const queue = (rest: Partial<QueueOptions>): QueueOptions => ({
	discipline: "skip",
	backoff: { initialUs: 0, maxUs: 0 },
	...rest,
});

describe("a job that lacks room", () => {
	test("comes back after its delay, whatever happens meanwhile", async () => {
		const { bindings, attempts } = await simulate({
			nodes: [node("n", { cpu: 1000 })],
			jobs: [job("first", { durationUs: 25 }), job("second", FOR_EVER)],
			queue: queue({ retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 10 } }),
		});
		// Room turns up at 25; the second tries at 0, 10, 20 and 30.
		expect(bindings).toEqual(["0 bound first-0 n", "30 bound second-0 n"]);
		expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0, 0, 10, 20, 30]);
	});

	test.each([
		// At 30 b is back and c arrives; one node is free. Who is second finds it full, and comes back at 60.
		["own", ["0 bound a-0 n", "30 bound b-0 n", "60 bound c-0 n"]],
		["tail", ["0 bound a-0 n", "30 bound c-0 n", "60 bound b-0 n"]],
	] as const)("comes back at its %s place", async (place, expected) => {
		const { bindings } = await simulate({
			nodes: [node("n", { cpu: 1000 })],
			jobs: [job("a", { durationUs: 25 }), job("b", { durationUs: 9 }), job("c", { timeUs: 30, durationUs: 9 })],
			queue: queue({ retry: { place, afterConflictUs: 0, afterNoRoomUs: 30 } }),
		});
		expect(bindings).toEqual(expected);
	});

	test("under a strict discipline holds up those behind it for as long as it waits", async () => {
		const { bindings } = await simulate({
			nodes: [node("n", { cpu: 1000 })],
			jobs: [job("a", { durationUs: 25 }), job("big", { cpu: 1000, durationUs: 5 }), job("small", { cpu: 0 })],
			queue: queue({ discipline: "strict", retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 10 } }),
		});
		expect(bindings).toEqual(["0 bound a-0 n", "30 bound big-0 n", "30 bound small-0 n"]);
	});
});

test("a conflict may cost a wait, too", async () => {
	const { attempts } = await simulate({
		nodes: [node("n", { cpu: 1000 }), node("m", { cpu: 1000 })],
		jobs: [job("p0-a", FOR_EVER), job("p1-b", FOR_EVER)],
		architecture: routedByName(),
		replicas: 2,
		perJobUs: 20,
		queue: queue({ retry: { place: "tail", afterConflictUs: 7, afterNoRoomUs: null } }),
	});
	expect(attempts.map(({ beginUs, commitUs, outcome }) => [beginUs, commitUs, outcome])).toEqual([
		[0, 20, "placed"],
		[0, 20, "conflict"],
		[27, 47, "placed"],
	]);
});

describe("a job is given up", () => {
	const retry = { place: "own", afterConflictUs: 0, afterNoRoomUs: 10 } as const;

	test("after so many vain attempts; its pods end as abandoned", async () => {
		const { log, attempts, simulation } = await simulate({
			nodes: [node("n", { cpu: 1000 })],
			jobs: [job("big", { cpu: 2000, pods: 2 })],
			queue: queue({ retry, giveUp: { attempts: Number.POSITIVE_INFINITY, vainAttempts: 3 } }),
		});
		expect(log.slice(1)).toEqual(["20 abandoned big-0", "20 abandoned big-1"]);
		expect(attempts).toHaveLength(3);
		expect([attempts[0]!.job.abandonedUs, simulation.cell.pods.live]).toEqual([20, 0]);
	});

	test("after so many attempts even if some pods were placed, and those run on", async () => {
		const { log } = await simulate({
			nodes: [node("n", { cpu: 2000 })],
			jobs: [job("wide", { pods: 3, durationUs: 100 })],
			queue: queue({ retry, giveUp: { attempts: 4, vainAttempts: 2 } }),
		});
		expect(log.filter((line) => /bound|abandoned|succeeded/.test(line))).toEqual([
			"0 bound wide-0 n",
			"0 bound wide-1 n",
			"30 abandoned wide-2",
			"100 succeeded wide-0",
			"100 succeeded wide-1",
		]);
	});
});

test("a job that lost its pods while it waited, and gets one back, waits once", async () => {
	const { attempts } = await simulate({
		// The pod that runs on n is requeued when n fails; the pending ones are deleted before.
		nodes: [node("n", { cpu: 1000, labels: { zone: "x" } })],
		jobs: [job("wide", { pods: 2, facts: { labels: { app: "wide" } }, ...FOR_EVER })],
		queue: queue({ retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 100 } }),
		faults: [{ atUs: 50, action: "delete", selects: ({ labels }) => labels["app"] === "wide" }],
		endUs: 1000,
	});
	expect(attempts.map(({ beginUs }) => beginUs)).toEqual([0]);
});
