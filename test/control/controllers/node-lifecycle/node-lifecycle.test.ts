import { expect, test } from "vitest";
import { nodeLifecycleController } from "../../../../src/control/controllers/node-lifecycle/node-lifecycle.js";
import { taintEvictionController } from "../../../../src/control/controllers/taint-eviction.js";
import { Heartbeats } from "../../../../src/control/heartbeats.js";
import type { NodeObject } from "../../../../src/control/kinds/node.js";
import { NEW_POD, type Pod } from "../../../../src/control/pod.js";
import { SeededRandomSource } from "../../../../src/engine/random.js";
import { SECOND } from "../../../../src/engine/time.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const ZONE = "topology.kubernetes.io/zone";

/** Nodes `a0`, `a1`, ... of zone a, and so on. They renew their leases at 0, 10, ... s; passes are at 0, 5, ... s and a little. */
function planeWith(sizes: Readonly<Record<string, number>>): TestPlane {
	const heartbeats = new Heartbeats();
	const random = new SeededRandomSource("1").stream("node-lifecycle/pass");
	return new TestPlane({
		controllers: [nodeLifecycleController({ heartbeats, random }), taintEvictionController],
		heartbeats,
		nodes: Object.entries(sizes).flatMap(([zone, size]) =>
			Array.from({ length: size }, (_, n) => node(`${zone}${n}`, { labels: { [ZONE]: zone } })),
		),
	});
}

function silence({ cell }: TestPlane, silent: boolean, ...names: string[]): void {
	for (const name of names) cell.setNodeSilent(cell.nodeNamed(name)!, silent);
}

/** `True`, `Unknown S`, `Unknown S X`: readiness, and the taints NoSchedule and NoExecute. */
function stateOf({ plane }: TestPlane, name: string): string {
	const { spec, status } = plane.server.get("Node", `/${name}`) as NodeObject;
	const letters = spec.taints.map(({ effect }) => (effect === "NoExecute" ? "X" : "S")).sort();
	return [status.ready.status, ...letters].join(" ");
}

const count = (plane: TestPlane, state: string, names: readonly string[]) =>
	names.filter((name) => stateOf(plane, name) === state).length;

function createPod({ plane }: TestPlane, name: string, tolerationSeconds?: number): void {
	const tolerations = ["not-ready", "unreachable"].map((key) => ({
		key: `node.kubernetes.io/${key}`,
		operator: "Exists",
		effect: "NoExecute",
		tolerationSeconds,
	}));
	const template = {
		spec: { containers: [{ name: "c", image: "c" }], ...(tolerationSeconds !== undefined && { tolerations }) },
	};
	plane.server.create({
		kind: "Pod",
		metadata: { namespace: "default", name },
		spec: { template, onlyNode: "", nodeName: "" },
		status: NEW_POD,
	});
}

const podNamed = ({ pods }: TestPlane, name: string) => pods.find(({ metadata }) => metadata.name === name) as Pod;

test("a silent node is Unknown 50 to 60 s after its last renewal; its pods serve no more and go when they tolerate it no longer", () => {
	const plane = planeWith({ a: 1, b: 3 });
	createPod(plane, "short", 30);
	createPod(plane, "usual");
	plane.runFor(12);
	const home = podNamed(plane, "short").spec.nodeName;
	// Both pods on one node would hide which is which.
	expect(podNamed(plane, "short").status.ready).toBe(true);
	// Renewed last at 10 s, seen by the pass at 10.006; the pass at 60.026 is the first that is more than 50 s later.
	silence(plane, true, home);
	plane.runFor(48);
	expect(stateOf(plane, home)).toBe("True");
	plane.runFor(0.3);
	expect(stateOf(plane, home)).toBe("Unknown S X");
	expect(podNamed(plane, "short").status.ready).toBe(false);
	plane.runFor(29.7);
	expect(podNamed(plane, "short").metadata.deletedUs).toBeNull();
	plane.runFor(0.3);
	expect(podNamed(plane, "short").metadata.deletedUs).not.toBeNull();
	expect(podNamed(plane, "short").status.disruption).toBe("DeletionByTaintManager");
	// Nobody is there to end it.
	plane.runFor(100);
	expect(podNamed(plane, "short").status.phase).toBe("Running");
	silence(plane, false, home);
	plane.runFor(0.1);
	expect(stateOf(plane, home)).toBe("True X");
	plane.runFor(5);
	expect(stateOf(plane, home)).toBe("True");
	expect(podNamed(plane, "short")).toBeUndefined();
});

test("a node that is back before its pods had to go keeps them", () => {
	const plane = planeWith({ a: 1, b: 1 });
	createPod(plane, "usual");
	plane.runFor(12);
	const home = podNamed(plane, "usual").spec.nodeName;
	silence(plane, true, home);
	plane.runFor(200);
	expect(podNamed(plane, "usual").status.ready).toBe(false);
	silence(plane, false, home);
	plane.runFor(400);
	const { metadata, status } = podNamed(plane, "usual");
	expect([metadata.deletedUs, status.ready]).toEqual([null, true]);
});

test("half a zone is tainted one node each ten seconds", () => {
	const names = ["a0", "a1", "a2", "a3", "a4"];
	const plane = planeWith({ a: 10, b: 1 });
	plane.runFor(12);
	silence(plane, true, ...names);
	const tainted = [60.5, 65, 70.5, 80.5, 90.5, 100.5].map((atSeconds) => {
		plane.runFor(atSeconds - plane.engine.nowUs / SECOND);
		return count(plane, "Unknown S X", names);
	});
	expect(tainted).toEqual([1, 1, 2, 3, 4, 5]);
});

test("in a small zone of which more than half is silent nobody is tainted but whose turn came before it was judged", () => {
	const names = ["a0", "a1", "a2", "a3", "a4", "a5"];
	const plane = planeWith({ a: 10, b: 1 });
	plane.runFor(12);
	silence(plane, true, ...names);
	plane.runFor(400);
	expect(count(plane, "Unknown S X", names)).toBeLessThanOrEqual(1);
	expect(count(plane, "Unknown S", names)).toBeGreaterThanOrEqual(5);
});

test("a zone in which all are silent is tainted at the usual rate; when all zones are, the taints are taken off", () => {
	const [a, b] = [
		["a0", "a1", "a2"],
		["b0", "b1", "b2"],
	];
	const plane = planeWith({ a: 3, b: 3 });
	plane.runFor(12);
	silence(plane, true, ...a);
	plane.runFor(80);
	expect(count(plane, "Unknown S X", a)).toBe(3);
	silence(plane, true, ...b);
	plane.runFor(100);
	// Those of b that were tainted while it was not yet judged keep theirs.
	expect(count(plane, "Unknown S", a)).toBe(3);
	expect(count(plane, "Unknown S X", b)).toBeLessThanOrEqual(1);
	const before = count(plane, "Unknown S X", [...a, ...b]);
	plane.runFor(100);
	expect(count(plane, "Unknown S X", [...a, ...b])).toBe(before);
	// One is back: each of the others has 50 s from then on before it counts as late, which changes nothing for those that are Unknown.
	silence(plane, false, "b0");
	plane.runFor(30);
	expect(stateOf(plane, "b0")).toBe("True");
	expect(count(plane, "Unknown S X", a)).toBeGreaterThan(0);
});

test("a new node has the taint not-ready until it is seen to be ready; a cordon is a taint, too", () => {
	const plane = planeWith({ a: 1 });
	plane.runFor(1);
	plane.cell.addNode(node("new"));
	expect(stateOf(plane, "new")).toBe("True S");
	plane.runFor(0.1);
	expect(stateOf(plane, "new")).toBe("True");
	plane.plane.patch("Node", "/new", { spec: { unschedulable: true } });
	plane.runFor(0.1);
	expect(stateOf(plane, "new")).toBe("True S");
	expect(plane.cell.nodes.specs[plane.cell.nodeNamed("new")!]).toMatchObject({
		unschedulable: true,
		taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
	});
	plane.plane.patch("Node", "/new", { spec: { unschedulable: false } });
	plane.runFor(0.1);
	expect(stateOf(plane, "new")).toBe("True");
});
