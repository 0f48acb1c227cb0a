import { expect, test } from "vitest";
import { toleratedUs } from "../../../src/control/controllers/taint-eviction.js";
import { NEW_POD, type Pod } from "../../../src/control/pod.js";
import { SECOND } from "../../../src/engine/time.js";

function podWith(tolerations: readonly object[]): Pod {
	return {
		kind: "Pod",
		metadata: {
			namespace: "default",
			name: "p",
			uid: 1,
			resourceVersion: 1,
			generation: 1,
			createdUs: 0,
			deletedUs: null,
			finalizers: [],
			labels: {},
			annotations: {},
			owner: null,
		},
		spec: { template: { spec: { tolerations } }, onlyNode: "", nodeName: "n" },
		status: NEW_POD,
	};
}

const taint = (key: string) => ({ key, value: "", effect: "NoExecute" as const });
const tolerates = (key: string, tolerationSeconds?: number) => ({
	key,
	operator: "Exists",
	effect: "NoExecute",
	...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

test.each([
	["no taints", [], ["x"], Number.POSITIVE_INFINITY, []],
	["a taint that it does not tolerate", ["x"], [], 0, []],
	["one of two taints that it does not tolerate", ["x", "y"], ["x"], 0, []],
	["a taint that it tolerates for ever", ["x"], ["x"], Number.POSITIVE_INFINITY, []],
	["taints that it tolerates for 30 and 300 s", ["x", "y"], [], 30 * SECOND, [tolerates("x", 300), tolerates("y", 30)]],
	// Both match: the shorter decides.
	["a taint that it tolerates for 30 s and for ever", ["x"], ["x"], 30 * SECOND, [tolerates("x", 30)]],
	["a taint that it tolerates for -1 s", ["x"], [], 0, [tolerates("x", -1)]],
] as const)("a pod on a node with %s", (_what, taints, forEver, expectedUs, more) => {
	const pod = podWith([...forEver.map((key) => tolerates(key)), ...more]);
	expect(toleratedUs(pod, taints.map(taint))).toBe(expectedUs);
});
