/**
 * pai: job lists of the simulator that Alibaba published with its GPU trace of 2020 (cluster-trace-gpu-v2020/simulator; Weng et al.,
 * "MLaaS in the Wild", NSDI 2022): jobs with GPUs in fractions, gangs, and estimates of how long they run. The queue policies that
 * they were made for are orders of the waiting room (`spec.scheduling.queue.order`).
 *
 * GPUs are one amount, `alibaba.com/gpu-percent`, as in that simulator, where a job may have any fractions that are idle on a node.
 *
 * Divergence from PAI: which jobs are sampled, and in which order, is read from a file instead of drawn; the type of GPU is not
 * looked at, as there by default.
 */
import { z } from "zod";
import type { Definition } from "../../objects/definition.js";
import { InputError } from "../../objects/input-error.js";
import type { ImportReport, JobArrival, OpenedTrace } from "../arrivals.js";
import { inputPath } from "../inputs.js";
import { BATCH_JOBS } from "../merge.js";
import { at, csvRows } from "./csv.js";
import { arrivalsOf, type PaiArrival, PaiJobs, paiNode, sampled } from "./pai-jobs.js";
import { JOB_COLUMNS, type PaiRow, paiRow, SAMPLE_COLUMNS, type SampleRow, sampleRow } from "./pai-rows.js";

/** Parameters of the pai format; paths are relative to the file that names them. */
export const paiParams = z
	.strictObject({
		jobs: z.string().describe("job list, columns job_id, user, num_gpu, ... of Alibaba's simulator"),
		sample: z
			.string()
			.describe("jobs to take and when they arrive, columns arrival_s, job_id; without it all jobs")
			.optional(),
		jobsPerMinute: z
			.int()
			.positive()
			.describe("so many jobs arrive at each full minute, in order of submission; without it at their submit times")
			.optional(),
		gpus: z
			.int()
			.positive()
			.describe("cluster: one node with so many GPUs and 23.22 cores for each, to which larger requests are cut")
			.optional(),
	})
	.refine(({ sample, jobsPerMinute }) => sample === undefined || jobsPerMinute === undefined, {
		path: ["jobsPerMinute"],
		error: "a sample says itself when its jobs arrive: leave one of them out",
	});

export type PaiParams = z.output<typeof paiParams>;

/** The trace format `pai`. */
export const paiFormat: Definition<PaiParams, OpenedTrace, { readonly baseDirs: readonly string[] }> = {
	name: "pai",
	summary:
		"Job lists of the simulator with Alibaba's GPU trace of 2020 (PAI): fractional GPUs, gangs, estimated run times",
	params: paiParams,
	create: (params, { baseDirs }) => openTrace(params, baseDirs),
};

function openTrace({ jobs, sample, jobsPerMinute, gpus }: PaiParams, baseDirs: readonly string[]): OpenedTrace {
	const jobFile = inputPath(jobs, baseDirs);
	const sampleFile = sample === undefined ? null : inputPath(sample, baseDirs);
	// Once is enough: the lists are short, and later readings need the same.
	let reading: Promise<readonly PaiArrival[]> | null = null;
	const read = async () => {
		const rows = await readJobs(jobFile);
		if (sampleFile === null) return arrivalsOf(rows, jobsPerMinute);
		return sampled(rows, await readSample(sampleFile), sampleFile);
	};
	return {
		files: [jobFile, ...(sampleFile === null ? [] : [sampleFile])],
		nodes: async () => (gpus === undefined ? [] : [paiNode(gpus)]),
		async *jobs(report) {
			reading ??= read();
			yield* batchesOf(await reading, new PaiJobs(gpus), jobFile, report);
		},
	};
}

function* batchesOf(
	arrivals: readonly PaiArrival[],
	make: PaiJobs,
	file: string,
	report: ImportReport,
): Generator<readonly JobArrival[]> {
	for (let from = 0; from < arrivals.length; from += BATCH_JOBS) {
		const batch = arrivals.slice(from, from + BATCH_JOBS);
		for (const { row } of batch)
			if (make.isCut(row))
				report.count(file, "asks for more than the cluster has: cut", "repaired", `${file}:${row.line} job ${row.id}`);
		yield batch.map((arrival) => make.job(arrival));
	}
}

async function readJobs(file: string): Promise<readonly PaiRow[]> {
	const found: PaiRow[] = [];
	const lines = new Map<number, number>();
	for await (const { rows } of csvRows(file, [JOB_COLUMNS])) {
		for (const csv of rows) {
			const row = paiRow(file, csv);
			const first = lines.get(row.id);
			if (first !== undefined)
				throw new InputError(
					`job_id: ${row.id} is the number of two jobs; the first is in line ${first}`,
					at(file, csv.line),
				);
			lines.set(row.id, csv.line);
			found.push(row);
		}
	}
	return found;
}

async function readSample(file: string): Promise<readonly SampleRow[]> {
	const found: SampleRow[] = [];
	for await (const { rows } of csvRows(file, [SAMPLE_COLUMNS])) found.push(...rows.map((row) => sampleRow(file, row)));
	return found;
}
