import { expect, test } from "vitest";
import type { ConstraintOperator } from "../../../src/objects/attribute-constraints.js";
import { meets } from "../../../src/scheduling/marathon/constraints.js";

/** Instances by rack; the machine is n1 in rack a. */
test.each<[ConstraintOperator, string, Record<string, number>, boolean, string]>([
	["UNIQUE", "", {}, true, "nobody is there"],
	["UNIQUE", "", { b: 3 }, true, "nobody in rack a"],
	["UNIQUE", "", { a: 1 }, false, "one in rack a"],
	["CLUSTER", "a", {}, true, "the rack that is named"],
	["CLUSTER", "b", {}, false, "another rack is named"],
	["CLUSTER", "", {}, true, "the first one says where"],
	["CLUSTER", "", { a: 2 }, true, "with the others"],
	["CLUSTER", "", { b: 2 }, false, "the others are in rack b"],
	["GROUP_BY", "", {}, true, "a new value"],
	["GROUP_BY", "", { b: 1 }, true, "a new value"],
	["GROUP_BY", "", { a: 1 }, true, "the smallest of one group"],
	["GROUP_BY", "", { a: 1, b: 1 }, true, "as small as the smallest"],
	["GROUP_BY", "", { a: 2, b: 1 }, false, "rack b has fewer"],
	["GROUP_BY", "2", { a: 1 }, false, "one group of two that there shall be"],
	["GROUP_BY", "2", { a: 1, b: 1 }, true, "two groups of two"],
	["GROUP_BY", "3", { b: 1, c: 1 }, true, "a new value, whatever the minimum"],
	["MAX_PER", "2", { a: 1 }, true, "1 < 2"],
	["MAX_PER", "2", { a: 2 }, false, "2 is not below 2"],
	["LIKE", "[ab]", {}, true, "the expression fits"],
	["LIKE", "[bc]", {}, false, "it does not"],
	["LIKE", "a|bc", {}, true, "the whole value"],
	["LIKE", "", {}, false, "only an empty value is like nothing"],
	["UNLIKE", "[bc]", {}, true, "the expression does not fit"],
	["UNLIKE", "a", {}, false, "it does"],
	["IS", "a", {}, true, "equal"],
	["IS", "b", {}, false, "not equal"],
])("%s %s with %j: %s, %s", (operator, value, groups, expected) => {
	const machine = { name: "n1", labels: { rack: "a" } };
	expect(meets({ field: "rack", operator, value }, machine, new Map(Object.entries(groups)))).toBe(expected);
});

test("a machine without the attribute fails all but UNLIKE; hostname is its name", () => {
	const machine = { name: "n1", labels: {} };
	const on = (field: string, operator: ConstraintOperator, value: string) =>
		meets({ field, operator, value }, machine, new Map());
	expect(
		(["UNIQUE", "CLUSTER", "GROUP_BY", "MAX_PER", "LIKE", "IS"] as const).map((operator) => on("rack", operator, "1")),
	).toEqual(Array(6).fill(false));
	expect([on("rack", "UNLIKE", "a"), on("hostname", "LIKE", "n\\d"), on("hostname", "UNIQUE", "")]).toEqual([
		true,
		true,
		true,
	]);
});
