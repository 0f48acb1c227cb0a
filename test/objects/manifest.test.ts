import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mistakeText, readManifests } from "../../src/objects/manifest.js";
import { nodeFromManifest } from "../../src/objects/node.js";
import { podFromManifest } from "../../src/objects/pod.js";

const node = (name: string) => ({ metadata: { name }, status: { allocatable: { cpu: 1 } } });
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: "c" }] } });
const summary = (document: unknown) =>
	readManifests(document).map((one) => {
		switch (one.kind) {
			case "ignored":
				return `${one.path.join(".")} ignored ${one.ignoredKind} ${one.name}`;
			case "invalid":
				return `${one.path.join(".")} invalid ${one.mistakes.map((mistake) => mistakeText(one, mistake)).join(" | ")}`;
			case "PriorityClass":
				return `${one.path.join(".")} PriorityClass ${one.manifest.name}`;
			case "cluster":
				return `${one.path.join(".")} ${one.object.kind} ${one.name}`;
			default:
				return `${one.path.join(".")} ${one.kind} ${one.manifest.metadata.name}`;
		}
	});

describe("readManifests", () => {
	test.each<[string, unknown, string[]]>([
		["one object", { apiVersion: "v1", kind: "Node", ...node("a") }, [" Node a"]],
		["an empty document", null, []],
		[
			"a List of anything",
			{
				kind: "List",
				items: [
					{ apiVersion: "v1", kind: "Pod", ...pod("p") },
					{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", namespace: "x" }, spec: 5 },
					{ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "c" }, value: 1 },
					{ apiVersion: "v1", kind: "PodTemplate", metadata: { name: "t" }, template: pod("") },
				],
			},
			["items.0 Pod p", "items.1 ignored apps/v1 Deployment x/d", "items.2 PriorityClass c", "items.3 PodTemplate t"],
		],
		[
			"a typed list, whose items need no kind",
			{ kind: "NodeList", items: [node("a"), node("b")] },
			["items.0 Node a", "items.1 Node b"],
		],
		[
			"lists of unknown kinds",
			{ apiVersion: "apps/v1", kind: "DeploymentList", items: [{}] },
			["items.0 ignored Deployment "],
		],
		["a list without items is an unknown kind", { kind: "AllowList" }, [" ignored AllowList "]],
		[
			"a Node of somebody else",
			{ apiVersion: "management.cattle.io/v3", kind: "Node", metadata: { name: "m" } },
			[" ignored management.cattle.io/v3 Node m"],
		],
		["a kind like a property of every object", { kind: "constructor" }, [" ignored constructor "]],
		[
			"a wrong value, with its path from the top of the document",
			{ kind: "PodList", items: [pod("p"), { metadata: { name: "q", namespace: "x" }, spec: { containers: 1 } }] },
			["items.0 Pod p", "items.1 invalid Pod x/q: spec.containers: a pod needs a list of containers"],
		],
		[
			"every mistake of an object",
			{
				kind: "Pod",
				metadata: { name: "p", labels: { a: 1 } },
				spec: {
					containers: [{ resources: { limts: {} } }],
					nodeName: 7,
					tolerations: [{ operator: "Exists", effect: "no" }],
				},
			},
			[
				[
					" invalid Pod p: metadata.labels.a: labels are text: put quotes around 1",
					"Pod p: spec.containers[0].resources.limts: unknown key 'limts'; did you mean 'limits'?",
					"Pod p: spec.nodeName: expected text, got 7",
					"Pod p: spec.tolerations[0].effect: expected NoSchedule, PreferNoSchedule or NoExecute, or nothing for every effect, got 'no'",
				].join(" | "),
			],
		],
		[
			"no kind",
			{ metadata: {} },
			[" invalid document: a Kubernetes object needs a kind: write kind: Pod, Node or another"],
		],
		["no object", [1], [" invalid document: expected a Kubernetes object: a map with apiVersion and kind"]],
		["an odd version", { apiVersion: 1, kind: "Pod" }, ["apiVersion invalid Pod: expected text such as v1"]],
	])("%s", (_, document, expected) => {
		expect(summary(document)).toEqual(expected);
	});
});

const GOLDENS = new URL("../../../shared/reference/kube/given/", import.meta.url);

test.skipIf(!existsSync(GOLDENS))(
	"takes every node and pod of the kube-scheduler goldens (../shared/reference/kube)",
	() => {
		let objects = 0;
		for (const file of readdirSync(GOLDENS).filter((name) => name.endsWith(".scenario.json"))) {
			const scenario = JSON.parse(readFileSync(new URL(file, GOLDENS), "utf8"));
			for (const one of readManifests({ kind: "NodeList", items: scenario.nodes ?? [] })) {
				if (one.kind !== "Node") throw new Error(`${file}: ${JSON.stringify(one)}`);
				expect(nodeFromManifest(one.manifest).allocatable["cpu"]).toBeGreaterThan(0);
				objects++;
			}
			const pods = [...(scenario.boundPods ?? []), ...(scenario.pods ?? [])];
			for (const one of readManifests({ kind: "PodList", items: pods })) {
				if (one.kind !== "Pod") throw new Error(`${file}: ${JSON.stringify(one)}`);
				expect(podFromManifest(one.manifest, []).name).not.toBe("");
				objects++;
			}
		}
		expect(objects).toBeGreaterThan(1000);
	},
);
