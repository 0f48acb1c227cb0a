import { describe, expect, test } from "vitest";
import { editDistance, nearest, suggest } from "../../src/objects/suggest.js";

describe("edit distance", () => {
	test.each([
		["", "abc", 3],
		["nodes", "nodes", 0],
		["nodez", "nodes", 1], // replace
		["node", "nodes", 1], // insert
		["noodes", "nodes", 1], // delete
		["ndoes", "nodes", 1], // swap of neighbours
		["kitten", "sitting", 3], // k>s, e>i, +g
	])("%s to %s takes %i edits", (a, b, edits) => {
		expect(editDistance(a, b)).toBe(edits);
		expect(editDistance(b, a)).toBe(edits);
	});
});

describe("nearest name", () => {
	test.each([
		["retrys", ["retries", "tries"], "retries"], // 2 edits of at most 6 / 3; `tries` is 3 away
		["Random", ["random"], "random"], // case does not count
		["ab", ["ac", "ad"], "ac"], // of equally near ones the first
		["abc", ["xyz"], null],
		["x", ["y", "long"], "y"], // one edit is always allowed
		["a-rather-long-name", ["another-thing"], null], // at most three, however long
	])("%s among %j", (word, known, near) => {
		expect(nearest(word, known)).toBe(near);
	});
});

test("a hint names the nearest, else lists what there is", () => {
	expect(suggest("nodez", ["nodes", "pods"], "known")).toBe("did you mean 'nodes'?");
	expect(suggest("weather", ["nodes", "pods"], "known")).toBe("known: nodes, pods");
	expect(suggest("nodes", [], "known")).toBeUndefined();
});
