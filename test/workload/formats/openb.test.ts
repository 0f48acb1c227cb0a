import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImportReport, type JobArrival } from "../../../src/workload/arrivals.js";
import { openbFormat, openbParams } from "../../../src/workload/formats/openb.js";
import { type OpenbInput, readOpenb } from "../../support/openb.js";

const SECOND = 1_000_000;

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
		const { nodes, report } = await readOpenb({ nodes: "nodes.csv" });
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
		const { jobs, report } = await readOpenb({ pods: "pods.csv" });
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
		const { jobs } = await readOpenb({ pods: "pods.csv" });
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

	test.each<[OpenbInput, string[]]>([
		[
			{ rightCensored: "as-observed" },
			["pod-02 10 12+988 succeeded censored", "pod-06 400 410+590 succeeded censored"],
		],
		[{ rightCensored: "drop" }, []],
	])("%j", async (params, expected) => {
		const { jobs } = await readOpenb({ pods: "pods.csv", ...params });
		expect(lines(jobs).filter((line) => /^pod-0[26]/.test(line))).toEqual(expected);
	});

	test.each<[unknown, string]>([
		["5m", "pod-04 30 NaN+300 succeeded"],
		["forever", "pod-04 30 NaN+Infinity succeeded"],
	])("never scheduled, kept for %s", async (neverScheduledDuration, expected) => {
		const { jobs } = await readOpenb({ pods: "pods.csv", neverScheduled: "keep", neverScheduledDuration });
		expect(lines(jobs)).toContain(expected);
	});

	test("a window moves the origin of time and drops what lies outside", async () => {
		const { jobs, report } = await readOpenb({ pods: "pods.csv", window: { from: "100s", to: "600s" } });
		expect(lines(jobs)).toEqual(["pod-05 0 50+550 succeeded", "pod-06 300 310+Infinity succeeded censored"]);
		expect(counts(report).filter((line) => line.includes("window"))).toEqual([
			"dropped 2: created before the window, running at its start (pods.csv:2 pod-01)",
			"dropped 2: created before the window (pods.csv:4 pod-03)",
			"dropped 2: created after the window (pods.csv:9 pod-08)",
		]);
	});

	test("maxPods ends the stream", async () => {
		const { jobs, report } = await readOpenb({ pods: "pods.csv", maxPods: 2 });
		expect(jobs.map((job) => job.name)).toEqual(["pod-01", "pod-02"]);
		expect(counts(report)).toContain("noted 1: maxPods: nothing read after pod 2 (pods.csv:4 pod-03)");
	});

	test("priorities by qos may be set", async () => {
		const { jobs } = await readOpenb({ pods: "pods.csv", priorities: { BE: 7 } });
		expect(jobs.map((job) => job.pods[0]!.spec.facts.priority)).toEqual([0, 7, 0, 0, 0, 7, 7]);
	});

	test("an unsorted list is sorted, rows of one instant staying in file order", async () => {
		const { jobs, report } = await readOpenb({ pods: "pods-unsorted.csv" });
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
		const { jobs } = await readOpenb({ pods: await writeList((i) => i) });
		expect(jobs.map((job) => job.timeUs)).toEqual(Array.from({ length: 20_000 }, (_, i) => i * SECOND));
	});

	test("is sorted where it is not", async () => {
		// 7 has no factor in common with 20,000, so this is a permutation.
		const { jobs, report } = await readOpenb({ pods: await writeList((i) => (7 * i) % 20_000) });
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
		const { jobs, report } = await readOpenb({ pods: "pods-five-columns.csv", replay: "arrivals-only" });
		expect(lines(jobs)).toEqual(["pod-02 0 NaN+Infinity succeeded", "pod-01 1 NaN+Infinity succeeded"]);
		expect(jobs[0]!.pods[0]!.spec.gpu).toEqual({ count: 2, milli: 1000, models: [] });
		expect(report).toEqual([]);
	});

	test("takes every pod of a list with times, never-scheduled ones too", async () => {
		const { jobs } = await readOpenb({ pods: "pods-unsorted.csv", replay: "arrivals-only" });
		expect(jobs.map((job) => job.name)).toEqual(["pod-10", "pod-02", "pod-03", "pod-04"]);
		expect((await readOpenb({ pods: "pods.csv", replay: "arrivals-only" })).jobs).toHaveLength(9);
	});
});
