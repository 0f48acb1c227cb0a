import { describe, expect, test } from "vitest";
import { hard, soft } from "../../../src/node/kubelet/thresholds.js";
import { DEFAULT_MACHINE } from "../../../src/node/machine/machine-options.js";
import { machineSchema } from "../../../src/node/machine/machine-schema.js";
import { complaints } from "../../support/complaints.js";

const MIB = 2 ** 20;
const MINUTE = 60_000_000;

test("nothing said is a kubelet that nobody configured", () => {
	const { eviction, ...machine } = machineSchema.parse({});
	const { eviction: _, ...usual } = DEFAULT_MACHINE;
	expect(machine).toEqual(usual);
	expect(eviction!.thresholds!.map(({ signal }) => signal)).toEqual([
		"memory.available",
		"nodefs.available",
		"imagefs.available",
		"allocatableMemory.available",
	]);
});

test("thresholds as a kubelet reads them: hard ones replace all defaults, and count for all pods together, too", () => {
	const { eviction, reserved } = machineSchema.parse({
		evictionHard: { "memory.available": "200Mi", "nodefs.available": "5%" },
		evictionSoft: { "memory.available": "1Gi" },
		evictionSoftGracePeriod: { "memory.available": "1m30s" },
		evictionMinimumReclaim: { "memory.available": "10Mi" },
		kubeReserved: { cpu: "100m", memory: "256Mi" },
		systemReserved: { cpu: "200m" },
	});
	const reclaim = { amount: 10 * MIB };
	expect(eviction!.thresholds).toEqual([
		hard("allocatableMemory.available", { amount: 200 * MIB }),
		hard("memory.available", { amount: 200 * MIB }, reclaim),
		hard("nodefs.available", { share: 0.05 }),
		soft("memory.available", { amount: 1024 * MIB }, 1.5 * MINUTE, reclaim),
	]);
	expect(reserved).toEqual({ cpuMilli: 300, memoryBytes: 256 * MIB });
});

test("process ids: a limit by pod, what a machine has, and what is kept back", () => {
	expect(machineSchema.parse({})).toMatchObject({ podPidsLimit: Number.POSITIVE_INFINITY, pidMax: 4_194_304 });
	const { podPidsLimit, pidMax, reserved, eviction } = machineSchema.parse({
		podPidsLimit: 1024,
		pidMax: 32_768,
		kubeReserved: { cpu: "100m", pid: "1k" },
		systemReserved: { pid: 500 },
		evictionHard: { "pid.available": "10%" },
	});
	expect({ podPidsLimit, pidMax }).toEqual({ podPidsLimit: 1024, pidMax: 32_768 });
	expect(reserved).toEqual({ cpuMilli: 100, memoryBytes: 0, pids: 1500 });
	expect(eviction!.thresholds).toEqual([hard("pid.available", { share: 0.1 })]);
});

test("images, by size or by layers", () => {
	const { images } = machineSchema.parse({
		images: {
			list: [
				{ name: "a", size: "10Mi" },
				{
					name: "b:1",
					layers: [
						{ digest: "x", size: "1Mi" },
						{ digest: "y", size: "2Mi" },
					],
				},
			],
			serializeImagePulls: false,
			maxParallelImagePulls: 3,
		},
	});
	expect(images!.images.map(({ name, layers }) => [name, layers.map(({ sizeBytes }) => sizeBytes / MIB)])).toEqual([
		["a", [10]],
		["b:1", [1, 2]],
	]);
	expect(images!.pulls).toMatchObject({ maxParallel: 3, qps: 5, burst: 10 });
});

describe("what is refused", () => {
	test.each([
		[
			{ evictionSoft: { "memory.available": "1Gi" } },
			'evictionSoft["memory.available"]: a soft threshold needs a grace period: add evictionSoftGracePeriod: {memory.available: 1m30s}',
		],
		[
			{ evictionHard: { "memory.available": "101%" } },
			"evictionHard[\"memory.available\"]: '101%' is neither an amount such as 100Mi nor a share such as 10%",
		],
		[{ cpuCFSQuotaPeriod: "2s" }, "cpuCFSQuotaPeriod: must be from 1ms to 1s"],
		[
			{ cpuManagerPolicy: "static", kubeReserved: { memory: "1Gi" } },
			"cpuManagerPolicy: static leaves reserved CPUs to all others: add kubeReserved or systemReserved with cpu",
		],
		[{ podPidsLimit: 0 }, "podPidsLimit: must be 1 or more, or -1 for no limit"],
		[
			{ pidMax: 1000, kubeReserved: { pid: "400" }, systemReserved: { pid: "600" } },
			"pidMax: kubeReserved and systemReserved keep 1000 process ids, which leaves pods none: reserve less, or raise pidMax",
		],
		[{ kubeReserved: { pid: "1.5" } }, "kubeReserved.pid: '1.5' is not a whole number: write an integer such as 2"],
		[
			{ systemReserved: { cpus: "1" } },
			"systemReserved.cpus: 'cpus' is not a resource: write cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain such as example.com/cpus",
		],
		[{ memoryKills: "kernel" }, "memoryKills: expected oom-score or borg, got 'kernel'"],
		[{ cpuBurst: 1.5 }, "cpuBurst: must be at most 1, got 1.5"],
		[
			{ images: { list: [{ name: "a" }] } },
			"images.list[0]: an image needs a size: give it size, or layers with sizes",
		],
		[
			{
				images: {
					list: [
						{ name: "a", size: "1" },
						{ name: "a:latest", size: "1" },
					],
				},
			},
			"images.list[1]: image 'a:latest' is there twice, first as number 1",
		],
	])("%o", (given, message) => {
		expect(complaints(machineSchema, given)).toEqual([message]);
	});
});
