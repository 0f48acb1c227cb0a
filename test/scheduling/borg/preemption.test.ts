/** Who stops whom, and whom of those that may be stopped. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../../src/cell/ids.js";
import type { PlacedPod } from "../../../src/cell/placed-pod.js";
import { Trial } from "../../../src/cell/trial.js";
import type { PodClass } from "../../../src/objects/pod-class.js";
import { mayFit, mayStop, NodeSummaries, preemptionScore, victimsOn } from "../../../src/scheduling/borg/preemption.js";
import { bindNew, cellOf, HandClock, job, node, type PodArrivalOptions } from "../../support/cells.js";

const NODE = 0 as NodeId;
const PRIORITIES = [0, 50, 110, 119, 120, 200, 360, 400];

function classOf(options: PodArrivalOptions): PodClass {
	const cell = cellOf([]);
	return cell.pod(cell.submit(job("asks", options)).pending[0]!).podClass;
}

test("higher priority stops lower, but production and monitoring never stop each other", () => {
	const stops = (priority: number) => {
		const pod = classOf({ facts: { priority } });
		return PRIORITIES.filter((lower) => mayStop(pod, classOf({ facts: { priority: lower } })));
	};
	expect(PRIORITIES.map((priority) => [priority, stops(priority)])).toEqual([
		[0, []],
		[50, [0]],
		[110, [0, 50]],
		[119, [0, 50, 110]],
		[120, [0, 50, 110, 119]],
		[200, [0, 50, 110, 119]],
		[360, [0, 50, 110, 119]],
		[400, [0, 50, 110, 119]],
	]);
});

test.each([
	[[], 100],
	// 100 / (1 + 1)
	[[0], 50],
	// 100 / (1 + 1 + 60/120)
	[[60], 40],
	// 100 / (1 + 2)
	[[0, 0], 100 / 3],
	// 100 / (1 + 1 + 1 + 60/120): two, one of them higher
	[[0, 60], 100 / 3.5],
	[[-5], 50],
])("harm of stopping %j", (priorities, expected) => {
	const cell = cellOf([node("a", { cpu: 10_000 })]);
	cell.trackPods();
	for (const priority of priorities) bindNew(cell, 0, { facts: { priority } });
	expect(preemptionScore(cell.nodes.placed[NODE]!)).toBeCloseTo(expected, 9);
});

describe("victims", () => {
	/** Names of the victims on a node of 10 CPUs and 1000 bytes, where pods are bound one after the other, a microsecond apart. */
	const victims = (
		there: readonly [name: string, priority: number, cpu: number, memory: number][],
		asks: PodArrivalOptions,
	) => {
		const clock = new HandClock();
		const cell = cellOf([node("a", { cpu: 10_000, memory: 1000 })], clock);
		cell.trackPods();
		for (const [name, priority, cpu, memory] of there) {
			clock.nowUs++;
			bindNew(cell, 0, { name, cpu, memory, facts: { priority } });
		}
		const { podClass } = cell.pod(cell.submit(job("asks", asks)).pending[0]!);
		return victimsOn(podClass, cell.nodes, NODE)?.map(({ name }) => name.replace(/-0$/, "")) ?? null;
	};
	const production = { cpu: 4000, memory: 100, facts: { priority: 200 } };

	test.each<[string, Parameters<typeof victims>[0], PodArrivalOptions, readonly string[] | null]>([
		[
			"lowest first, until it fits",
			[
				["batch", 110, 5000, 100],
				["free", 0, 5000, 100],
			],
			production,
			["free"],
		],
		[
			"of equal priority the one that came last",
			[
				["old", 0, 5000, 100],
				["new", 0, 5000, 100],
			],
			production,
			["new"],
		],
		[
			"one that turns out not to be needed stays: memory is lacking, and the lowest has none",
			[
				["tiny", 0, 1000, 10],
				["fat", 50, 1000, 900],
			],
			{ cpu: 1000, memory: 500, facts: { priority: 200 } },
			["fat"],
		],
		["no production", [["prod", 150, 8000, 100]], production, null],
		[
			"not enough without production",
			[
				["prod", 150, 7000, 100],
				["free", 0, 500, 100],
			],
			production,
			null,
		],
		[
			"nobody of equal priority",
			[["same", 110, 8000, 100]],
			{ cpu: 4000, memory: 100, facts: { priority: 110 } },
			null,
		],
		[
			"batch stops best-effort",
			[["free", 0, 8000, 100]],
			{ cpu: 4000, memory: 100, facts: { priority: 110 } },
			["free"],
		],
	])("%s", (_title, there, asks, expected) => {
		expect(victims(there, asks)).toEqual(expected);
	});

	test("are a smallest set that cannot do without any of its own, none of them with a lower one that would do, for any node", () => {
		const pods = fc.array(
			fc.record({
				cpu: fc.constantFrom(500, 1000, 3000),
				memory: fc.constantFrom(10, 100, 300),
				priority: fc.constantFrom(...PRIORITIES),
			}),
			{ maxLength: 6 },
		);
		let found = 0;
		fc.assert(
			fc.property(
				pods,
				fc.constantFrom(2000, 5000, 9000),
				fc.constantFrom(100, 600),
				fc.constantFrom(...PRIORITIES),
				(there, cpu, memory, priority) => {
					// Places lack now and then.
					const pods = Math.max(1, there.length - (cpu % 3) + 1);
					const cell = cellOf([node("a", { cpu: 10_000, memory: 1000, pods })]);
					cell.trackPods();
					for (const { priority: theirs, ...asks } of there) {
						const pod = cell.submit(job("there", { ...asks, facts: { priority: theirs } })).pending[0]!;
						if (cell.nodes.fits(cell.pod(pod).podClass, NODE)) cell.adoptPod(pod, NODE);
					}
					const { podClass } = cell.pod(cell.submit(job("asks", { cpu, memory, facts: { priority } })).pending[0]!);
					if (cell.nodes.fits(podClass, NODE)) return;
					const all = cell.nodes.placed[NODE]!.filter((other) => mayStop(podClass, other.podClass));
					const fitsWithout = (gone: readonly PlacedPod[]) => {
						const trial = new Trial(cell.nodes, NODE);
						for (const pod of gone) trial.remove(pod);
						const fits = cell.nodes.fits(podClass, NODE);
						trial.end();
						return fits;
					};
					const victims = victimsOn(podClass, cell.nodes, NODE);
					expect(victims !== null).toBe(fitsWithout(all));
					expect(mayFit(podClass, cell.nodes, NODE)).toBe(fitsWithout(all));
					expect(new NodeSummaries().mayFit(podClass, cell.nodes, NODE, "forbidden")).toBe(fitsWithout(all));
					if (victims === null) return;
					found++;
					expect(fitsWithout(victims)).toBe(true);
					for (const victim of victims) expect(fitsWithout(victims.filter((other) => other !== victim))).toBe(false);
					// As high as it gets: nobody of that priority is stopped if those below would do.
					const highest = Math.max(...victims.map(({ podClass: { spec } }) => spec.facts.priority));
					expect(fitsWithout(all.filter(({ podClass: { spec } }) => spec.facts.priority < highest))).toBe(false);
				},
			),
			{ seed: 91, numRuns: 400 },
		);
		expect(found).toBeGreaterThan(50);
	});
});
