import { describe, expect, test } from "vitest";
import {
	admitsUnderPressure,
	type EvictablePod,
	EvictionManager,
	pressureTaints,
	rankForEviction,
} from "../../../src/node/kubelet/eviction.js";
import { DEFAULT_THRESHOLDS, hard, isMet, type Signals, soft } from "../../../src/node/kubelet/thresholds.js";

const MIB = 2 ** 20;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

function pod(id: number, given: Partial<EvictablePod> = {}): EvictablePod {
	return {
		id,
		priority: 0,
		critical: false,
		memoryBytes: 0,
		memoryRequestBytes: 0,
		storageBytes: 0,
		storageRequestBytes: 0,
		storageLimitBytes: Number.POSITIVE_INFINITY,
		processes: 1,
		terminationGraceUs: 30 * SECOND,
		...given,
	};
}

/** A node of 1000 bytes with so much memory available. */
const memory = (available: number): Signals => ({ "memory.available": { available, capacity: 1000 } });
const disk = (available: number): Signals => ({ "nodefs.available": { available, capacity: 1000 } });

describe("a threshold", () => {
	test.each([
		["memory.available", 100 * MIB - 1, 16 * 1024 * MIB, true],
		["memory.available", 100 * MIB, 16 * 1024 * MIB, false],
		["nodefs.available", 99, 1000, true],
		["nodefs.available", 100, 1000, false],
		["imagefs.available", 149, 999, false], // floor(0.15 x 999 = 149.85)
		["imagefs.available", 148, 999, true],
		["allocatableMemory.available", 0, 100, true],
	] as const)("by default for %s with %i of %i: met %s", (signal, available, capacity, met) => {
		const threshold = DEFAULT_THRESHOLDS.find((each) => each.signal === signal)!;
		expect(isMet(threshold, { [signal]: { available, capacity } })).toBe(met);
	});

	test("whose signal is not observed is never met", () => {
		expect(new EvictionManager().concerned({})).toBe(false);
		expect(new EvictionManager().concerned({ "nodefs.available": { available: 9, capacity: 100 } })).toBe(true);
	});
});

describe("the order of eviction", () => {
	const pods = [
		// id, priority, usage, request
		[0, 0, 900, 1000],
		[1, 0, 300, 100],
		[2, 10, 500, 100],
		[3, 0, 400, 100],
		[4, 10, 500, 100],
		[5, -5, 200, 300],
		[6, -5, 1, 0],
	] as const;

	// Above the request: 6 (-5), then priority 0: 3 (+300), 1 (+200), then priority 10: 2 and 4 (+400). Below: 5 (-5), 0.
	const expected = [6, 3, 1, 2, 4, 5, 0];

	test("for memory: usage above request, then lower priority, then larger usage - request, then id", () => {
		const given = pods.map(([id, priority, memoryBytes, memoryRequestBytes]) =>
			pod(id, { priority, memoryBytes, memoryRequestBytes }),
		);
		expect(rankForEviction(given.reverse(), "memory.available").map(({ id }) => id)).toEqual(expected);
		expect(rankForEviction(given, "allocatableMemory.available").map(({ id }) => id)).toEqual(expected);
	});

	test("for disk: the same of storage", () => {
		const given = pods.map(([id, priority, storageBytes, storageRequestBytes]) =>
			pod(id, { priority, storageBytes, storageRequestBytes }),
		);
		expect(rankForEviction(given, "nodefs.available").map(({ id }) => id)).toEqual(expected);
		expect(rankForEviction(given, "imagefs.available").map(({ id }) => id)).toEqual(expected);
	});

	test("for process ids: lower priority, then more processes", () => {
		const given = [
			pod(1, { processes: 5 }),
			pod(2, { processes: 9 }),
			pod(3, { priority: -1 }),
			pod(4, { processes: 9 }),
		];
		expect(rankForEviction(given, "pid.available").map(({ id }) => id)).toEqual([3, 2, 4, 1]);
	});
});

describe("a round", () => {
	const hundred = [hard("memory.available", { amount: 100 })];
	const pods = [
		pod(1, { memoryBytes: 300 }),
		pod(2, { memoryBytes: 400 }),
		pod(3, { memoryBytes: 200, memoryRequestBytes: 200 }),
	];

	test("does nothing while nothing is short, and need not come again", () => {
		const manager = new EvictionManager({ thresholds: hundred });
		expect(manager.check(0, memory(100), pods)).toEqual({
			evict: [],
			conditions: [],
			nextCheckUs: Number.POSITIVE_INFINITY,
		});
	});

	test("over a hard threshold evicts one pod, with a grace of 1 s, and waits up to 30 s for it", () => {
		const manager = new EvictionManager({ thresholds: hundred });
		expect(manager.check(10 * SECOND, memory(99), pods)).toEqual({
			evict: [{ pod: 2, cause: "memory.available", graceUs: SECOND }],
			conditions: ["MemoryPressure"],
			nextCheckUs: 40 * SECOND,
		});
		// It looks every second whether the pod is gone.
		expect([10, 10.2, 11, 11.1, 39.5, 70].map((s) => manager.cleanedUp(s * SECOND) / SECOND)).toEqual([
			11, 11, 11, 12, 40, 40,
		]);
		const rest = [pods[0]!, pods[2]!];
		expect(manager.check(12 * SECOND, memory(50), rest).evict.map(({ pod }) => pod)).toEqual([1]);
	});

	test("never evicts critical pods", () => {
		const manager = new EvictionManager({ thresholds: hundred });
		const critical = pods.map((each) => ({ ...each, critical: each.id !== 3 }));
		expect(manager.check(0, memory(99), critical).evict.map(({ pod }) => pod)).toEqual([3]);
		expect(manager.check(0, memory(99), critical.slice(0, 2))).toEqual({
			evict: [],
			conditions: ["MemoryPressure"],
			nextCheckUs: 10 * SECOND,
		});
	});

	test("over a soft threshold evicts once it was met for its grace without a break", () => {
		const thresholds = [soft("memory.available", { share: 0.3 }, 25 * SECOND)];
		const manager = new EvictionManager({ thresholds, maxPodGraceUs: 20 * SECOND });
		const evicted = (s: number, available: number) => manager.check(s * SECOND, memory(available), pods).evict;
		expect([evicted(0, 299), evicted(10, 299), evicted(20, 300), evicted(30, 299), evicted(50, 299)].flat()).toEqual(
			[],
		);
		// Since 30 s. The pod's own 30 s are cut to 20 s; a pod that needs 5 s gets no more.
		expect(evicted(55, 200)).toEqual([{ pod: 2, cause: "memory.available", graceUs: 20 * SECOND }]);
		const quick = [pod(7, { memoryBytes: 1, terminationGraceUs: 5 * SECOND })];
		expect(manager.check(60 * SECOND, memory(200), quick).evict).toEqual([
			{ pod: 7, cause: "memory.available", graceUs: 5 * SECOND },
		]);
	});

	test("goes on until the minimum reclaim is there", () => {
		const thresholds = [hard("memory.available", { amount: 100 }, { amount: 50 })];
		const manager = new EvictionManager({ thresholds });
		const evicted = (s: number, available: number) => manager.check(s * SECOND, memory(available), pods).evict.length;
		// 100 to 149 alone are enough, but not after the threshold was met.
		expect([evicted(0, 120), evicted(10, 99), evicted(20, 149), evicted(30, 150), evicted(40, 120)]).toEqual([
			0, 1, 1, 0, 0,
		]);
	});

	test("sees to memory before anything else, then in the order of the thresholds", () => {
		const thresholds = [hard("pid.available", { amount: 10 }), hard("nodefs.available", { amount: 10 }), ...hundred];
		const manager = new EvictionManager({ thresholds });
		const short: Signals = {
			"pid.available": { available: 9, capacity: 100 },
			"nodefs.available": { available: 9, capacity: 100 },
		};
		const causeOf = (signals: Signals) => manager.check(0, signals, pods).evict[0]?.cause;
		expect([causeOf({ ...short, ...memory(99) }), causeOf({ ...short, ...memory(100) })]).toEqual([
			"memory.available",
			"pid.available",
		]);
		expect(manager.check(0, { ...short, ...memory(99) }, pods).conditions).toEqual([
			"MemoryPressure",
			"DiskPressure",
			"PIDPressure",
		]);
	});

	test("frees disk on the node first, and evicts only if that is not enough for every threshold", () => {
		const thresholds = [hard("nodefs.available", { amount: 100 }, { amount: 20 })];
		const users = [pod(1, { storageBytes: 10 })];
		const asked: string[] = [];
		const freeing = (available: number) => (signal: string) => {
			asked.push(signal);
			return disk(available);
		};
		const manager = new EvictionManager({ thresholds });
		const evicted = (signals: Signals, freed: number) => manager.check(0, signals, users, freeing(freed)).evict.length;
		expect([evicted(disk(99), 120), evicted(disk(99), 119), evicted(disk(120), 120)]).toEqual([0, 1, 0]);
		expect(asked).toEqual(["nodefs.available", "nodefs.available"]);
		// Memory is not on the disk.
		const other = new EvictionManager({ thresholds: hundred });
		expect(other.check(0, memory(9), pods, freeing(1000)).evict).toHaveLength(1);
		expect(asked).toHaveLength(2);
	});

	test("evicts all pods that exceed their own storage limit, and nobody else then", () => {
		const greedy = [
			pod(9, { storageBytes: 51, storageLimitBytes: 50 }),
			pod(8, { storageBytes: 51, storageLimitBytes: 50 }),
			...pods,
		];
		expect(new EvictionManager({ thresholds: hundred }).check(0, memory(9), greedy).evict).toEqual([
			{ pod: 8, cause: "storage-limit", graceUs: SECOND },
			{ pod: 9, cause: "storage-limit", graceUs: SECOND },
		]);
	});
});

describe("a condition", () => {
	test("holds for 5 minutes after its threshold was last met", () => {
		const manager = new EvictionManager({ thresholds: [hard("memory.available", { amount: 100 })] });
		const at = (us: number, available: number) => {
			const { conditions, nextCheckUs } = manager.check(us, memory(available), []);
			return [conditions.join(), nextCheckUs / SECOND];
		};
		// Nothing to evict: every 10 s while it is met; then when the condition ends.
		expect(at(0, 99)).toEqual(["MemoryPressure", 10]);
		expect(at(10 * SECOND, 99)).toEqual(["MemoryPressure", 20]);
		expect(at(20 * SECOND, 100)).toEqual(["MemoryPressure", 310]);
		expect(at(5 * MINUTE + 9 * SECOND, 100)).toEqual(["MemoryPressure", 319]);
		expect(at(5 * MINUTE + 10 * SECOND, 100)).toEqual(["", Number.POSITIVE_INFINITY]);
	});

	test("has a taint that keeps pods away", () => {
		expect(pressureTaints(["MemoryPressure", "DiskPressure", "PIDPressure"])).toEqual(
			["memory", "disk", "pid"].map((what) => ({
				key: `node.kubernetes.io/${what}-pressure`,
				value: "",
				effect: "NoSchedule",
			})),
		);
	});

	test.each([
		[[], {}, true],
		[["MemoryPressure"], {}, true],
		[["MemoryPressure"], { bestEffort: true }, false],
		[["MemoryPressure"], { bestEffort: true, toleratesMemoryPressure: true }, true],
		[["MemoryPressure"], { bestEffort: true, critical: true }, true],
		[["DiskPressure"], {}, false],
		[["MemoryPressure", "DiskPressure"], { toleratesMemoryPressure: true }, false],
		[["PIDPressure"], { critical: true }, true],
	] as const)("%j: a pod with %j is admitted: %s", (conditions, given, admitted) => {
		const plain = { critical: false, bestEffort: false, toleratesMemoryPressure: false };
		expect(admitsUnderPressure(conditions, { ...plain, ...given })).toBe(admitted);
	});
});
