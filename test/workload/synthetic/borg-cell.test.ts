/** Synthetic Borg cells have the marginals that are published (`workloads/borg/README.md`), and the same seed gives the same cell. */
import { describe, expect, test } from "vitest";
import { isProduction } from "../../../src/objects/priority-band.js";
import { borgCell } from "../../../src/workload/synthetic/borg-cell.js";
import { borgCellParams } from "../../../src/workload/synthetic/borg-cell-schema.js";

const cellOf = (seed: number, machines = 400) => borgCell(borgCellParams.parse({ machines, seed }));
const { nodes, jobs } = cellOf(1);
const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0);
const tasks = jobs.flatMap(({ pods }) => pods);

/** What tasks of one kind ask for over what the machines have. */
function allocated(resource: string, production: boolean): number {
	const wanted = tasks.filter(({ spec }) => isProduction(spec.facts.priority) === production);
	return (
		sum(wanted.map(({ spec }) => spec.requests[resource]!)) /
		sum(nodes.map(({ allocatable }) => allocatable[resource]!))
	);
}

test.each([
	// 90 % of the machines, times the published share of production.
	["cpu", true, 0.9 * 0.7],
	["cpu", false, 0.9 * 0.3],
	["memory", true, 0.9 * 0.55],
	["memory", false, 0.9 * 0.45],
])("%s, production %s: %d of the cell is allocated", (resource, production, share) => {
	expect(allocated(resource, production)).toBeCloseTo(share, 2);
});

describe("machines", () => {
	test.each([1, 2, 3, 4, 5, 6])("of cell %d have at most 21 shapes and 7 platforms, in racks and domains", (seed) => {
		const own = cellOf(seed, 2000).nodes;
		const shapes = new Set(own.map(({ allocatable: { cpu, memory } }) => `${cpu} ${memory}`));
		expect(shapes.size).toBeGreaterThanOrEqual(10);
		expect(shapes.size).toBeLessThanOrEqual(21);
		const platforms = new Set(own.map(({ labels }) => labels["cellsim.io/platform"]));
		expect(platforms.size).toBeGreaterThanOrEqual(3);
		expect(platforms.size).toBeLessThanOrEqual(7);
		const count = (label: string) => new Set(own.map(({ labels }) => labels[label])).size;
		expect([count("topology.kubernetes.io/rack"), count("topology.kubernetes.io/power-domain")]).toEqual([100, 25]);
	});
});

test("about 20 % of the tasks below production ask for less than 0.1 cores", () => {
	// By job: large jobs would weigh too much in one cell.
	const below = [1, 2, 3].flatMap((seed) =>
		cellOf(seed, 2000).jobs.filter(({ pods }) => !isProduction(pods[0]!.spec.facts.priority)),
	);
	const small = below.filter(({ pods }) => pods[0]!.spec.requests["cpu"]! < 100);
	expect(small.length / below.length).toBeGreaterThan(0.18);
	expect(small.length / below.length).toBeLessThan(0.24);
});

test("requests have no sweet spots", () => {
	const counts = new Map<number, number>();
	for (const { pods } of cellOf(1, 2000).jobs) {
		const cpu = pods[0]!.spec.requests["cpu"]!;
		if (cpu % 1000 !== 0) counts.set(cpu, (counts.get(cpu) ?? 0) + 1);
	}
	expect(counts.size).toBeGreaterThan(1000);
	expect(Math.max(...counts.values()) / sum([...counts.values()])).toBeLessThan(0.01);
});

test("users have Zipf sizes: the first asks for about twice as much as the second, ten times as much as the tenth", () => {
	const counts = new Map<string, number>();
	for (const { pods } of [1, 2, 3, 4].flatMap((seed) => cellOf(seed, 2000).jobs)) {
		const user = pods[0]!.spec.facts.namespace;
		counts.set(user, (counts.get(user) ?? 0) + pods.length * pods[0]!.spec.requests["cpu"]!);
	}
	const of = (rank: number) => counts.get(`user-${rank}`)!;
	expect(of(0) / of(1)).toBeGreaterThan(1.7);
	expect(of(0) / of(1)).toBeLessThan(2.3);
	expect(of(0) / of(9)).toBeGreaterThan(8);
	expect(of(0) / of(9)).toBeLessThan(12);
});

test("one small task for every 500 machines needs a machine of three", () => {
	const large = cellOf(1, 1500);
	const needy = large.jobs.filter(({ pods }) => Object.keys(pods[0]!.spec.facts.nodeSelector).length > 0);
	expect(needy).toHaveLength(3);
	for (const { pods } of needy) {
		const [[label, value]] = Object.entries(pods[0]!.spec.facts.nodeSelector) as [[string, string]];
		expect(pods).toHaveLength(1);
		expect(large.nodes.filter(({ labels }) => labels[label] === value)).toHaveLength(3);
	}
});

test("every task fits on half of the machines, twice", () => {
	for (const { spec } of tasks) {
		const able = nodes.filter(
			({ allocatable }) =>
				2 * spec.requests["cpu"]! <= allocatable["cpu"]! &&
				2 * spec.requests["memory"]! <= allocatable["memory"]! + 2 ** 20,
		);
		expect(able.length).toBeGreaterThanOrEqual(nodes.length / 2);
	}
});

test("another seed is another cell, the same seed the same", () => {
	expect(cellOf(1)).toEqual({ nodes, jobs });
	expect(cellOf(2).jobs).not.toEqual(jobs);
	expect(borgCell(borgCellParams.parse({ machines: 1 })).jobs.length).toBeGreaterThan(0);
});
