import { describe, expect, test } from "vitest";
import { type RandomSource, SeededRandomSource } from "../../../src/engine/random.js";
import { ImportReport, type JobArrival } from "../../../src/workload/arrivals.js";
import { syntheticJobs } from "../../../src/workload/synthetic/generate.js";
import { syntheticWorkloadSchema } from "../../../src/workload/synthetic/schema.js";

const SECOND = 1_000_000;

const template = {
	metadata: { labels: { app: "batch" } },
	spec: { containers: [{ name: "c", resources: { requests: { cpu: "500m", memory: "1Gi", "example.com/nic": 1 } } }] },
};

interface Options {
	readonly random?: RandomSource;
	readonly endUs?: number;
	readonly report?: ImportReport;
}

function generate(
	overrides: object,
	{ random = new SeededRandomSource("7"), endUs = Infinity, report = new ImportReport() }: Options = {},
): JobArrival[] {
	const written = {
		name: "batch",
		arrival: { poisson: { ratePerSecond: 10 } },
		count: 1000,
		template,
		sim: { duration: "10s" },
	};
	const spec = syntheticWorkloadSchema.parse({ ...written, ...overrides });
	return [...syntheticJobs(spec, { random, endUs, report })].flat();
}

describe("elastic jobs", () => {
	test("say how many pods they can use, no fewer than they have, and their pods run equally long", () => {
		const jobs = generate({
			count: 200,
			pods: { dist: "uniform", min: 1, max: 20 },
			sim: {
				duration: { dist: "lognormal", median: "1m", sigma: 1 },
				elastic: { maxWorkers: { dist: "uniform", min: 10, max: 30 } },
			},
		});
		for (const { pods, maxWorkers } of jobs) {
			expect(new Set(pods.map(({ durationUs }) => durationUs)).size).toBe(1);
			expect(maxWorkers).toBeGreaterThanOrEqual(Math.max(10, pods.length));
			expect(maxWorkers).toBeLessThanOrEqual(30);
		}
		expect(new Set(jobs.map(({ maxWorkers }) => maxWorkers)).size).toBeGreaterThan(15);
	});

	test("draw what they have in common with others from the same streams", () => {
		const plain = generate({ count: 50, pods: { dist: "uniform", min: 1, max: 20 } });
		const elastic = generate({
			count: 50,
			pods: { dist: "uniform", min: 1, max: 20 },
			sim: { duration: "10s", elastic: { maxWorkers: 40 } },
		});
		expect(elastic).toEqual(plain.map((job) => ({ ...job, maxWorkers: 40 })));
		expect(plain[0]).not.toHaveProperty("maxWorkers");
	});
});

describe("the stream", () => {
	test("names, times and pods of a plain workload", () => {
		const jobs = generate({ arrival: { deterministic: { every: "2s" } }, count: 3, pods: 2 });
		expect(jobs.map(({ timeUs, name, gang }) => [timeUs, name, gang])).toEqual([
			[0, "batch-0", false],
			[2 * SECOND, "batch-1", false],
			[4 * SECOND, "batch-2", false],
		]);
		expect(jobs[0]!.pods).toHaveLength(2);
		expect(jobs[0]!.pods[0]).toEqual({
			name: null,
			spec: {
				facts: expect.objectContaining({ labels: { app: "batch" } }),
				requests: { cpu: 500, memory: 2 ** 30, "example.com/nic": 1 },
				gpu: null,
				run: expect.objectContaining({ restartPolicy: "Always" }),
			},
			durationUs: 10 * SECOND,
			exit: "succeeded",
			cpuUsageFraction: 1,
			memoryUsageFraction: 1,
			observedStartUs: Number.NaN,
			censored: false,
		});
		expect(new Set(jobs.flatMap((job) => job.pods.map((pod) => pod.spec))).size).toBe(1);
	});

	test("demands of the template that nothing acts on are counted, once a pod", () => {
		const report = new ImportReport();
		const demanding = { spec: { ...template.spec, resourceClaims: [{ name: "gpu", resourceClaimName: "x" }] } };
		generate({ count: 3, pods: 2, template: demanding }, { report });
		expect(report.rows).toEqual([
			{
				source: "batch",
				rule: "spec.resourceClaims: not simulated",
				action: "noted",
				rows: 6,
				example: "batch-0",
			},
		]);
	});

	test("ends at count, at until and at the experiment's end, whichever comes first", () => {
		const every = { arrival: { deterministic: { every: "1s" } } };
		expect(generate({ ...every, count: 5, until: "1h" })).toHaveLength(5);
		// Arrivals at 0, 1, 2 s; the one at 3 s is not before `until`.
		expect(generate({ ...every, until: "3s" })).toHaveLength(3);
		expect(generate({ ...every, count: undefined }, { endUs: 4 * SECOND })).toHaveLength(4);
		expect(() => generate({ count: undefined })).toThrow(
			"workload 'batch' never ends: give it count or until, or the experiment an end",
		);
	});

	test("is lazy, in batches of at most 1,024, and starts anew each time", () => {
		const spec = syntheticWorkloadSchema.parse({
			name: "web",
			arrival: { poisson: { ratePerSecond: 1 } },
			template,
			sim: { duration: "forever" },
		});
		const first = () =>
			syntheticJobs(spec, { random: new SeededRandomSource("1"), endUs: 1e15 }).next().value as JobArrival[];
		expect(first()).toHaveLength(1024);
		expect(first()).toEqual(first());
		expect(first()[0]!.pods[0]!.durationUs).toBe(Infinity);
	});
});

describe("arrival processes", () => {
	const times = (arrival: object, count: number) => generate({ arrival, count }).map((job) => job.timeUs);

	test("poisson: mean and variation of the gaps are 1 / rate", () => {
		const count = 20_000;
		const instants = times({ poisson: { ratePerSecond: 10 } }, count);
		// Sum of n gaps of mean 0.1 s: 2000 s, standard deviation 0.1 sqrt(n) = 14.1 s; five of them are 71 s.
		expect(Math.abs(instants.at(-1)! / SECOND - 2000)).toBeLessThan(71);
		const gaps = instants.map((time, i) => time - (instants[i - 1] ?? 0));
		// P(gap > 0.1 s) = 1/e = 0.368; five standard deviations are 5 sqrt(0.368 x 0.632 / n) = 0.017.
		expect(Math.abs(gaps.filter((gap) => gap > SECOND / 10).length / count - Math.exp(-1))).toBeLessThan(0.017);
	});

	test("diurnal: the mean rate over whole periods, twice it at the peak, nothing opposite", () => {
		const arrival = { diurnal: { ratePerSecond: 10, amplitude: 1, period: "100s", peakAt: "25s" } };
		const instants = generate({ arrival, count: undefined, until: "1000s" }).map((job) => job.timeUs / SECOND);
		// Ten periods of 1,000 expected jobs: 10,000, five standard deviations are 500.
		expect(Math.abs(instants.length - 10_000)).toBeLessThan(500);
		const near = (phase: number) => instants.filter((time) => Math.abs((time % 100) - phase) < 5).length;
		// Within 5 s of the peak: 10 x 10 s x 10 x (1 + sin(0.314) / 0.314) = 1,984; opposite: 1,000 x (1 - 0.984) = 16.
		expect(Math.abs(near(25) - 1984)).toBeLessThan(223);
		expect(Math.abs(near(75) - 16)).toBeLessThan(20);
	});

	test("bursts: size jobs within spread of each start", () => {
		const instants = times({ bursts: { every: "10s", size: 3, spread: "1s" } }, 9);
		expect(instants.map((time) => Math.floor(time / SECOND))).toEqual([10, 10, 10, 20, 20, 20, 30, 30, 30]);
		expect(times({ bursts: { every: "10s", size: 2 } }, 4)).toEqual([10, 10, 20, 20].map((s) => s * SECOND));
	});

	test("overlapping bursts stay in order", () => {
		const instants = times(
			{ bursts: { every: { dist: "exponential", mean: "1s" }, size: { dist: "geometric", mean: 4 }, spread: "20s" } },
			3000,
		);
		expect(instants).toEqual(instants.toSorted((a, b) => a - b));
		// 4 jobs a second: the last of 3,000 comes at about 750 s.
		expect(Math.abs(instants.at(-1)! / SECOND - 750)).toBeLessThan(250);
	});

	test("at: all at once", () => {
		expect(times({ at: "5s" }, 3)).toEqual([5, 5, 5].map((s) => s * SECOND));
	});
});

describe("what is drawn", () => {
	const all = {
		arrival: { poisson: { ratePerSecond: 10 } },
		pods: { dist: "geometric", mean: 2 },
		sim: {
			duration: { dist: "lognormal", median: "90s", sigma: 1, max: "1h" },
			requests: {
				cpu: { dist: "uniform", min: "100m", max: "2" },
				memory: { dist: "uniform", min: "1Gi", max: "2Gi" },
			},
			usage: { cpu: { dist: "beta", a: 2, b: 5 }, memory: { dist: "uniform", min: 0, max: 1 } },
			exit: { failedFraction: 0.3 },
		},
	};
	const attributes: Readonly<Record<string, (jobs: readonly JobArrival[]) => unknown>> = {
		arrival: (jobs) => jobs.map((job) => job.timeUs),
		pods: (jobs) => jobs.map((job) => job.pods.length),
		duration: (jobs) => jobs.flatMap((job) => job.pods.map((pod) => pod.durationUs)),
		cpu: (jobs) => jobs.map((job) => job.pods[0]!.spec.requests["cpu"]),
		memory: (jobs) => jobs.map((job) => job.pods[0]!.spec.requests["memory"]),
		cpuUsage: (jobs) => jobs.flatMap((job) => job.pods.map((pod) => pod.cpuUsageFraction)),
		memoryUsage: (jobs) => jobs.flatMap((job) => job.pods.map((pod) => pod.memoryUsageFraction)),
		exit: (jobs) => jobs.flatMap((job) => job.pods.map((pod) => pod.exit)),
	};
	const withSim = (sim: object) => ({ ...all, sim: { ...all.sim, ...sim } });

	test.each<[string, object]>([
		["arrival", { ...all, arrival: { bursts: { every: { dist: "exponential", mean: "1s" }, size: 3 } } }],
		["duration", withSim({ duration: { dist: "weibull", shape: 0.5, scale: "90s" } })],
		["cpu", withSim({ requests: { ...all.sim.requests, cpu: { dist: "lognormal", median: "1", sigma: 1 } } })],
		["memory", withSim({ requests: { ...all.sim.requests, memory: { dist: "exponential", mean: "1Gi" } } })],
		["cpuUsage", withSim({ usage: { ...all.sim.usage, cpu: { dist: "beta", a: 1, b: 3 } } })],
		["memoryUsage", withSim({ usage: { ...all.sim.usage, memory: 0.5 } })],
		["exit", withSim({ exit: { failedFraction: 0.6 } })],
	])("another distribution of %s shifts no other draw", (changed, overrides) => {
		const before = generate(all);
		const after = generate(overrides);
		for (const [attribute, of] of Object.entries(attributes)) {
			if (attribute === changed) expect(of(after), attribute).not.toEqual(of(before));
			else expect(of(after), attribute).toEqual(of(before));
		}
	});

	test("another number of pods per job shifts neither arrivals nor requests", () => {
		const [before, after] = [generate(all), generate({ ...all, pods: 3 })];
		for (const attribute of ["arrival", "cpu", "memory"])
			expect(attributes[attribute]!(after)).toEqual(attributes[attribute]!(before));
	});

	test("another workload beside it changes nothing: streams carry its name", () => {
		const asked: string[] = [];
		const seeded = new SeededRandomSource("7");
		const stream = (name: string) => {
			asked.push(name);
			return seeded.stream(name);
		};
		generate(all, { random: { stream } });
		expect(asked.every((name) => name.startsWith("workload/batch/"))).toBe(true);
		expect(new Set(asked).size).toBe(asked.length);
	});

	test("whole microseconds and amounts, one request a job, facts shared", () => {
		const jobs = generate({ ...all, pods: 2 });
		for (const job of jobs) {
			expect(job.pods[0]!.spec).toBe(job.pods[1]!.spec);
			expect(job.pods[0]!.spec.facts).toBe(jobs[0]!.pods[0]!.spec.facts);
			expect(Number.isInteger(job.timeUs) && job.pods.every((pod) => Number.isInteger(pod.durationUs))).toBe(true);
			expect(Object.values(job.pods[0]!.spec.requests).every(Number.isInteger)).toBe(true);
			expect(job.pods[0]!.spec.requests["example.com/nic"]).toBe(1);
		}
		const failed = jobs.flatMap((job) => job.pods).filter((pod) => pod.exit === "failed").length;
		// 30 % of 2,000 pods: 600, five standard deviations are 5 sqrt(2000 x 0.3 x 0.7) = 102.
		expect(Math.abs(failed - 600)).toBeLessThan(102);
	});

	test("roundTo gives multiples, at least one step; a drawn zero leaves the request out", () => {
		const cpu = { dist: "lognormal", median: "100m", sigma: 1.5 };
		const jobs = generate({ sim: { duration: "1s", requests: { cpu, memory: 0, roundTo: { cpu: "250m" } } } });
		const drawn = new Set(jobs.map((job) => job.pods[0]!.spec.requests["cpu"]!));
		expect([...drawn].every((milli) => milli >= 250 && milli % 250 === 0)).toBe(true);
		expect(drawn.size).toBeGreaterThan(3);
		expect(jobs[0]!.pods[0]!.spec.requests).not.toHaveProperty("memory");
	});

	test("gpu: 0 devices is no request, several devices are whole", () => {
		const gpu = { count: { dist: "uniform", min: 0, max: 2 }, milli: 300, models: ["T4"] };
		const jobs = generate({ sim: { duration: "1s", requests: { gpu } } });
		const found = new Set(jobs.map((job) => JSON.stringify(job.pods[0]!.spec.gpu)));
		expect([...found].sort()).toEqual([
			"null",
			'{"count":1,"milli":300,"models":["T4"]}',
			'{"count":2,"milli":1000,"models":["T4"]}',
		]);
	});

	test("shapes are drawn jointly, by weight, each one PodSpec", () => {
		const jobs = generate({
			count: 10_000,
			sim: {
				duration: "1h",
				shapes: [
					{ weight: 3, requests: { cpu: "1", memory: 0 }, className: "small", duration: "1s" },
					{ weight: 1, requests: { cpu: "8" }, gpu: { count: 1, milli: 250 } },
					{ weight: 0, className: "never" },
				],
			},
		});
		const pods = jobs.map((job) => job.pods[0]!);
		expect(new Set(pods.map((pod) => pod.spec)).size).toBe(2);
		const small = pods.filter((pod) => pod.spec.facts.className === "small");
		// Three quarters of 10,000; five standard deviations are 5 sqrt(10000 x 0.75 x 0.25) = 217.
		expect(Math.abs(small.length - 7500)).toBeLessThan(217);
		expect(new Set(small.map((pod) => pod.durationUs))).toEqual(new Set([SECOND]));
		expect(small[0]!.spec.requests).toEqual({ cpu: 1000, "example.com/nic": 1 });
		const large = pods.find((pod) => pod.spec.facts.className === "")!;
		expect(large).toMatchObject({ durationUs: 3600 * SECOND, spec: { gpu: { count: 1, milli: 250, models: [] } } });
		expect(large.spec.requests).toEqual({ cpu: 8000, memory: 2 ** 30, "example.com/nic": 1 });
	});
});
