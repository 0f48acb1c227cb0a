import { existsSync } from "node:fs";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../../src/objects/input-error.js";
import { ImportReport, type JobArrival } from "../../../src/workload/arrivals.js";
import { type OpenbParams, openbFormat, openbParams } from "../../../src/workload/formats/openb.js";

const FIXTURES = fileURLToPath(new URL("../../fixtures/openb/", import.meta.url));
const REAL = fileURLToPath(new URL("../../../../shared/reference/openb/data/", import.meta.url));
const SECOND = 1_000_000;

type Input = Partial<Record<keyof OpenbParams, unknown>>;

async function read(params: Input, baseDirs = [FIXTURES]) {
	const trace = openbFormat.create(openbParams.parse(params), { baseDirs });
	const report = new ImportReport();
	const jobs: JobArrival[] = [];
	for await (const batch of trace.jobs(report)) jobs.push(...batch);
	return { jobs, nodes: await trace.nodes(report), report: report.rows };
}

function counts(report: ImportReport["rows"]): string[] {
	return report.map(
		({ action, rule, rows, example }) => `${action} ${rows}: ${rule} (${example.replace(/^.*\//, "")})`,
	);
}

/** `name time start+duration exit`, seconds. */
function lines(jobs: readonly JobArrival[]): string[] {
	return jobs.map((job) => {
		const pod = job.pods[0]!;
		const censored = pod.censored ? " censored" : "";
		return `${job.name} ${job.timeUs / SECOND} ${pod.observedStartUs / SECOND}+${pod.durationUs / SECOND} ${pod.exit}${censored}`;
	});
}

describe("nodes", () => {
	test("canonical units; a model without a card is ignored and counted", async () => {
		const { nodes, report } = await read({ nodes: "nodes.csv" });
		expect(nodes.map(({ name, labels, allocatable, gpu }) => ({ name, labels, allocatable, gpu }))).toEqual([
			// 65536 MiB = 64 GiB = 68719476736 bytes
			{ name: "node-a", labels: {}, allocatable: { cpu: 32_000, memory: 68_719_476_736, pods: 1001 }, gpu: null },
			{
				name: "node-b",
				labels: { "alibabacloud.com/gpu-card-model": "T4" },
				allocatable: { cpu: 96_000, memory: 137_438_953_472, pods: 1001 },
				gpu: { count: 4, model: "T4" },
			},
			{
				name: "node-c",
				labels: {},
				allocatable: { cpu: 64_000, memory: 137_438_953_472, pods: 1001 },
				gpu: { count: 2, model: "" },
			},
			{ name: "node-d", labels: {}, allocatable: { cpu: 16_000, memory: 34_359_738_368, pods: 1001 }, gpu: null },
		]);
		expect(counts(report)).toEqual(["repaired 1: card model on a node without GPU: ignored (nodes.csv:5 T4)"]);
	});
});

describe("timed replay", () => {
	test("arrival is creation, duration is deletion - scheduled; every rule is counted", async () => {
		const { jobs, report } = await read({ pods: "pods.csv" });
		expect(lines(jobs)).toEqual([
			"pod-01 0 5+495 succeeded",
			"pod-02 10 12+Infinity succeeded censored",
			"pod-03 20 20+40 failed",
			"pod-05 100 150+550 succeeded",
			"pod-06 400 410+Infinity succeeded censored",
			"pod-08 600 NaN+210 succeeded",
			// Failed at the trace's last instant: it ended.
			"pod-09 650 660+340 failed",
		]);
		expect(counts(report)).toEqual([
			"noted 1: last seen Running, deleted before the trace's end: ran until deleted (pods.csv:2 pod-01)",
			"noted 2: still running at the trace's end: runs for ever (pods.csv:3 pod-02)",
			"dropped 1: never scheduled in the original cluster (pods.csv:5 pod-04)",
			"repaired 1: card share or model of a pod without GPU: ignored (pods.csv:7 pod-06)",
			"dropped 1: deleted before it was scheduled (pods.csv:8 pod-07)",
			"repaired 1: scheduled before it was created: observed start left out (pods.csv:9 pod-08)",
		]);
	});

	test("requests, GPU and class; equal rows share one spec, equal qos one facts object", async () => {
		const { jobs } = await read({ pods: "pods.csv" });
		const [first, second, third, fourth, fifth, , last] = jobs.map((job) => job.pods[0]!.spec);
		expect(first).toMatchObject({
			facts: { className: "LS", priority: 1000, namespace: "default" },
			requests: { cpu: 4000, memory: 8_589_934_592 },
			gpu: { count: 1, milli: 1000, models: [] },
		});
		expect(second).toMatchObject({
			facts: { className: "BE", priority: 0 },
			gpu: { count: 1, milli: 250, models: ["T4", "G2"] },
		});
		expect(third).toMatchObject({
			facts: { className: "Burstable", priority: 500 },
			requests: { cpu: 8000 },
			gpu: null,
		});
		expect(third!.requests).not.toHaveProperty("memory");
		expect(fourth).toMatchObject({ facts: { priority: 1000 }, gpu: { count: 4, milli: 1000, models: ["T4"] } });
		expect(fifth).toMatchObject({ facts: { className: "Custom", priority: 0 }, gpu: null });
		expect(last).toBe(second);
	});

	test.each<[Input, string[]]>([
		[
			{ rightCensored: "as-observed" },
			["pod-02 10 12+988 succeeded censored", "pod-06 400 410+590 succeeded censored"],
		],
		[{ rightCensored: "drop" }, []],
	])("%j", async (params, expected) => {
		const { jobs } = await read({ pods: "pods.csv", ...params });
		expect(lines(jobs).filter((line) => /^pod-0[26]/.test(line))).toEqual(expected);
	});

	test.each<[unknown, string]>([
		["5m", "pod-04 30 NaN+300 succeeded"],
		["forever", "pod-04 30 NaN+Infinity succeeded"],
	])("never scheduled, kept for %s", async (neverScheduledDuration, expected) => {
		const { jobs } = await read({ pods: "pods.csv", neverScheduled: "keep", neverScheduledDuration });
		expect(lines(jobs)).toContain(expected);
	});

	test("a window moves the origin of time and drops what lies outside", async () => {
		const { jobs, report } = await read({ pods: "pods.csv", window: { from: "100s", to: "600s" } });
		expect(lines(jobs)).toEqual(["pod-05 0 50+550 succeeded", "pod-06 300 310+Infinity succeeded censored"]);
		expect(counts(report).filter((line) => line.includes("window"))).toEqual([
			"dropped 2: created before the window, running at its start (pods.csv:2 pod-01)",
			"dropped 2: created before the window (pods.csv:4 pod-03)",
			"dropped 2: created after the window (pods.csv:9 pod-08)",
		]);
	});

	test("maxPods ends the stream", async () => {
		const { jobs, report } = await read({ pods: "pods.csv", maxPods: 2 });
		expect(jobs.map((job) => job.name)).toEqual(["pod-01", "pod-02"]);
		expect(counts(report)).toContain("noted 1: maxPods: nothing read after pod 2 (pods.csv:4 pod-03)");
	});

	test("priorities by qos may be set", async () => {
		const { jobs } = await read({ pods: "pods.csv", priorities: { BE: 7 } });
		expect(jobs.map((job) => job.pods[0]!.spec.facts.priority)).toEqual([0, 7, 0, 0, 0, 7, 7]);
	});

	test("an unsorted list is sorted, rows of one instant staying in file order", async () => {
		const { jobs, report } = await read({ pods: "pods-unsorted.csv" });
		expect(lines(jobs).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
			"pod-04 10",
			"pod-02 20",
			"pod-10 50",
			"pod-03 50",
		]);
		expect(counts(report)).toEqual(["noted 1: rows not in order of creation: sorted (pods-unsorted.csv:3)"]);
	});
});

describe("a list too long to be kept in memory", () => {
	let folder = "";
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "cellsim-openb-"));
	});
	afterAll(() => rm(folder, { recursive: true }));

	async function writeList(creation: (i: number) => number): Promise<string> {
		const header =
			"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";
		const row = (i: number) =>
			`pod-${i},1000,1024,0,0,,BE,Succeeded,${creation(i)},${creation(i) + 60},${creation(i) + 1}`;
		const file = join(folder, "long.csv");
		await writeFile(file, `${header}\n${Array.from({ length: 20_000 }, (_, i) => row(i)).join("\n")}\n`);
		return file;
	}

	test("is read a second time, in order", async () => {
		const { jobs } = await read({ pods: await writeList((i) => i) });
		expect(jobs.map((job) => job.timeUs)).toEqual(Array.from({ length: 20_000 }, (_, i) => i * SECOND));
	});

	test("is sorted where it is not", async () => {
		// 7 has no factor in common with 20,000, so this is a permutation.
		const { jobs, report } = await read({ pods: await writeList((i) => (7 * i) % 20_000) });
		expect(jobs.map((job) => job.timeUs)).toEqual(Array.from({ length: 20_000 }, (_, i) => i * SECOND));
		// 7 x 2,857 = 19,999 and 7 x 2,858 = 20,006: the first row out of order is that of pod 2,858, line 2,860.
		expect(jobs[19_999]!.name).toBe("pod-2857");
		expect(counts(report)).toEqual(["noted 1: rows not in order of creation: sorted (long.csv:2860)"]);
	});

	test.skipIf(process.platform !== "linux")("closes the file when the reader leaves early (needs /proc)", async () => {
		const file = await writeList((i) => i);
		const trace = openbFormat.create(openbParams.parse({ pods: file }), { baseDirs: [folder] });
		let open = 0;
		for await (const _ of trace.jobs(new ImportReport())) {
			open = await handles(file);
			break;
		}
		expect(open).toBe(1);
		for (let i = 0; i < 5; i++) await setImmediate();
		expect(await handles(file)).toBe(0);
	});

	/** How many descriptors of this process are open on `file`. */
	async function handles(file: string): Promise<number> {
		const links = (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
		return (await Promise.all(links)).filter((link) => link === file).length;
	}
});

describe("arrivals-only replay", () => {
	test("file order, a second apart, for ever; also without times", async () => {
		const { jobs, report } = await read({ pods: "pods-five-columns.csv", replay: "arrivals-only" });
		expect(lines(jobs)).toEqual(["pod-02 0 NaN+Infinity succeeded", "pod-01 1 NaN+Infinity succeeded"]);
		expect(jobs[0]!.pods[0]!.spec.gpu).toEqual({ count: 2, milli: 1000, models: [] });
		expect(report).toEqual([]);
	});

	test("takes every pod of a list with times, never-scheduled ones too", async () => {
		const { jobs } = await read({ pods: "pods-unsorted.csv", replay: "arrivals-only" });
		expect(jobs.map((job) => job.name)).toEqual(["pod-10", "pod-02", "pod-03", "pod-04"]);
		expect((await read({ pods: "pods.csv", replay: "arrivals-only" })).jobs).toHaveLength(9);
	});
});

describe("errors", () => {
	let folder = "";
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "cellsim-openb-"));
	});
	afterAll(() => rm(folder, { recursive: true }));

	const HEADER =
		"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";
	const FIVE = "name,cpu_milli,memory_mib,num_gpu,gpu_milli";
	const GOOD = "pod-1,1000,1024,0,0,,BE,Running,0,10,0";
	const either = `'${HEADER}' or '${FIVE}'`;

	test.each<[string, number, string]>([
		["", 1, `the file is empty; it must begin with ${either}`],
		[
			"name,cpu,memory_mib,num_gpu,gpu_milli\n",
			1,
			`the header is not that of this format: missing cpu_milli, gpu_spec, qos, pod_phase, creation_time, deletion_time, scheduled_time; unknown 'cpu'; it must be ${either}`,
		],
		[
			`${HEADER}\n${GOOD}\npod-2,1000,10`,
			3,
			"3 cells, but the header has 11 columns: the row ends before column 'num_gpu'; the file may be cut off here",
		],
		[
			`${HEADER}\n${GOOD},7\n`,
			2,
			"12 cells, but the header has 11 columns: '7' stands beyond the last column 'scheduled_time'",
		],
		[
			`${HEADER}\n\n${GOOD.replace("1000", "1O00")}\n`,
			3,
			"cpu_milli: '1O00' is not a whole number of 0 or more (below 2^53)",
		],
		[
			`${HEADER}\n"a\nb",1000,1024,0,0,,BE,Running,0,10,0\n${GOOD.replace("1000", "-1")}\n`,
			4,
			"cpu_milli: '-1' is not a whole number of 0 or more (below 2^53)",
		],
		[`${HEADER}\n${GOOD.replace("1024", "")}\n`, 2, "memory_mib: '' is not a whole number of 0 or more (below 2^53)"],
		[`${HEADER}\n${GOOD.replace("1024", "9007199254740991")}\n`, 2, "memory_mib: '9007199254740991' is too large"],
		[
			`${HEADER}\n${GOOD.replace("Running", "running")}\n`,
			2,
			"pod_phase: 'running' is none of Pending, Running, Succeeded, Failed",
		],
		[`${HEADER}\n${GOOD.replace("0,0,,", "1,0,,")}\n`, 2, "gpu_milli: '0' is not in 1 .. 1000 (of one card)"],
		[
			`${HEADER}\n${GOOD.replace("0,0,,", "2,500,,")}\n`,
			2,
			"gpu_milli: '500' of each of 2 cards; several cards are taken whole (1000)",
		],
		[`${HEADER}\n${GOOD.replace("pod-1", "")}\n`, 2, "name: a pod needs a name"],
		[
			`${HEADER}\n${GOOD}\n${GOOD.replace("pod-1", "pod-2")}\n${GOOD}\n`,
			4,
			"name: 'pod-1' is the name of two pods; the first is in line 2",
		],
		[
			`${FIVE}\npod-1,1000,1024,0,0\n`,
			1,
			`this list has no times, only '${FIVE}': it can be replayed with replay: arrivals-only, not timed`,
		],
	])("pod list %j", async (text, line, message) => {
		const file = join(folder, "pods.csv");
		await writeFile(file, text);
		const error = await read({ pods: file }).catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(InputError);
		expect((error as InputError).message).toBe(message);
		expect((error as InputError).position).toEqual({ file, line, column: 0 });
	});

	test("an unclosed quote names its line", async () => {
		const file = join(folder, "quote.csv");
		await writeFile(file, `${HEADER}\n${GOOD}\n"pod-2,1000\n`);
		await expect(read({ pods: file })).rejects.toThrow(/^not valid CSV: Quote Not Closed/);
	});

	test("node names are unique", async () => {
		const file = join(folder, "nodes.csv");
		await writeFile(file, "sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\nb,1,1,0,\na,1,1,0,\n");
		await expect(read({ nodes: file })).rejects.toThrow("sn: 'a' is the name of two nodes; the first is in line 2");
	});

	test("a file that is not there", async () => {
		await expect(read({ pods: "absent.csv" })).rejects.toThrow(
			`cannot read '${FIXTURES}absent.csv': no such file; relative paths start at the folder of the experiment file, or else at the working directory`,
		);
	});

	test.each<[Input, string]>([
		[{}, "give a node list, a pod list or both"],
		[
			{ pods: "p", neverScheduled: "keep" },
			"neverScheduled: keep needs the duration of pods that never ran: '10m', or forever",
		],
		[{ pods: "p", neverScheduledDuration: "10m" }, "has no effect unless neverScheduled is keep"],
		[
			{ pods: "p", neverScheduled: "keep", neverScheduledDuration: 10 },
			"'10' is a number without a unit: write 10s for seconds or 10m for minutes",
		],
		[
			{ pods: "p", replay: "arrivals-only", window: { from: "1s" } },
			"has no effect with replay: arrivals-only, which ignores the times of the trace",
		],
		[{ pods: "p", window: { from: "2s", to: "1s" } }, "`to` must lie after `from`"],
	])("parameters %j", (params, message) => {
		expect(openbParams.safeParse(params).error?.issues.map((issue) => issue.message)).toEqual([message]);
	});
});

describe.skipIf(!existsSync(REAL))("the published files (needs ../shared/reference/openb)", () => {
	test("nodes: 1,523 with 6,212 GPUs and 125,514 cores; 1,213 with GPU and 107,018 cores", async () => {
		const all = (await read({ nodes: "openb_node_list_all_node.csv" }, [REAL])).nodes;
		const gpu = (await read({ nodes: "openb_node_list_gpu_node.csv" }, [REAL])).nodes;
		const cores = (nodes: typeof all) => nodes.reduce((sum, node) => sum + node.allocatable["cpu"]!, 0) / 1000;
		expect([all.length, gpu.length]).toEqual([1523, 1213]);
		expect([cores(all), cores(gpu)]).toEqual([125_514, 107_018]);
		expect(gpu.reduce((sum, node) => sum + node.gpu!.count, 0)).toBe(6212);
		const models: Record<string, number> = {};
		for (const node of all) models[node.gpu?.model ?? "none"] = (models[node.gpu?.model ?? "none"] ?? 0) + 1;
		expect(models).toEqual({ G2: 549, T4: 404, none: 310, P100: 134, V100M16: 55, G3: 39, V100M32: 30, A10: 2 });
	});

	test("default list: demand, phases and times of openb-fgd.md, section 1", async () => {
		const { jobs, report } = await read({ pods: "openb_pod_list_default.csv" }, [REAL]);
		expect(report.map(({ action, rule, rows }) => [action, rule, rows])).toEqual([
			["noted", "last seen Running, deleted before the trace's end: ran until deleted", 5193 - 34],
			["noted", "still running at the trace's end: runs for ever", 34],
			["dropped", "never scheduled in the original cluster", 897],
		]);
		expect(jobs).toHaveLength(8152 - 897);
		const pods = jobs.map((job) => job.pods[0]!);
		expect(pods.filter((pod) => pod.exit === "failed")).toHaveLength(1870);
		expect(jobs.at(-1)!.timeUs).toBe(12_901_761 * SECOND);
		// Run time p50 616 s, p90 7,764 s, max 12.5 M s; wait p50 2 s, p90 106 s.
		const observed = (await read({ pods: "openb_pod_list_default.csv", rightCensored: "as-observed" }, [REAL])).jobs;
		const runs = observed.map((job) => job.pods[0]!.durationUs / SECOND).sort((a, b) => a - b);
		const waits = observed.map((job) => (job.pods[0]!.observedStartUs - job.timeUs) / SECOND).sort((a, b) => a - b);
		const quantile = (values: readonly number[], p: number) => values[Math.floor(p * values.length)];
		expect([quantile(runs, 0.5), quantile(runs, 0.9), runs.at(-1)]).toEqual([616, 7764, 12_537_496]);
		expect([quantile(waits, 0.5), quantile(waits, 0.9)]).toEqual([2, 106]);
	});

	test("default list, arrivals only: 8,152 pods, 85,436 cores, 6,086.8 GPUs", async () => {
		const { jobs } = await read({ pods: "openb_pod_list_default.csv", replay: "arrivals-only" }, [REAL]);
		const specs = jobs.map((job) => job.pods[0]!.spec);
		expect(specs).toHaveLength(8152);
		expect(Math.round(specs.reduce((sum, spec) => sum + (spec.requests["cpu"] ?? 0), 0) / 1000)).toBe(85_436);
		expect(specs.reduce((sum, { gpu }) => sum + (gpu === null ? 0 : gpu.count * gpu.milli), 0) / 1000).toBeCloseTo(
			6086.8,
			1,
		);
		const classes: Record<string, number> = {};
		for (const { facts } of specs) classes[facts.className] = (classes[facts.className] ?? 0) + 1;
		expect(classes).toEqual({ LS: 4647, BE: 3398, Burstable: 100, Guaranteed: 7 });
		const shared = specs.filter(({ gpu }) => gpu !== null && gpu.milli < 1000).length;
		const whole = [1, 2, 4, 8].map((n) => specs.filter(({ gpu }) => gpu?.count === n && gpu.milli === 1000).length);
		expect([specs.filter(({ gpu }) => gpu === null).length, shared, ...whole]).toEqual([1088, 3078, 3911, 16, 15, 44]);
	});

	test("gpuspec33: 2,388 pods name card models; gpushare20 is unsorted and ends at its own last instant", async () => {
		const { jobs } = await read({ pods: "openb_pod_list_gpuspec33.csv", replay: "arrivals-only" }, [REAL]);
		expect(jobs.filter((job) => (job.pods[0]!.spec.gpu?.models.length ?? 0) > 0)).toHaveLength(2388);
		const { report } = await read({ pods: "openb_pod_list_gpushare20.csv" }, [REAL]);
		expect(report.find(({ rule }) => rule.startsWith("still running"))?.rows).toBe(37);
		expect(report[0]!.rule).toBe("rows not in order of creation: sorted");
	});

	test("multigpu20 has no times", async () => {
		const params = { pods: "openb_pod_list_multigpu20.csv" };
		await expect(read(params, [REAL])).rejects.toThrow("it can be replayed with replay: arrivals-only, not timed");
		expect((await read({ ...params, replay: "arrivals-only" }, [REAL])).jobs).toHaveLength(8324);
	});
});
