import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readOpenb } from "../../support/openb.js";

const REAL = fileURLToPath(new URL("../../../../shared/reference/openb/data/", import.meta.url));
const SECOND = 1_000_000;

describe.skipIf(!existsSync(REAL))("the published files (needs ../shared/reference/openb)", () => {
	test("nodes: 1,523 with 6,212 GPUs and 125,514 cores; 1,213 with GPU and 107,018 cores", async () => {
		const all = (await readOpenb({ nodes: "openb_node_list_all_node.csv" }, [REAL])).nodes;
		const gpu = (await readOpenb({ nodes: "openb_node_list_gpu_node.csv" }, [REAL])).nodes;
		const cores = (nodes: typeof all) => nodes.reduce((sum, node) => sum + node.allocatable["cpu"]!, 0) / 1000;
		expect([all.length, gpu.length]).toEqual([1523, 1213]);
		expect([cores(all), cores(gpu)]).toEqual([125_514, 107_018]);
		expect(gpu.reduce((sum, node) => sum + node.gpu!.count, 0)).toBe(6212);
		const models: Record<string, number> = {};
		for (const node of all) models[node.gpu?.model ?? "none"] = (models[node.gpu?.model ?? "none"] ?? 0) + 1;
		expect(models).toEqual({ G2: 549, T4: 404, none: 310, P100: 134, V100M16: 55, G3: 39, V100M32: 30, A10: 2 });
	});

	test("default list: demand, phases and times of openb-fgd.md, section 1", async () => {
		const { jobs, report } = await readOpenb({ pods: "openb_pod_list_default.csv" }, [REAL]);
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
		const observed = (await readOpenb({ pods: "openb_pod_list_default.csv", rightCensored: "as-observed" }, [REAL]))
			.jobs;
		const runs = observed.map((job) => job.pods[0]!.durationUs / SECOND).sort((a, b) => a - b);
		const waits = observed.map((job) => (job.pods[0]!.observedStartUs - job.timeUs) / SECOND).sort((a, b) => a - b);
		const quantile = (values: readonly number[], p: number) => values[Math.floor(p * values.length)];
		expect([quantile(runs, 0.5), quantile(runs, 0.9), runs.at(-1)]).toEqual([616, 7764, 12_537_496]);
		expect([quantile(waits, 0.5), quantile(waits, 0.9)]).toEqual([2, 106]);
	});

	test("default list, arrivals only: 8,152 pods, 85,436 cores, 6,086.8 GPUs", async () => {
		const { jobs } = await readOpenb({ pods: "openb_pod_list_default.csv", replay: "arrivals-only" }, [REAL]);
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
		const { jobs } = await readOpenb({ pods: "openb_pod_list_gpuspec33.csv", replay: "arrivals-only" }, [REAL]);
		expect(jobs.filter((job) => (job.pods[0]!.spec.gpu?.models.length ?? 0) > 0)).toHaveLength(2388);
		const { report } = await readOpenb({ pods: "openb_pod_list_gpushare20.csv" }, [REAL]);
		expect(report.find(({ rule }) => rule.startsWith("still running"))?.rows).toBe(37);
		expect(report[0]!.rule).toBe("rows not in order of creation: sorted");
	});

	test("multigpu20 has no times", async () => {
		const params = { pods: "openb_pod_list_multigpu20.csv" };
		await expect(readOpenb(params, [REAL])).rejects.toThrow("it can be replayed with replay: arrivals-only, not timed");
		expect((await readOpenb({ ...params, replay: "arrivals-only" }, [REAL])).jobs).toHaveLength(8324);
	});
});
