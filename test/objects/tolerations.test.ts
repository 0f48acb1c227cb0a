import { describe, expect, test } from "vitest";
import { lenientObject } from "../../src/objects/kubernetes-object.js";
import type { Taint } from "../../src/objects/spec.js";
import { tolerationSchema } from "../../src/objects/toleration-schemas.js";
import { firstUntolerated, tolerates } from "../../src/objects/tolerations.js";

const taint: Taint = { key: "dedicated", value: "gpu", effect: "NoSchedule" };

describe("tolerates", () => {
	test.each<[object, boolean]>([
		[{ key: "dedicated", operator: "Equal", value: "gpu", effect: "NoSchedule" }, true],
		[{ key: "dedicated", value: "gpu" }, true], // Equal and every effect by default
		[{ key: "dedicated", value: "cpu" }, false],
		[{ key: "dedicated" }, false], // value "" is not gpu
		[{ key: "dedicated", operator: "Exists" }, true],
		[{ key: "dedicated", operator: "Exists", effect: "NoExecute" }, false],
		[{ key: "other", operator: "Exists" }, false],
		[{ operator: "Exists" }, true], // every taint
		[{ operator: "Exists", effect: "NoExecute" }, false],
		[{ key: "", operator: "Exists", effect: "", value: null, tolerationSeconds: null }, true],
	])("%j: %s", (toleration, expected) => {
		expect(tolerates(tolerationSchema(lenientObject).parse(toleration), taint)).toBe(expected);
	});
});

test("firstUntolerated looks at the effects asked for only, in order of the taints", () => {
	const soft: Taint = { key: "soft", value: "", effect: "PreferNoSchedule" };
	const evict: Taint = { key: "evict", value: "", effect: "NoExecute" };
	const taints = [soft, taint, evict];
	const forGpu = tolerationSchema(lenientObject).parse({ key: "dedicated", operator: "Exists" });
	expect(firstUntolerated([], taints, ["NoSchedule", "NoExecute"])).toBe(taint);
	expect(firstUntolerated([forGpu], taints, ["NoSchedule", "NoExecute"])).toBe(evict);
	expect(firstUntolerated([forGpu], taints, ["NoSchedule"])).toBe(null);
});

test.each<[number | null | undefined, number | null]>([
	[300, 300],
	[0, 0],
	[-5, 0], // as Kubernetes: gone at once
	[null, null],
	[undefined, null],
])("tolerationSeconds %j is kept as %j", (tolerationSeconds, expected) => {
	const toleration = { key: "evict", operator: "Exists", effect: "NoExecute", tolerationSeconds };
	expect(tolerationSchema(lenientObject).parse(toleration)).toEqual({
		key: "evict",
		operator: "Exists",
		value: "",
		effect: "NoExecute",
		tolerationSeconds: expected,
	});
});

test.each([
	[
		{ value: "x" },
		"operator",
		"a toleration without a key tolerates every taint: write operator: Exists, or name a key",
	],
	[{ key: "a", operator: "Exists", value: "x" }, "value", "Exists takes no value: leave it out, or write Equal"],
	[
		{ key: "a", effect: "Never" },
		"effect",
		"expected NoSchedule, PreferNoSchedule or NoExecute, or nothing for every effect",
	],
	[
		{ key: "a", operator: "Exists", tolerationSeconds: 300 },
		"tolerationSeconds",
		"only NoExecute takes tolerationSeconds: write effect: NoExecute, or leave it out",
	],
	[
		{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 300 },
		"tolerationSeconds",
		"only NoExecute takes tolerationSeconds: write effect: NoExecute, or leave it out",
	],
])("refuses %j", (toleration, path, message) => {
	const issue = tolerationSchema(lenientObject).safeParse(toleration).error?.issues[0];
	expect([issue?.path.join("."), issue?.message]).toEqual([path, message]);
});
