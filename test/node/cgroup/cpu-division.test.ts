import fc from "fast-check";
import { expect, test } from "vitest";
import { CpuDivision } from "../../../src/node/cgroup/cpu-division.js";
import { type CpuGroup, divideCpu, quotaCpu, threadDemand } from "../../../src/node/cgroup/cpu-tree.js";
import { cpuTrees, everyGrant } from "../../support/cpu-trees.js";

const THREAD_WEIGHT = 1024;

/** The tree below `root` in columns: the ids of its groups by path; a group's own threads are children `/own`. */
function inColumns(division: CpuDivision, root: CpuGroup): Map<string, number> {
	const ids = new Map<string, number>();
	const add = (group: CpuGroup, parent: number) => {
		const id = division.add(parent, group.weight, quotaCpu(group) * 1000);
		ids.set(group.name, id);
		group.threads.forEach((threads, i) => {
			const own = division.add(id, THREAD_WEIGHT * threads.count, Number.POSITIVE_INFINITY);
			ids.set(`${group.name}/own${i}`, own);
			division.setDemand(own, threadDemand(threads) * 1000);
		});
		for (const child of group.children) add(child, id);
	};
	add(root, -1);
	return ids;
}

function expectEqual(division: CpuDivision, ids: Map<string, number>, root: CpuGroup, capacity: number): void {
	division.divide(capacity * 1000);
	for (const { group, total } of everyGrant(divideCpu(root, capacity)))
		expect(division.grantMilli[ids.get(group.name)!]! / 1000).toBeCloseTo(total, 9);
}

const capacities = fc.double({ min: 0, max: 12, noNaN: true });

test("the columns divide as the readable tree does", () => {
	const property = fc.property(cpuTrees(), capacities, (root, capacity) => {
		const division = new CpuDivision();
		expectEqual(division, inColumns(division, root), root, capacity);
	});
	fc.assert(property, { seed: 11, numRuns: 500 });
});

test("they still do after groups went and came into their slots, and after changes of every kind", () => {
	const property = fc.property(cpuTrees(), cpuTrees(), cpuTrees(), capacities, (gone, kept, later, capacity) => {
		const division = new CpuDivision();
		const goneIds = inColumns(division, gone);
		division.divide(1000);
		const ids = inColumns(division, { ...kept, weight: 1 });
		division.divide(2000);
		for (const id of [...goneIds.values()].reverse()) division.remove(id);
		// Where both trees have a group or threads, the kept one becomes as the later one; the rest stays.
		const changed = become(division, ids, kept, later);
		expectEqual(division, ids, changed, capacity);
		expectEqual(division, ids, changed, capacity / 2);
	});
	fc.assert(property, { seed: 12, numRuns: 300 });
});

function become(division: CpuDivision, ids: Map<string, number>, from: CpuGroup, to: CpuGroup): CpuGroup {
	const id = ids.get(from.name)!;
	division.setWeight(id, to.weight);
	division.setCap(id, quotaCpu(to) * 1000);
	const threads = from.threads.map((own, i) => {
		const other = { ...own, demand: to.threads[i]?.demand ?? own.demand };
		division.setDemand(ids.get(`${from.name}/own${i}`)!, threadDemand(other) * 1000);
		return other;
	});
	const children = from.children.map((child, i) => {
		const other = to.children[i];
		return other ? become(division, ids, child, other) : child;
	});
	return { ...from, weight: to.weight, quota: to.quota, threads, children };
}

test("what a group's rivals leave it is what it gets when it wants everything and nothing holds it", () => {
	const property = fc.property(cpuTrees(), capacities, fc.nat(), (root, capacity, drawn) => {
		const division = new CpuDivision();
		const ids = inColumns(division, root);
		division.divide(capacity * 1000);
		const paths = [...ids.keys()].filter((path) => path.includes("/own"));
		if (paths.length === 0) return;
		const path = paths[drawn % paths.length]!;
		const fair = division.fairMilli(ids.get(path)!);
		division.setDemand(ids.get(path)!, 1e9);
		const above = [...ids].filter(([name]) => path.startsWith(`${name}/`));
		for (const [, id] of above) division.setCap(id, Number.POSITIVE_INFINITY);
		division.divide(capacity * 1000);
		expect(fair).toBeCloseTo(division.grantMilli[ids.get(path)!]!, 6);
	});
	fc.assert(property, { seed: 14, numRuns: 300 });
});

test("a group has demand or children, and ids are of groups that are there", () => {
	const division = new CpuDivision();
	const pod = division.add(-1, 1024, Number.POSITIVE_INFINITY);
	const container = division.add(pod, 1024, 500);
	division.setDemand(container, 2000);
	expect(() => division.setDemand(pod, 1)).toThrow("group 0 has children: only they have demands");
	expect(() => division.add(container, 1, 1)).toThrow("group 1 has a demand of its own, so it takes no children");
	expect(() => division.remove(pod)).toThrow("group 0 has children: remove them first");
	expect(() => division.setWeight(pod, 0)).toThrow("a group's weight is above 0, not 0");
	division.remove(container);
	expect(() => division.setCap(container, 1)).toThrow("there is no group 1");
	expect(() => division.add(7, 1, 1)).toThrow("there is no group 7");
});
