import { expect, test } from "vitest";
import { taintEvictionController, toleratedUs } from "../../../src/control/controllers/taint-eviction.js";
import { NEW_POD, type Pod } from "../../../src/control/pod.js";
import { SECOND } from "../../../src/engine/time.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

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

/** Pods on node `a`, each with its tolerations; taints of `a` as they are set, and what is said, with the time in seconds. */
function planeWith(pods: Readonly<Record<string, readonly object[]>>) {
	const plane = new TestPlane({ controllers: [taintEvictionController], nodes: [node("a", { cpu: 8_000 })] });
	const said: string[] = [];
	plane.plane.server.watchEvents(({ message }) =>
		said.push(`${Math.round(plane.engine.nowUs / SECOND)} ${message.replace("default/", "")}`),
	);
	const containers = [{ name: "main", image: "x", resources: { requests: { cpu: "100m" } } }];
	for (const [name, tolerations] of Object.entries(pods)) {
		const annotations = { "cellsim.io/stop-after": "30s" };
		plane.create({ kind: "Pod", metadata: { name, annotations }, spec: { containers, tolerations } });
	}
	plane.runFor(10);
	const taintWith = (...keys: readonly string[]) => {
		expect(plane.plane.patch("Node", "/a", { spec: { taints: keys.map(taint) } })).toMatchObject({ ok: true });
		plane.runFor(10);
	};
	return { plane, said, taintWith };
}

test("a plan is given up, and that is told, when the taint goes, when the pod goes, and for what is due at once", () => {
	const { plane, said, taintWith } = planeWith({ long: [tolerates("x", 300)], short: [tolerates("x", 300)] });
	taintWith("x");
	taintWith();
	taintWith("x");
	plane.plane.server.delete("Pod", "default/short");
	plane.runFor(90);
	taintWith("x", "y");
	expect(said).toEqual([
		"20 Cancelling deletion of Pod long",
		"20 Cancelling deletion of Pod short",
		"70 Cancelling deletion of Pod short",
		"130 Cancelling deletion of Pod long",
		"130 Marking for deletion Pod long",
	]);
});

test("a pod that was told to go is told again only for a taint that it does not tolerate at all", () => {
	const { said, taintWith } = planeWith({ p: [tolerates("x", 5), tolerates("y", 5)] });
	taintWith("x");
	taintWith("x", "y");
	expect(said).toEqual(["15 Marking for deletion Pod p"]);
	taintWith("z");
	expect(said).toEqual(["15 Marking for deletion Pod p", "30 Marking for deletion Pod p"]);
});

test("what is planned for the pods of a node goes on when the node goes", () => {
	const { plane, said, taintWith } = planeWith({ p: [tolerates("x", 30)] });
	taintWith("x");
	plane.plane.delete("Node", "/a");
	plane.runFor(40);
	expect(said).toEqual(["40 Marking for deletion Pod p"]);
});
