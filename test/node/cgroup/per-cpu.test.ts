import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CpuGrant, type CpuGroup, divideCpu, quotaCpu, threadDemand } from "../../../src/node/cgroup/cpu-tree.js";
import { level } from "../../../src/node/cgroup/level.js";
import { dividePerCpu } from "../../../src/node/cgroup/per-cpu.js";
import { cpuTrees, everyGrant, group, quota, threads } from "../../support/cpu-trees.js";

/** Totals of the root's children, to 4 places. */
function shares(children: readonly CpuGroup[], capacities: readonly number[]): number[] {
	return dividePerCpu(group("root", 1, { children }), capacities).children.map(({ total }) => Number(total.toFixed(4)));
}

const A = 1024;

describe("each CPU is divided on its own", () => {
	test.each<[string, CpuGroup[], number[]]>([
		[
			// CPU 0: 1024 against B's 1024 x 1/2; CPU 1 is B's: 1 / 1.5, 0.5 / 1.5 + 1
			"a group with a thread on each CPU has half of its weight there",
			[
				group("A", A, { threads: [threads(1, 1, [0])] }),
				group("B", A, { threads: [threads(1, 1, [0]), threads(1, 1, [1])] }),
			],
			[0.6667, 1.3333],
		],
		[
			// CPU 0: 2048 against 512: 0.8, 0.2; CPU 1: 512 against 512: 0.5 each
			"with other weights",
			[
				group("A", 2048, { threads: [threads(2, 1, [0])] }),
				group("B", 1024, { threads: [threads(1, 1, [0]), threads(1, 1, [1])] }),
				group("C", 512, { threads: [threads(1, 1, [1])] }),
			],
			[0.8, 0.7, 0.5],
		],
		[
			// B's threads all go to CPU 1: the loads are then level at 1024 each.
			"threads that may run everywhere keep away from a CPU that is loaded",
			[group("A", A, { threads: [threads(1, 1, [0])] }), group("B", A, { threads: [threads(4)] })],
			[1, 1],
		],
		[
			// By load most of B belongs on CPU 1, for A weighs four times as much; but A leaves 0.7 of CPU 0.
			"and take what would idle there",
			[group("A", 4096, { threads: [threads(1, 0.3, [0])] }), group("B", A, { threads: [threads(2)] })],
			[0.3, 1.7],
		],
		[
			// A's parts by weight are 0.6667 and 1; held to half of them in all, 0.3333 + 0.5, the others take the rest.
			"a quota is one for all CPUs",
			[
				group("A", A, { quota: quota(83_333), threads: [threads(2, 1, [0]), threads(2, 1, [1])] }),
				group("B", 256, { threads: [threads(1, 1, [0])] }),
			],
			[0.8333, 0.6667],
		],
	])("%s", (_, children, expected) => {
		expect(shares(children, [1, 1])).toEqual(expected);
	});

	test("a group's weight goes by the weight of its children there, and threads by the time that they want", () => {
		// P's children weigh 768 on CPU 0 and 256 on CPU 1, so that P is 768 there against Q's 256: 0.75.
		const p = group("P", 1024, {
			children: [
				group("c0", 768, { threads: [threads(1, 1, [0])] }),
				group("c1", 256, { threads: [threads(1, 1, [1])] }),
			],
		});
		const q = group("Q", 256, { threads: [threads(3, 1, [0])] });
		expect(shares([p, q], [1, 1])).toEqual([1.75, 0.25]);
		// The thread on CPU 1 runs a quarter of the time: on CPU 0 R is 1024 x 1 / 1.25 = 819.2 against 819.2.
		const r = group("R", 1024, { threads: [threads(1, 1, [0]), threads(1, 0.25, [1])] });
		expect(shares([r, group("S", 819.2, { threads: [threads(1, 1, [0])] })], [1, 1])).toEqual([0.75, 0.5]);
	});

	test("threads are tied to CPUs that are there", () => {
		const tied = (cpus: number[]) => () => shares([group("A", A, { threads: [threads(1, 1, cpus)] })], [1, 1]);
		expect(tied([0, 2])).toThrow("threads of group 'A' are tied to CPUs [0,2]; there are CPUs 0 to 1");
		expect(tied([])).toThrow("threads of group 'A' are tied to CPUs []; there are CPUs 0 to 1");
	});
});

describe("for random trees", () => {
	const trees = cpuTrees({ levels: 3, cpus: [0, 1, 2] });
	const capacities = fc.array(
		fc.integer({ min: 0, max: 20 }).map((part) => part / 20),
		{ minLength: 3, maxLength: 3 },
	);

	test("nobody gets more than node, quota or demand allow", () => {
		const property = fc.property(trees, capacities, (root, capacities) => {
			const grant = dividePerCpu(root, capacities);
			grant.byCpu.forEach((cpus, i) => {
				expect(cpus).toBeLessThanOrEqual(capacities[i]! + 1e-9);
			});
			for (const { group, total, own, children } of everyGrant(grant)) {
				expect(total).toBeCloseTo(own + children.reduce((sum, child) => sum + child.total, 0), 9);
				expect(total).toBeLessThanOrEqual(quotaCpu(group) + 1e-9);
				expect(own).toBeLessThanOrEqual(group.threads.reduce((sum, each) => sum + threadDemand(each), 0) + 1e-9);
			}
		});
		fc.assert(property, { seed: 21, numRuns: 300 });
	});

	test("a CPU idles only when nobody who may run on it could use more", () => {
		const property = fc.property(trees, capacities, fc.nat(2), (root, capacities, cpu) => {
			const grant = dividePerCpu(root, capacities);
			if (grant.byCpu[cpu]! > capacities[cpu]! - 1e-6) return;
			const wanting = unsatisfied(grant);
			expect(wanting.filter((cpus) => cpus === null || cpus.includes(cpu))).toEqual([]);
		});
		fc.assert(property, { seed: 22, numRuns: 500 });
	});

	test("it is the one pool where no thread is tied and each can use all of a CPU", () => {
		const property = fc.property(
			fc.array(fc.integer({ min: 2, max: 4096 }), { minLength: 1, maxLength: 6 }),
			(weights) => {
				const root = group("root", 1, {
					children: weights.map((weight, i) => group(`${i}`, weight, { threads: [threads(3)] })),
				});
				const pooled = divideCpu(root, 3).children;
				dividePerCpu(root, [1, 1, 1]).children.forEach(({ total }, i) => {
					expect(total).toBeCloseTo(pooled[i]!.total, 6);
				});
			},
		);
		fc.assert(property, { seed: 23, numRuns: 100 });
	});
});

/** Ties of the threads that could use more within the quotas above them. */
function unsatisfied({ group, total, own, children }: CpuGrant): (readonly number[] | null)[] {
	if (total >= quotaCpu(group) - 1e-6) return [];
	const wanted = group.threads.reduce((sum, each) => sum + threadDemand(each), 0);
	// Own threads of several kinds are told together: only a single kind is sure to be the one that waits.
	const waits = group.threads.length === 1 && own < wanted - 1e-6 ? [group.threads[0]!.cpus] : [];
	return [...waits, ...children.flatMap(unsatisfied)];
}

test.each([
	// Both rise to (6 + 1 + 3) / 2 = 5
	[
		6,
		[
			[1, 1],
			[1, 3],
		],
		[4, 2],
	],
	// The higher one stays dry.
	[
		1,
		[
			[1, 1],
			[1, 3],
		],
		[1, 0],
	],
	// 4 units over width 2: from 0 to 2; the second stands at 2 already.
	[
		4,
		[
			[2, 0],
			[1, 2],
		],
		[4, 0],
	],
	[
		5,
		[
			[0, 0],
			[1, 0],
		],
		[0, 5],
	],
	[5, [[0, 1]], [0]],
])("%d into [width, filled] %j is %j", (amount, vessels, expected) => {
	expect(
		level(
			amount,
			vessels.map(([width, filled]) => ({ width: width!, filled: filled! })),
		),
	).toEqual(expected);
});
