import { describe, expect, test } from "vitest";
import {
	expandMatrix,
	idleExcludes,
	namesakes,
	onlyFilter,
	variantLabel,
} from "../../../src/experiment/file/matrix.js";
import { strategySchema } from "../../../src/experiment/file/strategy.js";

const strategy = (given: object) => strategySchema.parse(given);
const labels = (given: object, seeds = 1) => expandMatrix(strategy(given), seeds).map(variantLabel);

describe("expansion", () => {
	test("axes in file order, the last fastest", () => {
		expect(labels({ matrix: { rate: [1, 2], arch: ["mono", "omega"] } })).toEqual([
			"rate=1,arch=mono",
			"rate=1,arch=omega",
			"rate=2,arch=mono",
			"rate=2,arch=omega",
		]);
	});

	test("no axes: one run without values", () => {
		expect(expandMatrix(strategy({}))).toEqual([{}]);
	});

	test("exclude leaves out what holds all its values; maps may hold more", () => {
		const matrix = {
			rate: [1, 2],
			arch: [
				{ name: "mono", schedulers: 1 },
				{ name: "omega", schedulers: 4 },
			],
		};
		expect(labels({ matrix, exclude: [{ rate: 2, arch: { name: "mono" } }] })).toEqual([
			"rate=1,arch=mono",
			"rate=1,arch=omega",
			"rate=2,arch=omega",
		]);
		expect(labels({ matrix, exclude: [{ arch: { name: "mono", schedulers: 4 } }] })).toHaveLength(4);
	});

	test("include adds to matching combinations, never over the matrix's own values, or else adds a combination", () => {
		expect(
			expandMatrix(
				strategy({
					matrix: { arch: ["mono", "omega"], load: [1, 2] },
					include: [
						{ note: "any" }, // names no axis: every combination gets it
						{ note: "full", load: 2 }, // over what an include said before
						{ arch: "mono", cells: 3 },
						{ arch: "mesos" }, // matches nothing: a combination
						{ arch: "mesos", load: 2 }, // combinations from include are not matched
					],
				}),
			),
		).toEqual([
			{ arch: "mono", load: 1, note: "any", cells: 3 },
			{ arch: "mono", load: 2, note: "full", cells: 3 },
			{ arch: "omega", load: 1, note: "any" },
			{ arch: "omega", load: 2, note: "full" },
			{ arch: "mesos" },
			{ arch: "mesos", load: 2 },
		]);
	});

	test("include alone lists the combinations", () => {
		expect(labels({ include: [{ a: 1 }, { a: 2, b: 3 }] })).toEqual(["a=1", "a=2,b=3"]);
	});

	test("too many runs are an error, and too many combinations are not even made", () => {
		expect(() => labels({ matrix: { a: [1, 2, 3] }, maxRuns: 5 }, 2)).toThrow(
			"6 runs (3 combinations x 2 seeds) are more than maxRuns, 5: raise it, or run fewer",
		);
		const axis = Array.from({ length: 1000 }, (_, i) => i);
		expect(() => labels({ matrix: { a: axis, b: axis, c: axis } })).toThrow(
			"1000000000 combinations before exclude are more than 1000000",
		);
	});

	test("an exclude that leaves nothing out is known", () => {
		expect(idleExcludes(strategy({ matrix: { a: [1, 2] }, exclude: [{ a: 1 }, { a: 3 }] }))).toEqual([1]);
	});
});

test("a label shows the name of a map, else its canonical JSON", () => {
	expect(variantLabel({ o: { name: "swarm", version: "1.12" } })).toBe("o=swarm 1.12");
	expect(variantLabel({ a: { name: "x", y: 1 }, b: { d: 1, c: [true] }, e: "text", f: 1.5 })).toBe(
		'a=x,b={"c":[true],"d":1},e=text,f=1.5',
	);
});

test("values of an axis that are called the same are found", () => {
	const a = [{ name: "x", y: 1 }, { name: "x", version: "1" }, { name: "x", y: 2 }, "x 1"];
	expect(namesakes(strategy({ matrix: { a, b: [1, "1", "x"] } }))).toEqual([
		["a", 2],
		["a", 3],
		["b", 1],
	]);
});

describe("--only", () => {
	const variants = expandMatrix(strategy({ matrix: { rate: [1, 2, 3], arch: [{ name: "mono" }, { name: "omega" }] } }));
	const kept = (...only: string[]) => variants.filter(onlyFilter(variants, only)).map(variantLabel);

	test("values of one axis are alternatives, axes must all hold", () => {
		expect(kept("rate=1", "arch=omega", "rate=3")).toEqual(["rate=1,arch=omega", "rate=3,arch=omega"]);
		expect(kept()).toHaveLength(6);
	});

	test.each([
		[["rat=1"], "--only 1: unknown axis 'rat'; did you mean 'rate'?"],
		[["rate=1", "rate=77"], "--only 2: 'rate' has no value '77'; values: 1, 2, 3"],
		[["rate"], "--only 1: 'rate' is not of the form axis=value"],
	])("%j is refused", (only, message) => {
		expect(() => kept(...only)).toThrow(message);
	});
});
