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
