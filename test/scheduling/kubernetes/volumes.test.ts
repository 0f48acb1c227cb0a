import { describe, expect, test } from "vitest";
import { KubeCell } from "../../support/kubernetes.js";

const claim = (name: string, spec: object, metadata: object = {}, status: object = {}) => ({
	metadata: { name, ...metadata },
	spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } }, ...spec },
	status,
});
const bound = (name: string, volumeName: string, spec: object = {}) =>
	claim(name, { volumeName, ...spec }, { annotations: { "pv.kubernetes.io/bind-completed": "yes" } });
const volume = (name: string, storage: string, spec: object = {}, labels: object = {}) => ({
	metadata: { name, labels },
	spec: { capacity: { storage }, accessModes: ["ReadWriteOnce"], ...spec },
	status: { phase: "Available" },
});
const onNode = (...names: string[]) => ({
	nodeAffinity: {
		required: {
			nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: names }] }],
		},
	},
});
const waiting = (provisioner: string, parts: object = {}) => ({
	metadata: { name: "wait" },
	provisioner,
	volumeBindingMode: "WaitForFirstConsumer",
	...parts,
});
const using = (...claims: string[]) => ({
	volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});
const wanting = { storageClassName: "wait" };

describe("a claim", () => {
	test("that nobody declared keeps its pod from every node", () => {
		const cell = new KubeCell({ objects: { PersistentVolumeClaim: [claim("other", {})] } }).node("a");
		const attempted = cell.try(cell.pod("p", using("data")));
		expect(attempted.findings!.preFilterRejected).toMatchObject({
			plugin: "VolumeRestrictions",
			rejection: { reasons: ['persistentvolumeclaim "data" not found'], unresolvable: true },
		});
	});

	test("is not looked at where no claims are declared", () => {
		const cell = new KubeCell().node("a");
		expect(cell.place(cell.pod("p", using("data")))).toBe("a");
	});

	test.each([
		[
			"that does not wait and is not bound",
			claim("data", {}),
			"0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
		],
		[
			"whose volume is lost",
			claim("data", { volumeName: "v" }, {}, { phase: "Lost" }),
			'0/1 nodes are available: persistentvolumeclaim "data" bound to non-existent persistentvolume "v".',
		],
		[
			"bound to a volume that is not there",
			bound("data", "v"),
			'0/1 nodes are available: persistentvolume "v" not found.',
		],
	])("%s", (_what, declared, message) => {
		const cell = new KubeCell({ objects: { PersistentVolumeClaim: [declared] } }).node("a");
		expect(cell.place(cell.pod("p", using("data")))).toBe(message);
	});

	test("bound to a volume that one node reaches holds its pod there", () => {
		const objects = {
			PersistentVolumeClaim: [bound("data", "v")],
			PersistentVolume: [volume("v", "5Gi", onNode("b"))],
		};
		const cell = new KubeCell({ objects }).node("a").node("b").node("c");
		expect(cell.place(cell.pod("p", using("data")))).toBe("b");
		const big = { ...using("data"), nodeSelector: { "kubernetes.io/hostname": "a" } };
		expect(cell.place(cell.pod("q", big))).toBe(
			"0/3 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) didn't match Pod's node affinity/selector.",
		);
	});

	test("that waits takes the smallest volume that will do, and keeps it from others", () => {
		const objects = {
			PersistentVolumeClaim: [claim("one", wanting), claim("two", wanting), claim("three", wanting)],
			PersistentVolume: [
				volume("small", "4Gi", { ...wanting, ...onNode("a") }),
				volume("large", "20Gi", { ...wanting, ...onNode("a", "b") }),
				volume("fitting", "6Gi", { ...wanting, ...onNode("b") }),
				volume("other-class", "5Gi", onNode("a", "b")),
			],
			StorageClass: [waiting("kubernetes.io/no-provisioner")],
		};
		const cell = new KubeCell({ objects }).node("a").node("b").node("c");
		const pinned = { nodeSelector: { "kubernetes.io/hostname": "b" } };
		expect(cell.place(cell.pod("p", { ...using("one"), ...pinned }))).toBe("b");
		expect([...cell.cell.api.bindings].map(([key, { volume: name }]) => [key, name])).toEqual([
			["default/one", "fitting"],
		]);
		expect(["a", "b"]).toContain(cell.place(cell.pod("q", using("two"))));
		expect(cell.place(cell.pod("r", using("three")))).toBe(
			"0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
		);
	});

	test("that waits has its volume made where its first pod goes, and later pods follow it into the zone", () => {
		const zone = (name: string) => ({ "topology.kubernetes.io/zone": name });
		const objects = {
			PersistentVolumeClaim: [claim("data", wanting)],
			StorageClass: [
				waiting("csi.example.com", {
					allowedTopologies: [{ matchLabelExpressions: [{ key: "topology.kubernetes.io/zone", values: ["y"] }] }],
				}),
			],
		};
		const cell = new KubeCell({ objects }).node("a", zone("x")).node("b", zone("y")).node("c", zone("y"));
		expect(cell.place(cell.pod("p", using("data")))).toBe("b");
		expect(cell.place(cell.pod("q", using("data")))).toBe("c");
		const elsewhere = { ...using("data"), nodeSelector: zone("x") };
		expect(cell.place(cell.pod("r", elsewhere))).toContain("1 node(s) didn't match PersistentVolume's node affinity");
	});

	test("for one pod only is refused to a second one", () => {
		const objects = {
			PersistentVolumeClaim: [bound("data", "v", { accessModes: ["ReadWriteOncePod"] })],
			PersistentVolume: [volume("v", "5Gi")],
		};
		const cell = new KubeCell({ objects }).node("a").node("b");
		expect(cell.place(cell.pod("p", using("data")))).toBe("a");
		expect(cell.place(cell.pod("q", using("data")))).toBe(
			"0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.",
		);
		// A pod of higher priority takes it over.
		const { preemption } = cell.try(cell.pod("r", { ...using("data"), priority: 5 }));
		expect(preemption!.chosen!.victims.map(({ name }) => name)).toEqual(["p"]);
	});
});

test("a volume of a zone is used in its zones; a node without labels of zones is in all of them", () => {
	const key = "failure-domain.beta.kubernetes.io/zone";
	const objects = {
		PersistentVolumeClaim: [bound("data", "v")],
		PersistentVolume: [volume("v", "5Gi", {}, { [key]: "x__y" })],
	};
	const cell = new KubeCell({ objects })
		.node("a", { "topology.kubernetes.io/zone": "z" })
		.node("b", { "topology.kubernetes.io/zone": "y" })
		.node("c");
	const { findings } = cell.try(cell.pod("p", using("data")));
	expect(findings!.feasible.map((node) => cell.cell.node(node).name)).toEqual(["b", "c"]);
	expect(findings!.rejected[0]).toMatchObject({ plugin: "VolumeZone", rejection: { unresolvable: true } });
});

test("a node takes as many volumes of a driver as its CSINode says, one volume of two pods counted once", () => {
	const csi = (handle: string) => ({ csi: { driver: "csi.example.com", volumeHandle: handle } });
	const objects = {
		PersistentVolumeClaim: [bound("one", "v1"), bound("two", "v2")],
		PersistentVolume: [volume("v1", "5Gi", csi("h1")), volume("v2", "5Gi", csi("h2"))],
		CSINode: [{ metadata: { name: "a" }, spec: { drivers: [{ name: "csi.example.com", allocatable: { count: 1 } }] } }],
	};
	const cell = new KubeCell({ objects }).node("a");
	expect(cell.place(cell.pod("p", using("one")))).toBe("a");
	expect(cell.place(cell.pod("q", using("one")))).toBe("a");
	expect(cell.place(cell.pod("r", using("two")))).toBe("0/1 nodes are available: 1 node(s) exceed max volume count.");
});

describe("a disk that pods name themselves", () => {
	const gce = (readOnly: boolean) => ({ volumes: [{ name: "d", gcePersistentDisk: { pdName: "disk", readOnly } }] });
	const rbd = (monitors: string[]) => ({ volumes: [{ name: "d", rbd: { monitors, pool: "p", image: "i" } }] });
	test.each([
		["written by one", gce(false), gce(true), false],
		["only read", gce(true), gce(true), true],
		["an image of a common monitor", rbd(["m1", "m2"]), rbd(["m2"]), false],
		["an image of other monitors", rbd(["m1"]), rbd(["m2"]), true],
	])("%s", (_what, first, second, together) => {
		const cell = new KubeCell().node("a");
		cell.place(cell.pod("p", first));
		expect(cell.place(cell.pod("q", second))).toBe(
			together ? "a" : "0/1 nodes are available: 1 node(s) had no available disk.",
		);
	});
});
