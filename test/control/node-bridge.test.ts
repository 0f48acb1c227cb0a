import { describe, expect, test } from "vitest";
import type { NodeObject } from "../../src/control/kinds/node.js";
import { NEW_POD, type Pod } from "../../src/control/pod.js";
import { node } from "../support/cells.js";
import { TestPlane } from "../support/control-planes.js";

const TAINT = { key: "gpu", value: "", effect: "NoSchedule" } as const;

function planeWithPod(annotations: Readonly<Record<string, string>> = {}): TestPlane {
	const plane = new TestPlane({ controllers: [], nodes: [node("n")] });
	createPod(plane, "p", annotations);
	return plane;
}

function createPod({ plane }: TestPlane, name: string, annotations: Readonly<Record<string, string>> = {}): void {
	plane.server.create({
		kind: "Pod",
		metadata: { namespace: "default", name, annotations },
		spec: { template: { spec: { containers: [{ name: "c", image: "c" }] } }, onlyNode: "", nodeName: "" },
		status: NEW_POD,
	});
}

const objectOf = ({ plane }: TestPlane, name: string) => plane.server.get("Node", `/${name}`) as NodeObject;
const podOf = ({ plane }: TestPlane, name: string) => plane.server.get("Pod", `default/${name}`) as Pod | undefined;
const silence = ({ cell }: TestPlane, silent: boolean) => cell.setNodeSilent(0 as never, silent);

test("each node of the cell has an object", () => {
	const plane = new TestPlane({
		controllers: [],
		nodes: [node("n", { labels: { disk: "fast" }, taints: [TAINT], cpu: 2000 })],
	});
	expect(objectOf(plane, "n")).toMatchObject({
		metadata: { namespace: "", name: "n", labels: { disk: "fast" } },
		spec: { taints: [TAINT], unschedulable: false },
		status: { ready: { status: "True", reason: "KubeletReady" }, allocatable: { cpu: 2000 } },
	});
	plane.cell.addNode(node("m"));
	expect(objectOf(plane, "m").spec.taints).toEqual([]);
});

test("what is written to the object reaches the cell, and what happens to the node of the cell is written to the object", () => {
	const plane = new TestPlane({ controllers: [], nodes: [node("n")] });
	plane.plane.patch("Node", "/n", {
		metadata: { labels: { disk: "fast" } },
		spec: { unschedulable: true, taints: [TAINT] },
	});
	plane.runFor(0.1);
	const spec = () => plane.cell.nodes.specs[0]!;
	expect(spec()).toMatchObject({ labels: { disk: "fast" }, unschedulable: true, taints: [TAINT] });
	plane.cell.updateNode(0 as never, { ...spec(), labels: {}, unschedulable: false });
	expect(objectOf(plane, "n")).toMatchObject({
		metadata: { labels: {} },
		spec: { taints: [TAINT], unschedulable: false },
	});
});

describe("a node that is silent", () => {
	test("starts pods that it was given meanwhile when it is heard of again", () => {
		const plane = planeWithPod();
		silence(plane, true);
		plane.runFor(100);
		expect(podOf(plane, "p")).toMatchObject({ spec: { nodeName: "n" }, status: { phase: "Pending" } });
		silence(plane, false);
		plane.runFor(0.6);
		expect(podOf(plane, "p")!.status).toMatchObject({ phase: "Running", ready: true });
	});

	test("ends pods that were deleted meanwhile when it is heard of again", () => {
		const plane = planeWithPod();
		plane.runFor(1);
		silence(plane, true);
		plane.plane.delete("Pod", "default/p");
		plane.runFor(100);
		expect(podOf(plane, "p")!.status.phase).toBe("Running");
		silence(plane, false);
		plane.runFor(0.9);
		expect(podOf(plane, "p")).toBeDefined();
		plane.runFor(0.2);
		expect(podOf(plane, "p")).toBeUndefined();
		expect(plane.cell.pods.live).toBe(0);
	});

	test("says again which pods serve", () => {
		const plane = planeWithPod();
		plane.runFor(1);
		silence(plane, true);
		plane.plane.server.patch("Pod", "default/p", (pod) => ({
			...pod,
			status: { ...(pod as Pod).status, ready: false },
		}));
		plane.runFor(10);
		silence(plane, false);
		plane.runFor(0.1);
		expect(podOf(plane, "p")!.status.ready).toBe(true);
	});

	test("is no news twice, and forgotten with the node", () => {
		const plane = new TestPlane({ controllers: [], nodes: [node("n")] });
		const heard: string[] = [];
		plane.cell.watch({ nodeChanged: (_node, change) => heard.push(change) });
		for (const silent of [false, true, true, false]) silence(plane, silent);
		plane.cell.removeNode(0 as never);
		silence(plane, true);
		expect(heard).toEqual(["node-silent", "node-heard", "node-removed"]);
	});
});

test("a node whose object is deleted takes no pods, keeps those it has, and is gone with the last of them", () => {
	const plane = planeWithPod();
	plane.runFor(1);
	plane.plane.delete("Node", "/n");
	createPod(plane, "q");
	plane.runFor(10);
	expect(podOf(plane, "p")!.status.phase).toBe("Running");
	expect(podOf(plane, "q")!.spec.nodeName).toBe("");
	plane.plane.server.patch("Pod", "default/p", (pod) => ({
		...pod,
		status: { ...(pod as Pod).status, phase: "Failed" },
	}));
	plane.plane.delete("Pod", "default/p");
	plane.runFor(1);
	expect(plane.cell.nodeNamed("n")).toBeUndefined();
});
