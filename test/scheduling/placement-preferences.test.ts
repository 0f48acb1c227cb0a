/** Spreading over labels, held to a walk down the tree that is grown anew for every task. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SeededRandomSource } from "../../src/engine/random.js";
import type { NodeSpec } from "../../src/objects/spec.js";
import { cellOf, job, node, snapshotOf } from "../support/cells.js";
import { schedulerNamed } from "../support/simulations.js";

const LABELS = ["zone", "rack"];

/** Names of the nodes that `tasks` tasks of one service get, in order; "" for none. */
function placed(nodes: readonly NodeSpec[], tasks: number, spread: readonly string[]): readonly string[] {
	const cell = cellOf(nodes);
	const facts = { labels: { "com.docker.swarm.service.name": "web" }, placement: { spread, maxReplicas: 0 } };
	const { pending } = cell.submit(job("web", { pods: tasks, cpu: 100, memory: 0, facts }));
	const snapshot = snapshotOf(cell);
	const random = new SeededRandomSource("1").stream("x");
	const pods = pending.map((id) => cell.pod(id));
	const { placements, unplaced } = schedulerNamed("swarm").decide(pods, snapshot, random);
	expect(placements.length + unplaced.length).toBe(tasks);
	return placements.map((placement) => cell.node(placement.node).name);
}

test.each<
	[string, readonly (readonly [zone: string, rack: string, room?: number])[], readonly string[], number, string]
>([
	[
		"without preferences nodes alone count",
		[
			["a", "1"],
			["a", "1"],
			["b", "1"],
		],
		[],
		6,
		"2 2 2",
	],
	[
		"zones have the same number, whatever their nodes",
		[
			["a", "1"],
			["a", "1"],
			["b", "1"],
		],
		["zone"],
		8,
		"2 2 4",
	],
	[
		"nodes without the label are one zone",
		[
			["a", "1"],
			["", "1"],
			["", "1"],
		],
		["zone"],
		8,
		"4 2 2",
	],
	// Zone a has racks 1 and 2, zone b rack 1 only: 6 and 6, of which a's 3 and 3.
	[
		"racks within zones",
		[
			["a", "1"],
			["a", "2"],
			["a", "2"],
			["b", "1"],
		],
		["zone", "rack"],
		12,
		"3 2 1 6",
	],
	// Rack 1 is in both zones here, and would be one branch if it came first: 3 and 3.
	[
		"zones within racks",
		[
			["a", "1"],
			["a", "2"],
			["b", "1"],
		],
		["rack", "zone"],
		8,
		"2 4 2",
	],
	[
		"a zone that is full gives its part to the others",
		[
			["a", "1", 2],
			["b", "1"],
			["c", "1"],
		],
		["zone"],
		10,
		"2 4 4",
	],
])("%s", (_what, shapes, spread, tasks, expected) => {
	const on = placed(specsOf(shapes), tasks, spread);
	expect(shapes.map((_, i) => on.filter((name) => name === `n-${i}`).length).join(" ")).toBe(expected);
});

test("each task goes down the tree to the branch with the fewest tasks that has a node for it", () => {
	const shape = fc.tuple(
		fc.constantFrom("", "a", "b", "c"),
		fc.constantFrom("", "1", "2"),
		fc.integer({ min: 0, max: 4 }),
	);
	const spreads = fc.constantFrom([], ["zone"], ["rack"], ["zone", "rack"], ["rack", "zone"]);
	fc.assert(
		fc.property(
			fc.array(shape, { minLength: 1, maxLength: 9 }),
			spreads,
			fc.integer({ min: 1, max: 25 }),
			(shapes, spread, tasks) => {
				expect(placed(specsOf(shapes), tasks, spread)).toEqual(naively(shapes, spread, tasks));
			},
		),
		{ seed: 5, numRuns: 400 },
	);
});

type Shape = readonly [zone: string, rack: string, room?: number];

function specsOf(shapes: readonly Shape[]): readonly NodeSpec[] {
	return shapes.map(([zone, rack, room = 40], i) => {
		const labels = { ...(zone !== "" && { zone }), ...(rack !== "" && { rack }) };
		return node(`n-${i}`, { labels, pods: room });
	});
}

function naively(shapes: readonly Shape[], spread: readonly string[], tasks: number): readonly string[] {
	const counts = shapes.map(() => 0);
	const sum = (nodes: readonly number[]) => nodes.reduce((total, n) => total + counts[n]!, 0);
	const hasRoom = (n: number) => counts[n]! < (shapes[n]![2] ?? 40);
	const descend = (nodes: readonly number[], level: number): number => {
		if (level === spread.length)
			return nodes.filter(hasRoom).reduce((best, n) => (counts[n]! < counts[best]! ? n : best), nodes.find(hasRoom)!);
		const value = (n: number) => shapes[n]![LABELS.indexOf(spread[level]!)] as string;
		const branches = [...new Set(nodes.map(value))].map((branch) => nodes.filter((n) => value(n) === branch));
		const usable = branches.filter((branch) => branch.some(hasRoom));
		return descend(
			usable.reduce((best, branch) => (sum(branch) < sum(best) ? branch : best)),
			level + 1,
		);
	};
	const names: string[] = [];
	const all = shapes.map((_, n) => n);
	for (let task = 0; task < tasks && all.some(hasRoom); task++) {
		const n = descend(all, 0);
		counts[n]!++;
		names.push(`n-${n}`);
	}
	return names;
}
