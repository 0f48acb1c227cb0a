import { expect, test } from "vitest";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { namespaceController } from "../../../src/control/controllers/namespace.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { type Namespace, phaseOf } from "../../../src/control/kinds/namespace.js";
import { SECOND } from "../../../src/engine/time.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const web = (namespace: string) => ({
	kind: "Deployment",
	metadata: { name: "web", namespace },
	spec: {
		replicas: 3,
		selector: { matchLabels: { app: "web" } },
		template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
	},
});

test("a namespace that is deleted takes in nothing more; its pods go after 5 s, all else after 10 s", () => {
	const test = new TestPlane({
		controllers: [replicaSetController, deploymentController, namespaceController],
		nodes: [node("a")],
	});
	const { server } = test.plane;
	test.create({ kind: "Namespace", metadata: { name: "shop" } });
	test.create(web("shop"));
	test.create(web("other"));
	test.runFor(5);
	const goneUs = new Map<string, number>();
	server.watch(({ kind, after }) => {
		if (after === null) goneUs.set(kind, server.nowUs - 5 * SECOND);
	});
	test.plane.delete("Namespace", "/shop");
	expect(phaseOf(server.get("Namespace", "/shop") as Namespace)).toBe("Terminating");
	expect(test.plane.create(web("shop"))).toEqual({
		ok: false,
		error: {
			code: 403,
			message:
				'deployments "web" is forbidden: unable to create new content in namespace shop because it is being terminated',
		},
	});
	const events: string[] = [];
	server.watchEvents(({ reason }) => events.push(reason));
	test.runFor(20);
	// Marked at 5 s, gone a second later; the rest in the pass that the change of the namespace's status brought about.
	expect([...goneUs].map(([kind, us]) => [kind, Math.round(us / SECOND)])).toEqual([
		["Pod", 6],
		["Deployment", 10],
		["ReplicaSet", 10],
		["Namespace", 10],
	]);
	// Its controllers tried to replace the pods: nobody hears of what goes wrong in a namespace that is going.
	expect(events).toEqual([]);
	expect(test.pods.map(({ metadata }) => metadata.namespace)).toEqual(["other", "other", "other"]);
});

test("an empty namespace goes at its first pass", () => {
	const test = new TestPlane({ controllers: [namespaceController], nodes: [node("a")] });
	test.create({ kind: "Namespace", metadata: { name: "shop" } });
	test.plane.delete("Namespace", "/shop");
	test.runFor(4.9);
	expect(test.plane.server.get("Namespace", "/shop")).toBeDefined();
	test.runFor(0.2);
	expect(test.plane.server.get("Namespace", "/shop")).toBeUndefined();
});
