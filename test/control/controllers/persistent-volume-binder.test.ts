import { expect, test } from "vitest";
import { garbageCollector } from "../../../src/control/controllers/garbage-collector.js";
import { persistentVolumeBinder } from "../../../src/control/controllers/persistent-volume-binder.js";
import type { PersistentVolume } from "../../../src/control/kinds/persistent-volume.js";
import type { PersistentVolumeClaim } from "../../../src/control/kinds/persistent-volume-claim.js";
import { formatPath } from "../../../src/objects/issues.js";
import { TEMPLATE } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

function planeWith(...objects: readonly object[]): TestPlane {
	const plane = new TestPlane({
		controllers: [persistentVolumeBinder, garbageCollector],
		nodes: [node("n", { cpu: 4000 })],
	});
	for (const object of objects) plane.create(object);
	plane.runFor(1);
	return plane;
}

function volume(name: string, storage: string, more: object = {}) {
	const spec = { capacity: { storage }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" }, ...more };
	return { kind: "PersistentVolume", metadata: { name, labels: { disk: name } }, spec };
}

function claim(name: string, storage: string, more: object = {}) {
	const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more };
	return { kind: "PersistentVolumeClaim", metadata: { name }, spec };
}

/** `phase volume` of a claim. */
function stateOf({ plane }: TestPlane, name: string): string {
	const found = plane.server.get("PersistentVolumeClaim", `default/${name}`) as PersistentVolumeClaim;
	return `${found.status.phase} ${found.spec.volumeName}`.trim();
}

const phaseOf = ({ plane }: TestPlane, name: string) =>
	(plane.server.get("PersistentVolume", `/${name}`) as PersistentVolume | undefined)?.status.phase ?? "gone";

test("a claim gets the smallest volume that will do", () => {
	const volumes = [
		volume("large", "20Gi"),
		volume("small", "5Gi"),
		volume("medium", "10Gi"),
		volume("medium-too", "10Gi"),
	];
	const plane = planeWith(...volumes, claim("c", "6Gi"));
	// 5Gi is too small; of two with 10Gi the first by name.
	expect(stateOf(plane, "c")).toBe("Bound medium");
	expect(phaseOf(plane, "medium")).toBe("Bound");
	plane.create(claim("d", "6Gi"));
	plane.create(claim("e", "6Gi"));
	plane.create(claim("f", "6Gi"));
	plane.runFor(1);
	expect(["d", "e", "f"].map((name) => stateOf(plane, name))).toEqual(["Bound medium-too", "Bound large", "Pending"]);
	plane.create(volume("late", "6Gi"));
	plane.runFor(1);
	expect(stateOf(plane, "f")).toBe("Bound late");
});

test.each([
	["another class", { storageClassName: "slow" }, {}],
	["another mode", {}, { volumeMode: "Block" }],
	["modes that it has not", {}, { accessModes: ["ReadWriteMany"] }],
	["labels that it has not", {}, { selector: { matchLabels: { disk: "other" } } }],
	["a volume by name", {}, { volumeName: "other" }],
])("a volume is not for a claim that wants %s", (_what, ofVolume, ofClaim) => {
	const plane = planeWith(volume("v", "1Gi", ofVolume), claim("c", "1Gi", ofClaim));
	expect(stateOf(plane, "c")).toMatch(/^Pending/);
	expect(phaseOf(plane, "v")).toBe("Available");
});

test("a volume that is kept for a claim waits for it", () => {
	const kept = volume("kept", "50Gi", { claimRef: { namespace: "default", name: "mine" } });
	const plane = planeWith(kept, volume("free", "1Gi"), claim("other", "1Gi"), claim("mine", "1Gi"));
	expect(stateOf(plane, "other")).toBe("Bound free");
	expect(stateOf(plane, "mine")).toBe("Bound kept");
});

test("a class makes volumes at once, or, where it waits for a consumer, not before there is one", () => {
	const storageClass = (name: string, volumeBindingMode: string) => ({
		kind: "StorageClass",
		metadata: { name, annotations: { "cellsim.io/provision-after": "3s" } },
		provisioner: "disks",
		volumeBindingMode,
	});
	const plane = planeWith(
		storageClass("now", "Immediate"),
		storageClass("later", "WaitForFirstConsumer"),
		claim("a", "1Gi", { storageClassName: "now" }),
		claim("b", "1Gi", { storageClassName: "later" }),
		claim("c", "1Gi", { storageClassName: "nobody" }),
	);
	expect(["a", "b", "c"].map((name) => stateOf(plane, name))).toEqual(["Pending", "Pending", "Pending"]);
	plane.runFor(3);
	expect(["a", "b", "c"].map((name) => stateOf(plane, name).split(" ")[0])).toEqual(["Bound", "Pending", "Pending"]);
});

test("a claim in use is not gone before its pod; its volume is kept or goes, as it says", () => {
	const plane = planeWith(
		volume("v", "1Gi"),
		volume("w", "1Gi", { persistentVolumeReclaimPolicy: "Delete" }),
		claim("c", "1Gi"),
		claim("d", "1Gi"),
	);
	const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "c" } }];
	plane.create({ kind: "Pod", metadata: { name: "p" }, spec: { ...TEMPLATE.spec, volumes } });
	plane.runFor(2);
	plane.plane.delete("PersistentVolumeClaim", "default/c");
	plane.plane.delete("PersistentVolumeClaim", "default/d");
	plane.runFor(1);
	expect(stateOf(plane, "c")).toBe("Bound v");
	expect([phaseOf(plane, "v"), phaseOf(plane, "w")]).toEqual(["Bound", "gone"]);
	plane.plane.delete("Pod", "default/p");
	plane.runFor(3);
	expect(plane.plane.server.get("PersistentVolumeClaim", "default/c")).toBeUndefined();
	expect(phaseOf(plane, "v")).toBe("Released");
	// Nobody gets what somebody else has left on it.
	plane.create(claim("c", "1Gi"));
	plane.runFor(1);
	expect(stateOf(plane, "c")).toBe("Pending");
});

test.each([
	[claim("c", "1Gi", { accessModes: [] }), "spec.accessModes: Required value: at least 1 access mode is required"],
	[
		claim("c", "1Gi", { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] }),
		"spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
	],
	[claim("c", "0"), "spec.resources.requests.storage: must be greater than zero"],
	[claim("c", "1Gi", { resources: { requests: {} } }), "spec.resources.requests: missing 'storage': Required value"],
	[
		{ ...volume("v", "1Gi"), spec: { capacity: {}, accessModes: ["ReadWriteOnce"] } },
		"spec.capacity: missing 'storage': Required value",
	],
	[{ kind: "StorageClass", metadata: { name: "s" }, provisioner: "" }, "provisioner: Required value"],
	[{ kind: "StorageClass", metadata: { name: "s" }, provisioner: "p", speed: 7 }, "speed"],
	[
		{
			kind: "StorageClass",
			metadata: { name: "s", annotations: { "cellsim.io/attach-after": "soon" } },
			provisioner: "p",
		},
		"metadata.annotations[\"cellsim.io/attach-after\"]: 'soon' is not a duration such as 30s",
	],
])("%j is refused", (manifest, message) => {
	const { plane } = planeWith();
	const refused = plane.create(manifest);
	const texts =
		"mistakes" in refused ? refused.mistakes.map(({ path, message: text }) => `${formatPath(path)}: ${text}`) : [];
	expect(texts.join("; ")).toContain(message);
});
