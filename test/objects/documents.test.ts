import { describe, expect, test } from "vitest";
import { parseDocuments } from "../../src/objects/documents.js";

const failure = (text: string) => {
	try {
		parseDocuments(text, "f.yaml");
	} catch (error) {
		return { message: (error as Error).message, position: (error as { position?: unknown }).position };
	}
	return null;
};

describe("parseDocuments", () => {
	test("JSON and YAML give the same values", () => {
		const json = '{"a": [1, "x", null], "b": {"c": 1.5}}';
		const expected = [{ a: [1, "x", null], b: { c: 1.5 } }];
		expect(parseDocuments(json, "f").documents).toEqual(expected);
		expect(parseDocuments(`\uFEFF${json}`, "f").documents).toEqual(expected);
		expect(parseDocuments("a: [1, x, null]\nb: {c: 1.5}\n", "f").documents).toEqual(expected);
	});

	test("documents keep their numbers, the empty ones too; anchors are merged; dates stay text", () => {
		const text = "# comment\n---\na: &x {p: 1}\nb: {<<: *x, q: 2}\n---\n---\nat: 2024-05-01T00:00:00Z\n";
		expect(parseDocuments(text, "f").documents).toEqual([
			{ a: { p: 1 }, b: { p: 1, q: 2 } },
			null,
			{ at: "2024-05-01T00:00:00Z" },
		]);
		expect(parseDocuments("", "f").documents).toEqual([]);
	});

	test("positions count over all documents of the text, in JSON too", () => {
		expect(parseDocuments("a: 1\n---\nb:\n  - c: 2\n", "f").position(1, ["b", 0, "c"], "value")).toEqual({
			file: "f",
			line: 4,
			column: 8,
		});
		expect(parseDocuments('{"a": {\n  "b": 7}}', "f").position(0, ["a", "b"], "key")).toEqual({
			file: "f",
			line: 2,
			column: 3,
		});
	});

	test("JSON that is not quite JSON is read as YAML", () => {
		expect(parseDocuments('{"a": 1, # why\n "b": 2,}', "f").documents).toEqual([{ a: 1, b: 2 }]);
	});

	test("mistakes have a position", () => {
		expect(failure('{"a": 1,\n "b": [1, 2}\n')).toMatchObject({ position: { file: "f.yaml", line: 2, column: 12 } });
		expect(failure("a: 1\na: 2\n")).toEqual({
			message: "not valid YAML or JSON: Map keys must be unique",
			position: { file: "f.yaml", line: 2, column: 1 },
		});
		expect(failure("a: 1\n---\nb: *nowhere\n")).toEqual({
			message: "not valid YAML: Unresolved alias (the anchor must be set before the alias): nowhere",
			position: { file: "f.yaml", line: 3, column: 1 },
		});
	});
});
