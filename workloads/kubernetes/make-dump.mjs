// Writes a made-up cluster in the shape of `kubectl get nodes,pods -A -o yaml`: zones, taints, machines of several sizes, daemon sets,
// bound, pending and finished pods. The same options give the same bytes.
//
//     node workloads/kubernetes/make-dump.mjs [--nodes 500] [--objects] [--format yaml|json] [-o FILE]
//
// --objects adds what `kubectl get services,replicasets,statefulsets,pdb,pvc,pv,sc,priorityclasses,namespaces -A` would: what decides
// about places besides nodes and pods.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "yaml";

const { values: options } = parseArgs({
	options: {
		nodes: { type: "string", default: "500" },
		objects: { type: "boolean", default: false },
		format: { type: "string", default: "yaml" },
		output: { type: "string", short: "o" },
	},
});
const count = Number(options.nodes);
if (!Number.isInteger(count) || count < 10 || count > 10_000 || !["yaml", "json"].includes(options.format)) {
	process.stderr.write("expected --nodes 10 to 10000, --format yaml or json\n");
	process.exit(2);
}

const GI = 2 ** 30;
const ZONES = ["eu-1a", "eu-1b", "eu-1c"];
/** Share of the nodes, cpu and memory (Gi) that pods may have, GPUs, taint. */
const POOLS = [
	{ name: "general", share: 0.6, machine: "m.4xlarge", cpu: 15_890, memory: 58 },
	{ name: "compute", share: 0.2, machine: "c.8xlarge", cpu: 31_750, memory: 59 },
	{ name: "memory", share: 0.12, machine: "r.4xlarge", cpu: 15_890, memory: 121 },
	{ name: "gpu", share: 0.05, machine: "g.8xlarge", cpu: 31_750, memory: 121, gpus: 4, taint: "nvidia.com/gpu" },
	{
		name: "control",
		share: 0,
		machine: "m.xlarge",
		cpu: 3_920,
		memory: 14,
		taint: "node-role.kubernetes.io/control-plane",
	},
];
const DAEMONS = [
	{
		name: "kube-proxy",
		namespace: "kube-system",
		cpu: 100,
		memory: 0.0625,
		priority: 2_000_001_000,
		className: "system-node-critical",
	},
	{ name: "node-exporter", namespace: "monitoring", cpu: 102, memory: 0.18, priority: 0, hostPort: 9100 },
	{ name: "fluent-bit", namespace: "logging", cpu: 150, memory: 0.25, priority: 0 },
];
const PRIORITIES = { production: 10_000, batch: 100 };

let state = 20_260_101;
/** A number from 0 up to `n`; Lehmer's generator. */
const draw = (n) => {
	state = (state * 48_271) % 2_147_483_647;
	return state % n;
};
const pick = (list) => list[draw(list.length)];

const START = Date.UTC(2026, 0, 5, 8);
const stamp = (seconds) => new Date(START + seconds * 1000).toISOString().replace(".000", "");
const uid = () =>
	[8, 4, 4, 4, 12].map((n) => Array.from({ length: n }, () => draw(16).toString(16)).join("")).join("-");
const suffix = (n) => Array.from({ length: n }, () => "bcdfghjklmnpqrstvwxz2456789"[draw(27)]).join("");

const nodes = makeNodes();
const pods = [];
const objects = [];
let created = 3600;
for (const node of nodes) for (const daemon of DAEMONS) addDaemon(daemon, node);
const services = Math.max(6, Math.round(count / 6));
for (let i = 0; i < services; i++) addService(i);
for (let i = 0; i < Math.max(2, Math.round(count / 50)); i++) addDatabase(i);
for (let i = 0; i < Math.max(3, Math.round(count / 10)); i++) addFinished(i);
addPending();
addClusterObjects();

const items = [...nodes.map(({ manifest }) => manifest), ...pods, ...(options.objects ? objects : [])];
const list = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
const text =
	options.format === "json"
		? `{"apiVersion":"v1","kind":"List","items":[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]}\n`
		: stringify(list, { lineWidth: 0, aliasDuplicateObjects: false });
if (options.output === undefined) process.stdout.write(text);
else writeFileSync(options.output, text);

function makeNodes() {
	const made = [];
	const control = POOLS.at(-1);
	for (let i = 0; i < 3; i++) made.push(makeNode(control, i, made.length));
	for (const pool of POOLS) {
		const size = Math.round(pool.share * (count - 3));
		for (let i = 0; i < size; i++) made.push(makeNode(pool, i, made.length));
	}
	for (let i = 0; made.length < count; i++) made.push(makeNode(POOLS[0], 1000 + i, made.length));
	return made.slice(0, count);
}

function makeNode(pool, i, index) {
	const zone = ZONES[index % ZONES.length];
	const name = `${pool.name}-${String(i).padStart(3, "0")}.${zone}.example`;
	const taints =
		pool.taint === undefined ? [] : [{ effect: "NoSchedule", key: pool.taint, ...(pool.gpus && { value: "present" }) }];
	// Somebody is at work on a few machines.
	const cordoned = pool.name === "general" && i % 97 === 41;
	if (cordoned) taints.push({ effect: "NoSchedule", key: "node.kubernetes.io/unschedulable" });
	const amounts = (cpu, memory) => ({
		cpu,
		"ephemeral-storage": "95551679124",
		memory,
		...(pool.gpus && { "nvidia.com/gpu": String(pool.gpus) }),
		pods: "110",
	});
	const manifest = {
		apiVersion: "v1",
		kind: "Node",
		metadata: {
			creationTimestamp: stamp(index),
			labels: {
				"kubernetes.io/arch": "amd64",
				"kubernetes.io/hostname": name,
				"kubernetes.io/os": "linux",
				"node.kubernetes.io/instance-type": pool.machine,
				pool: pool.name,
				"topology.kubernetes.io/region": "eu-1",
				"topology.kubernetes.io/zone": zone,
			},
			name,
			uid: uid(),
		},
		spec: {
			providerID: `example:///${zone}/i-${uid().slice(0, 8)}`,
			...(taints.length > 0 && { taints }),
			...(cordoned && { unschedulable: true }),
		},
		status: {
			allocatable: amounts(`${pool.cpu}m`, `${pool.memory * 1024 * 1024}Ki`),
			capacity: amounts(String(Math.ceil(pool.cpu / 1000)), `${(pool.memory + 3) * 1024 * 1024}Ki`),
			conditions: [
				{
					lastTransitionTime: stamp(index + 60),
					message: "kubelet is posting ready status",
					reason: "KubeletReady",
					status: "True",
					type: "Ready",
				},
			],
			images: DAEMONS.map((daemon) => ({
				names: [imageOf(daemon.name)],
				sizeBytes: 40_000_000 + daemon.cpu * 100_000,
			})),
		},
	};
	return {
		name,
		pool,
		zone,
		cordoned,
		manifest,
		cpu: pool.cpu,
		memory: pool.memory * GI,
		pods: 110,
		gpus: pool.gpus ?? 0,
	};
}

function imageOf(name) {
	return `registry.example/${name}:1.${name.length}.0`;
}

/** A pod as the API server shows it; `node` is null for one that waits. */
function addPod({
	name,
	namespace,
	app,
	owner,
	cpu,
	memory,
	gpus = 0,
	node,
	priority = 0,
	className,
	phase,
	spec = {},
	container = {},
}) {
	const requests = {
		cpu: `${cpu}m`,
		memory: `${Math.round(memory * 1024)}Mi`,
		...(gpus > 0 && { "nvidia.com/gpu": String(gpus) }),
	};
	const at = created++;
	if (node !== null && phase === "Running") {
		node.cpu -= cpu;
		node.memory -= Math.round(memory * 1024) * 2 ** 20;
		node.gpus -= gpus;
		node.pods--;
	}
	const { tolerations = [], ...rest } = spec;
	const image = imageOf(app);
	const started = stamp(at + 4);
	const finished = stamp(at + 600);
	const state =
		phase === "Running"
			? { running: { startedAt: started } }
			: { terminated: { exitCode: 0, finishedAt: finished, reason: "Completed", startedAt: started } };
	pods.push({
		apiVersion: "v1",
		kind: "Pod",
		metadata: {
			creationTimestamp: stamp(at),
			labels: { app, ...(owner.kind === "ReplicaSet" && { "pod-template-hash": owner.name.split("-").at(-1) }) },
			name,
			namespace,
			ownerReferences: [
				{
					apiVersion: owner.kind === "Job" ? "batch/v1" : "apps/v1",
					blockOwnerDeletion: true,
					controller: true,
					kind: owner.kind,
					name: owner.name,
					uid: owner.uid,
				},
			],
			uid: uid(),
		},
		spec: {
			containers: [
				{
					image,
					imagePullPolicy: "IfNotPresent",
					name: app,
					resources: {
						limits: { memory: requests.memory, ...(gpus > 0 && { "nvidia.com/gpu": String(gpus) }) },
						requests,
					},
					...container,
				},
			],
			...(node !== null && { nodeName: node.name }),
			...(className !== undefined && { priorityClassName: className }),
			priority,
			restartPolicy: owner.kind === "Job" ? "Never" : "Always",
			schedulerName: "default-scheduler",
			tolerations: [
				...tolerations,
				{ effect: "NoExecute", key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 300 },
				{ effect: "NoExecute", key: "node.kubernetes.io/unreachable", operator: "Exists", tolerationSeconds: 300 },
			],
			...rest,
		},
		status:
			node === null
				? {
						conditions: [
							{
								lastTransitionTime: stamp(at),
								reason: rest.schedulingGates ? "SchedulingGated" : "Unschedulable",
								status: "False",
								type: "PodScheduled",
							},
						],
						phase: "Pending",
						qosClass: "Burstable",
					}
				: {
						containerStatuses: [{ image, name: app, ready: phase === "Running", restartCount: 0, state }],
						phase,
						qosClass: "Burstable",
						startTime: stamp(at + 1),
					},
	});
}

function addDaemon({ name, namespace, cpu, memory, priority, className, hostPort }, node) {
	const affinity = {
		nodeAffinity: {
			requiredDuringSchedulingIgnoredDuringExecution: {
				nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node.name] }] }],
			},
		},
	};
	const owner = { kind: "DaemonSet", name, uid: `00000000-0000-4000-8000-${String(name.length).padStart(12, "0")}` };
	const container =
		hostPort === undefined ? {} : { ports: [{ containerPort: hostPort, hostPort, name: "metrics", protocol: "TCP" }] };
	const spec = { affinity, tolerations: [{ operator: "Exists" }] };
	addPod({
		name: `${name}-${suffix(5)}`,
		namespace,
		app: name,
		owner,
		cpu,
		memory,
		node,
		priority,
		className,
		phase: "Running",
		spec,
		container,
	});
}

/** The node with the most cpu free of those that take the pod. */
function nodeFor({ cpu, memory, gpus = 0, zone, pool }) {
	let best = null;
	for (const node of nodes) {
		if (node.cordoned || node.pool.name === "control" || (node.pool.gpus ? 1 : 0) !== (gpus > 0 ? 1 : 0)) continue;
		if ((zone !== undefined && node.zone !== zone) || (pool !== undefined && node.pool.name !== pool)) continue;
		if (node.cpu < cpu || node.memory < memory * GI || node.gpus < gpus || node.pods < 1) continue;
		if (best === null || node.cpu / node.pool.cpu > best.cpu / best.pool.cpu) best = node;
	}
	return best;
}

/** A deployment of a few to many equal pods, spread over the zones. */
function addService(i) {
	const name = `${pick(["api", "web", "cart", "search", "users", "billing", "mail", "feed"])}-${i}`;
	const namespace = pick(["shop", "accounts", "platform"]);
	const gpus = i % 12 === 5 ? 1 : 0;
	const size = { cpu: pick([1000, 2000, 3000, 4000]), memory: pick([2, 4, 6, 8]), gpus };
	const replicas = gpus > 0 ? 2 : 4 + draw(Math.max(8, Math.round((count / services) * 8)));
	const owner = { kind: "ReplicaSet", name: `${name}-${suffix(10)}`, uid: uid() };
	const labelSelector = { matchLabels: { app: name } };
	const production = i % 3 !== 0;
	const spec = {
		...(i % 2 === 0 && {
			topologySpreadConstraints: [
				{ labelSelector, maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
			],
		}),
		...(i % 5 === 1 && {
			affinity: {
				podAntiAffinity: {
					preferredDuringSchedulingIgnoredDuringExecution: [
						{ podAffinityTerm: { labelSelector, topologyKey: "kubernetes.io/hostname" }, weight: 100 },
					],
				},
			},
		}),
		...(gpus > 0 && { tolerations: [{ effect: "NoSchedule", key: "nvidia.com/gpu", operator: "Exists" }] }),
	};
	for (let r = 0; r < replicas; r++) {
		const node = nodeFor({ ...size, zone: ZONES[r % 3] }) ?? nodeFor(size);
		if (node === null) continue;
		const className = production ? "production" : "batch";
		addPod({
			name: `${owner.name}-${suffix(5)}`,
			namespace,
			app: name,
			owner,
			...size,
			node,
			priority: PRIORITIES[className],
			className,
			phase: "Running",
			spec,
		});
	}
	objects.push(
		{
			apiVersion: "apps/v1",
			kind: "ReplicaSet",
			metadata: { name: owner.name, namespace, uid: owner.uid },
			spec: { replicas, selector: { matchLabels: { app: name } } },
		},
		{ apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { selector: { app: name } } },
	);
	if (production)
		objects.push({
			apiVersion: "policy/v1",
			kind: "PodDisruptionBudget",
			metadata: { name, namespace },
			spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
			status: { disruptionsAllowed: 1 },
		});
}

/** Three pods in three zones that may not share a node, each with a volume of its zone. */
function addDatabase(i) {
	const name = `db-${i}`;
	const owner = { kind: "StatefulSet", name, uid: uid() };
	const affinity = {
		podAntiAffinity: {
			requiredDuringSchedulingIgnoredDuringExecution: [
				{ labelSelector: { matchLabels: { app: name } }, topologyKey: "kubernetes.io/hostname" },
			],
		},
	};
	for (const [r, zone] of ZONES.entries()) {
		const size = { cpu: 2000, memory: 12 };
		const node = nodeFor({ ...size, zone, pool: "memory" }) ?? nodeFor({ ...size, zone });
		if (node === null) continue;
		const claim = `data-${name}-${r}`;
		const spec = { affinity, volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }] };
		addPod({
			name: `${name}-${r}`,
			namespace: "data",
			app: name,
			owner,
			...size,
			node,
			priority: PRIORITIES.production,
			className: "production",
			phase: "Running",
			spec,
		});
		addVolume(claim, zone);
	}
	objects.push({
		apiVersion: "apps/v1",
		kind: "StatefulSet",
		metadata: { name, namespace: "data", uid: owner.uid },
		spec: { selector: { matchLabels: { app: name } }, serviceName: name },
	});
}

function addVolume(claim, zone) {
	const volume = `pvc-${uid()}`;
	const terms = [{ matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: [zone] }] }];
	const shared = { accessModes: ["ReadWriteOnce"], storageClassName: "fast", volumeMode: "Filesystem" };
	objects.push(
		{
			apiVersion: "v1",
			kind: "PersistentVolume",
			metadata: { name: volume },
			spec: {
				...shared,
				capacity: { storage: "100Gi" },
				claimRef: { name: claim, namespace: "data" },
				csi: { driver: "disk.csi.example", volumeHandle: `vol-${volume.slice(4, 12)}` },
				nodeAffinity: { required: { nodeSelectorTerms: terms } },
			},
			status: { phase: "Bound" },
		},
		{
			apiVersion: "v1",
			kind: "PersistentVolumeClaim",
			metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes" }, name: claim, namespace: "data" },
			spec: { ...shared, resources: { requests: { storage: "100Gi" } }, volumeName: volume },
			status: { phase: "Bound" },
		},
	);
}

function addFinished(i) {
	const owner = { kind: "Job", name: `report-${i}`, uid: uid() };
	addPod({
		name: `${owner.name}-${suffix(5)}`,
		namespace: "platform",
		app: "report",
		owner,
		cpu: 500,
		memory: 1,
		node: pick(nodes),
		priority: PRIORITIES.batch,
		className: "batch",
		phase: "Succeeded",
	});
}

/** What waits in the cluster, each for a reason of its own. */
function addPending() {
	const job = (name) => ({ kind: "Job", name, uid: uid() });
	const batch = { namespace: "platform", node: null, priority: PRIORITIES.batch, className: "batch", phase: "Pending" };
	for (let i = 0; i < 4; i++)
		addPod({
			...batch,
			name: `train-${i}-${suffix(5)}`,
			app: "train",
			owner: job(`train-${i}`),
			cpu: 30_000,
			memory: 64,
			gpus: 4,
			spec: { tolerations: [{ effect: "NoSchedule", key: "nvidia.com/gpu", operator: "Exists" }] },
		});
	addPod({ ...batch, name: `infer-${suffix(5)}`, app: "infer", owner: job("infer"), cpu: 1000, memory: 4, gpus: 1 });
	addPod({ ...batch, name: `huge-${suffix(5)}`, app: "huge", owner: job("huge"), cpu: 31_700, memory: 200 });
	addPod({
		...batch,
		name: `far-${suffix(5)}`,
		app: "far",
		owner: job("far"),
		cpu: 500,
		memory: 1,
		spec: { nodeSelector: { "topology.kubernetes.io/zone": "eu-1d" } },
	});
	addPod({
		...batch,
		name: `gated-${suffix(5)}`,
		app: "gated",
		owner: job("gated"),
		cpu: 500,
		memory: 1,
		spec: { schedulingGates: [{ name: "example.com/quota" }] },
	});
}

function addClusterObjects() {
	objects.push({
		apiVersion: "storage.k8s.io/v1",
		kind: "StorageClass",
		metadata: { name: "fast" },
		provisioner: "disk.csi.example",
		volumeBindingMode: "WaitForFirstConsumer",
	});
	for (const [name, value] of Object.entries(PRIORITIES))
		objects.push({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value });
	for (const name of ["accounts", "data", "kube-system", "logging", "monitoring", "platform", "shop"])
		objects.push({
			apiVersion: "v1",
			kind: "Namespace",
			metadata: { labels: { "kubernetes.io/metadata.name": name }, name },
		});
}
