import { expect, test } from "vitest";
import type { NodeId } from "../../src/cell/ids.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { cellOf, job, node, snapshotOf } from "../support/cells.js";
import { schedulerNamed } from "../support/simulations.js";

/** How often each node is drawn in 6000 decisions. */
function draws(feasible: readonly number[], nodes: number): number[] {
	const specs = Array.from({ length: nodes }, (_, i) => node(`node-${i}`, { cpu: feasible.includes(i) ? 4000 : 10 }));
	const cell = cellOf(specs);
	const snapshot = snapshotOf(cell);
	const scheduler = schedulerNamed("random-fit");
	const random = new SeededRandomSource("9").stream("scheduler/random-fit");
	const pods = cell.submit(job("web")).pending.map((pod) => cell.pod(pod));
	const counts = new Array<number>(nodes).fill(0);
	for (let i = 0; i < 6000; i++) {
		const { placements } = scheduler.decide(pods, snapshot, random);
		counts[placements[0]!.node]!++;
		snapshot.forget(placements);
	}
	return counts;
}

// Quantiles of chi-square at 0.1 % for 5 and 2 degrees of freedom.
test.each([
	["most nodes feasible", [0, 1, 2, 3, 5, 6], 7, 20.5],
	["few of many nodes feasible", [3, 77, 199], 200, 13.8],
])("random-fit draws each feasible node as often as any other: %s", (_what, feasible, nodes, critical) => {
	const counts = draws(feasible, nodes);
	const expected = 6000 / feasible.length;
	const chiSquare = feasible.reduce((sum, id) => sum + (counts[id as NodeId]! - expected) ** 2 / expected, 0);
	expect(counts.reduce((sum, count, id) => sum + (feasible.includes(id) ? 0 : count), 0)).toBe(0);
	expect(chiSquare).toBeLessThan(critical);
});

test.each([
	["best-fit", [1000, 1500, 2000, 4000], 3, [0, 1, 2]],
	["worst-fit", [1000, 1500, 2000, 4000], 2, [3, 2]],
	["best-fit", [1000, 500, 1000, 1000], 9, [0, 2, 3]],
])("%s with nodes of %j draws among the %i best", (name, cpus, top, best) => {
	const cell = cellOf(cpus.map((cpu, i) => node(`node-${i}`, { cpu })));
	const snapshot = snapshotOf(cell);
	const scheduler = schedulerNamed(name, { top });
	const random = new SeededRandomSource("9").stream("scheduler/main");
	const pods = cell.submit(job("web")).pending.map((pod) => cell.pod(pod));
	const counts = new Array<number>(cpus.length).fill(0);
	for (let i = 0; i < 3000; i++) {
		const { placements } = scheduler.decide(pods, snapshot, random);
		counts[placements[0]!.node]!++;
		snapshot.forget(placements);
	}
	// Binomial(3000, 1/k), k = 2 or 3: the standard deviation is at most 27.4; four of them.
	for (const [id, count] of counts.entries())
		expect(Math.abs(count - (best.includes(id) ? 3000 / best.length : 0))).toBeLessThan(110);
});
