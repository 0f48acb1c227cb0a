import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryGroups } from "../../../src/node/memory/memory-groups.js";
import { highStallUs } from "../../../src/node/memory/memory-high.js";

const MB = 2 ** 20;

/** Without page tables, so that the arithmetic is easy to see. */
function groups(): MemoryGroups {
	return new MemoryGroups({ pageTables: false });
}

describe("a charge", () => {
	test("counts in the group and all above it, with its page tables: 4 KiB for each 2 MiB begun", () => {
		const memory = new MemoryGroups();
		const parent = memory.addGroup(null);
		const child = memory.addGroup(parent);
		const process = memory.addProcess(child);
		expect(memory.grow(process, 3 * MB)).toEqual({ made: true, killed: [] });
		// 3 MiB need two pages of entries, 4 MiB no more.
		expect(memory.state(parent).usage).toBe(3 * MB + 2 * 4096);
		memory.grow(process, MB);
		expect(memory.state(child).usage).toBe(4 * MB + 2 * 4096);
		memory.shrink(process, 10 * MB);
		expect(memory.state(child)).toMatchObject({ usage: 0, maxUsage: 4 * MB + 2 * 4096 });
	});

	test("that does not fit takes page cache of the group, clean before dirty, and of nobody else", () => {
		const memory = groups();
		const parent = memory.addGroup(null);
		const [own, other] = [memory.addGroup(parent, { limit: 100 }), memory.addGroup(parent)];
		const [process, neighbour] = [memory.addProcess(own), memory.addProcess(other)];
		memory.cache(neighbour, 50, "clean");
		memory.cache(process, 30, "dirty");
		memory.cache(process, 40, "clean");
		expect(memory.grow(process, 75)).toEqual({ made: true, killed: [] });
		// 30 + 40 + 75 - 100 = 45 too many: all 40 that are clean, then 5 that are dirty.
		expect(memory.state(own)).toMatchObject({ cleanBytes: 0, dirtyBytes: 25, usage: 100 });
		expect(memory.state(other).usage).toBe(50);
	});

	test("against a parent's limit takes cache of all groups below in proportion", () => {
		const memory = groups();
		const parent = memory.addGroup(null, { limit: 100 });
		const [a, b] = [memory.addGroup(parent), memory.addGroup(parent)];
		memory.cache(memory.addProcess(a), 60, "clean");
		memory.cache(memory.addProcess(b), 30, "clean");
		memory.grow(memory.addProcess(b), 40);
		// 30 too many of 60 + 30.
		expect([memory.state(a).cleanBytes, memory.state(b).cleanBytes]).toEqual([40, 20]);
	});

	test("that is larger than the limit of a group without a process to kill is not made", () => {
		const memory = groups();
		const group = memory.addGroup(null, { limit: 100 });
		const process = memory.addProcess(group, -1000);
		expect(memory.grow(process, 101)).toEqual({ made: false, killed: [] });
		expect(memory.state(group).usage).toBe(0);
	});
});

describe("protection", () => {
	/** Usage of three groups of 40 MB cache after a process beside them took 60 of the parent's 120. */
	function left(settings: readonly { low?: number; min?: number }[]) {
		const memory = groups();
		const parent = memory.addGroup(null, { limit: 120 });
		const all = settings.map((each) => memory.addGroup(parent, each));
		for (const group of all) memory.cache(memory.addProcess(group), 40, "clean");
		const { killed } = memory.grow(memory.addProcess(memory.addGroup(parent)), 60);
		return { usage: all.map((group) => memory.state(group).usage), killed };
	}

	test.each<[string, Parameters<typeof left>[0], ReturnType<typeof left>]>([
		["none: 60 of 3 x 40", [{}, {}, {}], { usage: [20, 20, 20], killed: [] }],
		["min 40: 60 of the other two", [{ min: 40 }, {}, {}], { usage: [40, 10, 10], killed: [] }],
		["min 20: 60 of 20 + 40 + 40", [{ min: 20 }, {}, {}], { usage: [28, 16, 16], killed: [] }],
		[
			"low 40, min 20: low counts while there is something else",
			[{ low: 40, min: 20 }, {}, {}],
			{ usage: [40, 10, 10], killed: [] },
		],
		[
			"low 40 twice: 40 of the third, then 20 of both",
			[{ low: 40 }, { low: 40 }, {}],
			{ usage: [30, 30, 0], killed: [] },
		],
		[
			"low 40, min 40, nothing: 40 of the third, then 20 of the first",
			[{ low: 40 }, { min: 40 }, {}],
			{ usage: [20, 40, 0], killed: [] },
		],
	])("%s", (_, settings, expected) => {
		expect(left(settings)).toEqual(expected);
	});

	test("min holds against everything but the lack of somebody to kill", () => {
		const memory = groups();
		const parent = memory.addGroup(null, { limit: 100 });
		const [a, b] = [memory.addGroup(parent, { min: 80 }), memory.addGroup(parent)];
		const [reader, grower] = [memory.addProcess(a), memory.addProcess(b)];
		memory.cache(reader, 80, "clean");
		expect(memory.grow(grower, 20).killed).toEqual([]);
		// Both have the score of nothing and of 20: the grower dies, and 80 stay protected.
		expect(memory.grow(grower, 1)).toEqual({ made: false, killed: [grower] });
		expect(memory.setLimit(parent, 50)).toEqual([reader]);
		expect(memory.state(parent).usage).toBe(50);
	});

	test("of children is no more than their parent's: each gets its part", () => {
		const memory = groups();
		const node = memory.addGroup(null, { limit: 100 });
		const pod = memory.addGroup(node, { min: 40 });
		const [a, b] = [memory.addGroup(pod, { min: 60 }), memory.addGroup(pod, { min: 20 })];
		memory.cache(memory.addProcess(a), 60, "clean");
		memory.cache(memory.addProcess(b), 40, "clean");
		memory.grow(memory.addProcess(memory.addGroup(node)), 60);
		// The pod may keep 40 of its 100: 60 : 20 are 30 and 10, which is what is left when 60 are taken.
		expect([memory.state(a).usage, memory.state(b).usage]).toEqual([30, 10]);
	});

	test("does not count against the group's own limit", () => {
		const memory = groups();
		const group = memory.addGroup(null, { limit: 50, min: 50, low: 50 });
		const process = memory.addProcess(group);
		memory.cache(process, 50, "clean");
		expect(memory.grow(process, 30)).toEqual({ made: true, killed: [] });
		expect(memory.state(group).cleanBytes).toBe(20);
	});
});

describe("a kill", () => {
	test("takes the highest score in the group whose limit was hit, once there is no page cache left", () => {
		const memory = groups();
		const parent = memory.addGroup(null, { limit: 200 });
		const [a, b] = [memory.addGroup(parent), memory.addGroup(parent, { limit: 100 })];
		const [big, small, other] = [memory.addProcess(a), memory.addProcess(b), memory.addProcess(b, 400)];
		memory.grow(big, 90);
		memory.cache(big, 5, "clean");
		memory.grow(small, 60);
		// b is full: 60 against 40 + 0.4 x 100.
		expect(memory.grow(other, 40).killed).toEqual([]);
		expect(memory.grow(other, 1)).toEqual({ made: false, killed: [other] });
		// The parent is full: 90 against 100 (the whole limit counts for nothing without oom_score_adj).
		memory.setLimit(b, 200);
		memory.grow(small, 40);
		expect(memory.grow(small, 11)).toEqual({ made: false, killed: [small] });
		expect(memory.state(a)).toMatchObject({ usage: 90, cleanBytes: 0, kills: 0 });
		expect(memory.state(b)).toMatchObject({ usage: 0, kills: 2 });
		expect(memory.state(parent).kills).toBe(0);
	});

	test("of a group that kills together takes all of the outermost such group below the limit", () => {
		const memory = groups();
		const node = memory.addGroup(null, { limit: 100 });
		const pod = memory.addGroup(node, { killsTogether: true });
		const container = memory.addGroup(pod, { killsTogether: true });
		const [shell, helper, idle] = [memory.addProcess(container), memory.addProcess(pod), memory.addProcess(pod, -1000)];
		memory.grow(shell, 60);
		memory.grow(helper, 10);
		const grower = memory.addProcess(memory.addGroup(node));
		expect(memory.grow(grower, 31)).toEqual({ made: true, killed: [shell, helper] });
		memory.grow(idle, 60);
		expect(memory.state(node).usage).toBe(91);
	});

	test("of equals takes the first: the parent, whose memory its fork keeps", () => {
		const memory = groups();
		const group = memory.addGroup(null, { limit: 80 });
		const parent = memory.addProcess(group);
		memory.grow(parent, 50);
		const { child } = memory.fork(parent);
		expect(memory.state(group).usage).toBe(50);
		expect(memory.copy(child!, 30)).toEqual({ made: true, killed: [] });
		// 20 are still borrowed. The parent dies for the next copy, and its 20 are the child's: nothing is left to copy.
		expect(memory.copy(child!, 10)).toEqual({ made: true, killed: [parent] });
		expect(memory.copy(child!, 20)).toEqual({ made: true, killed: [] });
		expect(memory.state(group)).toMatchObject({ usage: 50, maxUsage: 80 });
		memory.shrink(child!, 50);
		expect(memory.state(group).usage).toBe(0);
	});

	test("of a parent leaves to its first fork what both forks share", () => {
		const memory = groups();
		const group = memory.addGroup(null, { limit: 100 });
		const parent = memory.addProcess(group, 10);
		memory.grow(parent, 60);
		const [first, second] = [memory.fork(parent).child!, memory.fork(parent).child!];
		memory.copy(second, 20);
		// 60 borrowed, and 20 own + 40 borrowed: all score 61; the parent goes, and its memory is the first fork's.
		expect(memory.setLimit(group, 70)).toEqual([parent, first]);
		expect(memory.state(group).usage).toBe(60);
	});

	test("a limit that is lowered reclaims, then kills until it holds", () => {
		const memory = groups();
		const group = memory.addGroup(null, { limit: 100 });
		const [a, b] = [memory.addProcess(group), memory.addProcess(group)];
		memory.grow(a, 40);
		memory.grow(b, 30);
		memory.cache(b, 30, "dirty");
		expect(memory.setLimit(group, 75)).toEqual([]);
		expect(memory.state(group)).toMatchObject({ usage: 75, dirtyBytes: 5 });
		expect(memory.setLimit(group, 20)).toEqual([a, b]);
		expect(memory.state(group)).toMatchObject({ usage: 0, kills: 2 });
	});
});

describe("memory.high", () => {
	// 64 s x overage^2 for a batch of 64 pages; 1 MiB are 256 pages, 4 batches.
	test.each([
		[100 * MB, 0],
		[101 * MB, 0], // 6.4 ms are too short to wait for
		[102 * MB, 4 * 25_600],
		[105 * MB, 4 * 160_000],
		[110 * MB, 4 * 640_000],
		[150 * MB, 4 * 2_000_000], // 16 s would be too long
	])("makes a charge of 1 MB that leaves %i of 100 MB wait %i us", (usage, stallUs) => {
		expect(highStallUs(usage, 100 * MB, MB)).toBe(stallUs);
	});

	test("takes page cache first, counts who waits, and kills nobody", () => {
		const memory = groups();
		const group = memory.addGroup(null, { high: 100 * MB });
		const process = memory.addProcess(group);
		memory.cache(process, 30 * MB, "clean");
		memory.grow(process, 90 * MB);
		expect(memory.state(group)).toMatchObject({ usage: 100 * MB, cleanBytes: 10 * MB, stalls: 0 });
		expect(memory.grow(process, 15 * MB)).toEqual({ made: true, killed: [] });
		// 5 % above: 160 ms for each of 60 batches.
		expect(memory.state(group)).toMatchObject({ usage: 105 * MB, cleanBytes: 0, stalls: 1, stallUs: 60 * 160_000 });
	});
});

const act = fc.record({
	process: fc.nat(5),
	verb: fc.constantFrom("grow", "shrink", "clean", "dirty", "fork", "copy", "limit"),
	bytes: fc.nat(4 * MB),
});

test("whatever processes do, no group exceeds its limit, and usage is what its parts are", () => {
	fc.assert(
		fc.property(
			fc.array(act, { maxLength: 60 }),
			fc.array(fc.nat(8 * MB), { minLength: 4, maxLength: 4 }),
			(acts, limits) => {
				const memory = new MemoryGroups();
				const root = memory.addGroup(null, { limit: limits[0]! });
				const pod = memory.addGroup(root, { limit: limits[1]!, min: MB });
				const leaves = [
					memory.addGroup(pod, { limit: limits[2]!, min: 2 * MB }),
					memory.addGroup(pod),
					memory.addGroup(root, { low: MB }),
				];
				const all = [root, pod, ...leaves];
				const current = [...limits.slice(0, 3), Infinity, Infinity];
				const processes = Array.from({ length: 6 }, (_, i) => memory.addProcess(leaves[i % 3]!, i * 150 - 300));
				const dead = new Set<number>();
				for (const { process: i, verb, bytes } of acts) {
					const process = processes[i]!;
					if (verb === "limit") {
						current[i % 5] = bytes;
						for (const id of memory.setLimit(all[i % 5]!, bytes)) dead.add(id);
					} else if (dead.has(process)) continue;
					else if (verb === "shrink") memory.shrink(process, bytes);
					else if (verb === "fork") {
						const { child, killed } = memory.fork(process);
						for (const id of killed) dead.add(id);
						if (child !== null) processes[(i + 1) % 6] = child;
					} else {
						const { made, killed } =
							verb === "grow"
								? memory.grow(process, bytes)
								: verb === "copy"
									? memory.copy(process, bytes)
									: memory.cache(process, bytes, verb);
						for (const id of killed) dead.add(id);
						expect(made).toBe(!killed.includes(process));
					}
					const usages = all.map((group) => memory.state(group).usage);
					for (const [g, usage] of usages.entries()) expect(usage).toBeLessThanOrEqual(current[g]!);
					expect(usages[1]).toBe(usages[2]! + usages[3]!);
					expect(usages[0]).toBe(usages[1]! + usages[4]!);
				}
				// When all are killed and the cache is reclaimed, nothing is left over.
				memory.setLimit(root, 0);
				expect(all.map((group) => memory.state(group).usage)).toEqual([0, 0, 0, 0, 0]);
			},
		),
		{ seed: 8, numRuns: 500 },
	);
});
