import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeId } from "../../../../src/cell/ids.js";
import { NodeGroups } from "../../../../src/scheduling/kubernetes/kept/node-groups.js";

const NODES = 12;

/** What happens to a node: put somewhere, closed, opened again, removed. */
const step = fc.record({
	node: fc.nat({ max: NODES - 1 }),
	kind: fc.constantFrom("put", "put", "put", "close", "reopen", "remove"),
	group: fc.integer({ min: 1, max: 3 }),
	total: fc.integer({ min: 0, max: 4 }),
	open: fc.boolean(),
});

test("groups give their open nodes, the best first, as a list that is sorted anew each time does", () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
			const groups = new NodeGroups(NODES);
			const naive = new Map<number, { group: number; total: number; open: boolean }>();
			for (const { node, kind, group, total, open } of steps) {
				const id = node as NodeId;
				const known = naive.get(node);
				if (kind === "put") {
					groups.put(id, group, total, open);
					naive.set(node, { group, total, open });
				} else if (kind === "remove") {
					groups.remove(id);
					naive.delete(node);
				} else if (known !== undefined && known.open === (kind === "close")) {
					if (kind === "close") groups.close(id);
					else groups.reopen(id);
					known.open = !known.open;
				}
				const open2 = [...naive].filter(([, entry]) => entry.open);
				const expected = [1, 2, 3].flatMap((g) => {
					const there = open2.filter(([, entry]) => entry.group === g);
					const most = Math.max(...there.map(([, entry]) => entry.total));
					const best = there.filter(([, entry]) => entry.total === most).map(([n]) => n);
					return there.length === 0 ? [] : [{ id: g, size: there.length, best: best.sort((a, b) => a - b) }];
				});
				const got = [...groups.open]
					.sort((a, b) => a.id - b.id)
					.map((each) => {
						const best: NodeId[] = [];
						groups.bestOf(each, best);
						expect(each.nodes[0]).toBe(Math.min(...best));
						return { id: each.id, size: each.nodes.length, best: best.sort((a, b) => a - b) };
					});
				expect(got).toEqual(expected);
			}
		}),
		{ seed: 1, numRuns: 200 },
	);
});

test("equal lists of features are one group, and longer ones are others", () => {
	const groups = new NodeGroups(1);
	const list = (...features: (string | number)[]) => features.reduce<number>((id, f) => groups.refine(id, f), 0);
	expect(list("a", 1)).toBe(list("a", 1));
	expect(new Set([list("a"), list("a", 1), list("a", "1"), list(1, "a"), list("a", 1, 1)]).size).toBe(5);
});
