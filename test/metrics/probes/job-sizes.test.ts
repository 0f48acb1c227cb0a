import { expect, test } from "vitest";
import { jobSizesProbe } from "../../../src/metrics/probes/job-sizes.js";
import { MemorySink } from "../../../src/metrics/sinks/memory.js";
import { cellOf, type JobOptions, job } from "../../support/cells.js";

test("jobs by the CPU time that they ask for: pods x cpu x run time, in buckets of 2^(1/32), by class", () => {
	const sink = new MemorySink();
	const cell = cellOf([]);
	const probe = jobSizesProbe(cell, sink);
	const submit = (className: string, options: JobOptions) =>
		cell.submit(job(`${cell.jobsSubmitted}`, { facts: { className }, ...options }));
	submit("mice", { cpu: 500, durationUs: 8e6 }); // 0.5 x 8 s = 4
	submit("mice", { cpu: 1000, durationUs: 4e6 }); // 4
	submit("mice", { cpu: 1000, durationUs: 4.05e6 }); // below 4 x 2^(1/32) = 4.0876
	submit("mice", { cpu: 1000, durationUs: 4.1e6 });
	submit("hogs", { cpu: 2000, durationUs: 32e6, pods: 2 }); // 2 x 2 x 32 s = 128
	submit("hogs", { durationUs: Number.POSITIVE_INFINITY });
	submit("hogs", { cpu: 0, durationUs: Number.POSITIVE_INFINITY });
	probe.finish(0);
	expect(sink.rows("job_sizes")).toEqual([
		{ class: "hogs", from_cpu_seconds: 128, jobs: 1, cpu_seconds: 128, cpu_seconds_squared: 16_384 },
		{ class: "mice", from_cpu_seconds: 4, jobs: 3, cpu_seconds: 12.05, cpu_seconds_squared: 48.4025 },
		{ class: "mice", from_cpu_seconds: 2 ** (65 / 32), jobs: 1, cpu_seconds: 4.1, cpu_seconds_squared: 4.1 * 4.1 },
	]);
});
