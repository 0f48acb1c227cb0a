/** What happens to containers that allocate more memory of GPUs than their pod has of devices. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const share = (milli: number, count = 1) => ({ gpu: { count, milli, models: [] } });

/** A minute on a node with two devices: what happened after the start, and by pod how many containers died for want of GPU memory. */
async function onNode(pods: readonly RunningPodOptions[]) {
	const { log, simulation } = await simulate({
		nodes: [node("n", { gpus: 2 })],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf(),
		endUs: 60 * SECOND,
	});
	const { pods: table, nodes } = simulation.cell.usage;
	const later = log.filter((line) => !/^0 (node|bound|started)/.test(line));
	return {
		log: later.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND))),
		failures: pods.map((_, row) => table.gpuMemoryFailures.of(row)),
		ofNode: nodes.gpuMemoryFailures.of(0),
		restarts: pods.map((_, row) => table.restarts[row]),
	};
}

describe("a pod with a share of a device", () => {
	test("fails when it allocates more than its share, and the others on the device notice nothing", async () => {
		const pods = [
			{ ...share(400), gpuMemory: stepTo(300, 5 * SECOND, 401) },
			{ ...share(600), gpuMemory: 600, durationUs: 9 * SECOND },
		];
		expect(await onNode(pods)).toMatchObject({
			log: ["5 failed p-0", "9 succeeded p-1"],
			failures: [1, 0],
			ofNode: 1,
		});
		expect((await onNode([{ ...share(400), gpuMemory: stepTo(300, 5 * SECOND, 400) }])).log).toEqual([]);
	});

	test("is started again as its restart policy says, with the kubelet's back-off", async () => {
		const pod = { ...share(400), gpuMemory: stepTo(300, 5 * SECOND, 401), restartPolicy: "OnFailure" as const };
		// Dead at 5 and up at once; dead at 10, up after 10 s at 20; dead at 25, up after 20 s at 45; dead at 50.
		expect(await onNode([pod])).toMatchObject({ log: [], failures: [4], restarts: [3] });
	});

	test("that was short of memory before fails for what it was short of last", async () => {
		const dies = { memory: stepTo(0, 5 * SECOND, 200), limits: { memory: 100 } };
		const second = { gpuMemory: stepTo(0, 7 * SECOND, 500), ...share(400) };
		const pod = { ...second, containers: [dies, second] };
		// Nobody starts them again: the pod is over with the second.
		expect((await onNode([pod])).log).toEqual(["7 failed p-0"]);
	});
});

describe("containers of a pod", () => {
	test("share what it has: who comes too late fails, the other goes on", async () => {
		const containers = [{ gpuMemory: 300 }, { gpuMemory: stepTo(100, 5 * SECOND, 201) }];
		expect(await onNode([{ ...share(500), containers }])).toMatchObject({ log: [], failures: [1] });
	});

	test("that give memory back do so before others allocate", async () => {
		const containers = [{ gpuMemory: stepTo(100, 5 * SECOND, 400) }, { gpuMemory: stepTo(400, 5 * SECOND, 100) }];
		expect(await onNode([{ ...share(500), containers }])).toMatchObject({ log: [], failures: [0] });
	});

	test("whose allocation fails leave room for those after them", async () => {
		// At 5 s the first wants 501 of 500 and dies: with its 200 and the 100 that were free the second has 300 more.
		const containers = [{ gpuMemory: stepTo(200, 5 * SECOND, 501) }, { gpuMemory: stepTo(200, 5 * SECOND, 500) }];
		expect(await onNode([{ ...share(500), containers }])).toMatchObject({ log: [], failures: [1] });
	});
});

test("whole devices are the limit of a pod that has them, and without any there is nothing to allocate", async () => {
	const two = share(1000, 2);
	expect((await onNode([{ ...two, gpuMemory: 2000 }])).log).toEqual([]);
	expect((await onNode([{ ...two, gpuMemory: 2001 }])).log).toEqual(["0 failed p-0"]);
	expect((await onNode([{ gpuMemory: 1 }])).log).toEqual(["0 failed p-0"]);
	expect((await onNode([{ gpuMemory: 0 }])).log).toEqual([]);
});
