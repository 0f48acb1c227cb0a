import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatPath, parsePath, validate } from "../../src/objects/issues.js";

function complaints(schema: z.ZodType, value: unknown): readonly string[] {
	const result = validate(schema, value);
	if (result.ok) throw new Error("the value was taken");
	return result.mistakes.map(({ path, at, message, hint }) =>
		[`${path.join(".")}(${at})`, message, ...(hint === undefined ? [] : [hint])].join(" | "),
	);
}

describe("plain words for every kind of issue", () => {
	test.each<[string, z.ZodType, unknown, readonly string[]]>([
		["type", z.strictObject({ a: z.string() }), { a: 5 }, ["a(value) | expected text, got 5"]],
		["integer", z.int(), "5", ["(value) | expected a whole number, got '5'"]],
		["missing", z.strictObject({ a: z.boolean() }), {}, ["(key) | missing 'a': expected true or false"]],
		["below", z.number().min(1), 0.5, ["(value) | must be at least 1, got 0.5"]],
		["above", z.number().lt(1), 1, ["(value) | must be below 1, got 1"]],
		["multiple", z.number().multipleOf(5), 7, ["(value) | must be a multiple of 5, got 7"]],
		["empty text", z.string().min(1), "", ["(value) | must not be empty"]],
		["short list", z.array(z.int()).min(2), [1], ["(value) | needs at least 2 items"]],
		["form", z.string().regex(/^a+$/), "b", ["(value) | expected text that matches /^a+$/, got 'b'"]],
		[
			"one of",
			z.enum(["skip", "strict"]),
			"skp",
			["(value) | expected skip or strict, got 'skp' | did you mean 'skip'?"],
		],
		[
			"key",
			z.record(z.string().regex(/^a/, { error: "must start with a" }), z.int()),
			{ b: 1 },
			["b(key) | must start with a"],
		],
		["own words", z.string({ error: "expected a colour" }), null, ["(value) | expected a colour, got nothing"]],
	])("%s", (_, schema, value, expected) => {
		expect(complaints(schema, value)).toEqual(expected);
	});

	test("unknown keys: a near one that is still free goes before one that is there already", () => {
		const schema = z.strictObject({ node: z.int(), nodes: z.int().optional(), other: z.int().optional() });
		expect(complaints(schema, { node: 1, nodez: 1, xyz: 1 })).toEqual([
			"nodez(key) | unknown key 'nodez' | did you mean 'nodes'?",
			"xyz(key) | unknown key 'xyz' | allowed: nodes, other",
		]);
	});
});

describe("of several forms, the one that fits best complains", () => {
	const leaf = z.string().regex(/^\d+s$/, { error: (issue) => `'${String(issue.input)}' is not a duration` });
	const tagged = z.discriminatedUnion("dist", [
		z.strictObject({ dist: z.literal("exponential"), mean: leaf }),
		z.strictObject({ dist: z.literal("uniform"), min: leaf, max: leaf }),
	]);
	const imported = z.strictObject({ name: z.string(), source: z.strictObject({ format: z.string() }) });
	const synthetic = z.strictObject({ name: z.string(), count: z.int(), delay: z.union([leaf, tagged]) });

	test.each<[string, z.ZodType, unknown, readonly string[]]>([
		["by type", z.union([leaf, tagged]), "5", ["(value) | '5' is not a duration"]],
		[
			"none by type",
			z.union([z.int(), z.array(z.int())]),
			"5",
			["(value) | expected a whole number or a list, got '5'"],
		],
		["by tag", z.union([leaf, tagged]), { dist: "uniform", min: "1s" }, ["(key) | missing 'max': expected text"]],
		[
			"unknown tag",
			z.union([leaf, tagged]),
			{ dist: "unifrm" },
			["dist(value) | expected exponential or uniform, got 'unifrm' | did you mean 'uniform'?"],
		],
		["no tag", z.union([leaf, tagged]), { mean: "1s" }, ["(key) | missing 'dist': expected exponential or uniform"]],
		[
			"by keys",
			z.union([imported, synthetic]),
			{ name: "x", source: { formt: "y" } },
			[
				"source(key) | missing 'format': expected text",
				"source.formt(key) | unknown key 'formt' | did you mean 'format'?",
			],
		],
		[
			"by keys, deeper",
			z.union([imported, synthetic]),
			{ name: "x", count: 1, delay: { dist: "exponential", mean: 3 } },
			["delay.mean(value) | expected text, got 3"],
		],
		[
			"by literal",
			z.union([
				z.strictObject({ kind: z.literal("a"), x: z.int() }),
				z.strictObject({ kind: z.literal("b"), y: z.int() }),
			]),
			{ kind: "b", x: 1 },
			["(key) | missing 'y': expected a whole number", "x(key) | unknown key 'x' | did you mean 'y'?"],
		],
	])("%s", (_, schema, value, expected) => {
		expect(complaints(schema, value)).toEqual(expected);
	});
});

test("schemas that parse parts by themselves speak the same words, and zod is left as it was", () => {
	const part = z.strictObject({ mean: z.int() });
	const schema = z.unknown().transform((value, context) => {
		for (const issue of part.safeParse(value).error?.issues ?? [])
			context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
	});
	expect(complaints(z.strictObject({ a: schema }), { a: { mea: 1 } })).toEqual([
		"a(key) | missing 'mean': expected a whole number",
		"a.mea(key) | unknown key 'mea' | did you mean 'mean'?",
	]);
	expect(part.safeParse({ mean: "x" }).error?.issues[0]?.message).toBe(
		"Invalid input: expected number, received string",
	);
});

test("paths are written as people write them", () => {
	expect(formatPath(["spec", "containers", 0, "limits", "nvidia.com/gpu"])).toBe(
		'spec.containers[0].limits["nvidia.com/gpu"]',
	);
	expect(formatPath([])).toBe("");
	expect(formatPath(["labels", 'a "b"', "0", ""])).toBe('labels["a \\"b\\""]["0"][""]');
});

test("a written path is read back as it was, whatever follows", () => {
	const step = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("spec", "a-b", "a.b/c", '"', "]"), fc.nat());
	fc.assert(
		fc.property(fc.array(step, { minLength: 1 }), (path) => {
			const text = formatPath(path);
			expect(parsePath(`${text}=x.y[0]`)).toEqual({ path, end: text.length });
		}),
		{ seed: 20_260_101 },
	);
	expect(parsePath("=x")).toBe(null);
	expect(parsePath("")).toBe(null);
});
