/** Mistakes in an experiment file, as people see them: all at once, each with its place in the text. */
import { describe, expect, test } from "vitest";
import { complaint, edit, QUICKSTART } from "./fixture.js";

const change = (from: string, to: string) => complaint(edit(QUICKSTART, from, to));

describe("a mistake", () => {
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
			"exp.yaml:36:24 error spec.faults[1].action: expected fail, silence, recover, remove, delete, add, fail-plane or recover-plane, got 'reboot'
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
			"exp.yaml:46:1 error apps/v1 Deployment needs controllers: add spec.orchestrator: kubernetes",
			"exp.yaml:50:27 error Pod x/q: spec.priorityClassName: there is no priority class 'gold': declare a PriorityClass, or use one of system-cluster-critical, system-node-critical",
		]);
	});
});
