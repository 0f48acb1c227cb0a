import { expect, test } from "vitest";
import type { ApiChange } from "../../../src/control/api-server.js";
import { deploymentController } from "../../../src/control/controllers/deployment/deployment.js";
import { FOREGROUND, garbageCollector, ORPHAN } from "../../../src/control/controllers/garbage-collector.js";
import { replicaSetController } from "../../../src/control/controllers/replica-set.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const WEB = {
	kind: "Deployment",
	metadata: { name: "web" },
	spec: {
		replicas: 2,
		selector: { matchLabels: { app: "web" } },
		template: {
			metadata: { labels: { app: "web" } },
			spec: { containers: [{ name: "web", image: "web", resources: { requests: { cpu: "100m" } } }] },
		},
	},
};

/** What is marked and what goes, in order: `- ReplicaSet` for gone, `~ Pod` for marked. */
function deleting(finalizers: readonly string[]) {
	const test = new TestPlane({
		controllers: [replicaSetController, deploymentController, garbageCollector],
		nodes: [node("a"), node("b")],
	});
	test.create(WEB);
	test.runFor(10);
	const seen: string[] = [];
	test.plane.server.watch(({ kind, before, after }: ApiChange) => {
		if (after === null) seen.push(`- ${kind}`);
		else if (before?.metadata.deletedUs === null && after.metadata.deletedUs !== null) seen.push(`~ ${kind}`);
	});
	test.plane.delete("Deployment", "default/web", { finalizers });
	test.runFor(10);
	return { test, seen };
}

test("in the background the owner goes first, and what it owned level by level", () => {
	const { test, seen } = deleting([]);
	expect(seen).toEqual(["- Deployment", "- ReplicaSet", "~ Pod", "~ Pod", "- Pod", "- Pod"]);
	expect(test.cell.pods.live).toBe(0);
});

test("in the foreground owners are marked from the top and go from the bottom", () => {
	const { test, seen } = deleting([FOREGROUND]);
	expect(seen).toEqual([
		"~ Deployment",
		"~ ReplicaSet",
		"~ Pod",
		"~ Pod",
		"- Pod",
		"- Pod",
		"- ReplicaSet",
		"- Deployment",
	]);
	expect(test.cell.pods.live).toBe(0);
});

test("orphans stay, belong to nobody, and are taken in by an owner that is made anew", () => {
	const { test, seen } = deleting([ORPHAN]);
	expect(seen).toEqual(["~ Deployment", "- Deployment"]);
	const [set] = [...test.plane.server.list("ReplicaSet")];
	expect(set!.metadata.owner).toBeNull();
	expect(test.pods.map(({ metadata }) => metadata.owner!.name)).toEqual([set!.metadata.name, set!.metadata.name]);
	test.create(WEB);
	test.runFor(10);
	const [adopted, ...others] = [...test.plane.server.list("ReplicaSet")];
	expect(others).toEqual([]);
	expect(adopted!.metadata).toMatchObject({ uid: set!.metadata.uid, owner: { kind: "Deployment", name: "web" } });
	expect(test.pods.length).toBe(2);
});

test("what names an owner that was never there goes", () => {
	const test = new TestPlane({ controllers: [garbageCollector], nodes: [node("a")] });
	const owner = { kind: "Deployment", name: "gone", uid: 4711, blockOwnerDeletion: true };
	const status = { replicas: 0, readyReplicas: 0, availableReplicas: 0, observedGeneration: 0, failure: null };
	test.plane.server.create({
		kind: "ReplicaSet",
		metadata: { namespace: "default", name: "web-1", owner },
		spec: WEB.spec,
		status,
	});
	test.runFor(1);
	expect([...test.plane.server.list("ReplicaSet")]).toEqual([]);
});
