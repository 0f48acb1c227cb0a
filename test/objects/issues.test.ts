import { expect, test } from "vitest";
import { z } from "zod";
import { firstIssue, formatPath } from "../../src/objects/issues.js";

const schema = z.strictObject({
	text: z.string().optional(),
	count: z.int().min(1).max(9).optional(),
	way: z.enum(["a", "b", "c"]).optional(),
	list: z.array(z.object({ on: z.boolean() })).optional(),
	own: z.string({ error: "write a name" }).optional(),
});

test.each<[object, string, string, string]>([
	[{ text: 5 }, "text", "value", "expected text, got the number 5"],
	[{ text: null }, "text", "value", "expected text, got null"],
	[{ count: 0 }, "count", "value", "must be at least 1, got the number 0"],
	[{ count: 10 }, "count", "value", "must be at most 9, got the number 10"],
	[{ count: 1.5 }, "count", "value", "expected a whole number, got the number 1.5"],
	[{ way: "d" }, "way", "value", "expected a, b or c, got 'd'"],
	[{ list: {} }, "list", "value", "expected a list, got a map"],
	[{ list: [{ on: true }, {}] }, "list[1].on", "value", "expected true or false, got nothing"],
	[{ list: [[]] }, "list[0]", "value", "expected a map of fields, got a list"],
	[{ own: 1 }, "own", "value", "write a name"],
	[{ txt: 1 }, "", "key", 'Unrecognized key: "txt"'],
])("%j", (input, path, at, message) => {
	const result = schema.safeParse(input);
	const issue = firstIssue(result.error!, input);
	expect([formatPath(issue.path), issue.at, issue.message]).toEqual([path, at, message]);
});

test("paths are written as people write them", () => {
	expect(formatPath(["spec", "containers", 0, "limits", "nvidia.com/gpu"])).toBe(
		'spec.containers[0].limits["nvidia.com/gpu"]',
	);
	expect(formatPath([])).toBe("");
});
