import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CpuGrant, divideCpu, quotaCpu, shareByWeight, usableCpu } from "../../../src/node/cgroup/cpu-tree.js";
import { cpuTrees, everyGrant, group, quota, threads } from "../../support/cpu-trees.js";

/** Total grants by name, groups below groups included. */
function totals(grant: CpuGrant): Record<string, number> {
	return Object.fromEntries(everyGrant(grant).map(({ group, total }) => [group.name, Number(total.toFixed(6))]));
}

describe("shareByWeight", () => {
	test.each([
		// 2 : 1 of 3
		[
			3,
			[
				[2, 9],
				[1, 9],
			],
			[2, 1],
		],
		// The first takes its limit of 0.5; 2.5 are left for 1 : 4.
		[
			3,
			[
				[1, 0.5],
				[1, 9],
				[4, 9],
			],
			[0.5, 0.5, 2],
		],
		// Limits meet: first 0.2 (rate 0.1), then 1.8 left for weights 1 + 6, the third stops at 1 (rate 0.167 < 1.8 / 7).
		[
			2,
			[
				[2, 0.2],
				[1, 9],
				[6, 1],
			],
			[0.2, 0.8, 1],
		],
		// Everybody is satisfied and 1 is left.
		[
			3,
			[
				[1, 1],
				[7, 1],
			],
			[1, 1],
		],
		[0, [[1, 1]], [0]],
		[1, [], []],
	])("%d among [weight, limit] %j is %j", (amount, sharers, shares) => {
		const given = shareByWeight(
			sharers.map(([weight, limit]) => ({ weight: weight!, limit: limit! })),
			amount,
		);
		expect(given.map((share) => Number(share.toFixed(9)))).toEqual(shares);
	});
});

describe("divideCpu", () => {
	test("divides by weight on each level, and what a group leaves goes to its siblings first", () => {
		// P and Q get half of 1 each; c1 wants 0.1 of P's 0.5, so that c2 gets 0.4 and Q nothing of it.
		const root = group("root", 1, {
			children: [
				group("P", 1024, {
					children: [group("c1", 512, { threads: [threads(1, 0.1)] }), group("c2", 512, { threads: [threads(1)] })],
				}),
				group("Q", 1024, { threads: [threads(1)] }),
			],
		});
		expect(totals(divideCpu(root, 1))).toEqual({ root: 1, P: 0.5, c1: 0.1, c2: 0.4, Q: 0.5 });
	});

	test("holds a group to its quota and to the number of its threads", () => {
		const root = group("root", 1, {
			children: [
				group("limited", 4096, { quota: quota(50_000), threads: [threads(2)] }),
				group("single", 4096, { threads: [threads(1)] }),
				group("many", 1024, { threads: [threads(8)] }),
			],
		});
		// By weight 1.33 : 1.33 : 0.33 of 3; limited stops at 0.5, single at 1 thread, many takes the rest.
		expect(totals(divideCpu(root, 3))).toEqual({ root: 3, limited: 0.5, single: 1, many: 1.5 });
	});

	test("weighs each of a group's own threads as a child of 1024 shares, or of what it is told", () => {
		const p = group("P", 1024, {
			threads: [threads(2)],
			children: [group("A", 1024, { threads: [threads(2)] }), group("B", 512, { threads: [threads(2)] })],
		});
		// 2 x 1024 : 1024 : 512 of 1.75
		const inShares = divideCpu(p, 1.75);
		expect(inShares.own).toBeCloseTo(1, 9);
		expect(totals(inShares)).toEqual({ P: 1.75, A: 0.5, B: 0.25 });
		// 2 x 256 : 1024 : 512, likewise
		expect(divideCpu(p, 2, 256).own).toBeCloseTo(0.5, 9);
	});

	test("gives nobody more than node, quota or demand allow, and everything that somebody can use", () => {
		const property = fc.property(cpuTrees(), fc.double({ min: 0, max: 12, noNaN: true }), (root, capacity) => {
			const grant = divideCpu(root, capacity);
			expect(grant.total).toBeCloseTo(Math.min(capacity, usableCpu(root)), 9);
			for (const { group, total, own, children } of everyGrant(grant)) {
				const below = children.reduce((sum, child) => sum + child.total, 0);
				expect(total).toBeCloseTo(own + below, 9);
				expect(total).toBeLessThanOrEqual(Math.min(quotaCpu(group), usableCpu(group)) + 1e-9);
				for (const child of children) expect(child.total).toBeGreaterThanOrEqual(0);
			}
		});
		fc.assert(property, { seed: 7, numRuns: 300 });
	});

	test("gives who could use more at least as much per weight as anybody of its family", () => {
		const property = fc.property(cpuTrees(), fc.double({ min: 0.1, max: 12, noNaN: true }), (root, capacity) => {
			for (const { children } of everyGrant(divideCpu(root, capacity))) {
				const rates = children.map(({ group, total }) => total / group.weight);
				children.forEach(({ group, total }, i) => {
					if (total < usableCpu(group) - 1e-9)
						expect(rates[i]! * (1 + 1e-9)).toBeGreaterThanOrEqual(Math.max(...rates));
				});
			}
		});
		fc.assert(property, { seed: 8, numRuns: 300 });
	});
});
