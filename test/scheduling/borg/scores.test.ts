/** The terms of Borg's scoring, with the arithmetic. */
import { describe, expect, test } from "vitest";
import type { Cell } from "../../../src/cell/cell.js";
import type { NodeId } from "../../../src/cell/ids.js";
import type { Job } from "../../../src/cell/job.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import type { PodDemands } from "../../../src/objects/pod-demands.js";
import { pipeline } from "../../../src/scheduling/pipeline.js";
import type { ScorePlugin } from "../../../src/scheduling/plugin.js";
import {
	ePvm,
	hybrid,
	mixedPriorities,
	packageLocality,
	preferredNodes,
} from "../../../src/scheduling/plugins/index.js";
import { jobSpreading, POWER_DOMAIN_LABEL, RACK_LABEL } from "../../../src/scheduling/plugins/job-spreading.js";
import { bindNew, cellOf, commit, job, node, type PodOptions, placementOf, snapshotOf } from "../../support/cells.js";

/** The score of node 0 for a pod that asks for this. */
function score(plugin: ScorePlugin, cell: Cell, asks: PodOptions): number {
	if (plugin.readsPods) cell.trackPods();
	const { podClass } = cell.pod(cell.submit(job("asks", asks)).pending[0]!);
	return plugin.score(podClass, cell.node(0 as NodeId));
}

/** A cell of one node of 10 CPUs and 1000 bytes, of which so much is requested. */
function used(cpu: number, memory: number): Cell {
	const cell = cellOf([node("a", { cpu: 10_000, memory: 1000 })]);
	if (cpu + memory > 0) bindNew(cell, 0, { cpu, memory });
	return cell;
}

describe("hybrid: 100 less the mean over resources of what is free beyond the share of the scarcest", () => {
	test.each([
		// Free after placing: cpu 9/10 = 90 %, memory 900/1000 = 90 %: nothing is stranded.
		["an empty node, a pod of its own shape", used(0, 0), { cpu: 1000, memory: 100 }, 100],
		// cpu 10 %, memory 40 %: (0 + 30) / 2 = 15.
		["cpu runs out first", used(8000, 500), { cpu: 1000, memory: 100 }, 85],
		// cpu 20 %, memory 25 %: (0 + 5) / 2 = 2.5.
		["nearly in balance", used(7000, 600), { cpu: 1000, memory: 150 }, 97.5],
		// cpu 30 %, memory 0 %: (30 + 0) / 2 = 15.
		["memory is used up", used(6000, 900), { cpu: 1000, memory: 100 }, 85],
		// cpu 80 %, memory 0 %: 40 are stranded by a pod that takes all memory.
		["a pod of memory alone", used(1000, 500), { cpu: 1000, memory: 500 }, 60],
	])("%s", (_title, cell, asks, expected) => {
		expect(score(hybrid, cell, asks)).toBeCloseTo(expected, 9);
	});

	test("a resource that the node does not have is left out", () => {
		const cell = cellOf([node("a", { cpu: 10_000, memory: 1000 }), node("b", { gpus: 1 })]);
		expect(score(hybrid, cell, { cpu: 1000, memory: 400 })).toBeCloseTo(100 - (90 - 60) / 2, 9);
	});
});

describe("e-pvm: what n^used rises by, summed over resources, n = 1000, as a logarithm turned round", () => {
	/** ln(1 + 2 x 999): both resources from empty to full. */
	const most = Math.log(1999);
	test.each([
		// 2 x (1000^0.1 - 1) = 2 x 0.995: ln(2.990) / ln(1999) = 0.1441.
		["an empty node", used(0, 0), { cpu: 1000, memory: 100 }, 100 * (1 - Math.log(1 + 2 * (1000 ** 0.1 - 1)) / most)],
		// cpu 1000^0.8 x (1000^0.1 - 1), memory nothing.
		[
			"a full node, cpu alone",
			used(8000, 0),
			{ cpu: 1000, memory: 0 },
			100 * (1 - Math.log1p(1000 ** 0.8 * (1000 ** 0.1 - 1)) / most),
		],
		// 1 + 2 x 999 = 1999: the worst there is.
		["a pod that takes an empty node whole", used(0, 0), { cpu: 10_000, memory: 1000 }, 0],
	])("%s", (_title, cell, asks, expected) => {
		expect(score(ePvm, cell, asks)).toBeCloseTo(expected, 9);
	});

	test("the emptier of two nodes is better whatever the pod, as with worst fit", () => {
		for (const asks of [
			{ cpu: 500, memory: 10 },
			{ cpu: 100, memory: 300 },
		])
			expect(score(ePvm, used(2000, 200), asks)).toBeGreaterThan(score(ePvm, used(4000, 400), asks));
	});
});

describe("package locality: the share of the pod's images that are on the node", () => {
	const withImages = (images: readonly string[]) => ({ facts: { demands: { images } as unknown as PodDemands } });
	const cell = cellOf([
		{
			...node("a"),
			images: [
				{ names: ["web:1", "web:latest"], sizeBytes: 1 },
				{ names: ["db:2"], sizeBytes: 9 },
			],
		},
	]);
	test.each([
		[["web:1"], 100],
		[["web:1", "cache:1"], 50],
		[["cache:1"], 0],
		[["web:latest", "db:2", "cache:1"], 200 / 3],
	])("%j", (images, expected) => {
		expect(score(packageLocality, cell, withImages(images))).toBeCloseTo(expected, 9);
	});

	test("a pod that names no images does not care", () => {
		expect(score(packageLocality, cell, {})).toBe(0);
	});
});

describe("preferred nodes: the share of the weights of the terms that the node matches", () => {
	const cell = cellOf([node("a", { labels: { disk: "ssd", zone: "east" } })]);
	const term = (weight: number, key: string, value: string) => ({
		weight,
		term: { matchExpressions: [{ key, operator: "In" as const, values: [value] }], matchFields: [] },
	});
	test.each([
		["both of two", [term(30, "disk", "ssd"), term(10, "zone", "east")], 100],
		// 30 of 40.
		["the heavier of two", [term(30, "disk", "ssd"), term(10, "zone", "west")], 75],
		["none", [term(30, "disk", "hdd")], 0],
		["nothing preferred", [], 0],
	])("%s", (_title, preferredNodeTerms, expected) => {
		expect(score(preferredNodes, cell, { facts: { preferredNodeTerms } })).toBe(expected);
	});
});

describe("mixed priorities: 200 x min(p, 1 - p), p the share of production in what is requested", () => {
	const mixed = (production: number, batch: number) => {
		const cell = cellOf([node("a", { cpu: 10_000, memory: 1000 })]);
		if (production > 0) bindNew(cell, 0, { cpu: production, memory: production / 10, facts: { priority: 200 } });
		if (batch > 0) bindNew(cell, 0, { cpu: batch, memory: batch / 10, facts: { priority: 110 } });
		return cell;
	};
	const asks = (priority: number) => ({ cpu: 1000, memory: 100, facts: { priority } });
	test.each([
		["production on an empty node", mixed(0, 0), asks(200), 0],
		// 1000 of 4000: p = 1/4.
		["production among batch", mixed(0, 3000), asks(200), 50],
		// 3000 of 4000: p = 3/4.
		["batch among production", mixed(3000, 0), asks(110), 50],
		// 2000 of 4000.
		["halves", mixed(1000, 2000), asks(360), 100],
	])("%s", (_title, cell, pod, expected) => {
		expect(score(mixedPriorities, cell, pod)).toBeCloseTo(expected, 9);
	});
});

describe("job spreading: the mean of 100 / (1 + pods of the job) over machine, rack and power domain", () => {
	const place = (rack: string, power: string) => ({ labels: { [RACK_LABEL]: rack, [POWER_DOMAIN_LABEL]: power } });
	const nodes = [
		node("a", place("r1", "p1")),
		node("b", place("r1", "p1")),
		node("c", place("r2", "p1")),
		node("d", place("r3", "p2")),
		node("e"),
	];
	/** A job of six pods, of which some have a node already. */
	const spread = (on: readonly number[]) => {
		const cell = cellOf(nodes);
		const of = cell.submit(job("web", { pods: 6, cpu: 100 }));
		for (const n of on) commit(cell, [placementOf(cell, of.pending[0]!, n)]);
		const score = jobSpreading.create().forPod(cell.pod(of.pending[0]!), snapshotOf(cell))!;
		return nodes.map((_, n) => score(n as NodeId));
	};

	test("one pod on a", () => {
		// a: (50 + 50 + 50) / 3; b: (100 + 50 + 50) / 3; c: (100 + 100 + 50) / 3; e has no labels: the machine alone.
		const expected = [50, 200 / 3, 250 / 3, 100, 100];
		for (const [n, score] of spread([0]).entries()) expect(score).toBeCloseTo(expected[n]!, 9);
	});

	test("one on b, one on c, two on e", () => {
		// p1 has two: 33.3. a: (100 + 50 + 33.3) / 3; b: (50 + 50 + 33.3) / 3; c the same; e: 100 / 3.
		const expected = [550 / 9, 400 / 9, 400 / 9, 100, 100 / 3];
		for (const [n, score] of spread([1, 2, 4, 4]).entries()) expect(score).toBeCloseTo(expected[n]!, 9);
	});

	test("nothing to say of a job of one pod, or of which no pod has a node", () => {
		const cell = cellOf(nodes);
		const scorer = jobSpreading.create();
		for (const pods of [1, 2]) {
			const of = cell.submit(job(`web-${pods}`, { pods }));
			expect(scorer.forPod(cell.pod(of.pending[0]!), snapshotOf(cell))).toBeNull();
		}
	});

	test("in a pipeline, pods of one decision spread, although what the other scores say is kept", () => {
		const cell = cellOf(nodes.slice(0, 4));
		const scheduler = pipeline({ scores: [], jobScores: [{ plugin: jobSpreading }] });
		const random = new SeededRandomSource("1").stream("x");
		const decide = (of: Job) => {
			const views = of.pending.map((pod) => cell.pod(pod));
			const { placements } = scheduler.decide(views, snapshotOf(cell), random);
			commit(cell, placements);
			return placements.map(({ node: id }) => cell.node(id).name);
		};
		// After a: d, which shares nothing; then c, in a rack of its own; then b.
		expect(decide(cell.submit(job("web", { pods: 4, cpu: 100 })))).toEqual(["a", "d", "c", "b"]);
		expect(decide(cell.submit(job("other", { pods: 2, cpu: 100 })))).toEqual(["a", "d"]);
	});
});
