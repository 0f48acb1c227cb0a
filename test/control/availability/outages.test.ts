import { expect, test } from "vitest";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { nodeLifecycleController } from "../../../src/control/controllers/node-lifecycle/node-lifecycle.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { taintEvictionController } from "../../../src/control/controllers/taint-eviction.js";
import { Heartbeats } from "../../../src/control/heartbeats.js";
import type { NodeObject } from "../../../src/control/kinds/node.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { deployment } from "../../support/autoscaled-planes.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

function running(replicas = {}): TestPlane {
	const heartbeats = new Heartbeats();
	const plane = new TestPlane({
		controllers: [
			deploymentController,
			replicaSetController,
			nodeLifecycleController({ heartbeats, random: new SeededRandomSource("1").stream("x") }),
			taintEvictionController,
		],
		nodes: [0, 1, 2].map((n) => node(`node-${n}`, { cpu: 8000 })),
		heartbeats,
		replicas,
	});
	plane.create(deployment("web", 6, { cpu: 1 }));
	plane.runFor(5);
	return plane;
}

const readyPods = ({ pods }: TestPlane) => pods.filter(({ status }) => status.ready).length;
const REFUSED = { ok: false, error: { code: 503, message: "connect: connection refused" } };

test("while the whole plane is gone pods run on, and nothing that users want is done", () => {
	const test = running();
	for (const component of ["api-server", "store", "controller-manager", "scheduler"] as const)
		test.plane.fail(component);
	expect(test.plane.patch("Deployment", "default/web", { spec: { replicas: 9 } })).toEqual(REFUSED);
	test.runFor(600);
	expect(test.cell.pods.live).toBe(6);
	for (const component of ["api-server", "store", "controller-manager", "scheduler"] as const)
		test.plane.recover(component);
	test.patch("Deployment", "web", { spec: { replicas: 9 } });
	// The controllers wait for a lease of 15 s that they find, and try each 2 to 4.4 s.
	test.runFor(14);
	expect(test.pods.length).toBe(6);
	test.runFor(15);
	expect(readyPods(test)).toBe(9);
});

test("nodes that could not renew their leases in an outage are not taken for lost: the grace counts from what the new leader saw", () => {
	const test = running();
	test.plane.fail("api-server");
	test.runFor(300);
	test.plane.recover("api-server");
	test.runFor(100);
	const nodes = [...test.plane.server.list("Node")] as NodeObject[];
	expect(nodes.map(({ status, spec }) => [status.ready.status, status.ready.sinceUs, spec.taints])).toEqual([
		["True", 0, []],
		["True", 0, []],
		["True", 0, []],
	]);
});

test("a node that died in an outage is noticed a grace period after the new leader looks first", () => {
	const test = running();
	test.plane.fail("api-server");
	test.runFor(55);
	test.cell.setNodeSilent(0 as never, true);
	test.runFor(240);
	test.plane.recover("api-server");
	const backUs = test.engine.nowUs;
	test.runFor(200);
	const { status } = test.plane.server.get("Node", "/node-0") as NodeObject;
	expect(status.ready.status).toBe("Unknown");
	// 15 s of lease, a try or two of 2 to 4.4 s, the next pass on the grid of 5 s, 50 s of grace, and again the grid.
	const seconds = (status.ready.sinceUs - backUs) / 1e6;
	expect(seconds).toBeGreaterThan(15 + 50);
	expect(seconds).toBeLessThan(15 + 2 * 4.4 + 5 + 50 + 2 * 5);
});

test("pods that end and nodes that come in an outage are known after it", () => {
	const test = running();
	test.plane.fail("store");
	test.cell.addNode(node("late", { cpu: 8000 }));
	const [pod] = [...test.cell.pods.all()];
	test.cell.endPod(pod!, "failed");
	test.runFor(60);
	expect(test.plane.server.get("Node", "/late")).toBeUndefined();
	expect(test.pods.length).toBe(6);
	test.plane.recover("store");
	test.runFor(60);
	expect(test.plane.server.get("Node", "/late")).toBeDefined();
	expect(readyPods(test)).toBe(6);
});

test("with two API servers and three stores the loss of one of each costs nothing but time", () => {
	const test = running({ apiServers: 2, stores: 3 });
	test.plane.fail("api-server", 1);
	test.plane.fail("store", 1);
	test.patch("Deployment", "web", { spec: { replicas: 9 } });
	test.runFor(5);
	expect(readyPods(test)).toBe(9);
});

test("without a scheduler pods wait; another replica takes over", () => {
	const test = running({ schedulers: 2 });
	test.plane.fail("scheduler", 1);
	test.patch("Deployment", "web", { spec: { replicas: 9 } });
	test.runFor(10);
	expect(readyPods(test)).toBe(6);
	expect(test.pods.length).toBe(9);
	test.runFor(20);
	expect(readyPods(test)).toBe(9);
});

test("a controller manager that hands its lease back is followed by another at its next try", () => {
	const test = running({ controllerManagers: 2 });
	test.plane.fail("controller-manager", 1, true);
	test.patch("Deployment", "web", { spec: { replicas: 9 } });
	test.runFor(1.9);
	expect(test.pods.length).toBe(6);
	test.runFor(2.6);
	expect(test.pods.length).toBe(9);
});
