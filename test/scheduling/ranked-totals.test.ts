/** The best nodes, held against sorting all of them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_NODE, type NodeId } from "../../src/cell/ids.js";
import type { Random } from "../../src/engine/random.js";
import { RankedTotals, REJECTED, TopNodes } from "../../src/scheduling/ranked-totals.js";

/** Nodes that are not rejected by total, the highest first; of equals the one added first. */
function sorted(totals: readonly number[]): number[] {
	return totals
		.map((_, node) => node)
		.filter((node) => totals[node] !== REJECTED)
		.sort((a, b) => totals[b]! - totals[a]! || a - b);
}

/** Draws so that the last of those to draw among is chosen, and then the first. */
const LAST = { integer: (below: number) => below - 1 } as Random;
const FIRST = { integer: () => 0 } as unknown as Random;

test("the best and each of the top nodes are those of sorting, after any changes", () => {
	// Few values, so that many are equal; drifting down and up, so that what was good before is rare, or everywhere.
	const value = fc.oneof(fc.constant(REJECTED), fc.integer({ min: -3, max: 6 }));
	const change = fc.record({ node: fc.nat(399), value, shift: fc.integer({ min: -4, max: 4 }), spread: fc.nat(150) });
	fc.assert(
		fc.property(
			fc.array(change, { minLength: 1, maxLength: 25 }),
			fc.integer({ min: 2, max: 40 }),
			fc.integer({ min: 1, max: 400 }),
			(changes, size, first) => {
				const ranked = new RankedTotals(512);
				const top = new TopNodes(size);
				let count = first;
				const totals: number[] = new Array(count).fill(0);
				for (const { node, value: to, shift, spread } of changes) {
					if (node >= count) ranked.changed(count++ as NodeId);
					while (totals.length < count) totals.push(0);
					for (let n = node % count; n <= Math.min(count - 1, (node % count) + spread); n++) {
						totals[n] = to + (n % 3 === 0 ? shift : 0);
						ranked.totals[n] = totals[n]!;
						ranked.changed(n as NodeId);
					}
					const expected = sorted(totals);
					expect(ranked.best(count)).toBe(expected[0] ?? NO_NODE);
					expect(ranked.draw(top, count, FIRST)).toBe(expected[0] ?? NO_NODE);
					expect(ranked.draw(top, count, LAST)).toBe(expected.slice(0, size).at(-1) ?? NO_NODE);
					expect([...top.nodes.slice(0, Math.min(size, top.found))]).toEqual(expected.slice(0, size));
				}
			},
		),
		{ seed: 3, numRuns: 300 },
	);
});
