/** What happens to pods that use more of the disk than they may, or than there is. */
import { expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import type { MachineOptions } from "../../../src/node/machine/machine-options.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod, stepTo } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const STORAGE = "ephemeral-storage";

/** A thousand bytes of disk may be requested; by the default threshold, 10 %, there are 1112. */
async function onDisk(pods: readonly RunningPodOptions[], machine: Partial<MachineOptions> = {}): Promise<string[]> {
	const { log } = await simulate({
		nodes: [{ ...node("n"), allocatable: { cpu: 4000, memory: 2 ** 30, [STORAGE]: 1000 } }],
		jobs: [job("p", { pods: pods.map(runningPod) })],
		machine: machineOf({ onEviction: "fail", ...machine }),
		endUs: 60 * SECOND,
	});
	return log
		.filter((line) => !/^0 /.test(line))
		.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND)));
}

test("a pod beyond its limit is evicted in the kubelet's next round, and no sooner", async () => {
	const pod = { limits: { [STORAGE]: 100 }, storage: stepTo(100, 13 * SECOND, 101) };
	expect(await onDisk([pod])).toEqual(["20 evicted p-0"]);
	expect(await onDisk([{ ...pod, storage: 100 }])).toEqual([]);
	expect(await onDisk([pod], { eviction: null })).toEqual([]);
});

test("the limit of each container counts, and that of all together", async () => {
	const limits = { [STORAGE]: 100 };
	// 101 of 100, though the pod uses 101 of 200.
	expect(await onDisk([{ containers: [{ limits, storage: stepTo(0, SECOND, 101) }, { limits }] }])).toEqual([
		"10 evicted p-0",
	]);
	// 60 of 100 and, without a limit, 41: 101 of the pod's 100.
	const both = (bytes: number) => ({
		containers: [{ limits, storage: stepTo(0, SECOND, 60) }, { storage: bytes }],
	});
	expect(await onDisk([both(41)])).toEqual(["10 evicted p-0"]);
	expect(await onDisk([both(40)])).toEqual([]);
});

test("a disk below its threshold gets the pod evicted that is farthest above its request", async () => {
	const pods = [
		{ requests: { [STORAGE]: 600 }, storage: 600 },
		{ requests: { [STORAGE]: 300 }, storage: stepTo(300, 5 * SECOND, 402) },
	];
	// Less than 111 of 1112 are left when more than 1001 are used.
	expect(await onDisk(pods)).toEqual(["10 node-updated n", "10 evicted p-1"]);
	expect(await onDisk([pods[0]!, { ...pods[1]!, storage: 401 }])).toEqual([]);
});
