/** Persistent volumes under a control plane and kube-scheduler: claims of StatefulSets, zones, times, and volumes on dead nodes. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTable } from "../../src/metrics/sinks/read.js";
import { cellsim, folderWith } from "../cli/cellsim.js";

const CLASS = `
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: disks
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
    cellsim.io/provision-after: 10s
    cellsim.io/attach-after: 5s
    cellsim.io/detach-after: 2s
provisioner: disks.example.org
volumeBindingMode: WaitForFirstConsumer
`;
const CONTAINERS = "containers: [{name: db, resources: {requests: {cpu: 1, memory: 1Gi}}}]";

function statefulSet(replicas: number, more = ""): string {
	return `
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: ${replicas}
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {${CONTAINERS}}}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
${more}`;
}

function experiment(rest: string, objects: string): string {
	const group = (zone: string) =>
		`{name: ${zone}, count: 2, template: {metadata: {labels: {topology.kubernetes.io/zone: ${zone}}}, status: {allocatable: {cpu: "4", memory: 16Gi, pods: "110"}}}}`;
	return `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: volumes}
spec:
  clock: {end: 30m}
  orchestrator: kubernetes
  cluster: {nodeGroups: [${group("a")}, ${group("b")}]}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}], queue: {discipline: kubernetes}}
  node: {startDelay: 1s, termination: {takes: 1s}}
${rest}
  outputs: {tables: [pods, object_events]}
${objects}`;
}

interface Row {
	readonly name: string;
	readonly node: string;
	/** Seconds. */
	readonly bound: number;
	readonly start: number;
}

async function podsOf(text: string): Promise<{ readonly pods: readonly Row[]; readonly events: readonly string[] }> {
	const cwd = folderWith({ "volumes.yaml": text });
	const { code, stdout, stderr } = await cellsim(["run", "volumes.yaml", "--json"], { cwd });
	expect(code, stderr).toBe(0);
	const [run] = (JSON.parse(stdout) as { readonly runs: readonly { readonly folder: string }[] }).runs;
	const read = async (table: string) => {
		const { columns } = await readTable(join(cwd, run!.folder, `${table}.arrow`));
		return (name: string) => Array.from(columns.get(name) as ArrayLike<unknown>);
	};
	const [pods, events] = [await read("pods"), await read("object_events")];
	const seconds = (name: string) => pods(name).map((us) => Math.round(Number(us) / 1e5) / 10);
	const [bound, start, nodes] = [seconds("bound_time_us"), seconds("start_time_us"), pods("node")];
	return {
		pods: pods("name")
			.map((name, i) => ({ name: String(name), node: String(nodes[i]), bound: bound[i]!, start: start[i]! }))
			.sort((a, b) => a.bound - b.bound),
		events: events("message").map((message, i) => `${events("object")[i]}: ${events("reason")[i]}: ${message}`),
	};
}

const waits = ({ bound, start }: Row) => Math.round(start - bound);

test("a claim is made for the node of its pod, and found again by the next pod of its name", async () => {
	const scale = (at: string, replicas: number) =>
		`{at: ${at}, action: scale, kind: StatefulSet, name: db, replicas: ${replicas}}`;
	const { pods, events } = await podsOf(
		experiment(`  actions: [${scale("5m", 1)}, ${scale("10m", 3)}]`, CLASS + statefulSet(3)),
	);
	// Made for 10 s and attached for 5 s, then attached only; 1 s to start.
	expect(pods.map((pod) => [pod.name, waits(pod)])).toEqual([
		["default/db-0", 16],
		["default/db-1", 16],
		["default/db-2", 16],
		["default/db-1", 6],
		["default/db-2", 6],
	]);
	const zoneOf = (row: Row | undefined) => row!.node.split("-")[0];
	for (const i of [1, 2]) expect(zoneOf(pods[i + 2])).toBe(zoneOf(pods[i]));
	expect(events.filter((text) => text.includes("ProvisioningSucceeded"))).toHaveLength(3);
});

test("with whenScaled: Delete the claims go with their pods", async () => {
	const scale = (at: string, replicas: number) =>
		`{at: ${at}, action: scale, kind: StatefulSet, name: db, replicas: ${replicas}}`;
	const { pods } = await podsOf(
		experiment(
			`  actions: [${scale("5m", 1)}, ${scale("10m", 2)}]`,
			CLASS + statefulSet(2, "  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}\n"),
		),
	);
	expect(pods.map((pod) => [pod.name, waits(pod)])).toEqual([
		["default/db-0", 16],
		["default/db-1", 16],
		["default/db-1", 16],
	]);
});

test("a pod whose zone is gone waits for its volume's sake, and says why", async () => {
	const remove = "  faults: [{at: 5m, action: remove, nodes: [a-0, a-1]}]";
	const { pods, events } = await podsOf(experiment(remove, CLASS + statefulSet(1)));
	expect(pods).toMatchObject([{ name: "default/db-0", bound: 0, node: "null" }]);
	expect(events.some((text) => text.includes("2 node(s) didn't match PersistentVolume's node affinity"))).toBe(true);
});

test("a volume on a node that nobody hears of is not for another node until its pod is gone", async () => {
	const deployment = `
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {${CONTAINERS}, volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]}
`;
	const faults = "  faults: [{at: 5m, action: silence, nodes: [a-0]}, {at: 20m, action: recover, nodes: [a-0]}]";
	const { pods, events } = await podsOf(experiment(faults, CLASS + deployment));
	expect(pods.map(({ node }) => node)).toEqual(["a-0", "a-1"]);
	const [, second] = pods;
	// Silent from 300 s on: NotReady at 350, deleted 300 s later; the node ends its pod when it is back at 1200 s.
	expect(second!.bound).toBeGreaterThan(640);
	expect(second!.bound).toBeLessThan(660);
	// 1 s to leave, 2 s to detach, 5 s to attach, 1 s to start.
	expect(second!.start).toBeCloseTo(1209, 0);
	expect(events.some((text) => text.includes("FailedAttachVolume: Multi-Attach error for volume"))).toBe(true);
});

test.each([
	"nodes",
	"machines",
])("a pod that loses its node while its volume is attached waits anew, on %s", async (kind) => {
	const faults = "  faults: [{at: 13s, action: fail, nodes: [a-0]}]";
	const text = experiment(faults, CLASS + statefulSet(1));
	const { pods } = await podsOf(
		kind === "nodes" ? text : text.replace("startDelay: 1s", "startDelay: 1s, machine: {relistPeriod: 1ms}"),
	);
	// Made at 10 s, to be attached at 15 s; lost at 13 s: 2 s to detach, 5 s to attach, 1 s to start.
	expect(pods).toMatchObject([{ name: "default/db-0", node: "a-1", start: 21 }]);
});
