import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/engine/time.js";
import { DEFAULT_VIRTUAL_MACHINES, VirtualMachine } from "../../../src/node/machine/virtual-machines.js";
import { virtualMachinesSchema } from "../../../src/node/machine/virtual-machines-schema.js";
import { job, node } from "../../support/cells.js";
import { machineOf, type RunningPodOptions, runningPod } from "../../support/machines.js";
import { simulate } from "../../support/simulations.js";

const MIB = 2 ** 20;
const plain = {
	...DEFAULT_VIRTUAL_MACHINES,
	cpuOverhead: 0.25,
	ioOverhead: 1,
	hypervisorBytes: 50,
	guestSystemBytes: 0,
};

/** What happens after the start on a host of 2 CPUs and 1024 bytes that evicts nobody. */
async function onHost(pods: readonly RunningPodOptions[], virtualMachines = plain) {
	const machine = machineOf({ virtualMachines, eviction: null, onEviction: "fail" });
	const jobs = [job("p", { pods: pods.map(runningPod) })];
	const { log, simulation } = await simulate({ nodes: [node("host", { cpu: 2000, memory: 1024 })], jobs, machine });
	const seconds = log.map((line) => line.replace(/^\d+/, (us) => String(Number(us) / SECOND)));
	return { log: seconds.filter((line) => / (succeeded|oom-killed) /.test(line)), usage: simulation.cell.usage };
}

describe("a guest", () => {
	const busy = { requests: { cpu: 500 }, limits: { cpu: 2000 }, cpu: 2000, workUs: 16 * SECOND };

	test("pays for its overhead out of its own vCPUs", async () => {
		// 16 CPU-seconds x 1.25 on 2 vCPUs.
		expect((await onHost([busy])).log).toEqual(["10 succeeded p-0"]);
		// Half of the work serves I/O: 1 + 0.25 / 2 + 1 / 2 = 1.625.
		const serving = { ...runningPod(busy).usage!.containers[0]!, ioShare: 0.5 };
		const { log } = await simulate({
			nodes: [node("host", { cpu: 2000, memory: 1024 })],
			jobs: [job("p", { pods: [{ ...runningPod(busy), usage: { containers: [serving] } }] })],
			machine: machineOf({ virtualMachines: plain, eviction: null }),
		});
		expect(log.at(-1)).toBe("13000000 succeeded p-0");
	});

	test("shares the host's CPUs by its vCPUs; what it does not get is stolen", async () => {
		// Half of 2 CPUs each, for 16 CPU-seconds x 1.25.
		const { log } = await onHost([busy, busy]);
		expect(log).toEqual(["20 succeeded p-0", "20 succeeded p-1"]);
		const idle = await onHost([busy, { ...busy, workUs: Number.POSITIVE_INFINITY }]);
		expect(idle.log).toEqual(["20 succeeded p-0"]);
		expect(idle.usage.nodes.usedMilli[0]).toBe(2000);
	});

	test("takes all of its memory when it starts, or what it uses if it has a balloon", async () => {
		const pod = { limits: { memory: 300 }, requests: { memory: 100 }, memory: 10, cpu: 100 };
		const two = await onHost([pod, pod]);
		expect(two.usage.nodes.memoryBytes[0]).toBe(2 * (300 + 50));
		// Three are more than the 1024 bytes of the host, and one of them dies as a whole.
		expect((await onHost([pod, pod, pod])).log).toEqual(["0 oom-killed p-0"]);
		const balloons = await onHost([pod, pod, pod], { ...plain, ballooning: true, balloonFloor: 0.5 });
		expect(balloons.log).toEqual([]);
		expect(balloons.usage.nodes.memoryBytes[0]).toBe(3 * (150 + 50));
	});

	test("has whole vCPUs and the memory of its containers and its own system", () => {
		const { run } = runningPod({
			containers: [
				{ kind: "init", requests: { cpu: 9000, memory: 9000 * MIB } },
				{ requests: { cpu: 700, memory: 100 * MIB } },
				{ requests: { cpu: 100, memory: 100 * MIB }, limits: { cpu: 400, memory: 300 * MIB } },
			],
		}).spec;
		const guest = new VirtualMachine(run!.containers, DEFAULT_VIRTUAL_MACHINES);
		// 0.7 + 0.4 CPUs; 100 + 300 MiB and 200 for the system, and 100 beside it.
		expect([guest.vcpuMilli, guest.guestBytes / MIB, guest.hostBytes(0) / MIB]).toEqual([2000, 600, 700]);
	});
});

test("in an experiment file: amounts are quantities, and nothing said is the default", () => {
	expect(virtualMachinesSchema.parse({})).toEqual(DEFAULT_VIRTUAL_MACHINES);
	expect(virtualMachinesSchema.parse({ hypervisorMemory: "64Mi", ballooning: true })).toEqual({
		...DEFAULT_VIRTUAL_MACHINES,
		hypervisorBytes: 64 * MIB,
		ballooning: true,
	});
	const { error } = virtualMachinesSchema.safeParse({ guestSystemMemory: "lots" });
	expect(error!.issues.map(({ message }) => message)).toEqual([
		"'lots' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3",
	]);
});
