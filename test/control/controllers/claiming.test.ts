/** Pods that an owner has left behind, and pods that have other labels now. */
import { describe, expect, test } from "vitest";
import type { ApiObject } from "../../../src/control/api-object.js";
import { daemonSetController } from "../../../src/control/controllers/daemon-set/daemon-set.js";
import { garbageCollector, ORPHAN } from "../../../src/control/controllers/garbage-collector.js";
import { statefulSetController } from "../../../src/control/controllers/stateful-set/stateful-set.js";
import type { StatefulSet } from "../../../src/control/kinds/stateful-set.js";
import { SELECTOR } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

const TEMPLATE = {
	metadata: { labels: SELECTOR.matchLabels },
	spec: { containers: [{ name: "main", image: "x", resources: { requests: { cpu: "100m" } } }] },
};
const SETS = [
	{ kind: "StatefulSet", metadata: { name: "s" }, spec: { replicas: 2, selector: SELECTOR, template: TEMPLATE } },
	{ kind: "DaemonSet", metadata: { name: "s" }, spec: { selector: SELECTOR, template: TEMPLATE } },
];

function planeWith(manifest: object): TestPlane {
	const plane = new TestPlane({
		controllers: [statefulSetController, daemonSetController, garbageCollector],
		nodes: ["a", "b"].map((name) => node(name, { cpu: 8_000 })),
	});
	plane.create(manifest);
	plane.runFor(5);
	return plane;
}

const uids = ({ pods }: TestPlane) => pods.map(({ metadata }) => metadata.uid).sort((a, b) => a - b);
const owners = ({ pods }: TestPlane) => pods.map(({ metadata }) => metadata.owner?.uid ?? null);

describe.each(SETS)("a $kind", (manifest) => {
	test("that is made anew takes in the pods and the history that the one before has left behind", () => {
		const plane = planeWith(manifest);
		const before = uids(plane);
		expect(before).toHaveLength(2);
		plane.plane.delete(manifest.kind, "default/s", { finalizers: [ORPHAN] });
		plane.runFor(5);
		expect(owners(plane)).toEqual([null, null]);
		plane.create(manifest);
		plane.runFor(5);
		const { uid } = plane.plane.server.get(manifest.kind, "default/s")!.metadata;
		expect(uids(plane)).toEqual(before);
		expect(owners(plane)).toEqual([uid, uid]);
		const history = [...plane.plane.server.list("ControllerRevision")].map(({ metadata }) => metadata.owner?.uid);
		expect(history).toEqual([uid]);
	});

	test("leaves alone what others of its labels belong to", () => {
		const plane = planeWith(manifest);
		plane.create({ ...manifest, metadata: { name: "other" } });
		plane.runFor(5);
		expect(plane.pods).toHaveLength(4);
		expect(new Set(owners(plane)).size).toBe(2);
	});
});

const relabelled = (object: ApiObject) => ({ ...object, metadata: { ...object.metadata, labels: { app: "other" } } });

test("a DaemonSet lets a pod go that has other labels, and makes another one there", () => {
	const plane = planeWith(SETS[1]!);
	const [first] = plane.pods;
	plane.plane.server.patch("Pod", `default/${first!.metadata.name}`, relabelled);
	plane.runFor(5);
	expect(plane.pods.map(({ metadata, spec }) => [metadata.owner !== null, spec.nodeName])).toEqual([
		[false, first!.spec.nodeName],
		[true, plane.pods[1]!.spec.nodeName],
		[true, first!.spec.nodeName],
	]);
});

test("a StatefulSet lets a pod go that has other labels, and waits for its name", () => {
	const plane = planeWith(SETS[0]!);
	plane.plane.server.patch("Pod", "default/s-1", relabelled);
	plane.runFor(5);
	const status = () => (plane.plane.server.get("StatefulSet", "default/s") as StatefulSet).status;
	expect(status()).toMatchObject({ replicas: 1 });
	plane.delete("Pod", "s-1");
	plane.runFor(90);
	expect(status()).toMatchObject({ replicas: 2, readyReplicas: 2 });
});
