import { describe, expect, test } from "vitest";
import { parseExperiment } from "../../../src/experiment/file/document.js";
import { resolveExperiment } from "../../../src/experiment/file/resolve.js";
import { canonicalJson } from "../../../src/objects/canonical-json.js";
import { complaint, edit, QUICKSTART, registries, resolve } from "./fixture.js";

const change = (from: string, to: string) => complaint(edit(QUICKSTART, from, to));

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

describe("mistakes, as people see them", () => {
	test("a typo in a key", () => {
		expect(change("nodeGroups:", "nodeGroup:")).toMatchInlineSnapshot(`
			"exp.yaml:13:5 error spec.cluster.nodeGroup: unknown key 'nodeGroup'; did you mean 'nodeGroups'?
			 13 |     nodeGroup:
			    |     ^^^^^^^^^"
		`);
		expect(change("retries: 5", "retrys: 5")).toMatchInlineSnapshot(`
			"exp.yaml:27:40 error spec.scheduling.architecture.retrys: unknown key 'retrys'; did you mean 'retries'?
			 27 |     architecture: {name: shared-state, retrys: 5}
			    |                                        ^^^^^^"
		`);
		expect(change("perPod: 5ms", "speed: 5ms")).toMatchInlineSnapshot(`
			"exp.yaml:31:39 error spec.scheduling.schedulers[0].decisionTime.speed: unknown key 'speed'; allowed: perPod, byClass
			 31 |         decisionTime: {perJob: 100ms, speed: 5ms}
			    |                                       ^^^^^"
		`);
	});

	test("a missing key", () => {
		expect(change("        count: 10\n", "")).toMatchInlineSnapshot(`
			"exp.yaml:14:9 error spec.cluster.nodeGroups[0]: missing 'count': expected a whole number
			 14 |       - name: node-\${{ item.index }}
			    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
		`);
		expect(change("    architecture: {name: shared-state, retries: 5}\n", "")).toMatchInlineSnapshot(`
			"exp.yaml:26:3 error spec.scheduling: missing 'architecture': expected the name of an architecture, or a map with 'name'
			 26 |   scheduling:
			    |   ^^^^^^^^^^"
		`);
		expect(change("format: openb, ", "")).toMatchInlineSnapshot(`
			"exp.yaml:25:7 error spec.workloads[1].source: missing 'format': expected openb
			 25 |       source: {path: "\${{ params.data }}/pods.csv"}
			    |       ^^^^^^"
		`);
	});

	test("a bare number as a duration", () => {
		expect(change("end: 4h", "end: 14400")).toMatchInlineSnapshot(`
			"exp.yaml:6:29 error spec.clock.end: '14400' is a number without a unit: write 14400s for seconds or 14400m for minutes
			  6 |   clock: {warmup: 10m, end: 14400}
			    |                             ^^^^^"
		`);
		expect(change("{dist: exponential, mean: 2s}", "2")).toMatchInlineSnapshot(`
			"exp.yaml:33:17 error spec.node.startDelay: '2' is a number without a unit: write 2s for seconds or 2m for minutes
			 33 |     startDelay: 2
			    |                 ^"
		`);
		expect(change("mean: 2s", "mean: 2")).toMatchInlineSnapshot(`
			"exp.yaml:33:43 error spec.node.startDelay.mean: '2' is a number without a unit: write 2s for seconds or 2m for minutes
			 33 |     startDelay: {dist: exponential, mean: 2}
			    |                                           ^"
		`);
	});

	test("negative quantities and counts", () => {
		expect(change("memory: 128Gi", "memory: -128Gi")).toMatchInlineSnapshot(`
			"exp.yaml:18:53 error spec.cluster.nodeGroups[0].template.status.allocatable.memory: '-128Gi' is negative: write 0 or more
			 18 |           status: {allocatable: {cpu: "32", memory: -128Gi, pods: "110"}}
			    |                                                     ^^^^^^"
		`);
		expect(change("count: 10", "count: -10")).toMatchInlineSnapshot(`
			"exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -10
			 15 |         count: -10
			    |                ^^^"
		`);
		expect(change("count: 10", "count: 2.5")).toMatchInlineSnapshot(`
			"exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: expected a whole number, got 2.5
			 15 |         count: 2.5
			    |                ^^^"
		`);
	});

	test("an unknown policy, architecture, format, distribution, action, table", () => {
		expect(change("[best-fit, random]", "[best-fitt, random]")).toMatchInlineSnapshot(`
			"exp.yaml:29:20 error spec.scheduling.schedulers[0].scheduler: unknown scheduler 'best-fitt': expected best-fit, random, or a path such as ./mine.ts (with policy=best-fitt,replicas=1 and 1 more); did you mean 'best-fit'?
			 29 |       - scheduler: \${{ matrix.policy }}
			    |                    ^^^^^^^^^^^^^^^^^^^^"
		`);
		expect(change("name: shared-state", "name: borg")).toMatchInlineSnapshot(`
			"exp.yaml:27:26 error spec.scheduling.architecture.name: unknown architecture 'borg': expected monolithic, shared-state
			 27 |     architecture: {name: borg, retries: 5}
			    |                          ^^^^"
		`);
		expect(change("format: openb", "format: opnb")).toMatchInlineSnapshot(`
			"exp.yaml:25:24 error spec.workloads[1].source.format: unknown trace format 'opnb': expected openb; did you mean 'openb'?
			 25 |       source: {format: opnb, path: "\${{ params.data }}/pods.csv"}
			    |                        ^^^^"
		`);
		expect(change("dist: exponential", "dist: exponental")).toMatchInlineSnapshot(`
			"exp.yaml:33:24 error spec.node.startDelay.dist: expected exponential or uniform, got 'exponental'; did you mean 'exponential'?
			 33 |     startDelay: {dist: exponental, mean: 2s}
			    |                        ^^^^^^^^^^"
		`);
		expect(change("action: delete", "action: reboot")).toMatchInlineSnapshot(`
			"exp.yaml:36:24 error spec.faults[1].action: expected fail, recover, remove, delete or add, got 'reboot'
			 36 |     - {at: 2h, action: reboot, pods: {matchLabels: {app: web}}}
			    |                        ^^^^^^"
		`);
		expect(change("tables: [pods", "tables: [pod")).toMatchInlineSnapshot(`
			"exp.yaml:38:14 error spec.outputs.tables[0]: expected pods, jobs, attempts, nodes or changes, got 'pod'; did you mean 'pods'?
			 38 |     tables: [pod, {name: nodes, every: 1m}]
			    |              ^^^"
		`);
	});

	test("seeds", () => {
		expect(change("{base: 1, count: 3}", "[1, -4, x, 1.5]")).toMatchInlineSnapshot(`
			"exp.yaml:7:14 error spec.seeds[1]: must be at least 0, got -4
			  7 |   seeds: [1, -4, x, 1.5]
			    |              ^^
			exp.yaml:7:18 error spec.seeds[2]: expected a whole number from 0, such as 7, quoted beyond 2^53, got 'x'
			  7 |   seeds: [1, -4, x, 1.5]
			    |                  ^
			exp.yaml:7:21 error spec.seeds[3]: expected a whole number or text, got 1.5
			  7 |   seeds: [1, -4, x, 1.5]
			    |                     ^^^"
		`);
		expect(change("{base: 1, count: 3}", '[1, "1"]')).toMatchInlineSnapshot(`
			"exp.yaml:7:14 error spec.seeds[1]: seed 1 is listed twice
			  7 |   seeds: [1, "1"]
			    |              ^^^"
		`);
	});

	test("the wrong kind of value", () => {
		expect(change("clock: {warmup: 10m, end: 4h}", "clock:")).toMatchInlineSnapshot(`
			"exp.yaml:6:3 error spec.clock: expected a map, got nothing
			  6 |   clock:
			    |   ^^^^^"
		`);
		expect(change("nodes: [node-3]", "nodes: node-3")).toMatchInlineSnapshot(`
			"exp.yaml:35:37 error spec.faults[0].nodes: expected a list, got 'node-3'
			 35 |     - {at: 1h, action: fail, nodes: node-3}
			    |                                     ^^^^^^"
		`);
		expect(change("name: quickstart", "name: Quick start")).toMatchInlineSnapshot(`
			"exp.yaml:3:18 error metadata.name: 'Quick start' is not a name: write up to 63 lower-case letters, digits and '-', such as my-experiment
			  3 | metadata: {name: Quick start}
			    |                  ^^^^^^^^^^^"
		`);
	});

	test("rules between fields", () => {
		expect(change("warmup: 10m", "warmup: 5h")).toMatchInlineSnapshot(`
			"exp.yaml:6:19 error spec.clock.warmup: the warm-up must be shorter than the run
			  6 |   clock: {warmup: 5h, end: 4h}
			    |                   ^^"
		`);
		expect(change("nodes: [node-3]", "nodes: [node-3], select: {matchLabels: {a: b}}")).toMatchInlineSnapshot(`
			"exp.yaml:35:7 error spec.faults[0]: needs either 'nodes' or 'select'
			 35 |     - {at: 1h, action: fail, nodes: [node-3], select: {matchLabels: {a: b}}}
			    |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
		`);
		expect(change("name: trace", "name: web")).toMatchInlineSnapshot(`
			"exp.yaml:24:13 error spec.workloads[1].name: the name 'web' is used twice
			 24 |     - name: web
			    |             ^^^"
		`);
		const empty = edit(
			QUICKSTART,
			QUICKSTART.slice(QUICKSTART.indexOf("  cluster:"), QUICKSTART.indexOf("  scheduling:")),
			"",
		);
		expect(complaint(empty)).toMatchInlineSnapshot(`
			"exp.yaml:4:1 error spec.cluster: there are no nodes: write nodeGroups or a source, or add Kubernetes Node documents to the file
			  4 | spec:
			    | ^^^^
			exp.yaml:4:1 error spec.workloads: there is nothing to run: write a workload, or add Kubernetes Pod documents to the file
			  4 | spec:
			    | ^^^^"
		`);
	});

	test("expressions", () => {
		expect(change("params.load", "params.lod")).toMatchInlineSnapshot(`
			"exp.yaml:22:14 error spec.workloads[0].count: 'params' has no 'lod'; did you mean 'load'?
			 22 |       count: \${{ params.lod * 50 }}
			    |              ^^^^^^^^^^^^^^^^^^^^^^"
		`);
		expect(change("item.index % 3", "item.idx % 3")).toMatchInlineSnapshot(`
			"exp.yaml:17:37 error spec.cluster.nodeGroups[0].template.metadata.labels.zone: 'item' has no 'idx'; it has: index, count
			 17 |           metadata: {labels: {zone: "z\${{ item.idx % 3 }}"}}
			    |                                     ^^^^^^^^^^^^^^^^^^^^^^"
		`);
		expect(change("count: 10", "count: ${{ item.index }}")).toMatchInlineSnapshot(`
			"exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: 'item' is only known in the names and metadata of node groups
			 15 |         count: \${{ item.index }}
			    |                ^^^^^^^^^^^^^^^^^"
		`);
		expect(change("load: 2", 'load: "${{ run.seed }}"')).toMatchInlineSnapshot(`
			"exp.yaml:5:35 error spec.params.load: expressions are not allowed here
			  5 |   params: {data: ../traces, load: "\${{ run.seed }}"}
			    |                                   ^^^^^^^^^^^^^^^^^"
		`);
	});

	test("the strategy", () => {
		expect(change("[1, 4]", "[1, 1]")).toMatchInlineSnapshot(`
			"exp.yaml:11:21 error spec.strategy.matrix.replicas[1]: the axis has this value already
			 11 |       replicas: [1, 1]
			    |                     ^"
		`);
		expect(change("[1, 4]\n", "[1, 4]\n    exclude: [{replica: 1}]\n")).toMatchInlineSnapshot(`
			"exp.yaml:12:16 error spec.strategy.exclude[0].replica: unknown axis 'replica'; did you mean 'replicas'?
			 12 |     exclude: [{replica: 1}]
			    |                ^^^^^^^"
		`);
		expect(change("[1, 4]\n", "[1, 4]\n    maxRuns: 11\n")).toMatchInlineSnapshot(`
			"exp.yaml:8:3 error spec.strategy: 12 runs (4 combinations x 3 seeds) are more than maxRuns, 11: raise it, or run fewer
			  8 |   strategy:
			    |   ^^^^^^^^"
		`);
		expect(change("replicas: [1", "num-replicas: [1")).toMatchInlineSnapshot(`
			"exp.yaml:11:7 error spec.strategy.matrix.num-replicas: 'num-replicas' is not a name for expressions: write letters, digits and '_'
			 11 |       num-replicas: [1, 4]
			    |       ^^^^^^^^^^^^"
		`);
	});

	test("what only some combinations have says which", () => {
		expect(change("replicas: [1, 4]", "replicas: [-1, 4]")).toMatchInlineSnapshot(`
			"exp.yaml:30:19 error spec.scheduling.schedulers[0].replicas: must be at least 0, got -1 (with policy=best-fit,replicas=-1 and 1 more)
			 30 |         replicas: \${{ matrix.replicas }}
			    |                   ^^^^^^^^^^^^^^^^^^^^^^"
		`);
	});

	test("all at once, in the order of the text, with all the rest checked when the runs cannot be told apart", () => {
		const text = edit(edit(edit(QUICKSTART, "end: 4h", "end: 4"), "count: 10", "count: -1"), "base: 1", "bas: 1");
		expect(complaint(text)).toMatchInlineSnapshot(`
			"exp.yaml:6:29 error spec.clock.end: '4' is a number without a unit: write 4s for seconds or 4m for minutes
			  6 |   clock: {warmup: 10m, end: 4}
			    |                             ^
			exp.yaml:7:11 error spec.seeds.bas: unknown key 'bas'; did you mean 'base'?
			  7 |   seeds: {bas: 1, count: 3}
			    |           ^^^
			exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -1
			 15 |         count: -1
			    |                ^^"
		`);
	});
});

describe("a frame with mistakes hides nothing else", () => {
	const spoilt = (...edits: readonly (readonly [string, string])[]) =>
		edits.reduce((text, [from, to]) => edit(text, from, to), QUICKSTART);
	const heads = (text: string) =>
		complaint(text)
			.split("\n")
			.filter((line) => line.startsWith("exp.yaml"));

	test("seeds: every combination is still checked, expressions too", () => {
		const text = spoilt(
			["{base: 1, count: 3}", "[x]"],
			["replicas: [1, 4]", "replicas: [-1, 4]"],
			["load * 50", "lod * 50"],
		);
		expect(heads(text)).toEqual([
			"exp.yaml:7:11 error spec.seeds[0]: expected a whole number from 0, such as 7, quoted beyond 2^53, got 'x'",
			"exp.yaml:22:14 error spec.workloads[0].count: 'params' has no 'lod'; did you mean 'load'?",
			"exp.yaml:30:19 error spec.scheduling.schedulers[0].replicas: must be at least 0, got -1 (with policy=best-fit,replicas=-1 and 1 more)",
		]);
	});

	test("a parameter: what names it is left alone, what names others is checked", () => {
		const text = spoilt(
			["load: 2", "load: [2]"],
			["params.data", "params.dta"],
			["startDelay: {dist: exponential, mean: 2s}", 'startDelay: "${{ params.load }}s"'],
			["retries: 5", "retries: \"${{ params['load'] + 1 }}\""],
		);
		expect(heads(text)).toEqual([
			"exp.yaml:5:35 error spec.params.load: expected text, a number or true or false, got a list",
			"exp.yaml:25:37 error spec.workloads[1].source.path: 'params' has no 'dta'; did you mean 'data'?",
		]);
	});

	test("an axis: the others still vary", () => {
		const text = spoilt(
			["[best-fit, random]", "best-fit"],
			["replicas: [1, 4]", "replicas: [-1, 4]"],
			["count: 10", "count: -1"],
		);
		expect(heads(text)).toEqual([
			"exp.yaml:10:15 error spec.strategy.matrix.policy: expected a list, got 'best-fit'",
			"exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -1",
			"exp.yaml:30:19 error spec.scheduling.schedulers[0].replicas: must be at least 0, got -1 (with replicas=-1)",
		]);
	});

	test("a strategy that says nothing: what names the matrix is left alone", () => {
		const text = spoilt(["    matrix:\n", "    matrx:\n"], ["count: 10", "count: -1"]);
		expect(heads(text)).toEqual([
			"exp.yaml:9:5 error spec.strategy.matrx: unknown key 'matrx'; did you mean 'matrix'?",
			"exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -1",
		]);
		expect(
			heads(spoilt(["    matrix:\n      policy: [best-fit, random]\n      replicas: [1, 4]\n", "    - 1\n"])),
		).toEqual(["exp.yaml:9:5 error spec.strategy: expected a map, got a list"]);
	});

	test("include and exclude, and expressions where there are no values yet", () => {
		const text = spoilt(
			["replicas: [1, 4]\n", "replicas: [1, 4]\n    include: [{load: []}]\n    exclude: [{policy: [x]}]\n"],
			["params.load * 50", "matrix.load * 50"],
			["data: ../traces", 'data: "${{ run.seed }}"'],
			["count: 10", "count: -1"],
		);
		expect(heads(text)).toEqual([
			"exp.yaml:5:18 error spec.params.data: expressions are not allowed here",
			"exp.yaml:12:22 error spec.strategy.include[0].load: expected text, a number, true or false or a map, got a list",
			"exp.yaml:13:24 error spec.strategy.exclude[0].policy: expected text, a number, true or false or a map, got a list",
			"exp.yaml:17:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -1",
		]);
	});

	test("more runs than are allowed", () => {
		const text = spoilt(["replicas: [1, 4]\n", "replicas: [-1, 4]\n    maxRuns: 11\n"], ["load * 50", "lod * 50"]);
		expect(heads(text)).toEqual([
			"exp.yaml:8:3 error spec.strategy: 12 runs (4 combinations x 3 seeds) are more than maxRuns, 11: raise it, or run fewer",
			"exp.yaml:23:14 error spec.workloads[0].count: 'params' has no 'lod'; did you mean 'load'?",
			"exp.yaml:31:19 error spec.scheduling.schedulers[0].replicas: must be at least 0, got -1",
		]);
	});

	test("and Kubernetes documents tell all their mistakes with the rest", () => {
		const documents = `---
kind: Pod
metadata: {name: p}
spec:
  nodeName: 5
  containers: [{name: c, resources: {limts: {cpu: 1}}}]
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}
---
kind: Pod
metadata: {name: q, namespace: x}
spec: {priorityClassName: gold, containers: [{name: c}]}
`;
		expect(heads(spoilt(["{base: 1, count: 3}", "[x]"]) + documents)).toEqual([
			"exp.yaml:7:11 error spec.seeds[0]: expected a whole number from 0, such as 7, quoted beyond 2^53, got 'x'",
			"exp.yaml:43:13 error Pod p: spec.nodeName: expected text, got 5",
			"exp.yaml:44:38 error Pod p: spec.containers[0].resources.limts: unknown key 'limts'; did you mean 'limits'?",
			"exp.yaml:46:1 error kind apps/v1 Deployment is not used here: expected one of Node, Pod, PriorityClass, Namespace, Service, ReplicationController, ReplicaSet, StatefulSet, PodDisruptionBudget, PersistentVolume, PersistentVolumeClaim, StorageClass, CSINode",
			"exp.yaml:50:27 error Pod x/q: spec.priorityClassName: there is no priority class 'gold': declare a PriorityClass, or use one of system-cluster-critical, system-node-critical",
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
