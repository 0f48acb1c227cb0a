import { describe, expect, test } from "vitest";
import { allocatable, kubepodsLimit } from "../../../src/node/kubelet/allocatable.js";
import { DEFAULT_THRESHOLDS, hard, soft } from "../../../src/node/kubelet/thresholds.js";
import { InputError } from "../../../src/objects/input-error.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const capacity = { cpu: 4000, memory: 16 * GIB, "ephemeral-storage": 100 * GIB, pods: 110 };
const nothing = { kubeReserved: {}, systemReserved: {}, thresholds: [] };

describe("node allocatable", () => {
	test("without reservations is the capacity", () => {
		expect(allocatable(capacity, nothing)).toEqual(capacity);
	});

	test("is capacity - kube-reserved - system-reserved - hard eviction threshold", () => {
		const reservations = {
			kubeReserved: { cpu: 100, memory: GIB, "ephemeral-storage": GIB },
			systemReserved: { cpu: 200, memory: 512 * MIB },
			thresholds: DEFAULT_THRESHOLDS,
		};
		expect(allocatable(capacity, reservations)).toEqual({
			cpu: 4000 - 100 - 200,
			memory: 16 * GIB - GIB - 512 * MIB - 100 * MIB,
			"ephemeral-storage": 100 * GIB - GIB - 10 * GIB,
			pods: 110,
		});
		// The kernel's limit for all pods together leaves the eviction threshold out.
		expect(kubepodsLimit(capacity, reservations)["memory"]).toBe(16 * GIB - GIB - 512 * MIB);
	});

	test("takes shares of the capacity and leaves soft thresholds out", () => {
		const thresholds = [
			soft("memory.available", { amount: 4 * GIB }, 60_000_000),
			hard("memory.available", { share: 0.05 }),
		];
		expect(allocatable({ memory: 1000 }, { ...nothing, thresholds })).toEqual({ memory: 1000 - 50 });
	});

	test("sets huge pages apart from memory, down to nothing", () => {
		expect(allocatable({ memory: 10 * GIB, "hugepages-1Gi": 3 * GIB }, nothing)).toEqual({
			memory: 7 * GIB,
			"hugepages-1Gi": 3 * GIB,
		});
		expect(allocatable({ memory: 2 * GIB, "hugepages-1Gi": 3 * GIB }, nothing)["memory"]).toBe(0);
	});

	test("cannot be less than nothing", () => {
		const reservations = { ...nothing, kubeReserved: { memory: GIB }, systemReserved: { memory: 2 * GIB } };
		expect(() => allocatable({ memory: 2 * GIB }, reservations)).toThrow(
			new InputError(
				"the node has 2Gi of memory, but kube-reserved, system-reserved and the hard eviction threshold keep 3Gi: reserve less",
			),
		);
	});
});
