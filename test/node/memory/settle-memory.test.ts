import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryGroups } from "../../../src/node/memory/memory-groups.js";
import { type MemoryLeaves, settleMemory } from "../../../src/node/memory/settle-memory.js";

interface Container {
	readonly anonymous: number;
	readonly cache?: number;
	readonly limit?: number;
	readonly high?: number;
	readonly min?: number;
	readonly adj?: number;
}

interface Pod {
	readonly limit?: number;
	readonly containers: readonly Container[];
}

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The fast form: cache that is left by container, victims in order, anonymous memory that is left. */
function settle(pods: readonly Pod[], capacity: number) {
	const all = pods.flatMap(({ containers }) => containers);
	const column = (value: (container: Container) => number) => Float64Array.from(all, value);
	const leaves: MemoryLeaves = {
		count: all.length,
		pod: Int32Array.from(pods.flatMap(({ containers }, i) => containers.map(() => i))),
		anonymousBytes: column(({ anonymous }) => anonymous),
		cacheBytes: column(({ cache }) => cache ?? 0),
		limitBytes: column(({ limit }) => limit ?? NO_LIMIT),
		highBytes: column(({ high }) => high ?? NO_LIMIT),
		minBytes: column(({ min }) => min ?? 0),
		oomScoreAdj: Int16Array.from(all, ({ adj }) => adj ?? 0),
	};
	const podLimits = Float64Array.from(pods, ({ limit }) => limit ?? NO_LIMIT);
	const victims = settleMemory(leaves, podLimits, capacity);
	return { victims, cache: [...leaves.cacheBytes], anonymous: [...leaves.anonymousBytes] };
}

/** The same by the readable form: everything is charged without limits, which then come down in the same order. */
function settleReadable(pods: readonly Pod[], capacity: number) {
	const memory = new MemoryGroups({ pageTables: false });
	const node = memory.addGroup(null);
	const groups: number[] = [];
	const podGroups = pods.map(({ containers }) => {
		const pod = memory.addGroup(node, { min: containers.reduce((sum, { min = 0 }) => sum + min, 0) });
		for (const { anonymous, cache = 0, high = NO_LIMIT, min = 0, adj = 0 } of containers) {
			const group = memory.addGroup(pod, { min, high });
			// One process a container: leaf, group and process have the same order.
			const process = memory.addProcess(group, adj);
			memory.grow(process, anonymous);
			memory.cache(process, cache, "clean");
			groups.push(group);
		}
		return pod;
	});
	const victims: number[] = [];
	let leaf = 0;
	pods.forEach(({ containers, limit = NO_LIMIT }, i) => {
		for (const container of containers) victims.push(...memory.setLimit(groups[leaf++]!, container.limit ?? NO_LIMIT));
		victims.push(...memory.setLimit(podGroups[i]!, limit));
	});
	victims.push(...memory.setLimit(node, capacity));
	const states = groups.map((group) => memory.state(group));
	const cache = states.map(({ cleanBytes }) => cleanBytes);
	return { victims, cache, anonymous: states.map(({ usage }, i) => usage - cache[i]!) };
}

describe("a node's memory", () => {
	test("that fits changes nothing, and nothing is allocated for the answer", () => {
		const pods = [{ limit: 100, containers: [{ anonymous: 60, cache: 40, limit: 100 }] }];
		const fits = settle(pods, 100);
		expect(fits).toEqual({ victims: [], cache: [40], anonymous: [60] });
		expect(settle(pods, 200).victims).toBe(fits.victims);
	});

	test.each<[string, readonly Pod[], number, ReturnType<typeof settle>]>([
		[
			"a container above its limit loses cache: 50 - 10 = 40 of 90 fit",
			[{ containers: [{ anonymous: 10, cache: 90, limit: 50 }] }],
			NO_LIMIT,
			{ victims: [], cache: [40], anonymous: [10] },
		],
		[
			"a container whose anonymous memory exceeds its limit dies, its neighbour does not",
			[{ containers: [{ anonymous: 51, cache: 9, limit: 50 }, { anonymous: 80 }] }],
			NO_LIMIT,
			{ victims: [0], cache: [0, 0], anonymous: [0, 80] },
		],
		[
			"cache above memory.high goes, anonymous memory above it stays",
			[
				{
					containers: [
						{ anonymous: 30, cache: 30, high: 40 },
						{ anonymous: 50, cache: 5, high: 40 },
					],
				},
			],
			NO_LIMIT,
			{ victims: [], cache: [10, 0], anonymous: [30, 50] },
		],
		[
			"a pod's limit takes cache of its containers in proportion: 30 of 20 + 40",
			[
				{
					limit: 50,
					containers: [
						{ anonymous: 10, cache: 20 },
						{ anonymous: 10, cache: 40 },
					],
				},
				{ containers: [{ anonymous: 9, cache: 9 }] },
			],
			NO_LIMIT,
			{ victims: [], cache: [10, 20, 9], anonymous: [10, 10, 9] },
		],
		[
			"memory.min keeps cache: the first keeps 25 - 10 = 15 of its 20, so 5 + 40 give 30 in proportion: 3 + 27",
			[
				{
					limit: 50,
					containers: [
						{ anonymous: 10, cache: 20, min: 25 },
						{ anonymous: 10, cache: 40 },
					],
				},
			],
			NO_LIMIT,
			{ victims: [], cache: [17, 13], anonymous: [10, 10] },
		],
		[
			"a node's want is measured against its capacity: 30 + 0.9 x 100 before 10 + 1.0 x 100, then that",
			[
				{ containers: [{ anonymous: 90, adj: -997 }] },
				{ containers: [{ anonymous: 10, adj: 1000 }] },
				{ containers: [{ anonymous: 30, adj: 900 }] },
			],
			95,
			{ victims: [2, 1], cache: [0, 0, 0], anonymous: [90, 0, 0] },
		],
		[
			"of equals the first dies",
			[{ containers: [{ anonymous: 60 }] }, { containers: [{ anonymous: 60 }] }],
			100,
			{ victims: [0], cache: [0, 0], anonymous: [0, 60] },
		],
		[
			"nobody is left to kill: what memory.min protects goes, too",
			[{ containers: [{ anonymous: 10, cache: 60, min: 70 }] }],
			50,
			{ victims: [0], cache: [50], anonymous: [0] },
		],
	])("%s", (_, pods, capacity, expected) => {
		expect(settle(pods, capacity)).toEqual(expected);
		expect(settleReadable(pods, capacity)).toEqual(expected);
	});
});

const bytes = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 36 }));
const container = fc.record(
	{ anonymous: bytes, cache: bytes, limit: bytes, high: bytes, min: bytes, adj: fc.integer({ min: -999, max: 1000 }) },
	{ requiredKeys: ["anonymous"] },
) as fc.Arbitrary<Container>;
const pods = fc.array(
	fc.record(
		{ limit: bytes, containers: fc.array(container, { minLength: 1, maxLength: 4 }) },
		{ requiredKeys: ["containers"] },
	),
	{ maxLength: 6 },
) as fc.Arbitrary<readonly Pod[]>;

test("the fast form equals the readable one: cache left, victims in order", () => {
	fc.assert(
		fc.property(pods, bytes, (given, capacity) => {
			expect(settle(given, capacity)).toEqual(settleReadable(given, capacity));
		}),
		{ seed: 6, numRuns: 1000 },
	);
});

test("afterwards nothing exceeds a limit or the capacity, and nobody died without need", () => {
	fc.assert(
		fc.property(pods, bytes, (given, capacity) => {
			const { victims, cache, anonymous } = settle(given, capacity);
			const usages: number[] = [];
			let leaf = 0;
			for (const { limit = NO_LIMIT, containers } of given) {
				let usage = 0;
				for (const container of containers) {
					const own = cache[leaf]! + anonymous[leaf]!;
					expect(own).toBeLessThanOrEqual(container.limit ?? NO_LIMIT);
					expect(cache[leaf]).toBeGreaterThanOrEqual(0);
					expect(cache[leaf]).toBeLessThanOrEqual(container.cache ?? 0);
					expect(anonymous[leaf]).toBe(victims.includes(leaf) ? 0 : container.anonymous);
					usage += own;
					leaf++;
				}
				expect(usage).toBeLessThanOrEqual(limit);
				usages.push(usage);
			}
			expect(usages.reduce((sum, usage) => sum + usage, 0)).toBeLessThanOrEqual(capacity);
			expect(new Set(victims).size).toBe(victims.length);
			const fits =
				given.every(
					({ limit = NO_LIMIT, containers }) =>
						containers.every((each) => each.anonymous <= (each.limit ?? NO_LIMIT)) && sumOf(containers) <= limit,
				) && sumOf(given.flatMap(({ containers }) => containers)) <= capacity;
			// With cache that nothing protects, there is no need to kill what fits.
			if (fits && given.every(({ containers }) => containers.every(({ min = 0 }) => min === 0)))
				expect(victims).toEqual([]);
		}),
		{ seed: 7, numRuns: 1000 },
	);
});

function sumOf(containers: readonly Container[]): number {
	return containers.reduce((sum, { anonymous }) => sum + anonymous, 0);
}
