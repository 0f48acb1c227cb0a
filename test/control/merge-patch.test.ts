import { expect, test } from "vitest";
import { mergePatch } from "../../src/control/merge-patch.js";

const TWO = {
	containers: [
		{ name: "a", image: "1" },
		{ name: "b", image: "1" },
	],
};

test.each<[string, unknown, unknown, unknown]>([
	["maps are merged, null takes away", { a: 1, b: { c: 2, d: 3 } }, { b: { c: 4, d: null } }, { a: 1, b: { c: 4 } }],
	["lists are replaced", { tolerations: [1, 2] }, { tolerations: [3] }, { tolerations: [3] }],
	[
		"containers are merged by name",
		TWO,
		{ containers: [{ name: "b", image: "2" }, { name: "c" }] },
		{ containers: [{ name: "a", image: "1" }, { name: "b", image: "2" }, { name: "c" }] },
	],
	[
		"an entry is deleted",
		TWO,
		{
			containers: [
				{ name: "a", $patch: "delete" },
				{ name: "x", $patch: "delete" },
			],
		},
		{ containers: [{ name: "b", image: "1" }] },
	],
	["a map is replaced", { a: { b: 1, c: 2 } }, { a: { d: 3, $patch: "replace" } }, { a: { d: 3 } }],
	[
		"only some keys are retained",
		{ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
		{ strategy: { $retainKeys: ["type"], type: "Recreate" } },
		{ strategy: { type: "Recreate" } },
	],
	[
		"the order of a list is nothing that counts",
		TWO,
		{ "$setElementOrder/containers": [{ name: "b" }], containers: [{ name: "b", image: "2" }] },
		{
			containers: [
				{ name: "a", image: "1" },
				{ name: "b", image: "2" },
			],
		},
	],
])("%s", (_, value, patch, merged) => {
	expect(mergePatch(value, patch)).toEqual(merged);
});
