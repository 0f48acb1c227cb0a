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

// Quantiles of chi-square at 0.1 % for 5 and 2 degrees of freedom. With 3 of 200 feasible most decisions run out of blind
// tries: (1 - 3/200)^16 = 79 %.
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
