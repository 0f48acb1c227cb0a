import { expect, test } from "vitest";
import { Cell } from "../../src/cell/cell.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { MachineSummary } from "../../src/metrics/machine-summary.js";
import { type RunSummary, SummaryProbe } from "../../src/metrics/summary.js";
import type { ContainerSize } from "../../src/node/machine/machine.js";
import { MachineAgent } from "../../src/node/machine/machine-agent.js";
import type { Demand } from "../../src/objects/usage.js";
import { job, node } from "../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../support/machines.js";
import { simulate } from "../support/simulations.js";

const GIB = 2 ** 30;
const WEEK_S = 7 * 86_400;

/** Goes over half a gibibyte 10 s after each start. */
const GROWING: Demand = {
	kind: "phases",
	phases: [
		{ durationUs: 10 * SECOND, value: 0 },
		{ durationUs: 1, value: GIB },
	],
	after: "hold",
};

/** 50 s of a pod whose container outgrows its limit after 10 s, on nodes of which the first fails after 25 s. */
async function summaryOn(nodes: readonly string[]): Promise<RunSummary> {
	let probe: SummaryProbe | null = null;
	const pod = runningPod({ memory: GROWING, limits: { memory: GIB / 2 }, restartPolicy: "Always" });
	const { endedUs } = await simulate({
		nodes: nodes.map((name) => node(name, { cpu: 1000, memory: 8 * GIB })),
		jobs: [job("p", { pods: [pod] })],
		machine: machineOf(),
		faults: [{ atUs: 25 * SECOND, action: "fail", selects: ({ name }) => name === "a" }],
		endUs: 50 * SECOND,
		observers: [
			(_engine, cell) => {
				probe = new SummaryProbe(cell, 0);
			},
		],
	});
	return probe!.result(endedUs);
}

test("what happened to a pod on the node that it lost counts once", async () => {
	// Killed at 10 s, started again at once, killed at 20 s and held back when its node fails; elsewhere killed at 35 s and 45 s.
	expect(await summaryOn(["a", "b"])).toMatchObject({
		container_oom_kills: 4,
		container_restarts: 2,
		pods_oom_killed_again: 1,
		oom_kills_per_pod_week: 4 / (50 / WEEK_S),
		evictions_per_pod_week: 1 / (50 / WEEK_S),
		"evictions_per_pod_week.cause_machine_failure": 1 / (50 / WEEK_S),
	});
});

test("a pod that waits for a node does not run", async () => {
	expect(await summaryOn(["a"])).toMatchObject({
		container_oom_kills: 2,
		evictions_per_pod_week: 1 / (25 / WEEK_S),
	});
});

/** One pod on a machine, of which the summary takes samples at 1, 3, 5, ... s; its container `c0` is resized at 2, 4, ... s. */
function summaryOf(pod: RunningPodOptions, sizes: readonly ContainerSize[]): Readonly<Record<string, number>> {
	const engine = new Engine();
	const cell = new Cell(engine);
	const options = { startDelayUs: null, onLoss: "fail", machine: machineOf({ podPidsLimit: 100 }) } as const;
	const agent = new MachineAgent(engine, cell, 1, { ...options, random: new SeededRandomSource("1") });
	const summary = new MachineSummary(cell, () => true);
	cell.watch(summary);
	cell.place(job("p", { pods: [runningPod({ facts: { className: "web" }, ...pod })] }), [cell.addNode(node("n"))]);
	const [id] = [...cell.pods.all()];
	const sample = engine.kind("sample", 2, () => summary.sample());
	const resize = engine.kind("resize", 2, (i) => agent.resize(id!, "c0", sizes[i]!));
	for (let i = 0; i <= sizes.length; i++) engine.schedule((2 * i + 1) * SECOND, sample, 0);
	for (let i = 0; i < sizes.length; i++) engine.schedule((2 * i + 2) * SECOND, resize, i);
	engine.runUntil(60 * SECOND);
	const metrics: Record<string, number> = {};
	summary.report(60 * SECOND, (name, value) => {
		metrics[name] = value;
	});
	return metrics;
}

test("usage is held against what containers declare at the time", () => {
	const c0 = { requests: { cpu: 1000, memory: 400 }, limits: { cpu: 2000 }, cpu: 500, memory: 200 };
	const c1 = { requests: { cpu: 100 }, cpu: 0 };
	const pod = { containers: [c0, c1] };
	// Without a limit for memory the request counts as one.
	expect(summaryOf(pod, [])).toMatchObject({
		cpu_usage_over_request: 500 / 1100,
		cpu_usage_over_limit: 500 / 2100,
		memory_usage_over_request: 200 / 400,
		memory_usage_over_limit: 200 / 400,
	});
	const smaller = { requestMilli: 500, limitMilli: 900, memoryRequestBytes: 250, memoryLimitBytes: 300 };
	expect(summaryOf(pod, [smaller])).toMatchObject({
		cpu_usage_over_request: (500 + 500) / (1100 + 600),
		cpu_usage_over_limit: (500 + 500) / (2100 + 1000),
		memory_usage_over_request: (200 + 200) / (400 + 250),
		memory_usage_over_limit: (200 + 200) / (400 + 300),
	});
	// The second resize takes the limit of CPU away and leaves the rest.
	expect(summaryOf(pod, [smaller, { limitMilli: Number.POSITIVE_INFINITY }])).toMatchObject({
		cpu_usage_over_limit: (3 * 500) / (2100 + 1000 + 600),
		memory_usage_over_limit: (3 * 200) / (400 + 300 + 300),
	});
});

test("forks and GPU memory that were refused count where somebody demands either, by class, too", () => {
	const plain = summaryOf({}, []);
	for (const name of ["forks_refused", "pods_pids_limited", "container_gpu_memory_failures"])
		expect(plain).not.toHaveProperty([name]);
	// 130 of 100, then 150: 30 and 20 more.
	const pids = { pids: stepTo(130, 10 * SECOND, 150) };
	expect(summaryOf(pids, [])).toMatchObject({
		forks_refused: 50,
		pods_pids_limited: 1,
		"forks_refused.class_web": 50,
		"pods_pids_limited.class_web": 1,
	});
	expect(summaryOf({ pids: 100 }, [])).toMatchObject({ forks_refused: 0, pods_pids_limited: 0 });
	// Up and dead at 0 s, again at once, after 10 s and at 30 s; the next would be at 70 s.
	expect(summaryOf({ gpuMemory: 1, restartPolicy: "OnFailure" }, [])).toMatchObject({
		container_gpu_memory_failures: 4,
		"container_gpu_memory_failures.class_web": 4,
		container_oom_kills: 0,
	});
});
