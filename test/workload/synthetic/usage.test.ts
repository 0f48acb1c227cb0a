import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { syntheticJobs } from "../../../src/workload/synthetic/generate.js";
import { syntheticWorkloadSchema } from "../../../src/workload/synthetic/schema.js";
import { complaints } from "../../support/complaints.js";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const GIB = 2 ** 30;

const container = {
	name: "web",
	resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "2", memory: "3Gi" } },
};
const workload = (sim: object, spec: object = {}) => ({
	name: "w",
	arrival: { at: "0s" },
	count: 3,
	template: { spec: { containers: [container], ...spec } },
	sim: { duration: "forever", ...sim },
});

function podsOf(sim: object, spec?: object) {
	const parsed = syntheticWorkloadSchema.parse(workload(sim, spec));
	const jobs = [...syntheticJobs(parsed, { random: new SeededRandomSource("7"), endUs: Infinity })].flat();
	return jobs.map(({ pods }) => pods[0]!);
}

const usageOf = (usage: object, spec?: object) => podsOf({ usage }, spec)[0]!.usage!.containers;

describe("means", () => {
	test("are fractions of the request, and make no course over time", () => {
		const [pod] = podsOf({ usage: { cpu: 0.5, memory: 0.25 } });
		expect(pod).toMatchObject({ cpuUsageFraction: 0.5, memoryUsageFraction: 0.25 });
		expect(pod).not.toHaveProperty("usage");
	});

	test("of page cache and disk are fractions of the requests for memory and ephemeral storage", () => {
		const requests = { cpu: "1", memory: "1Gi", "ephemeral-storage": "2Gi" };
		const spec = { containers: [{ name: "web", resources: { requests } }] };
		expect(usageOf({ cache: 0.5, storage: 0.25 }, spec)).toMatchObject([
			{ cacheBytes: { kind: "constant", value: GIB / 2 }, storageBytes: { kind: "constant", value: GIB / 2 } },
		]);
		const storage = { demand: "constant", of: "amount", value: "1Gi", scale: 3 };
		expect(usageOf({ storage }, spec)).toMatchObject([{ storageBytes: { kind: "constant", value: 3 * GIB } }]);
	});

	test("of process ids are numbers, of GPU memory fractions of the pod's share of devices", () => {
		const template = {
			metadata: { annotations: { "alibabacloud.com/gpu-milli": "400" } },
			spec: { containers: [container, { name: "log" }] },
		};
		const usage = (given: object) => {
			const parsed = syntheticWorkloadSchema.parse({ ...workload({ usage: given }), template });
			const [pod] = [...syntheticJobs(parsed, { random: new SeededRandomSource("7"), endUs: Infinity })].flat()[0]!
				.pods;
			return pod!.usage!.containers.map(({ pids, gpuMemoryMilli }) => ({ pids, gpuMemoryMilli }));
		};
		const constant = (value: number) => ({ kind: "constant", value });
		// Half of 400, for each container that says so.
		expect(usage({ pids: 20, containers: { web: { gpuMemory: 0.5 } } })).toEqual([
			{ pids: undefined, gpuMemoryMilli: constant(200) },
			{ pids: constant(20), gpuMemoryMilli: undefined },
		]);
		const course = { demand: "constant", value: 0.25 };
		expect(usage({ pids: { demand: "constant", value: 9, scale: 2 }, gpuMemory: course })[0]).toEqual({
			pids: constant(18),
			gpuMemoryMilli: constant(100),
		});
		const amount = { demand: "constant", value: 300, of: "amount" };
		expect(usage({ gpuMemory: amount })[0]).toEqual({ pids: undefined, gpuMemoryMilli: constant(300) });
	});

	test("may come in bursts", () => {
		expect(usageOf({ cpu: 0.5, burst: "200ms" })).toMatchObject([
			{ cpuMilli: { kind: "constant", value: 250 }, burstPeriodUs: 200_000 },
		]);
		expect(complaints(syntheticWorkloadSchema, workload({ usage: { burst: "2s" } }))).toEqual([
			"sim.usage.burst: must be from 1ms to 1s",
		]);
	});

	test("stand as constants beside courses of other things", () => {
		// 0.5 x 500m, 0.25 x 1Gi; 250m need one thread.
		expect(usageOf({ cpu: 0.5, memory: 0.25, startup: "20s" })).toEqual([
			{
				cpuMilli: { kind: "constant", value: 250 },
				memoryBytes: { kind: "constant", value: GIB / 4 },
				cacheBytes: null,
				threads: 1,
				workCpuUs: Infinity,
				startupCpuUs: 20 * SECOND,
				latencySensitive: false,
			},
		]);
	});
});

describe("courses over time", () => {
	test("of the request, of the limit, and in amounts", () => {
		const [used] = usageOf({
			cpu: { demand: "diurnal", mean: 0.6, amplitude: 0.5, peakAt: "14h", of: "limit" },
			memory: {
				demand: "phases",
				phases: [
					{ for: "1m", value: 0.5 },
					{ for: "2m", value: 1 },
				],
				after: "hold",
			},
			cache: { demand: "constant", value: "100Mi", of: "amount" },
		});
		// 0.6 x the limit of 2 CPUs, swinging by half of that: at most 1800m, which two threads can use.
		expect(used!.cpuMilli).toEqual({
			kind: "diurnal",
			mean: 1200,
			amplitude: 600,
			periodUs: 24 * 60 * MINUTE,
			peakAtUs: 14 * 60 * MINUTE,
			stepUs: 5 * MINUTE,
		});
		expect(used!.threads).toBe(2);
		expect(used!.memoryBytes).toEqual({
			kind: "phases",
			phases: [
				{ durationUs: MINUTE, value: GIB / 2 },
				{ durationUs: 2 * MINUTE, value: GIB },
			],
			after: "hold",
		});
		expect(used!.cacheBytes).toEqual({ kind: "constant", value: 100 * 2 ** 20 });
	});

	test("pods of one series share its values, each with its own scale", () => {
		const pods = podsOf({
			usage: { cpu: { demand: "series", values: [0.1, 0.4], scale: { dist: "uniform", min: 1, max: 2 } } },
		});
		const series = pods.map(({ usage }) => usage!.containers[0]!.cpuMilli);
		const values = series.map((demand) => (demand.kind === "series" ? demand.values : null));
		expect(new Set(values).size).toBe(1);
		// 500m x a scale of 1 to 2.
		const factors = series.map((demand) => (demand.kind === "series" ? demand.factor! : 0));
		expect(new Set(factors).size).toBe(3);
		for (const [i, factor] of factors.entries()) {
			expect(factor).toBeGreaterThanOrEqual(500);
			expect(factor).toBeLessThanOrEqual(1000);
			// The mean of 0.1 and 0.4, times the scale.
			expect(pods[i]!.cpuUsageFraction).toBeCloseTo((0.25 * factor) / 500, 12);
		}
	});

	test("points are what they last said", () => {
		const [used] = usageOf({
			memory: {
				demand: "points",
				points: [
					["0s", 0.5],
					["90s", 1],
				],
			},
		});
		expect(used!.memoryBytes).toEqual({
			kind: "phases",
			phases: [
				{ durationUs: 90 * SECOND, value: GIB / 2 },
				{ durationUs: Infinity, value: GIB },
			],
			after: "hold",
		});
	});

	test("work keeps all threads busy unless something else is said", () => {
		const [used] = usageOf({ work: "10m", threads: 4 });
		expect(used).toMatchObject({ cpuMilli: { kind: "constant", value: 4000 }, threads: 4, workCpuUs: 10 * MINUTE });
		const [bounded] = usageOf({ work: "10m", threads: 4, cpu: 3 });
		expect(bounded).toMatchObject({ cpuMilli: { kind: "constant", value: 1500 }, threads: 4 });
	});

	test("containers by name, the others by what is common; init containers are done at once", () => {
		const spec = {
			initContainers: [{ name: "init", resources: { requests: { cpu: "1" } } }],
			containers: [container, { name: "log", resources: { requests: { cpu: "100m" } } }],
		};
		const used = usageOf({ cpu: 0.5, containers: { log: { cpu: 2 } } }, spec);
		expect(used.map(({ cpuMilli, workCpuUs }) => [cpuMilli, workCpuUs])).toEqual([
			[{ kind: "constant", value: 500 }, 0],
			[{ kind: "constant", value: 250 }, Infinity],
			[{ kind: "constant", value: 200 }, Infinity],
		]);
	});
});

describe("requests that are drawn", () => {
	test("are those of the only container, and its limits follow", () => {
		const [pod] = podsOf({ requests: { cpu: "300m", memory: "4Gi" }, limits: { cpu: 2.5 } });
		expect(pod!.spec.run!.containers[0]).toMatchObject({
			name: "web",
			requests: { cpu: 300, memory: 4 * GIB },
			limits: { cpu: 750 },
		});
		// Limits of the template stay, but never below the request: 2 CPUs, and 4Gi in place of 3Gi.
		const [other] = podsOf({ requests: { cpu: "300m", memory: "4Gi" } });
		expect(other!.spec.run!.containers[0]!.limits).toEqual({ cpu: 2000, memory: 4 * GIB });
	});

	test("of several containers only the sum is known", () => {
		const [pod] = podsOf({ requests: { cpu: "300m" } }, { containers: [container, { name: "log" }] });
		expect(pod!.spec).not.toHaveProperty("run");
	});
});

describe("what is refused", () => {
	const refused = (usage: object) => complaints(syntheticWorkloadSchema, workload({ usage }));

	test("GPU memory where no pod has a share of a GPU", () => {
		const message =
			"no pod of this workload has a share of a GPU: give the template the annotation alibabacloud.com/gpu-milli, or requests or shapes a gpu";
		const usage = { gpuMemory: 0.5, containers: { web: { gpuMemory: 1 } } };
		expect(refused(usage)).toEqual([
			`sim.usage.gpuMemory: ${message}`,
			`sim.usage.containers.web.gpuMemory: ${message}`,
		]);
		const taken = (sim: object) => syntheticWorkloadSchema.safeParse(workload({ usage, ...sim })).success;
		expect(taken({ requests: { gpu: { count: 1 } } })).toBe(true);
		expect(taken({ shapes: [{ weight: 1 }, { weight: 1, gpu: { count: 1 } }] })).toBe(true);
	});

	test("process ids as a fraction of what nobody requests, GPU memory of a limit that is the request", () => {
		const of = (what: string) => ({ demand: "constant", value: 1, of: what });
		expect(refused({ pids: of("request") })).toEqual(["sim.usage.pids.of: expected amount, got 'request'"]);
		expect(refused({ gpuMemory: of("limit") })).toEqual([
			"sim.usage.gpuMemory.of: expected request or amount, got 'limit'",
		]);
	});

	test("a series that is not sorted", () => {
		expect(
			refused({
				cpu: {
					demand: "points",
					points: [
						["0s", 1],
						["2m", 1],
						["1m", 1],
					],
				},
			}),
		).toEqual(["sim.usage.cpu.points[2][0]: the series is not sorted: each time must be later than the one before"]);
		expect(refused({ cpu: { demand: "points", points: [["1s", 1]] } })).toEqual([
			"sim.usage.cpu.points[0][0]: the first time must be 0s",
		]);
	});

	test("an unknown course, a bare number as an amount, a step of nothing", () => {
		expect(refused({ cpu: { demand: "sine" } })).toEqual([
			"sim.usage.cpu.demand: expected constant, diurnal, phases, points, series or drawn, got 'sine'",
		]);
		expect(refused({ memory: { demand: "constant", value: "lots", of: "amount" } })).toHaveLength(1);
		expect(refused({ cpu: { demand: "series", values: [1], step: "0s" } })).toEqual([
			"sim.usage.cpu.step: must be more than 0s",
		]);
	});

	test("limits below the requests", () => {
		expect(complaints(syntheticWorkloadSchema, workload({ limits: { cpu: 0.5 } }))).toHaveLength(1);
	});
});
