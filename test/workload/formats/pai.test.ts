/** The trace format `pai`, on invented jobs: four instances of 1 GPU in a gang, a job without GPUs, one of more GPUs than there are. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImportReport, type JobArrival } from "../../../src/workload/arrivals.js";
import { paiFormat } from "../../../src/workload/formats/pai.js";
import { toEven } from "../../../src/workload/formats/pai-rows.js";

const FIXTURES = fileURLToPath(new URL("../../fixtures/pai/", import.meta.url));
const HEADER = "job_id,user,num_gpu,num_cpu,submit_time,duration,num_inst,gpu_type,user_dur,group_dur,group_gpu_dur";

let temp = "";
beforeAll(async () => {
	temp = await mkdtemp(join(tmpdir(), "cellsim-pai-"));
});
afterAll(() => rm(temp, { recursive: true }));

async function read(params: object) {
	const trace = paiFormat.create(paiFormat.params!.parse(params), { baseDirs: [FIXTURES] });
	const report = new ImportReport();
	const jobs: JobArrival[] = [];
	for await (const batch of trace.jobs(report)) jobs.push(...batch);
	return { jobs, nodes: await trace.nodes(report), report: report.rows };
}

/** What reading a list of these rows complains about, without the folder. */
async function complaint(rows: string, sample?: string): Promise<string> {
	await writeFile(join(temp, "jobs.csv"), `${HEADER}\n${rows}\n`);
	const params: Record<string, string> = { jobs: join(temp, "jobs.csv") };
	if (sample !== undefined) {
		params["sample"] = join(temp, "sample.csv");
		await writeFile(params["sample"], `arrival_s,job_id\n${sample}\n`);
	}
	try {
		await read(params);
	} catch (error) {
		const { message, position } = error as Error & { position: { file: string; line: number } };
		return `${position.file.slice(temp.length + 1)}:${position.line}: ${message}`;
	}
	return "nothing";
}

describe("jobs", () => {
	test("arrive at their submit times, in order of their numbers at one time", async () => {
		const { jobs } = await read({ jobs: "jobs.csv" });
		expect(jobs.map(({ timeUs, name }) => [timeUs / 1e6, name])).toEqual([
			[10, "job-12"],
			[30, "job-10"],
			[30, "job-11"],
			[30, "job-13"],
		]);
	});

	test("or so many a minute: jobs 0 and 1 in minute 0, 2 and 3 in minute 1", async () => {
		const { jobs } = await read({ jobs: "jobs.csv", jobsPerMinute: 2 });
		expect(jobs.map(({ timeUs }) => timeUs / 1e6)).toEqual([0, 0, 60, 60]);
	});

	test("or as a sample says", async () => {
		const { jobs } = await read({ jobs: "jobs.csv", sample: "sample.csv" });
		expect(jobs.map(({ timeUs, name }) => [timeUs / 1e6, name])).toEqual([
			[0, "job-12"],
			[60, "job-11"],
			[60, "job-13"],
		]);
	});

	test("have what their rows say for one instance: 0.5 GPU is 50 percent, 4.0 cores 4000 milli, 45.5 s 45,500,000 us", async () => {
		const { jobs } = await read({ jobs: "jobs.csv" });
		const [gang, , plain, bare] = jobs;
		expect(plain).toMatchObject({
			gang: false,
			estimates: { user: 60_000_000, group: 45_500_000, "group-gpu": 40_250_000 },
			pods: [
				{
					durationUs: 90_000_000,
					spec: { requests: { cpu: 4000, "alibaba.com/gpu-percent": 50 }, gpu: null, facts: { namespace: "ann" } },
				},
			],
		});
		expect([gang!.gang, gang!.pods.length, gang!.pods[0]!.durationUs]).toEqual([true, 4, 600_000_000]);
		expect([bare!.pods.length, bare!.pods[0]!.durationUs, bare!.estimates]).toEqual([
			1,
			1_000_000,
			{ user: 60_000_000 },
		]);
		expect(bare!.pods[0]!.spec.requests).toEqual({ cpu: 2500 });
	});

	test("ask for no more than a cluster of 4 GPUs and round(92.88) cores has, where there is one", async () => {
		const { jobs, nodes, report } = await read({ jobs: "jobs.csv", gpus: 4 });
		expect(nodes.map(({ allocatable }) => allocatable)).toEqual([
			{ cpu: 93_000, "alibaba.com/gpu-percent": 400, pods: 1_000_000 },
		]);
		expect(jobs[1]!.pods[0]!.spec.requests).toEqual({ cpu: 1000, "alibaba.com/gpu-percent": 400 });
		expect(report).toEqual([
			{
				rule: "asks for more than the cluster has: cut",
				source: join(FIXTURES, "jobs.csv"),
				action: "repaired",
				rows: 1,
				example: `${join(FIXTURES, "jobs.csv")}:5 job 10`,
			},
		]);
	});

	test("have amounts rounded to percents, a half to the even one", () => {
		expect([0.4, 0.5, 1.5, 2.5, 2.51].map(toEven)).toEqual([0, 0, 2, 2, 3]);
	});
});

describe("mistakes", () => {
	test.each([
		["x,ann,1,1,0,10,1,T4,1,1,1", "jobs.csv:2: job_id: 'x' is not a whole number of 0 or more (below 2^53)"],
		["1,ann,-1,1,0,10,1,T4,1,1,1", "jobs.csv:2: num_gpu: '-1' is not a number of 0 or more (90071992 at most)"],
		["1,ann,1,1,0,,1,T4,1,1,1", "jobs.csv:2: duration: '' is not a number of 0 or more (90071992 at most)"],
		["1,ann,1,1,0,10,0,T4,1,1,1", "jobs.csv:2: num_inst: '0': a job has one instance at least"],
		[
			"1,ann,1,1,0,10,1,T4,1,1,soon",
			"jobs.csv:2: group_gpu_dur: 'soon' is not a number of 0 or more (90071992 at most)",
		],
		[
			"1,ann,1,1,0,10,1,T4,1,1,1\n1,bob,1,1,0,10,1,T4,1,1,1",
			"jobs.csv:3: job_id: 1 is the number of two jobs; the first is in line 2",
		],
	])("in the row %j", async (rows, expected) => {
		expect(await complaint(rows)).toBe(expected);
	});

	test("a sample takes a job that there is, once", async () => {
		const row = "1,ann,1,1,0,10,1,T4,1,1,1";
		expect(await complaint(row, "0,2")).toBe("sample.csv:2: job_id: there is no job 2 to take, or it was taken before");
		expect(await complaint(row, "0,1\n60,1")).toBe(
			"sample.csv:3: job_id: there is no job 1 to take, or it was taken before",
		);
	});

	test("a sample and a rate are one too many", () => {
		const { error } = paiFormat.params!.safeParse({ jobs: "a", sample: "b", jobsPerMinute: 1 });
		expect(error!.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([
			"jobsPerMinute: a sample says itself when its jobs arrive: leave one of them out",
		]);
	});
});
