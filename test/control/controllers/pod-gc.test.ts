import { expect, test } from "vitest";
import { podGcController } from "../../../src/control/controllers/pod-gc.js";
import type { NodeObject } from "../../../src/control/kinds/node.js";
import { NEW_POD } from "../../../src/control/pod.js";
import { SECOND } from "../../../src/engine/time.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

function createPods({ plane }: TestPlane, names: readonly string[]) {
	const template = { spec: { containers: [{ name: "c", image: "c", resources: { requests: { cpu: "100m" } } }] } };
	for (const name of names)
		plane.server.create({
			kind: "Pod",
			metadata: { namespace: "default", name },
			spec: { template, onlyNode: "", nodeName: "" },
			status: NEW_POD,
		});
}

const names = ({ pods }: TestPlane) => pods.map(({ metadata }) => metadata.name);

test("pods of a node that is gone go at the first pass 40 s after the one that missed it", () => {
	const plane = new TestPlane({
		controllers: [podGcController({ firstPassUs: 5 * SECOND })],
		nodes: [node("a"), node("b")],
	});
	createPods(plane, ["p", "q"]);
	plane.runFor(10);
	const home = plane.pods[0]!.spec.nodeName;
	const other = plane.pods[1]!.spec.nodeName;
	expect(home).not.toBe(other);
	plane.plane.delete("Node", `/${home}`);
	// Passes at 5, 25, 45, 65 s: missed at 25, gone at 65.
	plane.runFor(54.9);
	expect(names(plane)).toEqual(["p", "q"]);
	expect(plane.pods[0]!.status.phase).toBe("Running");
	plane.runFor(0.3);
	expect(names(plane)).toEqual(["q"]);
	// The cell has lost the node with its last pod.
	expect(plane.cell.nodeNamed(home)).toBeUndefined();
	expect(plane.cell.pods.live).toBe(1);
});

test("a node that is back by then keeps its pods", () => {
	const plane = new TestPlane({ controllers: [podGcController()], nodes: [node("a")] });
	createPods(plane, ["p"]);
	plane.runFor(10);
	const object = plane.plane.server.get("Node", "/a")!;
	plane.plane.delete("Node", "/a");
	plane.runFor(30);
	plane.plane.server.create({
		kind: "Node",
		metadata: { namespace: "", name: "a" },
		spec: object.spec,
		status: object.status,
	});
	plane.runFor(60);
	expect(names(plane)).toEqual(["p"]);
});

test("ended pods beyond the number that is kept go, the oldest first", () => {
	const plane = new TestPlane({
		controllers: [podGcController({ firstPassUs: 10 * SECOND, keepsEnded: 2 })],
		nodes: [node("a")],
	});
	createPods(plane, ["p", "q", "r", "s"]);
	for (const name of ["p", "q", "r", "s"])
		plane.plane.server.patch("Pod", `default/${name}`, (pod) => ({
			...pod,
			status: { ...(pod.status as object), phase: "Succeeded" },
		}));
	plane.runFor(9);
	expect(names(plane)).toEqual(["p", "q", "r", "s"]);
	plane.runFor(2);
	expect(names(plane)).toEqual(["r", "s"]);
});

test("a pod that was told to go from a silent node goes when somebody says that the node is out of service", () => {
	const plane = new TestPlane({ controllers: [podGcController()], nodes: [node("a")] });
	createPods(plane, ["p"]);
	plane.runFor(10);
	plane.cell.setNodeSilent(0 as never, true);
	plane.plane.delete("Pod", "default/p");
	const taints = [{ key: "node.kubernetes.io/out-of-service", value: "", effect: "NoExecute" }];
	plane.plane.patch("Node", "/a", { spec: { taints } });
	plane.runFor(40);
	// It may be there yet: it counts as ready.
	expect(names(plane)).toEqual(["p"]);
	plane.plane.server.patch("Node", "/a", (object) => {
		const status = object.status as NodeObject["status"];
		return { ...object, status: { ...status, ready: { ...status.ready, status: "Unknown" } } };
	});
	plane.runFor(20.1);
	expect(names(plane)).toEqual([]);
	expect(plane.cell.pods.live).toBe(0);
});
