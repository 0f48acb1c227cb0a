import { describe, expect, test } from "vitest";
import { lenientObject } from "../../src/objects/kubernetes-object.js";
import {
	type LabelOperator,
	matchesLabels,
	matchesTerm,
	type NodeSelectorRequirement,
} from "../../src/objects/selector.js";
import {
	labelSelectorSchema,
	nodeSelectorTermSchema,
	preferredNodeTermSchema,
} from "../../src/objects/selector-schemas.js";

const labels = { zone: "z1", cores: "16", odd: "x16", constructor: "" };

describe("matchesTerm", () => {
	test.each<[string, NodeSelectorRequirement["operator"], string[], boolean]>([
		["zone", "In", ["z0", "z1"], true],
		["zone", "In", ["z2"], false],
		["absent", "In", ["z1"], false],
		["zone", "NotIn", ["z1"], false],
		["zone", "NotIn", ["z2"], true],
		["absent", "NotIn", ["z1"], true],
		["zone", "Exists", [], true],
		["absent", "Exists", [], false],
		["toString", "Exists", [], false],
		["constructor", "Exists", [], true],
		["zone", "DoesNotExist", [], false],
		["absent", "DoesNotExist", [], true],
		["cores", "Gt", ["15"], true],
		["cores", "Gt", ["16"], false],
		["cores", "Lt", ["17"], true],
		["cores", "Lt", ["+0016"], false],
		["cores", "Gt", ["-1"], true],
		["cores", "Gt", ["many"], false],
		["cores", "Lt", ["9223372036854775807"], true],
		["cores", "Lt", ["9223372036854775808"], false], // no 64-bit integer
		["odd", "Gt", ["1"], false],
		["absent", "Lt", ["1"], false],
	])("%s %s %j: %s", (key, operator, values, expected) => {
		expect(matchesTerm({ matchExpressions: [{ key, operator, values }], matchFields: [] }, "n1", labels)).toBe(
			expected,
		);
	});

	test("a term without parts matches nothing; all parts of a term must hold", () => {
		const inZone = { key: "zone", operator: "In", values: ["z1"] } as const;
		const byName = (name: string) => ({ key: "metadata.name", operator: "In", values: [name] }) as const;
		expect(matchesTerm({ matchExpressions: [], matchFields: [] }, "n1", labels)).toBe(false);
		expect(matchesTerm({ matchExpressions: [], matchFields: [byName("n1")] }, "n1", {})).toBe(true);
		expect(matchesTerm({ matchExpressions: [inZone], matchFields: [byName("n1")] }, "n1", labels)).toBe(true);
		expect(matchesTerm({ matchExpressions: [inZone], matchFields: [byName("n2")] }, "n1", labels)).toBe(false);
		expect(matchesTerm({ matchExpressions: [inZone], matchFields: [byName("n1")] }, "n1", {})).toBe(false);
	});
});

describe("matchesLabels", () => {
	const requirement = (operator: LabelOperator, ...values: string[]) => ({ key: "zone", operator, values });
	test("an empty selector matches everything; pairs and expressions must all hold", () => {
		expect(matchesLabels({ matchLabels: {}, matchExpressions: [] }, {})).toBe(true);
		expect(matchesLabels({ matchLabels: { zone: "z1" }, matchExpressions: [requirement("Exists")] }, labels)).toBe(
			true,
		);
		expect(matchesLabels({ matchLabels: { zone: "z1", x: "" }, matchExpressions: [] }, labels)).toBe(false);
		expect(matchesLabels({ matchLabels: { toString: "x" }, matchExpressions: [] }, labels)).toBe(false);
		expect(matchesLabels({ matchLabels: {}, matchExpressions: [requirement("NotIn", "z1")] }, labels)).toBe(false);
		expect(matchesLabels({ matchLabels: {}, matchExpressions: [requirement("NotIn", "z1")] }, {})).toBe(true);
	});
});

describe("schemas", () => {
	test("null is like absent, and the preference of Kubernetes is the term", () => {
		expect(labelSelectorSchema(lenientObject).parse({ matchLabels: null })).toEqual({
			matchLabels: {},
			matchExpressions: [],
		});
		const preference = { matchExpressions: [{ key: "zone", operator: "Exists" }] };
		expect(preferredNodeTermSchema(lenientObject).parse({ weight: 5, preference })).toEqual({
			weight: 5,
			term: { matchExpressions: [{ key: "zone", operator: "Exists", values: [] }], matchFields: [] },
		});
	});

	test.each([
		[{ matchExpressions: [{ key: "a", operator: "In" }] }, "matchExpressions.0.values", "In needs at least one value"],
		[
			{ matchExpressions: [{ key: "a", operator: "Exists", values: ["x"] }] },
			"matchExpressions.0.values",
			"Exists takes no values: leave them out",
		],
		[
			{ matchExpressions: [{ key: "a", operator: "Gt", values: ["1", "2"] }] },
			"matchExpressions.0.values",
			"Gt needs exactly one value, got 2",
		],
		[
			{ matchExpressions: [{ key: "a", operator: "In", values: [true] }] },
			"matchExpressions.0.values.0",
			"labels are text: put quotes around true",
		],
		[
			{ matchFields: [{ key: "spec.x", operator: "In", values: ["n"] }] },
			"matchFields.0.key",
			"the only field a node can be chosen by is metadata.name",
		],
		[
			{ matchFields: [{ key: "metadata.name", operator: "Exists" }] },
			"matchFields.0.operator",
			"fields take the operators In and NotIn",
		],
	])("refuses %j", (term, path, message) => {
		const issue = nodeSelectorTermSchema(lenientObject).safeParse(term).error?.issues[0];
		expect([issue?.path.join("."), issue?.message]).toEqual([path, message]);
	});

	test("weights go from 1 to 100", () => {
		const preference = { matchExpressions: [] };
		expect(preferredNodeTermSchema(lenientObject).safeParse({ weight: 0, preference }).success).toBe(false);
		expect(preferredNodeTermSchema(lenientObject).safeParse({ weight: 100, preference }).success).toBe(true);
		expect(preferredNodeTermSchema(lenientObject).safeParse({ weight: 101, preference }).success).toBe(false);
	});
});
