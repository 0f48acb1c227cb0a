import type { Cell } from "../../cell/cell.js";
import { DAY } from "../../engine/time.js";
import { DailyWaits, type WaitFigures } from "../daily-waits.js";
import { conflictFraction, conflictsPerTransaction, type DayCounts, totalOf } from "../day-counts.js";
import type { ObservedScheduling } from "../observed-scheduling.js";
import { type Lane, SchedulerDays } from "../scheduler-days.js";
import { type ColumnSpec, type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const SPEC: TableSpec = {
	name: "schedulers",
	description:
		"One row per scheduler process, class of jobs and day, and one over all classes; written at the end of the run",
	columns: [
		{
			name: "day",
			type: "int32",
			description: "Day of simulated time, from 0; it ends with the events of its midnight",
		},
		{ name: "begin_time_us", type: "int64", unit: "us", description: "Begin of the day" },
		{ name: "end_time_us", type: "int64", unit: "us", description: "End of the day, or of the run if that is earlier" },
		{ name: "scheduler", type: "int32", description: "Index of the scheduler process" },
		{ name: "name", type: "utf8", description: "Name of the scheduler process" },
		{ name: "entry", type: "utf8", description: "Entry of the experiment file that it is a replica of" },
		{ name: "class", type: "utf8", nullable: true, description: "Class of jobs, empty if none; null: all classes" },
		time("busy_time_us", "Time spent deciding, split at midnight; decisions under way at the end of the run included"),
		time("busy_useful_time_us", "Of it, decisions without a conflict that placed a pod at least"),
		time("busy_wasted_time_us", "Of it, decisions with a conflict, even if only one of many placements conflicted"),
		time("busy_vain_time_us", "Of it, decisions that placed nothing for want of room"),
		share("busyness", "Time spent deciding over the length of the day; the paper's busyness"),
		count("jobs_submitted", "Jobs submitted to it"),
		count("jobs_first_attempted", "Jobs whose first attempt was settled"),
		...wait("job_wait_first_attempt", "From submission to the begin of the first attempt"),
		count("jobs_placed", "Jobs of which the last pod was placed"),
		...wait("job_wait_full_placement", "From submission to the placement of the last pod"),
		count("attempts", "Attempts settled"),
		count("attempts_unschedulable", "Attempts that found no node for any pod"),
		count("transactions", "Attempts that asked for one placement at least"),
		count("transactions_successful", "Transactions without a conflict"),
		count("transactions_conflicted", "Transactions with a conflict"),
		share("conflict_fraction", "Conflicted over successful transactions; the paper's conflict fraction, may exceed 1"),
		share("conflicts_per_transaction", "Conflicted over all transactions"),
		count("pods_placed", "Pods placed"),
		count("pods_conflicted", "Placements that conflicted"),
		count("jobs_conflicted", "Jobs with their first conflict"),
		count("jobs_abandoned", "Jobs given up"),
		count("jobs_waiting", "Jobs with pods that wait for a node, at the end of the day"),
	],
};

export function schedulersProbe(cell: Cell, sink: MetricSink, scheduling: () => ObservedScheduling): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const [first, full] = [new DailyWaits(), new DailyWaits()];
	const days = new SchedulerDays(cell, 0, {
		firstAttempted: (lane, _job, waitUs) => first.add(lane, waitUs),
		placed: (lane, _job, waitUs) => full.add(lane, waitUs),
		dayEnded() {
			first.endDay();
			full.endDay();
		},
	});
	cell.watch(days);
	return {
		finish(endUs) {
			const { processes } = scheduling();
			days.finish(endUs, processes);
			const count = Math.max(processes.length, ...days.lanes.map(({ process }) => process + 1));
			for (let day = 0; day === 0 || day * DAY < endUs; day++) {
				for (let process = 0; process < count; process++) {
					const { name, entry } = processes[process]?.options ?? { name: String(process), entry: String(process) };
					const span = [day * DAY, Math.min((day + 1) * DAY, endUs)] as const;
					const lanes = days.lanes.filter((lane) => lane.process === process).sort(byClass);
					const write = (className: string | null, counts: DayCounts, waits: readonly [WaitFigures, WaitFigures]) =>
						table.row(day, ...span, process, name, entry, className, ...cellsOf(counts, span, waits));
					const all = totalOf(lanes.map((lane) => lane.days[day]!));
					write(null, all, [first.ofProcess(day, process), full.ofProcess(day, process)]);
					for (const lane of lanes) write(lane.className, lane.days[day]!, [first.of(day, lane), full.of(day, lane)]);
				}
			}
			table.flush();
		},
	};
}

function cellsOf(
	counts: DayCounts,
	[beginUs, endUs]: readonly [number, number],
	[first, full]: readonly [WaitFigures, WaitFigures],
): readonly number[] {
	const { transactions, transactionsConflicted } = counts;
	return [
		counts.busyUs,
		counts.usefulUs,
		counts.wastedUs,
		counts.vainUs,
		counts.busyUs / (endUs - beginUs),
		counts.jobsSubmitted,
		counts.jobsFirstAttempted,
		...first,
		counts.jobsPlaced,
		...full,
		counts.attempts,
		counts.attemptsUnschedulable,
		transactions,
		transactions - transactionsConflicted,
		transactionsConflicted,
		conflictFraction(counts),
		conflictsPerTransaction(counts),
		counts.podsPlaced,
		counts.podsConflicted,
		counts.jobsConflicted,
		counts.jobsAbandoned,
		counts.jobsWaiting,
	];
}

function byClass(a: Lane, b: Lane): number {
	return a.className < b.className ? -1 : 1;
}

function count(name: string, description: string): ColumnSpec {
	return { name, type: "int64", description };
}

function time(name: string, description: string): ColumnSpec {
	return { name, type: "int64", unit: "us", description };
}

function share(name: string, description: string): ColumnSpec {
	return { name, type: "float64", unit: "1", nullable: true, description };
}

function wait(name: string, description: string): readonly ColumnSpec[] {
	const column = (figure: string, of: string): ColumnSpec => ({
		name: `${name}_${figure}_us`,
		type: figure === "mean" ? "float64" : "int64",
		unit: "us",
		nullable: true,
		description: `${description}: ${of}`,
	});
	return [
		column("mean", "mean"),
		column("p50", "median, within 0.8 %"),
		column("p90", "90 % quantile, within 0.8 %"),
		column("max", "maximum"),
	];
}
