import type { Cell } from "../../cell/cell.js";
import type { Job } from "../../cell/job.js";
import { CPU } from "../../objects/resources.js";
import { type MetricSink, type TableSpec, TableWriter } from "../table.js";
import type { TableProbe } from "./probe.js";

const SPEC: TableSpec = {
	name: "job_sizes",
	description:
		"How much CPU time jobs ask for, as a histogram: one row per class of jobs and bucket, written at the end of the run; jobs that never end by themselves are left out",
	columns: [
		{ name: "class", type: "utf8", description: "Workload class of the jobs; empty if none" },
		{ name: "from_cpu_seconds", type: "float64", description: "Smallest size in the bucket" },
		{ name: "jobs", type: "int64", description: "Jobs submitted with sizes from there up to 2^(1/32) of it" },
		{ name: "cpu_seconds", type: "float64", description: "Sum of their sizes" },
		{ name: "cpu_seconds_squared", type: "float64", description: "Sum of the squares of their sizes" },
	],
};

/** Buckets per power of two. */
const FINENESS = 32;

interface Bucket {
	readonly className: string;
	readonly index: number;
	jobs: number;
	sum: number;
	squares: number;
}

/** Memory does not grow with the number of jobs: a histogram tells of tails what no quantile shows. */
export function jobSizesProbe(cell: Cell, sink: MetricSink): TableProbe {
	const table = new TableWriter(SPEC, sink);
	const buckets = new Map<string, Bucket>();
	const sized = (job: Job) => {
		const seconds = cpuSecondsOf(cell, job);
		if (!(seconds > 0 && seconds < Number.POSITIVE_INFINITY)) return;
		const index = Math.floor(FINENESS * Math.log2(seconds));
		const key = `${index} ${job.className}`;
		let bucket = buckets.get(key);
		if (bucket === undefined) {
			bucket = { className: job.className, index, jobs: 0, sum: 0, squares: 0 };
			buckets.set(key, bucket);
		}
		bucket.jobs++;
		bucket.sum += seconds;
		bucket.squares += seconds * seconds;
	};
	cell.watch({ forgetsJobs: true, jobSubmitted: sized });
	return {
		finish() {
			const inOrder = [...buckets.values()].sort(
				(a, b) => (a.className === b.className ? 0 : a.className < b.className ? -1 : 1) || a.index - b.index,
			);
			for (const { className, index, jobs, sum, squares } of inOrder)
				table.row(className, 2 ** (index / FINENESS), jobs, sum, squares);
			table.flush();
		},
	};
}

/** What the pods of the job request, for as long as they would run. */
function cpuSecondsOf({ pods }: Cell, { pending }: Job): number {
	let milliMicroseconds = 0;
	for (const pod of pending) {
		const row = pods.row(pod);
		const cpu = pods.classes[row]!.request[CPU]!;
		// For ever times nothing is nothing.
		if (cpu > 0) milliMicroseconds += cpu * pods.durationUs[row]!;
	}
	return milliMicroseconds / 1e9;
}
