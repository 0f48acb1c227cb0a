/** What every scheduler of the registry owes its process. A new one is held to this before its author writes a test. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { PodId } from "../../src/cell/ids.js";
import { checkInvariants } from "../../src/cell/invariants.js";
import type { Job } from "../../src/cell/job.js";
import type { NodeView } from "../../src/cell/node-view.js";
import { placedPod } from "../../src/cell/placed-pod.js";
import { Trial } from "../../src/cell/trial.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import type { PodClass } from "../../src/objects/pod-class.js";
import { defaultFilters } from "../../src/scheduling/plugins/index.js";
import type { Decision, Scheduler } from "../../src/scheduling/scheduler.js";
import { schedulers } from "../../src/scheduling/schedulers/index.js";
import { crowds, nodeSpecs, workloads } from "../support/arbitraries.js";
import { bindNew, cellOf, commit, job, node, snapshotOf } from "../support/cells.js";
import { schedulerNamed } from "../support/simulations.js";

const SIZES = { maxJobs: 12, maxPods: 5, gangs: true };
const scenes = fc.oneof(crowds(SIZES), fc.record({ nodes: nodeSpecs(6), jobs: workloads(SIZES) }));

function decide(scheduler: Scheduler, cell: Cell, of: Job, seed = "1"): Decision {
	const pods = of.pending.map((pod) => cell.pod(pod));
	return scheduler.decide(pods, snapshotOf(cell), new SeededRandomSource(seed).stream("scheduler/x"));
}

function accepts(pod: PodClass, view: NodeView): boolean {
	return defaultFilters.every((filter) => filter.skips?.(pod, view.columns) || filter.accepts(pod, view) === null);
}

/** The node as it is once those of the pods that are there have left, until the trial is ended. */
function withoutPods(cell: Cell, node: NodeView["id"], pods: readonly PodId[]): Trial {
	const trial = new Trial(cell.nodes, node);
	for (const pod of pods) if (cell.pod(pod).node === node) trial.remove(placedPod(cell.pod(pod)));
	return trial;
}

describe.each([...schedulers.all.keys()])("%s", (name) => {
	test("answers for every pod once, places only on feasible nodes, and touches nothing of the cell", () => {
		fc.assert(
			fc.property(scenes, ({ nodes, jobs }) => {
				const cell = cellOf(nodes);
				const scheduler = schedulerNamed(name);
				for (const arrival of jobs) {
					const of = cell.submit(arrival);
					const [touches, pending] = [cell.nodes.touches, [...of.pending]];
					const { placements, unplaced, preemptions = [] } = decide(scheduler, cell, of);
					expect([cell.nodes.touches, of.pending]).toEqual([touches, pending]);
					const answered = [...placements.map(({ pod }) => pod), ...unplaced.map(({ pod }) => pod.id)];
					expect(answered.sort()).toEqual(pending.sort());
					for (const { pod, node: id } of placements) {
						const left = withoutPods(cell, id, preemptions);
						expect(
							accepts(cell.pod(pod).podClass, cell.node(id)),
							`${cell.pod(pod).name} on ${cell.node(id).name}`,
						).toBe(true);
						left.end();
					}
					// Placed one after the other: what was decided together also fits together.
					expect(commit(cell, placements, { preemptions, conflictRule: "node-version" }).conflicts).toEqual([]);
					checkInvariants(cell);
				}
			}),
			{ seed: 81, numRuns: 40 },
		);
	});

	test("if it says what it makes of nodes, it turns down none that it takes, and takes the best", () => {
		fc.assert(
			fc.property(scenes, ({ nodes, jobs }) => {
				const cell = cellOf(nodes);
				const scheduler = schedulerNamed(name);
				if (!scheduler.judge) return;
				for (const arrival of jobs) {
					const of = cell.submit(arrival);
					const [first] = of.pending.map((id) => cell.pod(id));
					const opinions = cell.nodes.specs.map((_, id) =>
						cell.nodes.ready[id] === 1 ? scheduler.judge!(first!, id as NodeView["id"], snapshotOf(cell)) : null,
					);
					const { placements } = decide(scheduler, cell, of);
					const placed = placements.find(({ pod }) => pod === first!.id);
					if (placed !== undefined) {
						const { rejection, scores } = opinions[placed.node]!;
						expect(rejection).toBeNull();
						const total = (of: typeof scores) => of.reduce((sum, { weight, score }) => sum + weight * score, 0);
						for (const other of opinions)
							if (other !== null && other.rejection === null)
								expect(total(other.scores)).toBeLessThanOrEqual(total(scores) + 1e-9);
					}
					commit(cell, placements);
				}
			}),
			{ seed: 83, numRuns: 40 },
		);
	});

	test("leaves a pod unplaced only if no node is feasible after the placements before it", () => {
		fc.assert(
			fc.property(scenes, ({ nodes, jobs }) => {
				const cell = cellOf(nodes);
				// Reasons are for who hears of attempts.
				cell.watch({ attempted: () => {} });
				const scheduler = schedulerNamed(name);
				for (const arrival of jobs) {
					const of = cell.submit({ ...arrival, gang: false });
					const { placements, unplaced, preemptions = [], nominations = [] } = decide(scheduler, cell, of);
					commit(cell, placements, { preemptions });
					// Room that is promised to one pod is not there for the next.
					if (nominations.length > 0) continue;
					for (const { pod, rejections, nodes: looked } of unplaced) {
						for (let id = 0; id < cell.nodes.count; id++) {
							const view = cell.nodes.view(id as NodeView["id"]);
							expect(accepts(pod.podClass, view), `${pod.name} on ${view.name}`).toBe(false);
						}
						expect(looked).toBe(cell.nodes.count);
						expect([...rejections.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(looked);
					}
				}
			}),
			{ seed: 82, numRuns: 40 },
		);
	});

	test("places a gang as a whole or not at all", () => {
		fc.assert(
			fc.property(scenes, ({ nodes, jobs }) => {
				const cell = cellOf(nodes);
				const scheduler = schedulerNamed(name);
				for (const arrival of jobs) {
					const of = cell.submit({ ...arrival, gang: true });
					const { placements, unplaced, preemptions = [] } = decide(scheduler, cell, of);
					expect([0, of.podCount]).toContain(placements.length);
					expect(placements.length + unplaced.length).toBe(of.podCount);
					commit(cell, placements, { preemptions, atomicity: "all-or-nothing" });
				}
			}),
			{ seed: 83, numRuns: 40 },
		);
	});

	test("forgets a gang that it gave up: the next job finds the room", () => {
		const cell = cellOf([node("a")]);
		const scheduler = schedulerNamed(name);
		const snapshot = snapshotOf(cell);
		const random = new SeededRandomSource("1").stream("x");
		const [gang, single] = [
			cell.submit(job("gang", { pods: 5, gang: true })),
			cell.submit(job("single", { cpu: 4000 })),
		];
		const views = (of: Job) => of.pending.map((pod) => cell.pod(pod));
		expect(scheduler.decide(views(gang), snapshot, random).unplaced).toHaveLength(5);
		expect(scheduler.decide(views(single), snapshot, random).placements).toHaveLength(1);
	});

	test("decides the same on the same cell with the same draws, as new or after other decisions", () => {
		fc.assert(
			fc.property(scenes, ({ nodes, jobs }) => {
				const cell = cellOf(nodes);
				const seasoned = schedulerNamed(name);
				for (const arrival of jobs) {
					const of = cell.submit(arrival);
					const decision = decide(seasoned, cell, of, "7");
					expect(decide(schedulerNamed(name), cell, of, "7").placements).toEqual(decision.placements);
					commit(cell, decision.placements, { preemptions: decision.preemptions ?? [] });
				}
			}),
			{ seed: 84, numRuns: 25 },
		);
	});

	test("places nothing in an empty cell, and says so", () => {
		const cell = cellOf([]);
		const { placements, unplaced } = decide(schedulerNamed(name), cell, cell.submit(job("web", { pods: 2 })));
		expect(placements).toEqual([]);
		expect(unplaced.map(({ pod, nodes, rejections }) => [pod.name, nodes, rejections.size])).toEqual([
			["web-0", 0, 0],
			["web-1", 0, 0],
		]);
	});

	test("says how many nodes rejected an unplaced pod, and why", () => {
		const cell = cellOf([
			node("small", { cpu: 500 }),
			node("cordoned", { unschedulable: true }),
			node("full"),
			node("gone"),
			node("away"),
		]);
		cell.watch({ attempted: () => {} });
		bindNew(cell, 2, { cpu: 3500, memory: 950 });
		cell.removeNode(3 as NodeView["id"]);
		cell.setNodeReady(4 as NodeView["id"], false);
		const { unplaced } = decide(schedulerNamed(name), cell, cell.submit(job("web")));
		expect(unplaced[0]!.nodes).toBe(4);
		expect(unplaced[0]!.rejections).toEqual(
			new Map([
				["Insufficient cpu", 2],
				["node(s) were unschedulable", 1],
				["Insufficient memory", 1],
				["node(s) were not ready", 1],
			]),
		);
	});

	test("takes the node added first among equals", () => {
		if (name === "random-fit" || name === "gpu-random") return;
		const cell = cellOf([node("off"), ...["a", "b", "c"].map((n) => node(n, { gpus: 2 }))]);
		cell.setNodeReady(0 as NodeView["id"], false);
		for (const options of [{}, { gpu: { milli: 300 } }]) {
			const { placements } = decide(schedulerNamed(name), cell, cell.submit(job("web", options)));
			expect(placements[0]!.node).toBe(1);
		}
	});

	test("is described for `cellsim list`, and its parameters all have defaults", () => {
		const { summary, params } = schedulers.all.get(name)!;
		expect(summary).toMatch(/^[A-Z].*\.$/);
		expect(params?.safeParse({}).success ?? true).toBe(true);
	});
});

describe("where they differ", () => {
	// Node a is half full, b is empty and of the same size, c is empty and twice as large.
	const placed = (name: string, options: Parameters<typeof job>[1] = {}) => {
		const cell = cellOf([node("e"), node("a"), node("c", { cpu: 8000, memory: 2000 })]);
		bindNew(cell, 1, { cpu: 2000, memory: 500 });
		return cell.node(decide(schedulerNamed(name), cell, cell.submit(job("web", options))).placements[0]!.node).name;
	};
	test.each([
		["first-fit", "e"],
		["best-fit", "a"],
		["worst-fit", "c"],
		// Free share after placing: a 25 and 40, e 75 and 90, c floor(87.5) and 95.
		["least-allocated", "c"],
		["most-allocated", "a"],
		["dot-product", "c"],
		["gpu-packing", "e"],
		// No pod asks for GPU: all are equal.
		["gpu-clustering", "e"],
		["fgd", "e"],
		// Left of 8000 cpu: a 1000, e 3000, c 7000; no GPU. 100 x (1 - 0.5 / 8) = 93.
		["gpu-best-fit", "a"],
		// 1000 / 8000 x free / 8000, halved: a 2000, e 4000, c 8000 free. 100 x (1 - 1/64) = 98, 96, 93.
		["gpu-dot-product", "a"],
		// Fullest after placing, cpu and memory: a 75 and 60, e 25 and 10, c 12 and 5.
		["bin-packing", "a"],
		// The fuller a resource, the steeper the cost: share used after placing in a 75 %, e 25 %, c 12.5 %.
		["e-pvm", "c"],
		// Free share after placing, cpu and memory: a 25 and 40, e 75 and 90, c 87.5 and 95: 7.5, 7.5 and 3.75 are stranded.
		["hybrid", "c"],
		["borg", "c"],
	])("%s takes %s", (name, expected) => {
		expect(placed(name)).toBe(expected);
	});
});
