import { describe, expect, test } from "vitest";
import { evaluateText, type Scope } from "../../../src/experiment/file/expression.js";
import { ExpressionError } from "../../../src/experiment/file/operators.js";
import { expandItem, substitute } from "../../../src/experiment/file/substitute.js";

const scope: Scope = new Map([
	["matrix", { rate: 2, arch: { name: "omega", schedulers: 4 }, list: [10, 20], on: true }],
	["params", { root: "traces" }],
	["run", { index: 3, seed: 7 }],
]);

function message(text: string): string {
	try {
		evaluateText(text, scope);
	} catch (error) {
		if (error instanceof ExpressionError)
			return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
		throw error;
	}
	throw new Error(`'${text}' has a value`);
}

describe("a scalar that is wholly one expression keeps its type", () => {
	test.each([
		["${{ matrix.rate }}", 2],
		["${{matrix.rate*1.5+1}}", 4], // 2 x 1.5 + 1
		["${{ (matrix.rate + 1) % 2 }}", 1], // 3 mod 2
		["${{ -matrix.rate / 4 }}", -0.5],
		["${{ matrix.arch }}", { name: "omega", schedulers: 4 }],
		["${{ matrix.list }}", [10, 20]],
		["${{ matrix.list[run.index - 2] }}", 20], // item 3 - 2
		["${{ matrix.arch['name'] }}", "omega"],
		["${{ matrix.on && matrix.rate >= 2 }}", true],
		["${{ !matrix.on || 'b' < 'a' }}", false],
		["${{ matrix.arch.name == 'omega' ? 'yes' : 'no' }}", "yes"],
		["${{ matrix.rate != 2 ? matrix.nothing : 5 }}", 5], // the other branch is not looked at
		["${{ min(3, matrix.rate, 9) + max(1, 5) }}", 7], // 2 + 5
		["${{ round(2.5) * 100 + floor(2.7) * 10 + ceil(2.1) }}", 323], // 300 + 20 + 3
		["${{ format('{1}/{0}', 'a', matrix.rate) }}", "2/a"],
		["${{ 'n' + 1 }}", "n1"],
		["${{ 'a }} b' }}", "a }} b"], // a quoted end is not the end
		["plain", "plain"],
		["$ {{ matrix.rate }}", "$ {{ matrix.rate }}"],
	])("%s", (text, value) => {
		expect(evaluateText(text, scope)).toEqual(value);
	});
});

test("inside a longer text values become text", () => {
	expect(evaluateText("${{ params.root }}/list_${{ matrix.rate }}_${{ matrix.on }}.csv", scope)).toBe(
		"traces/list_2_true.csv",
	);
});

test.each([
	["${{ matrix.rat }}", "'matrix' has no 'rat'; did you mean 'rate'?"],
	["${{ matrix.arch.speed }}", "'matrix.arch' has no 'speed'; it has: name, schedulers"],
	["${{ matrx.rate }}", "unknown name 'matrx'; did you mean 'matrix'?"],
	["${{ env.HOME }}", "unknown name 'env'; known: matrix, params, run"],
	["${{ item.index }}", "'item' is only known in the names and metadata of node groups"],
	["${{ matrix.rate.x }}", "'matrix.rate' is the number 2 and has no 'x'"],
	["${{ matrix.list[2] }}", "'matrix.list' has items 0 to 1, not '2'"],
	["${{ matrix.list.length }}", "'matrix.list' has items 0 to 1, not 'length'"],
	["${{ matrix.constructor }}", "'matrix' has no 'constructor'; it has: rate, arch, list, on"],
	["${{ matrix['__proto__'] }}", "'matrix' has no '__proto__'; it has: rate, arch, list, on"],
	[
		"${{ matrix.arch.toString() }}",
		"unknown function 'matrix.arch.toString'; known: min, max, round, floor, ceil, format",
	],
	["${{ maxx(1) }}", "unknown function 'maxx'; did you mean 'max'?"],
	["${{ max }}", "'max' is a function: write max(...)"],
	["${{ round(1, 2) }}", "round() takes one number"],
	["${{ min('a') }}", "'min()' needs numbers, not the text 'a'"],
	["${{ min() }}", "'min()' has no finite value"],
	["${{ format(1) }}", "format() takes a text first, like '{0}-{1}'"],
	["${{ format('{1}', 1) }}", "format() has no value for {1}"],
	["${{ 1 / 0 }}", "'1 / 0' has no finite value"],
	["${{ matrix.on + 1 }}", "'+' needs numbers, not true"],
	["${{ matrix.rate && true }}", "'&&' needs true or false, not the number 2"],
	["${{ 1 === 1 }}", "operator '===' is not supported; use '=='"],
	["${{ matrix?.rate }}", "'?.' is not supported; use '.'"],
	["${{ [1] }}", "a list cannot be written in an expression"],
	["${{ this }}", "'this' cannot be written in an expression"],
	["${{ 1 2 }}", "'1 2' is not one expression"],
	["${{ 1 + }}", "'1 +' is not an expression: Expected expression after +"],
	["${{ }}", "an expression is empty"],
	["${{ matrix.rate", "an expression that starts with '${{' has no closing '}}'"],
	["x ${{ matrix.arch }}", "'matrix.arch' is a map, which cannot stand inside a longer text"],
	[`\${{ ${"1+".repeat(600)}1 }}`, "an expression may have at most 1000 characters"],
])("%s has no value", (text, expected) => {
	expect(message(text)).toBe(expected);
});

describe("item", () => {
	const later = () => new Set(["item"]);
	const report = (mistake: { readonly message: string }): never => {
		throw new Error(mistake.message);
	};

	test("is kept for later, everything beside it is replaced, and expansion then needs nothing else", () => {
		const tree = {
			name: "${{ params.root }}-${{ item.index }}",
			labels: { zone: "z${{ item.index % matrix.rate }}", rack: "${{ min(item.index, matrix.arch.schedulers) }}" },
		};
		const kept = substitute(tree, [], { scope, later, report });
		expect(kept).toEqual({
			name: "traces-${{ item.index }}",
			labels: { zone: "z${{ (item.index % 2) }}", rack: "${{ min(item.index, 4) }}" },
		});
		expect(expandItem(kept, { index: 5, count: 6 })).toEqual({ name: "traces-5", labels: { zone: "z1", rack: 4 } });
	});

	test("keeps the meaning of what it is combined with", () => {
		const text = "${{ item.index == 0 ? 'it\\'s \"x\"' : -(item.index - matrix.rate) * 2 }}";
		const kept = evaluateText(text, scope, later());
		expect(expandItem(kept, { index: 0, count: 9 })).toBe('it\'s "x"');
		expect(expandItem(kept, { index: 7, count: 9 })).toBe(-10); // -(7 - 2) x 2
	});

	test("cannot be combined with a map", () => {
		expect(() => evaluateText("${{ item.index == matrix.arch }}", scope, later())).toThrow(
			"a map cannot be combined with 'item'",
		);
	});
});
