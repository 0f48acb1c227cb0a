import { describe, expect, test } from "vitest";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import { job, node, podArrival } from "../support/cells.js";
import { routedByName, type SimulateOptions, simulate } from "../support/simulations.js";

async function summarise(options: SimulateOptions & { readonly warmupUs?: number }): Promise<RunSummary> {
	let probe: SummaryProbe | null = null;
	const { endedUs } = await simulate({
		...options,
		observers: [
			(_engine, cell) => {
				probe = new SummaryProbe(cell, options.warmupUs ?? 0);
			},
		],
	});
	return probe!.result(endedUs);
}

/** Metrics whose names begin so, but for those of single schedulers, which are those of all here. */
function those(summary: RunSummary, ...beginnings: string[]): Record<string, number> {
	const wanted = (name: string) => beginnings.some((b) => name.startsWith(b)) && !name.includes(".scheduler_");
	return Object.fromEntries(Object.entries(summary).filter(([name]) => wanted(name)));
}

// a runs 0 - 100 with 2000 milli-cpu; of b's pods of 1500 one runs 20 - 70, the other has to wait for it and runs 70 - 120.
const RUN: SimulateOptions = {
	nodes: [node("n")],
	jobs: [
		job("a", { cpu: 2000, memory: 250, durationUs: 100 }),
		job("b", { timeUs: 20, pods: 2, cpu: 1500, memory: 100, durationUs: 50 }),
	],
	endUs: 200,
};

describe("the summary of a small run", () => {
	test("counts pods, jobs and attempts", async () => {
		expect(those(await summarise(RUN), "pods_", "jobs_", "attempts", "conflicts", "rejections", "makespan")).toEqual({
			pods_submitted: 3,
			pods_succeeded: 3,
			pods_failed: 0,
			pods_abandoned: 0,
			pods_deleted: 0,
			pods_unscheduled: 0,
			pods_requeued: 0,
			jobs_submitted: 2,
			jobs_finished: 2,
			jobs_conflicted: 0,
			jobs_abandoned: 0,
			attempts: 3,
			attempts_unschedulable: 0,
			attempts_conflicted: 0,
			conflicts: 0,
			conflicts_per_transaction: 0,
			"rejections.insufficient_cpu": 1,
			makespan_us: 120,
		});
	});

	test("tells how long pods waited, and jobs until they ran in full", async () => {
		// Pods waited 0, 0, 50: ranks ceil(1.5) = 2, ceil(2.7) = 3. Jobs 0, 50: ranks 1, 2.
		expect(those(await summarise(RUN), "pending_time", "job_full_start")).toEqual({
			pending_time_mean_us: 50 / 3,
			pending_time_p50_us: 0,
			pending_time_p90_us: 50,
			pending_time_p99_us: 50,
			pending_time_max_us: 50,
			"pending_time_mean_us.priority_0": 50 / 3,
			"pending_time_p50_us.priority_0": 0,
			"pending_time_p90_us.priority_0": 50,
			"pending_time_p99_us.priority_0": 50,
			"pending_time_max_us.priority_0": 50,
			job_full_start_time_mean_us: 25,
			job_full_start_time_p50_us: 0,
			job_full_start_time_p90_us: 50,
			job_full_start_time_p99_us: 50,
			job_full_start_time_max_us: 50,
		});
	});

	test("weighs the levels by time", async () => {
		const summary = await summarise(RUN);
		// cpu: 2000 x 100 + 1500 x 50 + 1500 x 50 of 4000 x 200.
		expect(summary["cpu_allocation"]).toBeCloseTo(350_000 / 800_000, 12);
		// memory: 250 x 100 + 100 x 100 of 1000 x 200.
		expect(summary["memory_allocation"]).toBeCloseTo(35_000 / 200_000, 12);
		// Memory beyond the free share of cpu: 0 - 20: 750 - 0.5 x 1000; 20 - 100: 650 - 0.125 x 1000; 100 - 120: 900 - 0.625 x 1000.
		expect(summary["memory_stranded"]).toBeCloseTo((20 * 250 + 80 * 525 + 20 * 275) / 200_000, 12);
		expect(summary["cpu_stranded"]).toBe(0);
		expect(those(summary, "gpu_")).toEqual({});
	});

	test("uses what pods use, not what they ask for, for utilisation", async () => {
		const half = { ...podArrival({ cpu: 2000, durationUs: 100 }), cpuUsageFraction: 0.25, memoryUsageFraction: 2 };
		const summary = await summarise({
			nodes: [node("n")],
			jobs: [job("a", { pods: [half] })],
			startDelayUs: 100,
			endUs: 200,
		});
		// Runs 100 - 200: 2000 x 0.25 x 100 of 4000 x 200; requested from 0 on.
		expect(summary["cpu_utilization"]).toBeCloseTo(50_000 / 800_000, 12);
		expect(summary["memory_utilization"]).toBeCloseTo((100 * 2 * 100) / 200_000, 12);
		expect(summary["cpu_allocation"]).toBeCloseTo(0.5, 12);
	});
});

describe("a warm-up", () => {
	test("leaves out the pods and jobs submitted in it, and the levels before its end", async () => {
		const summary = await summarise({ ...RUN, warmupUs: 20 });
		expect(those(summary, "pods_s", "pods_u", "jobs_")).toEqual({
			pods_submitted: 2,
			pods_succeeded: 2,
			pods_unscheduled: 0,
			jobs_submitted: 1,
			jobs_finished: 1,
			jobs_conflicted: 0,
			jobs_abandoned: 0,
		});
		expect([summary["pending_time_mean_us"], summary["job_full_start_time_mean_us"]]).toEqual([25, 50]);
		// a still runs 20 - 100: 2000 x 80 + 1500 x 100 of 4000 x 180.
		expect(summary["cpu_allocation"]).toBeCloseTo(310_000 / 720_000, 12);
	});

	test("that swallows the run leaves nothing to divide by", async () => {
		const summary = await summarise({ ...RUN, warmupUs: 500 });
		expect(those(summary, "cpu_", "memory_", "pending_time")).toEqual({});
	});
});

describe("what goes wrong is counted", () => {
	test("pods that never got a node, with the time they have waited so far", async () => {
		const summary = await summarise({ ...RUN, jobs: [job("huge", { timeUs: 50, pods: 2, cpu: 9000 })] });
		expect(those(summary, "pods_un", "attempts", "rejections", "jobs_")).toEqual({
			pods_unscheduled: 2,
			jobs_submitted: 1,
			jobs_finished: 0,
			jobs_conflicted: 0,
			jobs_abandoned: 0,
			attempts: 1,
			attempts_unschedulable: 1,
			attempts_conflicted: 0,
			"rejections.insufficient_cpu": 1,
		});
		expect([summary["pending_time_mean_us"], summary["makespan_us"]]).toEqual([150, undefined]);
	});

	test("failed, lost, deleted and requeued pods", async () => {
		const jobs = [
			job("fails", { durationUs: 10, exit: "failed" }),
			job("is-lost", { durationUs: 100 }),
			job("is-deleted", { durationUs: 100 }),
		];
		const faults = [
			{ atUs: 20, action: "delete" as const, selects: ({ name }: { name: string }) => name === "is-deleted-0" },
			{ atUs: 30, action: "fail" as const, selects: () => true },
		];
		const lost = await summarise({ ...RUN, jobs, faults, onLoss: "fail" });
		expect(those(lost, "pods_")).toMatchObject({
			pods_succeeded: 0,
			pods_failed: 2,
			pods_deleted: 1,
			pods_requeued: 0,
		});
		// The node is away from 30 on: 2000, then 1000 milli-cpu of 4000, over 30 of 200 us.
		expect(lost["cpu_allocation"]).toBeCloseTo((3000 * 10 + 2000 * 10 + 1000 * 10) / (4000 * 30), 12);
		const requeued = await summarise({ ...RUN, jobs, faults });
		expect(those(requeued, "pods_")).toMatchObject({
			pods_failed: 1,
			pods_deleted: 1,
			pods_requeued: 1,
			pods_unscheduled: 0,
		});
		expect(requeued["pending_time_max_us"]).toBe(0);
	});

	test("conflicts, and the attempts that had any", async () => {
		const summary = await summarise({
			nodes: [node("n", { cpu: 2000 })],
			jobs: [job("p0-a", { pods: 2, durationUs: 5 }), job("p1-b", { pods: 2, durationUs: 5 })],
			architecture: routedByName(),
			replicas: 2,
			perJobUs: 10,
		});
		// Both decide at 0 that the room for two is theirs: at 10 both pods of b conflict.
		expect(those(summary, "conflicts", "attempts_conf")).toEqual({
			conflicts: 2,
			"conflicts.no_longer_fits": 2,
			attempts_conflicted: 1,
			conflicts_per_transaction: 1 / 3,
		});
	});

	test("by priority and by class", async () => {
		const pod = (priority: number, className: string) =>
			podArrival({ cpu: 4000, facts: { priority, className }, durationUs: 10 });
		const jobs = [job("a", { pods: [pod(0, "Best Effort")] }), job("b", { pods: [pod(5, "prod")] })];
		const summary = await summarise({ nodes: [node("n")], jobs });
		// b goes first; a waits for 10.
		expect(those(summary, "pending_time_max_us")).toEqual({
			pending_time_max_us: 10,
			"pending_time_max_us.priority_0": 10,
			"pending_time_max_us.priority_5": 0,
			"pending_time_max_us.class_best_effort": 10,
			"pending_time_max_us.class_prod": 0,
		});
	});
});
