import { describe, expect, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";
import { locate } from "../../src/objects/yaml-position.js";

const text = `kind: Pod
metadata:
  labels: {app: web, "8080": x}
spec:
  containers:
    - name: a
      image:
    - &second
      name: |
        several
        lines
  copy: *second
`;

const at = (path: readonly PropertyKey[], what: "key" | "value") => {
	const lineCounter = new LineCounter();
	const { line, column, endColumn } = locate(parseDocument(text, { lineCounter }), lineCounter, path, what);
	return `${line}:${column}-${endColumn}`;
};

describe("locate", () => {
	test.each<[string, readonly PropertyKey[], string, string]>([
		["a scalar in a map", ["kind"], "1:1-5", "1:7-10"],
		["inside a flow map", ["metadata", "labels", "app"], "3:12-15", "3:17-20"],
		["a key that YAML reads as text and a path as a number", ["metadata", "labels", 8080], "3:22-28", "3:30-31"],
		["an item of a sequence has no key of its own", ["spec", "containers", 0], "6:7-14", "6:7-14"],
		["a field of an item", ["spec", "containers", 0, "name"], "6:7-11", "6:13-14"],
		["a value that was left out: its key", ["spec", "containers", 0, "image"], "7:7-12", "7:7-12"],
		["a value of several lines ends with the first", ["spec", "containers", 1, "name"], "9:7-11", "9:13-14"],
		["through an alias", ["spec", "copy", "name"], "9:7-11", "9:13-14"],
		["a missing field: the key of the nearest parent", ["spec", "nodeName"], "4:1-5", "4:1-5"],
		["deep below a missing field", ["spec", "affinity", "x", 3], "4:1-5", "4:1-5"],
		["missing at the top: the document", ["status"], "1:1-10", "1:1-10"],
		["the document itself", [], "1:1-10", "1:1-10"],
	])("%s", (_, path, key, value) => {
		expect([at(path, "key"), at(path, "value")]).toEqual([key, value]);
	});

	test("an empty document answers with its beginning", () => {
		const lineCounter = new LineCounter();
		expect(locate(parseDocument("", { lineCounter }), lineCounter, ["kind"], "value")).toEqual({
			line: 1,
			column: 1,
			endColumn: 2,
		});
	});
});
