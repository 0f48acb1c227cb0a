import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../../src/experiment/file/diagnostics.js";
import { loadExperimentFile, parseExperiment } from "../../../src/experiment/file/document.js";
import { InputError } from "../../../src/objects/input-error.js";
import { complaint, edit, QUICKSTART, resolve } from "./fixture.js";

const HEAD = "apiVersion: cellsim/v1alpha1\nkind: Experiment\nmetadata: {name: x}\n";

function refusal(text: string): string {
	try {
		parseExperiment(text, "exp.yaml");
	} catch (error) {
		if (error instanceof DiagnosticError) return error.message;
		throw error;
	}
	throw new Error("the text was taken");
}

describe("a file", () => {
	const folder = mkdtempSync(join(tmpdir(), "cellsim-"));

	test("is read from disk", () => {
		const path = join(folder, "exp.yaml");
		writeFileSync(path, `${HEAD}spec: {a: [1, {b: text}]}\n`);
		const file = loadExperimentFile(path);
		expect(file.value["spec"]).toEqual({ a: [1, { b: "text" }] });
		expect(file.locate(["spec", "a", 1, "b"], "value")).toEqual({ file: path, line: 4, column: 19, endColumn: 23 });
		expect(file.locate(["spec", "a", 1, "b"], "key")).toEqual({ file: path, line: 4, column: 16, endColumn: 17 });
	});

	test("that is missing, or a folder, is one clear error", () => {
		const missing = join(folder, "nothing.yaml");
		expect(() => loadExperimentFile(missing)).toThrow(new InputError(`there is no file '${missing}'`));
		expect(() => loadExperimentFile(folder)).toThrow(
			new InputError(`'${folder}' is a folder; give the experiment file in it`),
		);
	});
});

describe("documents", () => {
	test("Kubernetes objects stand before and after the experiment, each with its places", () => {
		const text = `kind: Node\nmetadata: {name: n1}\n---\n${HEAD}spec: {}\n---\n# nothing\n---\nkind: List\nitems: []\n`;
		const file = parseExperiment(text, "exp.yaml");
		expect(file.kubernetes.map(({ value }) => value)).toEqual([
			{ kind: "Node", metadata: { name: "n1" } },
			{ kind: "List", items: [] },
		]);
		expect(file.kubernetes[0]!.locate(["metadata", "name"], "value").line).toBe(2);
		expect(file.kubernetes[1]!.locate(["items"], "value").line).toBe(12);
	});

	test("JSON is YAML", () => {
		const text = '{"apiVersion": "cellsim/v1alpha1", "kind": "Experiment", "metadata": {"name": "x"}, "spec": {}}';
		expect(parseExperiment(text, "exp.json").value["metadata"]).toEqual({ name: "x" });
	});

	test("aliases become copies", () => {
		const file = parseExperiment(`${HEAD}spec: {a: &a {n: 1}, b: *a}\n`, "exp.yaml");
		expect(file.value["spec"]).toEqual({ a: { n: 1 }, b: { n: 1 } });
	});
});

describe("refused as a whole", () => {
	test.each([
		[
			"",
			"exp.yaml:1:1 error there is no experiment in this file: write a document with apiVersion: cellsim/v1alpha1 and kind: Experiment\n" +
				"  1 | \n    | ^",
		],
		[
			"kind: Pod\n",
			"exp.yaml:1:1 error there is no experiment in this file: write a document with apiVersion: cellsim/v1alpha1 and kind: Experiment\n" +
				"  1 | kind: Pod\n    | ^",
		],
		[
			"kind: experiment\n",
			"exp.yaml:1:7 error kind: unknown kind 'experiment'; did you mean 'Experiment'?\n" +
				"  1 | kind: experiment\n    |       ^^^^^^^^^^",
		],
		[
			"apiVersion: cellsim/v1alpha1\nkind: Run\n",
			"exp.yaml:2:7 error kind: unknown kind 'Run'; expected: Experiment\n  2 | kind: Run\n    |       ^^^",
		],
		[
			"apiVersion: cellsim/v2\nkind: Experiment\n",
			"exp.yaml:1:13 error apiVersion: expected cellsim/v1alpha1, got 'cellsim/v2'\n" +
				"  1 | apiVersion: cellsim/v2\n    |             ^^^^^^^^^^",
		],
		[
			"kind: Experiment\n",
			"exp.yaml:1:1 error missing 'apiVersion': expected cellsim/v1alpha1\n  1 | kind: Experiment\n    | ^^^^^^^^^^^^^^^^",
		],
		[
			`${HEAD}---\nspec: 1\n`,
			"exp.yaml:5:1 error missing 'kind': expected Experiment, or a Kubernetes kind such as Node\n" +
				"  5 | spec: 1\n    | ^^^^^^^",
		],
		[`${HEAD}---\n- 1\n`, "exp.yaml:5:1 error expected a document with apiVersion and kind\n  5 | - 1\n    | ^^^"],
		[
			`${HEAD}---\n${HEAD}`,
			"exp.yaml:6:7 error kind: a second Experiment (the first is in line 2): write each into a file of its own\n" +
				"  6 | kind: Experiment\n    |       ^^^^^^^^^^",
		],
		[
			`${HEAD}spec: {a: [1, 2}\n`,
			"exp.yaml:4:16 error not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]\n" +
				"  4 | spec: {a: [1, 2}\n    |                ^",
		],
	])("%j", (text, message) => {
		expect(refusal(text).split("\n").slice(0, 3).join("\n")).toBe(message);
	});
});

test("where a text is no YAML any more, only the first cause is told", () => {
	const text = edit(QUICKSTART, "retries: 5", "retries: ${{ params.load }}");
	expect(refusal(text)).toMatchInlineSnapshot(`
		"exp.yaml:27:50 error not YAML: Unexpected flow-map-start at node end; inside { } and [ ] an expression needs quotes: "\${{ ... }}"
		 27 |     architecture: {name: shared-state, retries: \${{ params.load }}}
		    |                                                  ^"
	`);
});

describe("mistakes that leave the rest readable come together with all others", () => {
	test("duplicate keys", () => {
		const text = edit(QUICKSTART, "  node:\n", "  clock: {end: 5}\n  node:\n    nodes: 1\n");
		expect(complaint(text)).toMatchInlineSnapshot(`
			"exp.yaml:32:3 error the key 'clock' is here twice
			 32 |   clock: {end: 5}
			    |   ^^^^^
			exp.yaml:34:5 error spec.node.nodes: unknown key 'nodes'; allowed: runtime, onLoss, termination, machine, verticalAutoscaler, overcommit, load
			 34 |     nodes: 1
			    |     ^^^^^"
		`);
	});

	test("a seed beyond 2^53", () => {
		const text = edit(edit(QUICKSTART, "{base: 1, count: 3}", "[1, 9007199254740993]"), "count: 10", "count: -10");
		expect(complaint(text)).toMatchInlineSnapshot(`
			"exp.yaml:7:14 error spec.seeds[1]: 9007199254740993 is beyond 2^53 and would be rounded; quote it: "9007199254740993"
			  7 |   seeds: [1, 9007199254740993]
			    |              ^^^^^^^^^^^^^^^^
			exp.yaml:15:16 error spec.cluster.nodeGroups[0].count: must be at least 0, got -10
			 15 |         count: -10
			    |                ^^^"
		`);
		const quoted = edit(QUICKSTART, "{base: 1, count: 3}", '["9007199254740993"]');
		expect(resolve(quoted).runs[0]!.seed).toBe("9007199254740993");
	});

	test("what JSON cannot hold", () => {
		const text = edit(
			QUICKSTART,
			"params: {data: ../traces, load: 2}",
			"params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}",
		);
		expect(complaint(text)).toMatchInlineSnapshot(`
			"exp.yaml:5:11 error spec.params: a key must be plain text
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
			exp.yaml:5:41 error spec.params.a: expected a finite number
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |                                         ^^^^
			exp.yaml:5:53 error spec.params.b: expected text, a number or true or false, got a list
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |                                                     ^^^^
			exp.yaml:5:54 error spec.params.b[0]: this alias leads back into itself
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |                                                      ^^
			exp.yaml:5:81 error spec.params.__proto__: the key '__proto__' is not allowed
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |                                                                                 ^^^^^^
			exp.yaml:5:92 error spec.params.d: there is no anchor '&none' above this alias
			  5 |   params: {data: ../traces, load: 2, a: .inf, b: &b [*b], ? [x] : 1, __proto__: {x: 1}, d: *none}
			    |                                                                                            ^^^^^"
		`);
	});
});

describe("--set", () => {
	const run = (...set: string[]) => resolve(QUICKSTART, { set }).runs[0]!;

	test("replaces, and adds what the schema takes", () => {
		const { raw, spec } = run(
			"spec.params.data=/elsewhere",
			"spec.workloads[0].duration=2h",
			"spec.seeds=[5]",
			"spec.scheduling.queue.backoff.max=1s",
		);
		expect((raw["spec"] as { params: object }).params).toEqual({ data: "/elsewhere", load: 2 });
		expect(spec.workloads[0]).toEqual({ name: "web", count: 100, duration: 7_200_000_000 });
		expect(spec.seeds).toEqual(["5"]);
		expect(spec.scheduling.queue.backoff).toEqual({ initial: 0, max: 1_000_000 });
	});

	test("the last of several wins", () => {
		expect(run("spec.params.load=3", "spec.params.load=4").spec.workloads[0]).toMatchObject({ count: 200 });
	});

	test("reaches keys with dots and slashes, by the path that a diagnostic shows", () => {
		const path = 'spec.cluster.nodeGroups[0].template.metadata.labels["example.com/zone.a"]';
		expect(run(`${path}=z1`).spec.cluster.nodeGroups[0]).toMatchObject({
			template: { metadata: { labels: { "example.com/zone.a": "z1", zone: "z${{ (item.index % 3) }}" } } },
		});
		const refusal = complaint(QUICKSTART, { set: [`${path}=5`] });
		expect(refusal).toMatchInlineSnapshot(`
			"--set 1 error spec.cluster.nodeGroups[0].template.metadata.labels["example.com/zone.a"]: labels are text: put quotes around 5
			    | spec.cluster.nodeGroups[0].template.metadata.labels["example.com/zone.a"]=5
			    |                                                                           ^"
		`);
		expect(refusal.slice(refusal.indexOf("spec."), refusal.indexOf(": labels are"))).toBe(path);
	});

	test.each([
		"spec.",
		".spec=1",
		"spec..x=1",
		'spec["a=1',
		"spec[a]=1",
		'spec["\\x"]=1',
		"spec",
		"=1",
		"spec[0]x=1",
	])("%s is not a path", (setting) => {
		expect(complaint(QUICKSTART, { set: [setting] }).split("\n")[0]).toBe(
			'--set 1 error expected path=value, such as spec.params.rate=2, spec.workloads[0].name=web or metadata.labels["a.b/c"]=x',
		);
	});

	test("mistakes name the flag", () => {
		const set = [
			"spec.clok.end=1h",
			"spec.clock.end=5",
			"spec.seeds[0]=3",
			"nonsense",
			"spec.params.x={a: 9007199254740993}",
			"spec.workloads[7].name=x",
			"spec.description=[",
			"spec.scheduling.architecture={name: shared-state, retries: -1}",
		];
		expect(complaint(QUICKSTART, { set })).toMatchInlineSnapshot(`
			"--set 1 error spec.clok: unknown key 'clok'; did you mean 'clock'?
			    | spec.clok.end=1h
			    | ^^^^^^^^^^^^^
			--set 2 error spec.clock.end: '5' is a number without a unit: write 5s for seconds or 5m for minutes
			    | spec.clock.end=5
			    |                ^
			--set 3 error spec.seeds: cannot take item 0 of a map
			    | spec.seeds[0]=3
			    | ^^^^^^^^^^^^^
			--set 4 error expected path=value, such as spec.params.rate=2, spec.workloads[0].name=web or metadata.labels["a.b/c"]=x
			    | nonsense
			    | ^^^^^^^^
			--set 5 error spec.params.x: expected text, a number or true or false, got a map
			    | spec.params.x={a: 9007199254740993}
			    |               ^^^^^^^^^^^^^^^^^^^^^
			--set 5 error spec.params.x: 9007199254740993 is beyond 2^53 and would be rounded; quote it: "9007199254740993"
			    | spec.params.x={a: 9007199254740993}
			    |                   ^^^^^^^^^^^^^^^^
			--set 6 error spec.workloads: has 2 items, so there is no [7] to set
			    | spec.workloads[7].name=x
			    | ^^^^^^^^^^^^^^^^^^^^^^
			--set 7 error spec.description: the value is not YAML: Flow sequence must end with a ]
			    | spec.description=[
			    |                  ^
			--set 8 error spec.scheduling.architecture.retries: must be at least 0, got -1
			    | spec.scheduling.architecture={name: shared-state, retries: -1}
			    |                                                            ^^"
		`);
	});
});
