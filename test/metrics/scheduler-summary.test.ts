/** What the summary says about schedulers, on runs small enough to check by hand. */
import { describe, expect, test } from "vitest";
import { DAY, HOUR } from "../../src/engine/time.js";
import type { Simulation } from "../../src/experiment/simulation.js";
import type { ObservedScheduling } from "../../src/metrics/observed-scheduling.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { CPU } from "../../src/objects/resources.js";
import { job, node, podArrival } from "../support/cells.js";
import { CONFLICTS, routedByName, type SimulateOptions, schedulerNamed, simulate } from "../support/simulations.js";

const FOR_EVER = { durationUs: Number.POSITIVE_INFINITY };

interface Watched extends SimulateOptions {
	readonly warmupUs?: number;
	/** What metrics are told of the schedulers; default what there is. */
	readonly seen?: (simulation: Simulation) => ObservedScheduling;
	readonly readLocksEveryUs?: number;
}

async function summarise({
	warmupUs = 0,
	seen = ({ architecture }) => architecture,
	readLocksEveryUs,
	...options
}: Watched): Promise<RunSummary> {
	let summary: SummaryProbe | null = null;
	let made: Simulation | null = null;
	const { endedUs } = await simulate({
		...options,
		prepare: (simulation) => {
			made = simulation;
		},
		observers: [
			(engine, cell) => {
				summary = new SummaryProbe(cell, warmupUs, () => seen(made!));
				if (readLocksEveryUs !== undefined) engine.every(readLocksEveryUs, (timeUs) => summary!.sampleLocked(timeUs));
			},
		],
	});
	return summary!.result(endedUs);
}

describe("work of schedulers that count", () => {
	const two = (first: string, second: string): SimulateOptions => ({
		nodes: ["a", "b", "c"].map((name) => node(name)),
		jobs: [job("p0-x", { ...FOR_EVER }), job("p1-y", { ...FOR_EVER, timeUs: 10 })],
		architecture: routedByName(),
		schedulers: [first, second].map((name) => ({ scheduler: schedulerNamed(name) })),
	});

	test("by scheduler, and of all added up", async () => {
		// Each looks once at all three nodes for its only pod.
		expect(await summarise(two("hybrid", "borg"))).toMatchObject({
			feasibility_evaluations: 6,
			score_evaluations: 6,
			"feasibility_evaluations.scheduler_scheduler_0": 3,
			"score_evaluations.scheduler_scheduler_1": 3,
		});
	});

	test("of those that do not there is none", async () => {
		const summary = await summarise(two("first-fit", "hybrid"));
		expect(Object.keys(summary).filter((name) => name.startsWith("score_evaluations"))).toEqual([
			"score_evaluations.scheduler_scheduler_1",
			"score_evaluations",
		]);
	});
});

describe("busyness and conflicts", () => {
	test("by scheduler, and of all added up", async () => {
		expect(await summarise(CONFLICTS)).toMatchObject({
			busyness: 180 / 200,
			busyness_useful: 80 / 200,
			busyness_wasted: 100 / 200,
			busyness_vain: 0,
			"busyness.scheduler_scheduler_0": 30 / 200,
			"busyness.scheduler_scheduler_1": 150 / 200,
			"busyness_wasted.scheduler_scheduler_1": 100 / 200,
			transactions: 6,
			"transactions.scheduler_scheduler_1": 3,
			attempts_conflicted: 2,
			// 2 conflicted for 4 successful transactions; of b's scheduler for 1.
			conflict_fraction: 2 / 4,
			"conflict_fraction.scheduler_scheduler_0": 0,
			"conflict_fraction.scheduler_scheduler_1": 2,
			conflicts_per_transaction: 2 / 6,
			jobs_conflicted: 1,
			// Too short for half a day: the values of what there is.
			busyness_daily_median: 180 / 200,
			busyness_daily_mad: 0,
			"conflict_fraction_daily_median.scheduler_scheduler_1": 2,
			think_time_mean_us: (10 + 50 + 50 + 50 + 10 + 10) / 6,
			think_time_max_us: 50,
			job_wait_first_attempt_max_us: 0,
			// 10, 10, 10 and 150.
			job_wait_full_placement_mean_us: 180 / 4,
			job_wait_full_placement_p50_us: 10,
			job_wait_full_placement_max_us: 150,
		});
	});

	test("of an entry with replicas: the busyness of one of them, on average", async () => {
		const seen = ({ architecture }: Simulation) => ({
			processes: architecture.processes.map(({ open }, i) => ({ options: { name: `main-${i}`, entry: "main" }, open })),
		});
		const summary = await summarise({ ...CONFLICTS, seen });
		expect(summary).toMatchObject({
			busyness: 180 / 200,
			"busyness.scheduler_main": 180 / 200 / 2,
			"conflict_fraction.scheduler_main": 2 / 4,
			"transactions.scheduler_main": 6,
		});
		expect(Object.keys(summary).filter((name) => name.startsWith("busyness."))).toEqual(["busyness.scheduler_main"]);
	});

	test("after a warm-up: the time after it, whatever is decided, and the jobs submitted after it", async () => {
		// 20 - 150 of b, 40 - 50 of c, 80 - 90 of d in 180 us; transactions of c and d.
		expect(await summarise({ ...CONFLICTS, warmupUs: 20 })).toMatchObject({
			busyness: 150 / 180,
			"busyness.scheduler_scheduler_1": 130 / 180,
			transactions: 2,
			conflict_fraction: 0,
			jobs_conflicted: 0,
			job_wait_full_placement_mean_us: 10,
		});
	});

	test("a scheduler without work is not busy, and has no conflict fraction", async () => {
		const summary = await summarise({ ...CONFLICTS, jobs: [] });
		expect(summary).toMatchObject({ busyness: 0, "busyness.scheduler_scheduler_1": 0, transactions: 0, saturated: 0 });
		expect(summary["conflict_fraction"]).toBeUndefined();
		expect(summary["conflicts_per_transaction.scheduler_scheduler_1"]).toBeUndefined();
	});
});

describe("daily values", () => {
	test("median and median absolute deviation of the busyness, over days of which half was seen", async () => {
		// 2, 5 and 3 hours of the first days, 6 of the 6 hours of the fourth, which is too short: 2 [3] 5, deviations 0 [1] 2.
		const perDay = [2, 5, 3, 6];
		const jobs = perDay.flatMap((count, day) =>
			Array.from({ length: count }, (_, i) => job(`d${day}-${i}`, { timeUs: day * DAY })),
		);
		const options = { nodes: [node("n")], jobs, perJobUs: HOUR, endUs: 3 * DAY + 6 * HOUR };
		expect(await summarise(options)).toMatchObject({
			busyness: 16 / 78,
			busyness_daily_median: 3 / 24,
			busyness_daily_mad: expect.closeTo(1 / 24, 12),
			"busyness_daily_median.scheduler_scheduler_0": 3 / 24,
		});
		// Of the second day 12 of 24 hours are left, and none of its busy ones: 0 [0 / 12 and 3 / 24 have 1.5 / 24 between them].
		expect(await summarise({ ...options, warmupUs: 1.5 * DAY })).toMatchObject({
			busyness: 9 / 42,
			busyness_daily_median: 1.5 / 24,
			busyness_daily_mad: 1.5 / 24,
		});
	});

	test("of the conflict fraction, over days with a transaction", async () => {
		// Jobs of one instant change the same node: of two, one conflicts once; of three, the second once, the third twice.
		const names = { 0: ["p0", "p1"], 2: ["p0", "p0"], 3: ["p0", "p1", "p2"] };
		const jobs = Object.entries(names).flatMap(([day, processes]) =>
			processes.map((p, i) => job(`${p}-${day}-${i}`, { timeUs: Number(day) * DAY + 1, durationUs: HOUR })),
		);
		const summary = await summarise({
			nodes: [node("n")],
			jobs,
			architecture: routedByName({ conflict: "node-version" }),
			replicas: 3,
			perJobUs: 10,
			endUs: 4 * DAY,
		});
		// 1 / 2, nothing, 0 / 2 and 3 / 3: 0 [0.5] 1, deviations 0 [0.5] 0.5. Over all days 4 of 7.
		expect(summary).toMatchObject({
			conflict_fraction: 4 / 7,
			conflict_fraction_daily_median: 0.5,
			conflict_fraction_daily_mad: 0.5,
		});
	});
});

describe("waits of jobs", () => {
	const pod = (className: string, cpu = 1000) => podArrival({ ...FOR_EVER, cpu, facts: { className } });

	test("by class; jobs that nobody got to, and jobs without a place for all pods, count with their wait so far", async () => {
		// a: decided 0 - 40. b: 40 - 80, 3 of 4 pods placed. c comes at 50, is decided 80 - 120 and given nothing. d is begun at 120.
		const summary = await summarise({
			nodes: [node("n")],
			jobs: [
				job("a", { pods: [pod("batch")] }),
				job("b", { pods: Array.from({ length: 4 }, () => pod("batch")) }),
				job("c", { timeUs: 50, pods: [pod("service")] }),
				job("d", { timeUs: 60, pods: [pod("service")] }),
				job("e", { timeUs: 70, pods: [pod("service")] }),
			],
			perJobUs: 40,
			endUs: 150,
		});
		expect(summary).toMatchObject({
			// 0, 40, 80 - 50, 120 - 60, 150 - 70.
			job_wait_first_attempt_mean_us: (0 + 40 + 30 + 60 + 80) / 5,
			job_wait_first_attempt_max_us: 80,
			"job_wait_first_attempt_mean_us.class_batch": 20,
			"job_wait_first_attempt_max_us.class_service": 80,
			// 40, then 150, 100, 90 and 80 so far.
			job_wait_full_placement_mean_us: (40 + 150 + 100 + 90 + 80) / 5,
			"job_wait_full_placement_p50_us.class_service": 90,
			"think_time_mean_us.class_batch": 40,
			"busyness.class_batch": 80 / 150,
			// c's 40 in vain, d's 30 until the end.
			"busyness.class_service": 70 / 150,
			"busyness_vain.class_service": 40 / 150,
			"attempts_unschedulable.class_service": 1,
			attempts_unschedulable: 1,
		});
	});

	test("jobs given up count until then, and are counted", async () => {
		const summary = await summarise({
			nodes: [node("n")],
			jobs: [job("huge", { cpu: 9000, timeUs: 3 })],
			perJobUs: 10,
			queue: {
				discipline: "skip",
				backoff: { initialUs: 0, maxUs: 0 },
				retry: { place: "own", afterConflictUs: 0, afterNoRoomUs: 5 },
				giveUp: { attempts: Number.POSITIVE_INFINITY, vainAttempts: 2 },
			},
			endUs: 100,
		});
		// 3 - 13 and 18 - 28.
		expect(summary).toMatchObject({
			jobs_abandoned: 1,
			"jobs_abandoned.scheduler_scheduler_0": 1,
			job_wait_full_placement_max_us: 25,
			job_wait_first_attempt_max_us: 0,
		});
	});
});

test("locked resources, weighted by time; nothing is said of them where nothing is ever locked", async () => {
	// 2000 of 4000 milli-cpu from the second reading at 40 until the fifth at 160.
	let readings = 0;
	const locked = (resource: number) => (resource === CPU && readings >= 2 && readings < 5 ? 2000 : 0);
	const options: Watched = { nodes: [node("n")], endUs: 200, readLocksEveryUs: 40 };
	const seen: Watched["seen"] = ({ architecture }) => {
		readings++;
		return { processes: architecture.processes, locked };
	};
	const summary = await summarise({ ...options, seen });
	expect([summary["cpu_locked"], summary["memory_locked"]]).toEqual([(2000 * 120) / (4000 * 200), 0]);
	expect((await summarise(options))["cpu_locked"]).toBeUndefined();
});
