import { expect, test } from "vitest";
import { gangOf, quorumOf } from "../../src/objects/gang.js";
import { podFromManifest, podSchema } from "../../src/objects/pod.js";
import { workloadSchema } from "../../src/objects/workload.js";
import { podGroups, workloads } from "../support/kubernetes-groups.js";

test("a workload, with what is not read", () => {
	const podGroups = [
		{ name: "workers", policy: { gang: { minCount: 4 } } },
		{ name: "driver", policy: { basic: {} } },
	];
	const controllerRef = { apiGroup: "batch", kind: "Job", name: "training" };
	const metadata = { name: "w", namespace: "shop" };
	expect(workloadSchema.parse({ metadata, spec: { controllerRef, podGroups } })).toEqual({
		namespace: "shop",
		name: "w",
		podGroups: new Map([
			["workers", { minCount: 4 }],
			["driver", { minCount: null }],
		]),
	});
});

const REF = { name: "w", podGroup: "workers" };
const LABEL = { "scheduling.x-k8s.io/pod-group": "g" };

test.each<[string, object, object | undefined, string | null, number]>([
	["nothing", {}, undefined, null, 1],
	["a PodGroup", LABEL, undefined, "default/g", 5],
	["a Workload", {}, REF, "default/w/workers", 3],
	["a replica of a group", {}, { ...REF, podGroupReplicaKey: "0" }, "default/w/workers/0", 3],
	["both: the Workload counts", LABEL, REF, "default/w/workers", 3],
	["a group without a gang", {}, { name: "w", podGroup: "driver" }, "default/w/driver", 1],
	["a Workload that there is not", {}, { ...REF, name: "v" }, "default/v/workers", 1],
])("the group of a pod that names %s", (_what, labels, workloadRef, group, quorum) => {
	const spec = { containers: [{ name: "c" }], workloadRef };
	const { facts } = podFromManifest(podSchema.parse({ metadata: { name: "p", labels }, spec }), []).spec;
	const objects = { ...workloads({ w: { workers: 3, driver: null } }), podGroups: podGroups({ g: 5 }).podGroups };
	expect([gangOf(facts), quorumOf(facts, objects)]).toEqual([group, quorum]);
});
