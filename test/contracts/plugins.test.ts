/** What every filter and score owes: its form over columns gives what its readable form gives, on any cell. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/cell/cell.js";
import type { NodeId } from "../../src/cell/ids.js";
import type { NodeColumns } from "../../src/cell/node-columns.js";
import type { PodClass } from "../../src/objects/pod-class.js";
import { addScores, filterNodes } from "../../src/scheduling/pipeline.js";
import { Candidates, type FilterPlugin, RejectionTally } from "../../src/scheduling/plugin.js";
import { defaultFilters, scorePlugins } from "../../src/scheduling/plugins/index.js";
import { siftOneByOne } from "../../src/scheduling/pod-by-pod.js";
import { nodeSpecs, podOptions } from "../support/arbitraries.js";
import { cellOf, commit, job, placementOf } from "../support/cells.js";

interface Scene {
	readonly cell: Cell;
	/** The pod that looks for a node. */
	readonly pod: PodClass;
}

/** Zones that pods would rather have. */
const wishes = fc.subarray(["a", "b"]).map((zones) =>
	zones.map((zone, i) => ({
		weight: 1 + 2 * i,
		term: { matchExpressions: [{ key: "zone", operator: "In" as const, values: [zone] }], matchFields: [] },
	})),
);

const drawing = fc.record({
	specs: nodeSpecs(8),
	running: fc.array(fc.record({ options: podOptions, on: fc.nat() }), { maxLength: 12, size: "max" }),
	away: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { maxLength: 2 }),
	asks: fc
		.tuple(podOptions, wishes)
		.map(([{ facts, ...asks }, preferredNodeTerms]) => ({ ...asks, facts: { ...facts, preferredNodeTerms } })),
});

/** Draws cells in which some pods run and some nodes are away, and one more pod; holds `check` to each. */
function inAnyScene(seed: number, numRuns: number, check: (scene: Scene) => void): void {
	const property = fc.property(drawing, ({ specs, running, away, asks }) => {
		const cell = cellOf(specs);
		for (const { options, on } of running) {
			const pod = cell.submit(job("runs", options)).pending[0]!;
			const node = (on % cell.nodes.count) as NodeId;
			if (cell.nodes.fits(cell.pod(pod).podClass, node)) commit(cell, [placementOf(cell, pod, node)]);
		}
		for (const node of away) if (node < cell.nodes.count) cell.setNodeReady(node as NodeId, false);
		check({ cell, pod: cell.pod(cell.submit(job("asks", asks)).pending[0]!).podClass });
	});
	fc.assert(property, { seed, numRuns });
}

function all({ cell }: Scene): Candidates {
	const candidates = new Candidates();
	candidates.reset(cell.nodes);
	return candidates;
}

function listed({ nodes, count }: Candidates): number[] {
	return [...nodes.subarray(0, count)];
}

function accepted({ cell, pod }: Scene, filters: readonly FilterPlugin[]): number[] {
	const ids = Array.from({ length: cell.nodes.count }, (_, id) => id as NodeId);
	return ids.filter(
		(id) =>
			cell.node(id).ready && filters.every((f) => f.skips?.(pod, cell.nodes) || f.accepts(pod, cell.node(id)) === null),
	);
}

test("the names of plugins tell them apart", () => {
	const names = [...defaultFilters, ...scorePlugins].map(({ name }) => name);
	expect(new Set(names).size).toBe(names.length);
});

describe.each(defaultFilters)("filter $name", (filter) => {
	test("narrows to the nodes it accepts, in order", () => {
		inAnyScene(61, 150, (scene) => {
			const candidates = all(scene);
			filterNodes(scene.pod, scene.cell.nodes, [filter], candidates);
			expect(listed(candidates)).toEqual(accepted(scene, [filter]));
		});
	});

	test("sifts as it narrows, and tallies the rejections that it gives node by node", () => {
		if (!filter.sift) return;
		inAnyScene(64, 150, (scene) => {
			const { cell, pod } = scene;
			const [fast, slow] = [all(scene), all(scene)];
			const [counted, listedOnes] = [new RejectionTally(), new RejectionTally()];
			filter.sift!(pod, cell.nodes, fast, counted);
			siftOneByOne(filter, pod, cell.nodes, slow, listedOnes);
			expect(listed(fast)).toEqual(listed(slow));
			const sorted = (tally: RejectionTally) => [...tally.counts].sort();
			expect(sorted(counted)).toEqual(sorted(listedOnes));
		});
	});

	test("skips only pods that it would accept everywhere, and the answer depends on pod and restrictions only", () => {
		inAnyScene(62, 100, ({ cell, pod }) => {
			const skips = filter.skips?.(pod, cell.nodes) ?? false;
			for (let id = 0; skips && id < cell.nodes.count; id++) {
				if (cell.node(id as NodeId).ready) expect(filter.accepts(pod, cell.node(id as NodeId))).toBeNull();
			}
			const { restricted } = cell.nodes;
			expect(filter.skips?.(pod, { restricted } as NodeColumns) ?? false).toBe(skips);
		});
	});

	test("turns a node down with reasons and its own name", () => {
		inAnyScene(63, 100, ({ cell, pod }) => {
			for (let id = 0; id < cell.nodes.count; id++) {
				const rejection = filter.accepts(pod, cell.node(id as NodeId));
				if (rejection === null) continue;
				expect(rejection.plugin).toBe(filter.name);
				expect(rejection.reasons.length).toBeGreaterThan(0);
			}
		});
	});
});

describe.each(scorePlugins)("score $name", (plugin) => {
	test.each([1, 0.5, 3])("lies between 0 and 100, and weighs %d times that for all candidates at once", (weight) => {
		inAnyScene(64, 100, (scene) => {
			const { cell, pod } = scene;
			const candidates = all(scene);
			filterNodes(pod, cell.nodes, defaultFilters, candidates);
			const totals = new Float64Array(candidates.count).fill(7);
			addScores(plugin, pod, cell.nodes, candidates, totals, weight);
			listed(candidates).forEach((id, i) => {
				const score = plugin.score(pod, cell.node(id as NodeId));
				expect(score).toBeGreaterThanOrEqual(-1e-9);
				expect(score).toBeLessThanOrEqual(100 + 1e-9);
				expect(Math.abs(totals[i]! - 7 - weight * score)).toBeLessThan(1e-9);
			});
		});
	});
});

test("the default filters together leave the nodes that all of them accept", () => {
	let left = 0;
	inAnyScene(65, 300, (scene) => {
		const candidates = all(scene);
		filterNodes(scene.pod, scene.cell.nodes, defaultFilters, candidates);
		expect(listed(candidates)).toEqual(accepted(scene, defaultFilters));
		left += candidates.count;
	});
	expect(left).toBeGreaterThan(100);
});
