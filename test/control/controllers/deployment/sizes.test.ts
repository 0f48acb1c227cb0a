/** What is noted on ReplicaSets of the sizes that their Deployment wants, and what is told of their failures. */
import { expect, test } from "vitest";
import { deploymentController } from "../../../../src/control/controllers/deployment/deployment.js";
import { rolloutStatus } from "../../../../src/control/controllers/deployment/status.js";
import { replicaSetController } from "../../../../src/control/controllers/replica-set.js";
import { resourceQuotaController } from "../../../../src/control/controllers/resource-quota.js";
import type { Deployment } from "../../../../src/control/kinds/deployment.js";
import type { ReplicaSet } from "../../../../src/control/kinds/replica-set.js";
import { SELECTOR } from "../../../support/api-objects.js";
import { node } from "../../../support/cells.js";
import { TestPlane } from "../../../support/control-planes.js";

const template = (image: string) => ({
	metadata: { labels: SELECTOR.matchLabels },
	spec: { containers: [{ name: "main", image, resources: { requests: { cpu: 1 } } }] },
});

function planeWith(spec: object) {
	const plane = new TestPlane({
		controllers: [deploymentController, replicaSetController, resourceQuotaController],
		nodes: [node("a", { cpu: 64_000 })],
	});
	const made = { replicas: 4, selector: SELECTOR, template: template("v1"), ...spec };
	plane.create({ kind: "Deployment", metadata: { name: "d" }, spec: made });
	plane.runFor(5);
	return plane;
}

/** `size, desired, max` of each ReplicaSet, oldest first. */
function notes({ plane }: TestPlane): readonly string[] {
	return [...plane.server.list("ReplicaSet")].map(({ spec, metadata: { annotations } }) => {
		const noted = ["desired", "max"].map((what) => annotations[`deployment.kubernetes.io/${what}-replicas`]);
		return [(spec as { readonly replicas: number }).replicas, ...noted].join(", ");
	});
}

test("another maxSurge alone is noted nowhere; a size is noted with what holds then", () => {
	const plane = planeWith({});
	expect(notes(plane)).toEqual(["4, 4, 5"]);
	plane.patch("Deployment", "d", { spec: { strategy: { rollingUpdate: { maxSurge: 3 } } } });
	plane.runFor(5);
	expect(notes(plane)).toEqual(["4, 4, 5"]);
	plane.patch("Deployment", "d", { spec: { replicas: 6 } });
	plane.runFor(5);
	expect(notes(plane)).toEqual(["6, 6, 9"]);
	// Pods beyond the declared number may be there even if none is declared.
	plane.patch("Deployment", "d", { spec: { replicas: 0 } });
	plane.runFor(5);
	expect(notes(plane)).toEqual(["0, 0, 3"]);
});

test("the failure of the new ReplicaSet is told before that of an old one", () => {
	const plane = planeWith({ strategy: { rollingUpdate: { maxSurge: 4, maxUnavailable: 0 } } });
	plane.patch("Deployment", "d", { spec: { template: template("v2") } });
	plane.runFor(5);
	const failing = ([...plane.plane.server.list("ReplicaSet")] as ReplicaSet[]).map((set, i) => ({
		...set,
		status: { ...set.status, failure: `no pods of v${i + 1}` },
	}));
	const deployment = plane.plane.server.get("Deployment", "default/d") as Deployment;
	const { replicaFailure } = rolloutStatus(deployment, failing, failing[1]!, 0);
	expect(replicaFailure?.message).toBe("no pods of v2");
	expect(rolloutStatus(deployment, failing.slice(0, 1), null, 0).replicaFailure?.message).toBe("no pods of v1");
});

test("a Deployment whose ReplicaSet is refused says so, and tries again until there is room", () => {
	const plane = planeWith({});
	const said = new Set<string>();
	plane.plane.server.watchEvents(({ about, reason }) => {
		if (about.kind === "Deployment") said.add(reason);
	});
	plane.create({ kind: "ResourceQuota", metadata: { name: "q" }, spec: { hard: { "count/replicasets.apps": 1 } } });
	plane.runFor(1);
	plane.patch("Deployment", "d", { spec: { template: template("v2") } });
	plane.runFor(1);
	const { progressing } = (plane.plane.server.get("Deployment", "default/d") as Deployment).status;
	expect(progressing).toMatchObject({ status: "False", reason: "ReplicaSetCreateError" });
	expect(progressing?.message).toMatch(
		/^Failed to create new replica set "d-\w+": replicasets.apps "d-\w+" is forbidden: exceeded quota: q/,
	);
	expect([...said]).toEqual(["ReplicaSetCreateError"]);
	plane.patch("ResourceQuota", "q", { spec: { hard: { "count/replicasets.apps": 2 } } });
	plane.runFor(20);
	expect((plane.plane.server.get("Deployment", "default/d") as Deployment).status).toMatchObject({
		updatedReplicas: 4,
		progressing: { reason: "NewReplicaSetAvailable" },
	});
});
