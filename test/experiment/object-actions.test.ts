/** What `cellsim list objects` says that users do to objects, done to one of each kind under each orchestrator: nothing is refused. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { listKind } from "../../src/experiment/listing.js";
import { readTable } from "../../src/metrics/sinks/read.js";
import { cellsim, folderWith } from "../cli/cellsim.js";

interface Example {
	/** The manifest besides apiVersion, kind and metadata. */
	readonly create?: object;
	/** Merged over it. */
	readonly patch?: object;
	readonly name?: string;
	/** Empty for what belongs to no namespace. */
	readonly namespace?: string;
}

const labels = { app: "a" };
const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "web:1" }] } };
const selector = { matchLabels: labels };
const job = { template: { spec: { restartPolicy: "Never", ...template.spec } } };
const labelled = { metadata: { labels: { team: "b" } } };
const NODE: Example = { name: "w-0", namespace: "", patch: labelled };
const NAMESPACE: Example = { namespace: "", create: {}, patch: labelled };
const BUDGET: Example = { create: { spec: { selector, minAvailable: 1 } }, patch: { spec: { minAvailable: 0 } } };
const POD: Example = { create: { spec: template.spec } };
const SIZE = { resources: { requests: { storage: "1Gi" } }, accessModes: ["ReadWriteOnce"] };

const EXAMPLES: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
	kubernetes: {
		ConfigMap: { create: { data: { a: "1" } }, patch: { data: { a: "2" } } },
		ControllerRevision: {},
		CronJob: {
			create: { spec: { schedule: "* * * * *", jobTemplate: { spec: job } } },
			patch: { spec: { suspend: true } },
		},
		DaemonSet: { create: { spec: { selector, template } }, patch: { spec: { minReadySeconds: 1 } } },
		Deployment: { create: { spec: { selector, template } }, patch: { spec: { paused: true } } },
		HorizontalPodAutoscaler: {
			create: { spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "o" }, maxReplicas: 3 } },
			patch: { spec: { maxReplicas: 4 } },
		},
		HTTPRoute: {
			create: { spec: { rules: [{ backendRefs: [{ name: "o", port: 80 }] }] } },
			patch: { spec: { rules: [{ backendRefs: [{ name: "o", port: 80, weight: 2 }] }] } },
		},
		Job: { create: { spec: job }, patch: { spec: { suspend: true } } },
		LimitRange: {
			create: { spec: { limits: [{ type: "Container", defaultRequest: { cpu: "100m" } }] } },
			patch: { spec: { limits: [{ type: "Container", defaultRequest: { cpu: "200m" } }] } },
		},
		Namespace: NAMESPACE,
		Node: NODE,
		PersistentVolume: {
			namespace: "",
			create: { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] } },
			patch: { spec: { persistentVolumeReclaimPolicy: "Delete" } },
		},
		PersistentVolumeClaim: { create: { spec: SIZE }, patch: labelled },
		Pod: POD,
		PodDisruptionBudget: BUDGET,
		ReplicaSet: { create: { spec: { selector, template } }, patch: { spec: { minReadySeconds: 1 } } },
		ResourceQuota: { create: { spec: { hard: { pods: "50" } } }, patch: { spec: { hard: { pods: "60" } } } },
		Secret: { create: { stringData: { a: "1" } }, patch: { stringData: { a: "2" } } },
		Service: { create: { spec: { selector: labels } }, patch: { spec: { publishNotReadyAddresses: true } } },
		StatefulSet: {
			create: { spec: { selector, template, serviceName: "o" } },
			patch: { spec: { minReadySeconds: 1 } },
		},
		StorageClass: { namespace: "", create: { provisioner: "made.up" }, patch: labelled },
	},
	swarm: {
		Service: {
			create: { spec: { image: "web:1", deploy: { replicas: 2 } } },
			patch: { spec: { deploy: { replicas: 3 } } },
		},
		Node: NODE,
		Namespace: NAMESPACE,
	},
	mesos: {
		App: {
			name: "/app",
			create: { spec: { instances: 1, cpus: 0.1, mem: 32, cmd: "x" } },
			patch: { spec: { instances: 2 } },
		},
		Group: { name: "/shop", create: { spec: { apps: [{ id: "db", instances: 1, cpus: 0.1, mem: 32, cmd: "x" }] } } },
		// Deleted while they are under way: that is held by the tests of Marathon.
		MarathonDeployment: {},
		BlueGreen: {
			name: "/green",
			create: { spec: { replaces: "/shop/db", changes: { cmd: "y" } } },
			patch: { spec: { drainSeconds: 1 } },
		},
		Job: {
			create: { spec: { schedule: "R/1970-01-01T01:00:00Z/PT1H", command: "x", cpus: 0.1, mem: 32 } },
			patch: { spec: { cpus: 0.2 } },
		},
		Namespace: NAMESPACE,
		Node: NODE,
		Pod: POD,
	},
	borg: {
		BorgJob: { create: { spec: { image: "web:1" } }, patch: { spec: { notice: "10s" } } },
		Namespace: NAMESPACE,
		Node: NODE,
		PodDisruptionBudget: BUDGET,
	},
};

/** When each is done, in seconds: pods are deleted before their nodes are emptied. */
const AT = { create: 1, patch: 20, scale: 25, cordon: 30, uncordon: 31, drain: 32, upgrade: 33, delete: 28 };
type Action = keyof typeof AT;

function actionOn(
	kind: string,
	action: Action,
	{ name = "o", namespace = "default", create, patch }: Example,
	apiVersion: string,
) {
	const at = `${AT[action]}s`;
	switch (action) {
		case "create":
			return {
				at,
				action,
				manifest: { apiVersion, kind, metadata: { name, ...(namespace !== "" && { namespace }) }, ...create },
			};
		case "patch":
			return { at, action, kind, name, namespace, patch };
		case "scale":
			return { at, action, kind, name, namespace, replicas: 2 };
		case "delete":
			return { at, action, kind, name, namespace, force: true };
		case "upgrade":
			return { at, action, nodes: [name], takes: "5s" };
		default:
			return { at, action, node: name };
	}
}

test.each(Object.entries(EXAMPLES))("%s takes all of it", async (orchestrator, examples) => {
	const known = listKind("objects").filter(({ object }) => object!.orchestrator === orchestrator);
	expect(known.map(({ name }) => name).sort()).toEqual(Object.keys(examples).sort());
	const actions = known
		.filter(({ name }) => name !== "MarathonDeployment")
		.flatMap(({ name, object }) =>
			object!.actions.map((action) => actionOn(name, action as Action, examples[name]!, object!.apiVersion)),
		);
	const experiment = {
		apiVersion: "cellsim/v1alpha1",
		kind: "Experiment",
		metadata: { name: "e" },
		spec: {
			clock: { end: "2m" },
			orchestrator,
			cluster: {
				nodeGroups: [
					{ name: "w", count: 3, template: { status: { allocatable: { cpu: "7", memory: "32Gi", pods: "110" } } } },
				],
			},
			actions,
			outputs: { tables: ["object_events"] },
		},
	};
	const cwd = folderWith({ "e.yaml": JSON.stringify(experiment) });
	const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json"], { cwd });
	expect(code, stderr).toBe(0);
	const [run] = (JSON.parse(stdout) as { readonly runs: readonly { readonly folder: string }[] }).runs;
	const { columns } = await readTable(join(cwd, run!.folder, "object_events.arrow"));
	const cells = (name: string) => Array.from(columns.get(name) as ArrayLike<unknown>, String);
	const [kinds, reasons, messages] = [cells("kind"), cells("reason"), cells("message")];
	expect(kinds.flatMap((kind, i) => (reasons[i] === "Refused" ? [`${kind}: ${messages[i]}`] : []))).toEqual([]);
});

test("what a kind cannot is refused in words: a pod is not patched", async () => {
	const experiment = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: e}
spec:
  clock: {end: 1m}
  orchestrator: kubernetes
  cluster: {nodeGroups: [{name: w, count: 1, template: {status: {allocatable: {cpu: "7", memory: 32Gi}}}}]}
  actions:
    - {at: 1s, action: create, manifest: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: x}]}}}
    - {at: 9s, action: patch, kind: Pod, name: p, patch: {metadata: {labels: {a: b}}}}
  outputs: {tables: [object_events]}
`;
	const cwd = folderWith({ "e.yaml": experiment });
	const { stdout } = await cellsim(["run", "e.yaml", "--json"], { cwd });
	const [run] = (JSON.parse(stdout) as { readonly runs: readonly { readonly folder: string }[] }).runs;
	const { columns } = await readTable(join(cwd, run!.folder, "object_events.arrow"));
	expect(Array.from(columns.get("message") as ArrayLike<unknown>)).toContain(
		"kind: a Pod cannot be patched here; what can be done with it: create, delete",
	);
});
