import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cell } from "../../../src/cell/cell.js";
import { rowOf } from "../../../src/cell/ids.js";
import { Engine } from "../../../src/engine/engine.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { SECOND } from "../../../src/engine/time.js";
import { KUBELET_PULLS } from "../../../src/node/images/pull-options.js";
import type { ContainerSize } from "../../../src/node/machine/machine.js";
import { MachineAgent } from "../../../src/node/machine/machine-agent.js";
import type { Demand } from "../../../src/objects/usage.js";
import { crowds, faultLists } from "../../support/arbitraries.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../../support/machines.js";
import { type SimulateOptions, simulate } from "../../support/simulations.js";

const GIB = 2 ** 30;

/** Simulates one node of `cpu` milli-CPU and 1 GiB on which pods run from the start; what happens after that, times in seconds. */
async function onNode(cpu: number, pods: readonly RunningPodOptions[], options: SimulateOptions = {}) {
	const { log, simulation } = await simulate({
		nodes: [node("n", { cpu, memory: GIB })],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf(),
		...options,
	});
	const seconds = log.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND)));
	return {
		log: seconds.filter((line) => !/^0 (node-added|bound|started)/.test(line)),
		cell: simulation.cell,
		simulation,
	};
}

describe("work", () => {
	test("takes as long as CPU is granted for it", async () => {
		// Alone, 2 CPUs do 10 CPU-seconds in 5 s.
		expect((await onNode(2000, [{ cpu: 2000, workUs: 10 * SECOND }])).log).toEqual(["5 succeeded p-0"]);
		// Two that want 2 CPUs each get 1 each. The second has 5 left when the first is done, and then 2 CPUs: 5 + 5 / 2.
		const two = [
			{ cpu: 2000, workUs: 5 * SECOND },
			{ cpu: 2000, workUs: 10 * SECOND },
		];
		expect((await onNode(2000, two)).log).toEqual(["5 succeeded p-0", "7.5 succeeded p-1"]);
	});

	test("is divided by weight while it waits, and no thread uses more than one CPU", async () => {
		// Shares of 1024 and 2048 are weights of 39 and 79: both are done with 3 x 0.39 and 3 x 0.79 CPU-seconds at the same time.
		const pods = [
			{ cpu: 3000, requests: { cpu: 1000 }, workUs: 3 * 0.39 * SECOND },
			{ cpu: 3000, requests: { cpu: 2000 }, workUs: 3 * 0.79 * SECOND },
		];
		expect((await onNode(3000, pods)).log).toEqual(["1.18 succeeded p-0", "1.18 succeeded p-1"]);
		expect((await onNode(3000, [{ cpu: 3000, threads: 1, workUs: 2 * SECOND }])).log).toEqual(["2 succeeded p-0"]);
	});

	test("beyond a limit is throttled, and what waits within it is accounted apart", async () => {
		// Each wants 1 CPU. The first may use 0.5; with equal weights both get 0.4 of the node's 0.8.
		const pods = [{ limits: { cpu: 500 }, requests: { cpu: 400 } }, { requests: { cpu: 400 } }];
		const { cell } = await onNode(800, pods);
		const at = 10 * SECOND;
		const accounts = [...cell.pods.all()].map(rowOf).map((row) => ({
			used: cell.usage.pods.cpuTimeUs(row, at) / SECOND,
			wanted: cell.usage.pods.wantedTimeUs(row, at) / SECOND,
			throttled: cell.usage.pods.throttledTimeUs(row, at) / SECOND,
			waiting: cell.usage.pods.waitingTimeUs(row, at) / SECOND,
		}));
		expect(accounts).toEqual([
			{ used: 4, wanted: 10, throttled: 5, waiting: 1 },
			{ used: 4, wanted: 10, throttled: 0, waiting: 6 },
		]);
		expect(cell.usage.nodes.cpuTimeUs(0, at)).toBe(8 * SECOND);
		expect(cell.usage.nodes.waitingTimeUs(0, at)).toBe(7 * SECOND);
	});

	test("follows a demand that changes", async () => {
		// 1 CPU for 2 s, then 0.5: 3 CPU-seconds are done after 2 + 1 / 0.5 s.
		const { log } = await onNode(4000, [{ cpu: stepTo(1000, 2 * SECOND, 500), workUs: 3 * SECOND }]);
		expect(log).toEqual(["4 succeeded p-0"]);
	});

	test("of a pod that draws its demand does not depend on who else draws", async () => {
		const cpu: Demand = { kind: "drawn", distribution: { dist: "uniform", min: 100, max: 900 }, stepUs: SECOND };
		const alone = (await onNode(4000, [{ cpu, workUs: 20 * SECOND }])).log;
		const beside = (
			await onNode(4000, [
				{ cpu, workUs: 20 * SECOND },
				{ cpu, durationUs: 90 * SECOND },
			])
		).log;
		expect(alone).toHaveLength(1);
		expect(beside).toEqual([...alone, "90 succeeded p-1"]);
	});

	test("by time ends by time, whatever CPU there is", async () => {
		const pods = [
			{ cpu: 4000, durationUs: 3 * SECOND },
			{ cpu: 4000, durationUs: 3 * SECOND },
		];
		expect((await onNode(1000, pods)).log).toEqual(["3 succeeded p-0", "3 succeeded p-1"]);
	});

	test("goes slower for what else runs, where interference says so", async () => {
		// One of two tasks on a machine of which 2 of 4 CPUs are in use: 1 + 0.003 x 1 + 0.2 x 0.5 = 1.103 times as long.
		const { log } = await onNode(
			4000,
			[
				{ cpu: 1000, workUs: 10 * SECOND },
				{ cpu: 1000, durationUs: 100 * SECOND },
			],
			{ machine: machineOf({ interference: "borg-cpi" }) },
		);
		expect(log[0]).toBe("11.03 succeeded p-0");
	});

	test("of a node where nothing changes is one event, for all its pods", async () => {
		const { simulation } = await onNode(4000, [{}, {}, {}], { endUs: 1000 * SECOND });
		// The job arrives, is decided, and its pods start; then silence.
		expect(simulation.engine.fired).toBe(3);
	});
});

describe("memory", () => {
	const MIB = 2 ** 20;
	const grows = { memory: stepTo(100 * MIB, 5 * SECOND, 300 * MIB), limits: { memory: 200 * MIB } };

	test("beyond a container's limit kills it: without a restart its pod goes back to the queue", async () => {
		const { log } = await onNode(4000, [grows], { machine: machineOf({ relistUs: SECOND }), endUs: 7 * SECOND });
		// The kubelet hears of the death a second later; the pod starts anew at once.
		expect(log).toEqual(["6 requeued p-0 oom-killed", "6 bound p-0 n", "6 started p-0"]);
	});

	test("beyond a container's limit kills it: or the pod has failed for good", async () => {
		const { log } = await onNode(4000, [grows], { machine: machineOf({ onEviction: "fail" }) });
		expect(log).toEqual(["5 oom-killed p-0"]);
	});

	test("beyond a container's limit kills it: restarts follow at growing distances", async () => {
		const pod = { ...grows, restartPolicy: "OnFailure" as const, cpu: 1000, workUs: 100 * SECOND };
		const { cell, log } = await onNode(4000, [pod], { endUs: 60 * SECOND });
		const row = rowOf([...cell.pods.all()][0]!);
		expect(log).toEqual([]);
		// Dead at 5 and up at once; dead at 10, up after 10 s at 20; dead at 25, up after 20 s at 45; dead at 50. No work is kept.
		expect(cell.usage.pods.oomKills[row]).toBe(4);
		expect(cell.usage.pods.restarts[row]).toBe(3);
		expect(cell.usage.pods.cpuTimeUs(row, 60 * SECOND)).toBe(4 * 5 * SECOND);
		expect(cell.usage.nodes.oomKills[0]).toBe(4);
	});

	test("page cache goes before anybody is killed, and comes back when there is room", async () => {
		const reader = { memory: 100 * MIB, cache: 900 * MIB };
		const grower = { memory: stepTo(100 * MIB, 5 * SECOND, 400 * MIB), durationUs: 9 * SECOND };
		const { cell, log } = await onNode(4000, [reader, grower], {
			machine: machineOf({ eviction: null }),
			endUs: 6 * SECOND,
		});
		const cacheMib = () => cell.usage.nodes.cacheBytes[0]! / MIB;
		expect(log).toEqual([]);
		// 1024 MiB less 100 and 400.
		expect(cacheMib()).toBe(524);
		const after = await onNode(4000, [reader, grower], { machine: machineOf({ eviction: null }) });
		expect(after.log).toEqual(["9 succeeded p-1"]);
		expect(after.cell.usage.nodes.cacheBytes[0]! / MIB).toBe(900);
	});

	test("above memory.high makes who allocates wait, where there is MemoryQoS", async () => {
		// memory.high is 100 + 0.9 x 100 MiB; 199.5 are 5 % above it: 256 KiB at a time wait for 64 s x 0.05 x 0.05.
		const memory = stepTo(189.5 * MIB, 5 * SECOND, 199.5 * MIB);
		const pod = { requests: { memory: 100 * MIB }, limits: { memory: 200 * MIB }, memory, workUs: 10 * SECOND };
		expect((await onNode(4000, [pod])).log).toEqual(["10 succeeded p-0"]);
		// 10 MiB are 40 times 256 KiB: 6.4 s.
		const { log } = await onNode(4000, [pod], { machine: machineOf({ memoryQos: true }) });
		expect(log).toEqual(["16.4 succeeded p-0"]);
	});

	test("beyond what the node has kills by score: besteffort first", async () => {
		const pods = [
			{ requests: { memory: 100 * MIB }, memory: 600 * MIB },
			{ memory: stepTo(100 * MIB, 5 * SECOND, 300 * MIB) },
			{ requests: { memory: 300 * MIB }, memory: stepTo(100 * MIB, 5 * SECOND, 300 * MIB) },
		];
		const { log } = await onNode(4000, pods, { machine: machineOf({ onEviction: "fail", eviction: null }) });
		// 600 + 300 + 300 of 1024: the scores are 600 + 902, 300 + 1000 and 300 + 707 thousandths of the node's memory or so.
		expect(log).toEqual(["5 oom-killed p-0"]);
	});

	test("is short on a node no more when the node is taken out", async () => {
		const pods = [
			{ requests: { memory: 500 * MIB }, memory: 500 * MIB },
			{ requests: { memory: 100 * MIB }, memory: stepTo(100 * MIB, 5 * SECOND, 530 * MIB) },
		];
		const faults = [{ atUs: 20 * SECOND, action: "remove" as const, selects: () => true }];
		// The condition would last for 5 minutes more.
		const { log } = await onNode(4000, pods, { machine: machineOf({ onEviction: "fail" }), onLoss: "fail", faults });
		expect(log).toEqual([
			"10 node-updated n",
			"10 evicted p-1",
			"20 node-not-ready n",
			"20 node-lost p-0",
			"20 node-removed n",
		]);
	});

	test("below its threshold for a whole round of the kubelet gets a pod evicted, and the node a taint", async () => {
		const pods = [
			{ requests: { memory: 500 * MIB }, memory: 500 * MIB },
			{ requests: { memory: 100 * MIB }, memory: stepTo(100 * MIB, 5 * SECOND, 530 * MIB) },
		];
		// 1030 MiB are more than what may be requested, 1024; the kernel steps in 100 MiB later.
		const { log, cell } = await onNode(4000, pods, { machine: machineOf({ onEviction: "fail" }), endUs: 200 * SECOND });
		expect(log).toEqual(["10 node-updated n", "10 evicted p-1"]);
		expect(cell.node(0 as never).spec.taints.map(({ key }) => key)).toEqual(["node.kubernetes.io/memory-pressure"]);
		// The condition was last seen at 10 and holds for five minutes; rounds are 10 s apart, counted from that of 11.
		const later = await onNode(4000, pods, { machine: machineOf({ onEviction: "fail" }) });
		expect(later.log).toEqual(["10 node-updated n", "10 evicted p-1", "311 node-updated n"]);
	});
});

describe("the containers of a pod", () => {
	test("init containers go first, one after the other; sidecars run on and end with the rest", async () => {
		const containers = [
			{ kind: "init" as const, cpu: 1000, workUs: 2 * SECOND },
			{ kind: "sidecar" as const, cpu: 500 },
			{ kind: "init" as const, cpu: 1000, workUs: 3 * SECOND },
			{ cpu: 1000, workUs: 4 * SECOND },
			{ cpu: 1000, workUs: 5 * SECOND },
		];
		const { log } = await onNode(8000, [{ containers }]);
		expect(log).toEqual(["5 started p-0", "10 succeeded p-0"]);
	});

	test("which is kept running lives for its duration, whatever happens to its containers", async () => {
		const memory = stepTo(0, 5 * SECOND, 300);
		const pod = { memory, limits: { memory: 200 }, restartPolicy: "Always" as const, durationUs: 8 * SECOND };
		expect((await onNode(4000, [pod])).log).toEqual(["8 succeeded p-0"]);
		// Otherwise a container that starts again runs for all of its time, and here it never gets so far.
		const job = { ...pod, restartPolicy: "OnFailure" as const };
		expect((await onNode(4000, [job], { endUs: 100 * SECOND })).log).toEqual([]);
	});
});

describe("a container that takes long to start up", () => {
	// Asked at 0, 10 and 20 s, each time without an answer within a second: ended at 21 s.
	const livenessProbe = {
		initialDelayUs: 0,
		periodUs: 10 * SECOND,
		timeoutUs: SECOND,
		successThreshold: 1,
		failureThreshold: 3,
	};
	const slow = { startupUs: 30 * SECOND, workUs: 50 * SECOND, restartPolicy: "OnFailure" as const };

	test("never lives if its probe is impatient", async () => {
		const { cell, log } = await onNode(4000, [{ ...slow, livenessProbe }], { endUs: 200 * SECOND });
		expect(log).toEqual([]);
		// Up at 0, 21, 52 (10 s after 42), 93 (20 s after 73), 154 (40 s after 114).
		expect(cell.usage.pods.restarts[rowOf([...cell.pods.all()][0]!)]).toBe(4);
	});

	test("lives if it gets more time, or more CPU", async () => {
		const patient = { ...livenessProbe, initialDelayUs: 10 * SECOND };
		expect((await onNode(4000, [{ ...slow, livenessProbe: patient }])).log).toEqual(["50 succeeded p-0"]);
		expect((await onNode(4000, [{ ...slow, cpu: 2000, livenessProbe }])).log).toEqual(["25 succeeded p-0"]);
	});
});

describe("a container whose image is not on its node", () => {
	const layers = [{ digest: "base", sizeBytes: 100 }];
	const images = [
		{ name: "web", layers },
		{ name: "batch", layers: [...layers, { digest: "own", sizeBytes: 50 }] },
	];
	const machine = machineOf({ images: { images, pulls: KUBELET_PULLS, diskBytes: 10_000, bytesPerS: 10 } });

	test("waits for it, and the node has it from then on", async () => {
		const pods = [
			{ image: "web", durationUs: SECOND },
			{ image: "batch:latest", durationUs: SECOND },
		];
		const { log, cell } = await onNode(4000, pods, { machine });
		// One after the other: 100 bytes, and then the 50 that are not there yet, at 10 a second.
		expect(log).toEqual([
			"10 node-updated n",
			"10 started p-0",
			"11 succeeded p-0",
			"15 node-updated n",
			"15 started p-1",
			"16 succeeded p-1",
		]);
		const names = cell.nodes.specs[0]!.images!.map((image) => image.names);
		expect(names).toEqual([["web:latest"], ["batch:latest"]]);
	});

	test("starts at once where it is, or if nothing is known of it", async () => {
		const here = { ...node("n"), images: [{ names: ["web:latest"], sizeBytes: 100 }] };
		const pods = [
			{ image: "web", durationUs: SECOND },
			{ image: "other", durationUs: SECOND },
		];
		const { log } = await onNode(4000, pods, { machine, nodes: [here] });
		expect(log).toEqual(["1 succeeded p-0", "1 succeeded p-1"]);
	});

	test("is forgotten when its pod goes", async () => {
		const pod = job("p", { pods: [runningPod({ image: "web" })] });
		const faults = [{ atUs: 5 * SECOND, action: "delete" as const, selects: () => true }];
		const { log } = await simulate({ nodes: [node("n")], jobs: [pod], machine, faults });
		expect(log.slice(2)).toEqual(["5000000 deleted p-0", "10000000 node-updated n"]);
	});
});

describe("a resize", () => {
	/** A container with a limit of 0.5 CPU that has 10 CPU-seconds to do; after 4 s it is resized. */
	function resized(size: ContainerSize): string[] {
		const { engine, log } = cellWith(size);
		engine.runUntil(100 * SECOND);
		return log;
	}

	function cellWith(size: ContainerSize) {
		const engine = new Engine();
		const cell = new Cell(engine);
		const log: string[] = [];
		cell.watch({ podEnded: (_pod, _node, reason) => log.push(`${engine.nowUs / SECOND} ${reason}`) });
		const random = new SeededRandomSource("1");
		const machine = machineOf({ onEviction: "fail" });
		const agent = new MachineAgent(engine, cell, 1, { startDelayUs: null, onLoss: "fail", machine, random });
		const n = cell.addNode(node("n"));
		const pod = { limits: { cpu: 500, memory: 200 }, memory: 100, workUs: 10 * SECOND };
		cell.place(job("p", { pods: [runningPod(pod)] }), [n]);
		const [id] = [...cell.pods.all()];
		const later = engine.kind("resize", 2, () => agent.resize(id!, "c0", size));
		engine.schedule(4 * SECOND, later, 0);
		return { engine, cell, log, pod: id! };
	}

	test("moves the quota of a running container", () => {
		expect(resized({})).toEqual(["20 succeeded"]);
		// 2 CPU-seconds are done; the other 8 go at 1 CPU, which is all that it wants.
		expect(resized({ limitMilli: 2000 })).toEqual(["12 succeeded"]);
		expect(resized({ limitMilli: 250 })).toEqual(["36 succeeded"]);
	});

	test("kills a container that uses more memory than its new limit", () => {
		expect(resized({ memoryLimitBytes: 100 })).toEqual(["20 succeeded"]);
		expect(resized({ memoryLimitBytes: 99 })).toEqual(["4 oom-killed"]);
	});

	test("is over when the pod leaves the machine: elsewhere it has what it declares", () => {
		const { engine, cell, pod } = cellWith({ limitMilli: 2000 });
		engine.runUntil(5 * SECOND);
		const [declared] = cell.pods.arrivals[rowOf(pod)]!.spec.run!.containers;
		expect(cell.usage.resized.get(rowOf(pod))!.containers).toEqual([
			{ ...declared, limits: { cpu: 2000, memory: 200 } },
		]);
		cell.requeuePod(pod, "node-lost");
		expect(cell.usage.resized.size).toBe(0);
	});

	test("of what is not there is an error", () => {
		const engine = new Engine();
		const cell = new Cell(engine);
		const random = new SeededRandomSource("1");
		const agent = new MachineAgent(engine, cell, 1, {
			startDelayUs: null,
			onLoss: "fail",
			machine: machineOf(),
			random,
		});
		cell.submit(job("p"));
		const [id] = [...cell.pods.all()];
		expect(() => agent.resize(id!, "c0", {})).toThrow("pod 'p-0' has no container 'c0' on a node");
	});
});

test("without limits, shortage or changing demands, pods start and end as on the light nodes", async () => {
	const inOrder = (log: readonly string[]) =>
		log.filter((line) => / (started|succeeded|failed|node-lost|requeued) /.test(line)).sort();
	await fc.assert(
		fc.asyncProperty(
			crowds({ maxJobs: 12, maxPods: 3, gangs: true }),
			faultLists,
			fc.constantFrom(null, 3),
			async ({ nodes, jobs }, faults, startDelayUs) => {
				const options = { nodes, jobs, faults, startDelayUs };
				const light = await simulate(options);
				const full = await simulate({ ...options, machine: machineOf({ eviction: null }) });
				expect(inOrder(full.log)).toEqual(inOrder(light.log));
			},
		),
		{ seed: 12, numRuns: 60 },
	);
});
