import { expect, test } from "vitest";
import { deploymentController } from "../../../../src/control/controllers/deployment/deployment.js";
import { replicaSetController } from "../../../../src/control/controllers/replica-set.js";
import type { Deployment } from "../../../../src/control/kinds/deployment.js";
import { SELECTOR } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const TEMPLATE = {
	metadata: { labels: SELECTOR.matchLabels },
	spec: { containers: [{ name: "main", image: "x", resources: { requests: { cpu: 1 } } }] },
};

test("a Deployment that was complete and has lost a pod never times out, and time goes on", () => {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController],
		nodes: ["a", "b"].map((name) => node(name, { cpu: 1000 })),
	});
	const spec = { replicas: 2, progressDeadlineSeconds: 20, selector: SELECTOR, template: TEMPLATE };
	plane.create({ kind: "Deployment", metadata: { name: "d" }, spec });
	const status = () => (plane.plane.server.get("Deployment", "default/d") as Deployment).status;
	plane.runFor(5);
	expect(status()).toMatchObject({ availableReplicas: 2, progressing: { reason: "NewReplicaSetAvailable" } });
	// The room of the pod that goes is lost with it.
	plane.plane.drain("a");
	plane.runFor(60);
	expect(status()).toMatchObject({ availableReplicas: 1, progressing: { reason: "NewReplicaSetAvailable" } });
	// The pod that is missing is found a place as soon as there is one.
	plane.cell.addNode(node("c", { cpu: 1000 }));
	plane.runFor(5);
	expect(status()).toMatchObject({ availableReplicas: 2, progressing: { reason: "NewReplicaSetAvailable" } });
});
