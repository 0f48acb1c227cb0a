/**
 * A cell under the control plane of Kubernetes: Deployments that are rolled out once a day each and sized by HorizontalPodAutoscalers
 * whose load follows the day, on machines that fail. Prints what it cost as JSON. By default a week of 300 Deployments of 100 pods on
 * 1,000 nodes; the options make it smaller, add Deployments that nothing happens to (`--idle`), or leave parts out. `--build` is the
 * folder of the compiled code; `--writes` adds a hash over all that was written to the API server.
 */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "./measure.mjs";

const { values } = parseArgs({
	options: {
		hours: { type: "string", default: "168" },
		nodes: { type: "string", default: "1000" },
		deployments: { type: "string", default: "300" },
		pods: { type: "string", default: "100" },
		idle: { type: "string", default: "0" },
		scaled: { type: "boolean", default: true },
		rollouts: { type: "boolean", default: true },
		failures: { type: "boolean", default: true },
		writes: { type: "boolean", default: false },
		build: { type: "string", default: `${ROOT}/dist` },
	},
	allowNegative: true,
});
const load = (file) => import(pathToFileURL(`${values.build}/${file}.js`));
const { Simulation } = await load("experiment/simulation");
const { ControlPlane } = await load("control/control-plane");
const { podSpecOf } = await load("control/kinds/pod-template");
const { kubernetes } = await load("control/orchestrators/kubernetes");
const { arrivalWith } = await load("control/pod-annotations");
const { scheduleActions } = await load("control/user-actions");
const { SeededRandomSource } = await load("engine/random");
const { architectures } = await load("scheduling/architectures/index");
const { schedulers } = await load("scheduling/schedulers/index");

const [HOURS, NODES, DEPLOYMENTS, PODS, IDLE] = ["hours", "nodes", "deployments", "pods", "idle"].map((name) =>
	Number(values[name]),
);
const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const END_US = HOURS * HOUR;
const GIB = 2 ** 30;
const REQUEST_MILLI = 500;
/** Load is a new one so often. */
const STEP_US = 300 * SECOND;
/** The first pods are there before anybody rolls out. */
const FIRST_ROLLOUT_US = 2 * HOUR;

const template = (name, version) => ({
	metadata: { labels: { app: name } },
	spec: {
		containers: [
			{ name: "web", image: `web:${version}`, resources: { requests: { cpu: `${REQUEST_MILLI}m`, memory: "1Gi" } } },
		],
	},
});
const deployment = (name) => ({
	apiVersion: "apps/v1",
	kind: "Deployment",
	metadata: { name, namespace: "default" },
	spec: { replicas: PODS, selector: { matchLabels: { app: name } }, template: template(name, 0) },
});
const autoscaler = (name) => ({
	apiVersion: "autoscaling/v2",
	kind: "HorizontalPodAutoscaler",
	metadata: { name, namespace: "default" },
	spec: {
		scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
		minReplicas: Math.ceil(PODS / 2),
		maxReplicas: Math.ceil((3 * PODS) / 2),
		metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
	},
});

const names = Array.from({ length: DEPLOYMENTS }, (_, i) => `web-${i}`);
const actions = [
	...[...names, ...Array.from({ length: IDLE }, (_, i) => `idle-${i}`)].flatMap((name) => [
		{ atUs: 0, action: "create", manifest: deployment(name) },
		...(values.scaled ? [{ atUs: 0, action: "create", manifest: autoscaler(name) }] : []),
	]),
];
for (let day = 0; values.rollouts && day * DAY < END_US; day++)
	names.forEach((name, i) => {
		const atUs = FIRST_ROLLOUT_US + day * DAY + Math.floor((i * DAY) / DEPLOYMENTS);
		const patch = { spec: { template: { spec: template(name, day + 1).spec } } };
		if (atUs < END_US) actions.push({ atUs, action: "patch", kind: "Deployment", key: `default/${name}`, patch });
	});

/** The load of a Deployment: a cosine of the day, divided evenly among its pods that are ready. */
class Load {
	ready = 0;
	#changes = 0;
	#clock;
	#index;
	#known = { revision: -1, share: 0 };

	constructor(clock, index) {
		this.#clock = clock;
		this.#index = index;
	}

	change(ready) {
		this.ready += ready;
		this.#changes++;
	}

	get #step() {
		return this.#index < 0 ? 0 : Math.floor(this.#clock.nowUs / STEP_US);
	}

	get revision() {
		return this.#changes + this.#step;
	}

	/** milli-CPU of each of its pods. */
	get share() {
		const { revision } = this;
		if (this.#known.revision !== revision) {
			const day = (this.#step * STEP_US) / DAY - this.#index / DEPLOYMENTS;
			const swing = this.#index < 0 ? 0 : 0.4 * Math.cos(2 * Math.PI * day);
			this.#known = { revision, share: (PODS * (REQUEST_MILLI / 2) * (1 + swing)) / this.ready };
		}
		return this.#known.share;
	}
}

/** By the label of their pods. */
class Loads {
	#clock;
	#loads = new Map();

	constructor(clock) {
		this.#clock = clock;
	}

	of(name) {
		let load = this.#loads.get(name);
		if (load === undefined) {
			load = new Load(this.#clock, names.indexOf(name));
			this.#loads.set(name, load);
		}
		return load;
	}

	changed({ kind, before, after }) {
		if (kind !== "Pod") return;
		const change = (after?.status.ready ? 1 : 0) - (before?.status.ready ? 1 : 0);
		if (change === 0) return;
		this.of((after ?? before).metadata.labels.app).change(change);
	}
}

const random = new SeededRandomSource("1");
const counts = { rescales: 0, pods: 0, writes: 0, refused: 0 };
const written = values.writes ? createHash("sha256") : null;
let loads;
let before = null;
const controlPlane = (engine, cell, phase) => {
	loads = new Loads(engine);
	const made = kubernetes.create(kubernetes.params.parse({}), {
		random,
		usageOf: (pod) => (pod.status.ready ? loads.of(pod.metadata.labels.app).share : null),
		usageMarkOf: (pod) => loads.of(pod.metadata.labels.app),
		access: () => null,
		kinds: [],
	});
	const plane = new ControlPlane(engine, cell, {
		...made,
		kinds: kubernetes.kinds,
		phase,
		random,
		arrivalOf: ({ spec, metadata }) => ({
			...arrivalWith(podSpecOf(spec.template, metadata.namespace, []), metadata.annotations),
			name: null,
		}),
	});
	plane.server.watch((change) => {
		loads.changed(change);
		const { kind, key, before, after } = change;
		counts.writes++;
		if (kind === "Pod" && before === null) counts.pods++;
		written?.update(
			`${engine.nowUs} ${kind} ${key} ${JSON.stringify(after?.status)} ${after?.spec.nodeName} ${after?.spec.replicas}\n`,
		);
	});
	plane.server.watchEvents(({ reason, about, message }) => {
		if (reason === "SuccessfulRescale") counts.rescales++;
		written?.update(`${engine.nowUs} ${reason} ${about.metadata.name} ${message}\n`);
	});
	plane.create({ kind: "Namespace", metadata: { name: "default" } });
	scheduleActions(engine, plane, phase, actions, ({ action }, result) => {
		// The first rollout has just begun.
		if (action === "patch") before ??= { cpu: process.cpuUsage(), pods: counts.pods };
		if ("mistakes" in result || !result.ok) counts.refused++;
	});
	return plane;
};
const kubeScheduler = schedulers.all.get("kube-scheduler");
const monolithic = architectures.all.get("monolithic");
const simulation = new Simulation({
	random,
	nodes: Array.from({ length: NODES }, (_, n) => ({
		name: `node-${n}`,
		labels: { "kubernetes.io/hostname": `node-${n}`, "topology.kubernetes.io/zone": `zone-${n % 3}` },
		taints: [],
		unschedulable: false,
		allocatable: { cpu: 32_000, memory: 128 * GIB, pods: 110 },
		gpu: null,
	})),
	arrivals: [],
	architecture: (context) => monolithic.create(monolithic.params?.parse({}), context),
	schedulers: [
		{
			name: "main",
			scheduler: kubeScheduler.create(kubeScheduler.params?.parse({})),
			decisionTime: { perJobUs: 0, perPodUs: 2_000 },
		},
	],
	queue: { discipline: "kubernetes", backoff: { initialUs: SECOND, maxUs: 10 * SECOND } },
	startDelayUs: { dist: "constant", value: 2 * SECOND },
	onLoss: "resubmit",
	termination: { takesUs: { dist: "constant", value: SECOND }, noticeDelivered: 1 },
	faults: [],
	failures: values.failures
		? {
				// Each machine once in 30 days, for an hour; nobody but the control plane acts on it.
				machines: { timeBetween: { dist: "exponential", mean: 30 * DAY }, repair: { dist: "exponential", mean: HOUR } },
				domains: [],
				maintenance: null,
				limits: { nodes: Infinity, nodesByLabel: new Map(), podsOfJob: Infinity, disruptionsOfJobPerDay: Infinity },
				outages: { declareAfterUs: 365 * DAY, podsPerSecond: null },
				crashes: null,
			}
		: null,
	controlPlane,
	endUs: END_US,
	observers: [],
});
await simulation.run();
const cpuSeconds = ({ user, system }) => (user + system) / 1e6;
console.log(
	JSON.stringify({
		cpuSeconds: cpuSeconds(process.cpuUsage()),
		wallSeconds: performance.now() / 1000,
		maxRssMb: process.resourceUsage().maxRSS / 1024,
		events: simulation.engine.fired,
		digest: simulation.engine.digest.hex(),
		...counts,
		rollouts: before && { cpuSeconds: cpuSeconds(process.cpuUsage(before.cpu)), pods: counts.pods - before.pods },
		...simulation.nodeMetrics(),
		...(written && { written: written.digest("hex").slice(0, 16) }),
	}),
);
