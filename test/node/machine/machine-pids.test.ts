/** What happens to pods that make more processes than they may, or than there are ids for. */
import { describe, expect, test } from "vitest";
import { rowOf } from "../../../src/cell/ids.js";
import { SECOND } from "../../../src/engine/time.js";
import { hard } from "../../../src/node/kubelet/thresholds.js";
import type { MachineOptions } from "../../../src/node/machine/machine-options.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

/** A minute on a node with 1000 process ids: what happened after the start, and by pod how many processes could not be made. */
async function onNode(pods: readonly RunningPodOptions[], machine: Partial<MachineOptions> = {}) {
	const { log, simulation } = await simulate({
		nodes: [node("n")],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf({ onEviction: "fail", pidMax: 1000, ...machine }),
		endUs: 60 * SECOND,
	});
	const { pods: table, usage, nodes } = simulation.cell;
	const later = log.filter((line) => !/^0 /.test(line));
	return {
		log: later.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND))),
		refused: pods.map((_, row) => usage.pods.refusedForks.of(row)),
		ofNode: usage.nodes.refusedForks.of(0),
		live: [...table.all()].map(rowOf),
		taints: nodes.specs[0]!.taints.map(({ key }) => key),
	};
}

describe("podPidsLimit", () => {
	const podPidsLimit = 100;

	test("refuses forks beyond it, and kills nobody", async () => {
		// 80, then 130 of 100: 30 are refused, once.
		const { log, refused, ofNode, live } = await onNode([{ pids: stepTo(80, 5 * SECOND, 130) }], { podPidsLimit });
		expect({ log, refused, ofNode, live }).toEqual({ log: [], refused: [30], ofNode: 30, live: [0] });
		expect((await onNode([{ pids: stepTo(80, 5 * SECOND, 100) }], { podPidsLimit })).refused).toEqual([0]);
		expect((await onNode([{ pids: 130 }])).refused).toEqual([0]);
	});

	test("is one for all containers of a pod, and each pod has its own", async () => {
		const two = { containers: [{ pids: 60 }, { pids: 70 }] };
		expect((await onNode([two, { pids: 90 }], { podPidsLimit })).refused).toEqual([30, 0]);
	});

	test("leaves room when processes end: what waits is made then, and only more than that is refused anew", async () => {
		// 60 + 70 are 30 too many; 20 + 70 are not; 20 + 110 are 30 too many again.
		const first = stepTo(60, 10 * SECOND, 20);
		const second = stepTo(70, 20 * SECOND, 110);
		const together = { containers: [{ pids: first }, { pids: second }] };
		expect((await onNode([together], { podPidsLimit })).refused).toEqual([60]);
		// 60 + 70, then 60 + 75: 5 more than before.
		const more = { containers: [{ pids: 60 }, { pids: stepTo(70, 20 * SECOND, 75) }] };
		expect((await onNode([more], { podPidsLimit })).refused).toEqual([35]);
	});

	test("counts again what a container asks for after a restart", async () => {
		// Killed 10 s after each start: up at 0 s, at once at 10 s, after 10 s of back-off at 30 s, and after 20 s not before 60 s.
		const failing = { pids: 120, memory: stepTo(0, 10 * SECOND, 200), limits: { memory: 100 } };
		const { refused } = await onNode([{ ...failing, restartPolicy: "OnFailure" }], { podPidsLimit });
		expect(refused).toEqual([3 * 20]);
	});
});

describe("a node", () => {
	test("keeps back what is reserved: who comes first forks first", async () => {
		// 1000 - 200 are for pods: 500 + 250 leave 50 of 100, and the rest of all.
		const reserved = { cpuMilli: 0, memoryBytes: 0, pids: 200 };
		const pods = [{ pids: 500 }, { pids: stepTo(250, 5 * SECOND, 350) }, { pids: stepTo(0, 6 * SECOND, 10) }];
		const { log, refused } = await onNode(pods, { reserved });
		expect({ log, refused }).toEqual({ log: [], refused: [0, 50, 10] });
	});

	test("gives ids that are given back at the same instant to whoever forks", async () => {
		const pods = [{ pids: stepTo(300, 5 * SECOND, 700) }, { pids: stepTo(600, 5 * SECOND, 300) }];
		expect((await onNode(pods)).refused).toEqual([0, 0]);
	});

	test("short of ids evicts the lowest priority, then who has most, and has the condition's taint", async () => {
		const eviction = { thresholds: [hard("pid.available", { share: 0.1 })] };
		const systemUsage = { cpuMilli: 0, memoryBytes: 0, pids: 50 };
		const important = { pids: 400, facts: { priority: 10 } };
		const pods = (last: number) => [important, { pids: 200 }, { pids: stepTo(100, 5 * SECOND, last) }];
		// Less than 100 of 1000 are left when pods have more than 850: p-2 has 251 of 851, p-1 only 200.
		const { log, taints } = await onNode(pods(251), { eviction, systemUsage });
		expect(log).toEqual(["10 node-updated n", "10 evicted p-2"]);
		expect(taints).toEqual(["node.kubernetes.io/pid-pressure"]);
		expect((await onNode(pods(250), { eviction, systemUsage })).log).toEqual([]);
		expect((await onNode(pods(251), { eviction: null, systemUsage })).log).toEqual([]);
	});
});
