import { describe, expect, test } from "vitest";
import { type PriorityClass, priorityClassSchema, resolvePriority } from "../../src/objects/priority-class.js";
import { complaints } from "../support/complaints.js";

const high: PriorityClass = { name: "high", value: 1000, globalDefault: false };
const base: PriorityClass = { name: "base", value: 10, globalDefault: true };
const other: PriorityClass = { name: "other", value: 5, globalDefault: true };

describe("resolvePriority", () => {
	test.each<[string, string | null, number | null, PriorityClass[], number, string]>([
		["nothing at all", null, null, [], 0, ""],
		["a class", "high", null, [base, high], 1000, "high"],
		["the global default", null, null, [high, base], 10, "base"],
		["the lowest of several global defaults", null, null, [base, other], 5, "other"],
		["an explicit priority wins over the class", "high", 7, [high], 7, "high"],
		["even over an unknown one", "gone", 7, [], 7, "gone"],
		["and over the global default", null, 0, [base], 0, ""],
		["system classes are always there", "system-cluster-critical", null, [], 2_000_000_000, "system-cluster-critical"],
		["both of them", "system-node-critical", null, [], 2_000_001_000, "system-node-critical"],
	])("%s", (_, name, explicit, classes, priority, className) => {
		expect(resolvePriority(name, explicit, classes)).toEqual({ priority, className });
	});

	test("an unknown class is an error that lists the known ones", () => {
		expect(() => resolvePriority("hihg", null, [high])).toThrow(
			expect.objectContaining({
				name: "InputError",
				message:
					"there is no priority class 'hihg': declare a PriorityClass, or use one of high, system-cluster-critical, system-node-critical",
			}),
		);
	});
});

test("values above a billion belong to the system", () => {
	const manifest = (name: string, value: number) => ({ metadata: { name }, value, description: "x" });
	expect(priorityClassSchema.parse(manifest("a", 1_000_000_000))).toEqual({
		name: "a",
		value: 1_000_000_000,
		globalDefault: false,
	});
	expect(priorityClassSchema.parse(manifest("system-x", 2_000_001_000)).value).toBe(2_000_001_000);
	const refused = manifest("a", 1_000_000_001);
	expect(complaints(priorityClassSchema, refused)).toEqual([
		"value: priorities above 1000000000 are reserved for system- classes, got 1000000001",
	]);
});
