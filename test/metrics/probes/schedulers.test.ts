import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import { DAY, HOUR, MINUTE } from "../../../src/engine/time.js";
import type { Simulation } from "../../../src/experiment/simulation.js";
import { schedulersProbe } from "../../../src/metrics/probes/schedulers.js";
import { MemorySink, type Row } from "../../../src/metrics/sinks/memory.js";
import type { JobArrival } from "../../../src/objects/arrival.js";
import { architectures } from "../../../src/scheduling/architectures/index.js";
import { crowds } from "../../support/arbitraries.js";
import { type JobOptions, job, node, podArrival } from "../../support/cells.js";
import {
	architectureNamed,
	CONFLICTS,
	replicasOf,
	routedByName,
	type Simulated,
	type SimulateOptions,
	simulate,
} from "../../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

async function tableOf(options: SimulateOptions): Promise<Simulated & { readonly rows: readonly Row[] }> {
	const sink = new MemorySink();
	let finish: (endUs: number) => void = () => {};
	let made: Simulation | null = null;
	const simulated = await simulate({
		...options,
		prepare: (simulation) => {
			made = simulation;
		},
		observers: [
			...(options.observers ?? []),
			(_engine, cell) => {
				finish = schedulersProbe(cell, sink, () => made!.architecture).finish;
			},
		],
	});
	finish(simulated.endedUs);
	return { ...simulated, rows: sink.rows("schedulers") };
}

/** The row of a day, a process and a class; null is all classes. */
function rowOf(rows: readonly Row[], day: number, scheduler: number, className: string | null = null): Row {
	return rows.find((row) => row["day"] === day && row["scheduler"] === scheduler && row["class"] === className)!;
}

function of(className: string, options: JobOptions & { readonly count?: number }): Partial<JobArrival> {
	const pod = podArrival({ ...FOR_EVER, ...options, facts: { className } });
	return { timeUs: options.timeUs ?? 0, pods: Array.from({ length: options.count ?? 1 }, () => pod) };
}

test("one row per day and class: a decision over midnight is split, one under way at the end counts until then", async () => {
	const { rows } = await tableOf({
		nodes: [node("n")],
		jobs: [
			{ ...job("a"), ...of("batch", { timeUs: 23.5 * HOUR, count: 2 }) },
			{ ...job("b"), ...of("service", { timeUs: 23.75 * HOUR, cpu: 9000 }) },
			{ ...job("c"), ...of("batch", { timeUs: 26 * HOUR }) },
		],
		perJobUs: HOUR,
		endUs: 26.5 * HOUR,
	});
	expect(rows.map((row) => [row["day"], row["scheduler"], row["name"], row["entry"], row["class"]])).toEqual([
		[0, 0, "scheduler-0", "scheduler-0", null],
		[0, 0, "scheduler-0", "scheduler-0", "batch"],
		[0, 0, "scheduler-0", "scheduler-0", "service"],
		[1, 0, "scheduler-0", "scheduler-0", null],
		[1, 0, "scheduler-0", "scheduler-0", "batch"],
		[1, 0, "scheduler-0", "scheduler-0", "service"],
	]);
	// a is decided 23:30 - 24:30, b 24:30 - 25:30 in vain, c from 26:00 on.
	expect(rowOf(rows, 0, 0)).toMatchObject({
		begin_time_us: 0,
		end_time_us: DAY,
		busy_time_us: HOUR / 2,
		busy_useful_time_us: HOUR / 2,
		busyness: 0.5 / 24,
		jobs_submitted: 2,
		jobs_first_attempted: 0,
		job_wait_first_attempt_mean_us: null,
		attempts: 0,
		conflict_fraction: null,
		jobs_waiting: 2,
	});
	// 30 min of a, 60 of b and 30 of c in the 2.5 h of the second day. a waited 0 min for its attempt, b 45; a was placed after 60.
	expect(rowOf(rows, 1, 0)).toEqual({
		day: 1,
		begin_time_us: DAY,
		end_time_us: 26.5 * HOUR,
		scheduler: 0,
		name: "scheduler-0",
		entry: "scheduler-0",
		class: null,
		busy_time_us: 2 * HOUR,
		busy_useful_time_us: HOUR / 2,
		busy_wasted_time_us: 0,
		busy_vain_time_us: HOUR,
		busyness: 2 / 2.5,
		jobs_submitted: 1,
		jobs_first_attempted: 2,
		job_wait_first_attempt_mean_us: 22.5 * MINUTE,
		job_wait_first_attempt_p50_us: 0,
		job_wait_first_attempt_p90_us: expect.closeTo(45 * MINUTE, -8),
		job_wait_first_attempt_max_us: 45 * MINUTE,
		jobs_placed: 1,
		job_wait_full_placement_mean_us: HOUR,
		job_wait_full_placement_p50_us: expect.closeTo(HOUR, -8),
		job_wait_full_placement_p90_us: expect.closeTo(HOUR, -8),
		job_wait_full_placement_max_us: HOUR,
		attempts: 2,
		attempts_unschedulable: 1,
		transactions: 1,
		transactions_successful: 1,
		transactions_conflicted: 0,
		conflict_fraction: 0,
		conflicts_per_transaction: 0,
		pods_placed: 2,
		pods_conflicted: 0,
		jobs_conflicted: 0,
		jobs_abandoned: 0,
		jobs_waiting: 2,
	});
	expect(rowOf(rows, 1, 0, "service")).toMatchObject({
		busy_time_us: HOUR,
		busy_vain_time_us: HOUR,
		job_wait_first_attempt_mean_us: 45 * MINUTE,
		transactions: 0,
		conflicts_per_transaction: null,
		jobs_waiting: 1,
	});
});

test("a day ends with the events of its midnight, and a run that ends there has no day more", async () => {
	const { rows } = await tableOf({
		nodes: [node("n")],
		jobs: [job("a", { timeUs: DAY - HOUR })],
		perJobUs: HOUR,
		endUs: DAY,
	});
	expect(rows.map(({ day }) => day)).toEqual([0, 0]);
	expect(rowOf(rows, 0, 0)).toMatchObject({ busy_time_us: HOUR, jobs_placed: 1, jobs_waiting: 0, busyness: 1 / 24 });
});

describe("what a scheduler's time came to", () => {
	test("a job may conflict more often than it succeeds", async () => {
		const { rows } = await tableOf(CONFLICTS);
		expect(rowOf(rows, 0, 1)).toMatchObject({
			busy_time_us: 150,
			busy_useful_time_us: 50,
			busy_wasted_time_us: 100,
			attempts: 3,
			transactions: 3,
			transactions_successful: 1,
			transactions_conflicted: 2,
			conflict_fraction: 2,
			conflicts_per_transaction: 2 / 3,
			pods_placed: 5,
			pods_conflicted: 2,
			jobs_conflicted: 1,
			job_wait_full_placement_max_us: 150,
		});
		expect(rowOf(rows, 0, 0)).toMatchObject({ busy_time_us: 30, transactions: 3, conflict_fraction: 0 });
	});

	test("a decision is wasted if one placement of many conflicts, useful if it places one pod of many", async () => {
		const { rows, attempts } = await tableOf({
			nodes: [node("n", { cpu: 3000 })],
			jobs: [
				job("p0-a", FOR_EVER),
				job("p1-b", { ...FOR_EVER, pods: 3 }),
				job("p0-c", { ...FOR_EVER, timeUs: 40, pods: 9 }),
			],
			architecture: routedByName(),
			replicas: 2,
			perJobUs: 10,
			endUs: 100,
		});
		// b: 2 of 3 placed at 10, the third conflicts, and finds no room at 20. c finds none either.
		expect(attempts.map(({ job: { name }, placed, conflicts }) => [name, placed, conflicts])).toEqual([
			["p0-a", 1, 0],
			["p1-b", 2, 1],
			["p1-b", 0, 0],
			["p0-c", 0, 0],
		]);
		expect(rowOf(rows, 0, 1)).toMatchObject({ busy_useful_time_us: 0, busy_wasted_time_us: 10, busy_vain_time_us: 10 });
		expect(rowOf(rows, 0, 0)).toMatchObject({ busy_useful_time_us: 10, busy_wasted_time_us: 0, busy_vain_time_us: 10 });
		expect(rowOf(rows, 0, 1)).toMatchObject({ jobs_placed: 0, jobs_waiting: 1, attempts_unschedulable: 1 });
	});

	test("jobs that are given up no longer wait", async () => {
		const { rows } = await tableOf({
			nodes: [node("n")],
			jobs: [job("huge", { cpu: 9000 }), job("fits", { timeUs: 30 })],
			perJobUs: 10,
			queue: {
				discipline: "skip",
				backoff: { initialUs: 0, maxUs: 0 },
				retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 5 },
				giveUp: { attempts: Number.POSITIVE_INFINITY, vainAttempts: 2 },
			},
		});
		// Attempts 0 - 10 and 15 - 25, then no more.
		expect(rowOf(rows, 0, 0)).toMatchObject({
			attempts: 3,
			attempts_unschedulable: 2,
			busy_vain_time_us: 20,
			jobs_abandoned: 1,
			jobs_placed: 1,
			jobs_first_attempted: 2,
			jobs_waiting: 0,
		});
	});

	test("jobs that lose a pod wait again, but are placed once; those whose waiting pods are deleted wait no longer", async () => {
		const { rows } = await tableOf({
			nodes: [node("n")],
			jobs: [job("a", { pods: 2, ...FOR_EVER }), job("b", { timeUs: 5, cpu: 9000 })],
			faults: [
				{ atUs: 10, action: "fail", selects: () => true },
				{ atUs: DAY + 10, action: "recover", selects: () => true },
				{ atUs: DAY + 20, action: "delete", selects: ({ name }) => name === "b-0" },
			],
			endUs: 2 * DAY,
		});
		expect(rowOf(rows, 0, 0)).toMatchObject({ jobs_placed: 1, jobs_first_attempted: 2, jobs_waiting: 2 });
		expect(rowOf(rows, 1, 0)).toMatchObject({
			jobs_placed: 0,
			jobs_first_attempted: 0,
			jobs_waiting: 0,
			pods_placed: 2,
		});
	});
});

test("what the cell was filled with is no work, but for the time spent on pods that it lost", async () => {
	// old loses its pod at 10 and is decided on until 30, then a until 50.
	const { rows } = await tableOf({
		nodes: [node("n"), node("m")],
		prefill: [{ job: job("old", FOR_EVER), nodes: [0] }],
		jobs: [job("a", { timeUs: 15 })],
		faults: [{ atUs: 10, action: "fail", selects: ({ name }) => name === "n" }],
		perJobUs: 20,
		endUs: 100,
	});
	expect(rowOf(rows, 0, 0)).toMatchObject({
		busy_useful_time_us: 40,
		jobs_submitted: 1,
		jobs_first_attempted: 1,
		attempts: 1,
		pods_placed: 1,
		jobs_placed: 1,
		jobs_waiting: 0,
	});
});

/** Jobs with pods that wait for a node, looked for from scratch. */
function countWaiting(cell: Cell): number {
	const waiting = new Set<unknown>();
	for (const pod of cell.pods.all()) if (cell.pod(pod).job.pending.length > 0) waiting.add(cell.pod(pod).job);
	return waiting.size;
}

test.each([
	...architectures.all.keys(),
])("under %s days and processes add up to what the attempts say", async (name) => {
	const workload = crowds({ maxJobs: 12, maxPods: 3, gangs: true });
	const property = fc.asyncProperty(workload, fc.integer({ min: 0, max: 5 }), async ({ nodes, jobs }, half) => {
		const waiting: number[] = [];
		const { rows, attempts, simulation, endedUs } = await tableOf({
			nodes,
			// Hours for microseconds: two and a half days.
			jobs: jobs.map(({ timeUs, pods, ...rest }) => ({
				...rest,
				timeUs: timeUs * HOUR,
				pods: pods.map((pod) => ({ ...pod, durationUs: pod.durationUs * HOUR })),
			})),
			architecture: architectureNamed(name),
			replicas: replicasOf(name),
			perJobUs: (half * HOUR) / 2,
			endUs: 70 * HOUR,
			observers: [(engine, cell) => engine.every(DAY, () => waiting.push(countWaiting(cell)))],
		});
		const all = rows.filter((row) => row["class"] === null);
		const total = (column: string) => all.reduce((sum, row) => sum + Number(row[column]), 0);
		const sum = (value: (attempt: (typeof attempts)[number]) => number) => attempts.reduce((s, a) => s + value(a), 0);
		const open = simulation.architecture.processes
			.flatMap((process) => process.open)
			.reduce((us, { beginUs, takesUs }) => us + Math.min(takesUs, endedUs - beginUs), 0);
		expect(total("busy_time_us")).toBe(sum(({ decisionUs }) => decisionUs) + open);
		expect(total("busy_wasted_time_us")).toBe(sum(({ decisionUs, conflicts }) => (conflicts > 0 ? decisionUs : 0)));
		expect(total("attempts")).toBe(attempts.length);
		expect(total("transactions_successful")).toBe(
			sum(({ placed, conflicts }) => (placed > 0 && conflicts === 0 ? 1 : 0)),
		);
		expect(total("pods_placed")).toBe(sum(({ placed }) => placed));
		expect(total("pods_conflicted")).toBe(sum(({ conflicts }) => conflicts));
		expect(total("jobs_conflicted")).toBe(new Set(attempts.filter((a) => a.conflicts > 0).map((a) => a.job)).size);
		expect(total("jobs_first_attempted")).toBe(new Set(attempts.map((a) => a.job)).size);
		expect(total("jobs_submitted")).toBe(jobs.length);
		const atMidnight = [0, 1].map((day) =>
			all.filter((row) => row["day"] === day).reduce((s, row) => s + Number(row["jobs_waiting"]), 0),
		);
		expect(atMidnight).toEqual(waiting.slice(1));
	});
	await fc.assert(property, { seed: 104, numRuns: 20 });
});
