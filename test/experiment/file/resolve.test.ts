/** What an experiment file comes to: its runs, and the document of each. */
import { describe, expect, test } from "vitest";
import { parseExperiment } from "../../../src/experiment/file/document.js";
import { resolveExperiment } from "../../../src/experiment/file/resolve.js";
import { canonicalJson } from "../../../src/objects/canonical-json.js";
import { complaint, edit, QUICKSTART, registries, resolve } from "./fixture.js";

describe("runs", () => {
	test("every combination with every seed, seeds fastest", () => {
		const { name, runs, warnings } = resolve(QUICKSTART);
		expect(name).toBe("quickstart");
		expect(warnings).toEqual([]);
		expect(runs.map(({ index, label, seed }) => `${index} ${label} ${seed}`)).toEqual([
			"0 policy=best-fit,replicas=1 1",
			"1 policy=best-fit,replicas=1 2",
			"2 policy=best-fit,replicas=1 3",
			"3 policy=best-fit,replicas=4 1",
			"4 policy=best-fit,replicas=4 2",
			"5 policy=best-fit,replicas=4 3",
			"6 policy=random,replicas=1 1",
			"7 policy=random,replicas=1 2",
			"8 policy=random,replicas=1 3",
			"9 policy=random,replicas=4 1",
			"10 policy=random,replicas=4 2",
			"11 policy=random,replicas=4 3",
		]);
	});

	test("`only` chooses combinations and keeps the numbers", () => {
		const { runs } = resolve(QUICKSTART, { only: ["policy=random", "replicas=4"] });
		expect(runs.map(({ index, seed }) => [index, seed])).toEqual([
			[9, "1"],
			[10, "2"],
			[11, "3"],
		]);
		expect(() => resolve(QUICKSTART, { only: ["policy=randon"] })).toThrow(
			"--only 1: 'policy' has no value 'randon'; did you mean 'random'?",
		);
	});

	test("the spec has expressions replaced, units read, and defaults filled in", () => {
		const { spec } = resolve(QUICKSTART).runs[3]!;
		expect(spec.clock).toEqual({ warmup: 600_000_000, end: 14_400_000_000 }); // 10 and 240 minutes
		expect(spec.workloads).toEqual([
			{ name: "web", count: 100, duration: 3_600_000_000 }, // 2 x 50
			{ name: "trace", source: { name: "openb", path: null, params: { path: "../traces/pods.csv" } } },
		]);
		expect(spec.scheduling).toMatchObject({
			architecture: { name: "shared-state", path: null, params: { retries: 5 } },
			schedulers: [
				{
					name: "main",
					scheduler: { name: "best-fit", path: null, params: { resource: "cpu" } },
					replicas: 4,
					spread: "hash",
					decisionTime: { perJob: 100_000, perPod: 5_000, byClass: {} },
				},
			],
			queue: {
				discipline: "skip",
				backoff: { initial: 0, max: 0 },
				retry: { place: "own", afterConflict: 0 },
				giveUp: {},
			},
		});
		expect(spec.cluster.nodeGroups[0]).toMatchObject({
			name: "node-${{ item.index }}",
			template: { metadata: { labels: { zone: "z${{ (item.index % 3) }}" } } },
		});
		expect(spec.outputs.tables).toEqual([
			{ name: "pods", everyUs: null },
			{ name: "nodes", everyUs: 60_000_000 },
		]);
	});

	test("raw is the experiment of one run: taken again, it gives the same run", () => {
		const run = resolve(QUICKSTART).runs[4]!;
		const again = resolve(JSON.stringify(run.raw)).runs;
		expect(again).toHaveLength(1);
		expect(canonicalJson(again[0]!.raw)).toBe(canonicalJson(run.raw));
		expect(again[0]!.spec).toEqual(run.spec);
	});

	test("`run` differs from seed to seed, everything else is shared", () => {
		const text = edit(QUICKSTART, "count: 10\n", "count: ${{ run.index * 100 + run.seed }}\n");
		const counts = resolve(text).runs.map(({ spec }) => spec.cluster.nodeGroups[0]!.count);
		expect(counts.slice(0, 5)).toEqual([1, 102, 203, 301, 402]); // index x 100 + seed, seeds 1 to 3
		const [first, second] = resolve(QUICKSTART).runs;
		expect(second!.spec.cluster).toBe(first!.spec.cluster);
		expect([first!.spec.seeds, second!.spec.seeds]).toEqual([["1"], ["2"]]);
	});

	test.each([
		["{base: 1, count: 3}", ["1", "2", "3"]],
		['{base: "9007199254740993", count: 2}', ["9007199254740993", "9007199254740994"]],
		['[3, "9007199254740993", 1]', ["3", "9007199254740993", "1"]],
	])("seeds %s", (seeds, expected) => {
		const { runs } = resolve(edit(QUICKSTART, "{base: 1, count: 3}", seeds), { only: ["policy=random", "replicas=1"] });
		expect(runs.map(({ seed }) => seed)).toEqual(expected);
	});

	test("without seeds and strategy there is one run with seed 1", () => {
		const text = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: least}
spec:
  scheduling: {architecture: monolithic, schedulers: [{scheduler: {name: ./policies/mine.ts, x: 1}}]}
---
kind: List
items:
  - {kind: Node, metadata: {name: n}, status: {allocatable: {cpu: 1}}}
  - {kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}]}}
`;
		const { runs } = resolve(text);
		expect(runs.map(({ index, label, seed, variant }) => ({ index, label, seed, variant }))).toEqual([
			{ index: 0, label: "", seed: "1", variant: {} },
		]);
		expect(runs[0]!.spec.scheduling.schedulers[0]!.scheduler).toEqual({
			name: "mine",
			path: "./policies/mine.ts",
			params: { x: 1 },
		});
		expect(runs[0]!.spec.node).toEqual({ startDelay: 0, onLoss: "resubmit" });
	});

	test("a matrix value may be a whole map, and a mistake in it points at where it is used", () => {
		const matrix = "replicas: [1, 4]\n      trace: [{name: a, source: {format: openb, path: x}}]";
		const text = edit(
			edit(QUICKSTART, "replicas: [1, 4]", matrix),
			'{format: openb, path: "${{ params.data }}/pods.csv"}',
			"${{ matrix.trace.source }}",
		);
		expect(resolve(text).runs[0]!.spec.workloads[1]).toMatchObject({
			source: { name: "openb", params: { path: "x" } },
		});
		expect(complaint(edit(text, "path: x", "pth: x"))).toMatchInlineSnapshot(`
			"exp.yaml:26:7 error spec.workloads[1].source: missing 'path': expected text
			 26 |       source: \${{ matrix.trace.source }}
			    |       ^^^^^^
			exp.yaml:26:7 error spec.workloads[1].source.pth: unknown key 'pth'; did you mean 'path'?
			 26 |       source: \${{ matrix.trace.source }}
			    |       ^^^^^^"
		`);
	});

	test("an exclude without effect is a warning", () => {
		const text = edit(QUICKSTART, "replicas: [1, 4]\n", "replicas: [1, 4]\n    exclude: [{replicas: 2}]\n");
		expect(resolve(text).warnings.map(({ line, path, message }) => `${line} ${path} ${message}`)).toEqual([
			"12 spec.strategy.exclude[0] leaves out no combination",
		]);
	});
});

test("what other rooms make of their parts keeps its type", () => {
	const { runs } = resolveExperiment(parseExperiment(QUICKSTART, "exp.yaml"), registries);
	const { spec } = runs[0]!;
	const cpu: number | undefined = spec.cluster.nodeGroups[0]!.template.status.allocatable["cpu"];
	expect(cpu).toBe(32_000);
	const workload = spec.workloads[0]!;
	const duration: number = "duration" in workload ? workload.duration : 0;
	expect(duration).toBe(3_600_000_000);
});
