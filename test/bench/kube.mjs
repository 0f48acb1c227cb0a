/**
 * Decisions of the Kubernetes scheduler a second of CPU: nodes of 32 CPUs and 128 GiB in three zones, far from full, small pods of
 * 50 classes; for preemption, nodes full with four pods of low priority each. `readable` is the form without anything kept.
 */
import { Cell, PLAIN_FACTS, SeededRandomSource, Snapshot } from "cellsim";
import { kubernetesConfigurationSchema } from "../../dist/scheduling/kubernetes/configuration.js";
import { KubernetesScheduler } from "../../dist/scheduling/kubernetes/kubernetes-scheduler.js";
import { cpuOf, median } from "./measure.mjs";
import { podOf } from "./pods.mjs";

const GIB = 2 ** 30;
const CLASSES = 50;
const PERCENTAGES = { every: 100, sampled: 0 };
/** Pods that are measured, kept and readable. */
const PODS = { kept: { 1000: 20_000, 5000: 20_000 }, readable: { 1000: 200, 5000: 40 } };
const PREEMPTIONS = { kept: 2_000, readable: 40 };

export function* kube() {
	for (const nodes of [1_000, 5_000])
		for (const share of Object.keys(PERCENTAGES))
			for (const [workload, facts] of Object.entries(WORKLOADS)) {
				const name = `kube.${nodes}.${share}.${workload}`;
				const runs = Array.from({ length: 3 }, () => placed(nodes, share, facts, "repeated"));
				yield* figures(name, runs, placed(nodes, share, facts, "nothing"));
			}
	for (const nodes of [1_000, 5_000])
		for (const share of Object.keys(PERCENTAGES)) {
			const runs = Array.from({ length: 3 }, () => preempted(nodes, share, "repeated"));
			yield* figures(`kube.${nodes}.${share}.preempt`, runs, preempted(nodes, share, "nothing"));
		}
}

function* figures(name, runs, readable) {
	const rate = median(runs.map((run) => run.rate));
	yield { name: `${name}.pods_per_s`, value: rate, unit: "pods/s" };
	yield { name: `${name}.readable.pods_per_s`, value: readable.rate, unit: "pods/s" };
	yield { name: `${name}.spared`, value: 100 * (1 - runs[0].looks), unit: "% of looks" };
}

const selector = (app) => ({ matchLabels: { app }, matchExpressions: [] });
const spread = (app, topologyKey, whenUnsatisfiable) => ({
	maxSkew: 1,
	topologyKey,
	whenUnsatisfiable,
	selector: selector(app),
	minDomains: 1,
	nodeAffinityPolicy: "Honor",
	nodeTaintsPolicy: "Ignore",
	matchLabelKeys: [],
});
const NO_AFFINITY = { required: [], preferred: [] };
const NO_DEMANDS = {
	podAffinity: NO_AFFINITY,
	podAntiAffinity: NO_AFFINITY,
	spread: [],
	hostPorts: [],
	images: [],
	gates: [],
	preempts: true,
	controller: null,
	volumes: [],
	scored: null,
};
const away = (app) => ({
	weight: 100,
	term: {
		topologyKey: "kubernetes.io/hostname",
		selector: selector(app),
		namespaces: [],
		namespaceSelector: null,
	},
});

/** Facts of a pod by application. */
const WORKLOADS = {
	plain: () => PLAIN_FACTS,
	spread: (app) => ({
		...PLAIN_FACTS,
		labels: { app },
		demands: {
			...NO_DEMANDS,
			spread: [
				spread(app, "topology.kubernetes.io/zone", "DoNotSchedule"),
				spread(app, "kubernetes.io/hostname", "ScheduleAnyway"),
			],
		},
	}),
	antiaffinity: (app) => ({
		...PLAIN_FACTS,
		labels: { app },
		demands: { ...NO_DEMANDS, podAntiAffinity: { required: [], preferred: [away(app)] } },
	}),
};

/** A cell with a scheduler, which counts what it looks at. */
class Cluster {
	cell = new Cell({ nowUs: 0 });
	snapshot = new Snapshot(this.cell);
	random = new SeededRandomSource("1").stream("bench/kube");

	constructor(nodes, share, keeps) {
		const configuration = kubernetesConfigurationSchema.parse({
			apiVersion: "kubescheduler.config.k8s.io/v1",
			kind: "KubeSchedulerConfiguration",
			percentageOfNodesToScore: PERCENTAGES[share],
		});
		this.scheduler = new KubernetesScheduler({ profiles: configuration.profiles, tieBreak: "first", keeps });
		this.cell.trackPods();
		for (let i = 0; i < nodes; i++)
			this.cell.addNode({
				name: `n${i}`,
				labels: { "kubernetes.io/hostname": `n${i}`, "topology.kubernetes.io/zone": `zone-${i % 3}` },
				taints: [],
				unschedulable: false,
				allocatable: { cpu: 32_000, memory: 128 * GIB, pods: 110 },
				gpu: null,
			});
	}

	submit(spec) {
		const pod = podOf(spec, 1);
		return this.cell.submit({ timeUs: 0, name: "job", pods: [pod], gang: false }).pending[0];
	}

	decide(pod) {
		this.snapshot.refresh();
		const decision = this.scheduler.decide([this.cell.pod(pod)], this.snapshot, this.random);
		const { placements } = decision;
		if (placements.length > 0)
			this.cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
		return decision;
	}

	/** Pods a second of CPU, and the share of nodes that plugins looked at, of those that had to be decided about. */
	measure(pods, place) {
		const before = this.scheduler.counters;
		const rate = pods / cpuOf(() => Array.from({ length: pods }, (_, i) => place(i)));
		const after = this.scheduler.counters;
		return { rate, looks: after === null ? 1 : (after.looks - before.looks) / (after.nodes - before.nodes) };
	}
}

function placed(nodes, share, factsOf, keeps) {
	const cluster = new Cluster(nodes, share, keeps);
	const facts = Array.from({ length: 10 }, (_, app) => factsOf(`app-${app}`));
	const specs = Array.from({ length: CLASSES }, (_, i) => ({
		facts: facts[i % facts.length],
		requests: { cpu: 100 + 10 * i, memory: GIB / 8 },
		gpu: null,
	}));
	const place = (i) => cluster.decide(cluster.submit(specs[i % CLASSES]));
	// Every class is known before the clock runs.
	const form = keeps === "nothing" ? "readable" : "kept";
	for (let i = 0; i < (form === "kept" ? nodes : CLASSES); i++) place(i);
	return cluster.measure(PODS[form][nodes], place);
}

/** An attempt finds no node and stops pods; they go at once, and the next attempt takes the node. Both are counted as one. */
function preempted(nodes, share, keeps) {
	const cluster = new Cluster(nodes, share, keeps);
	const { cell } = cluster;
	const low = { facts: PLAIN_FACTS, requests: { cpu: 8_000, memory: 32 * GIB }, gpu: null };
	for (let n = 0; n < nodes; n++) for (let i = 0; i < 4; i++) cell.adoptPod(cluster.submit(low), n);
	const facts = { ...PLAIN_FACTS, priority: 1000 };
	const specs = Array.from({ length: CLASSES }, (_, i) => ({
		facts,
		requests: { cpu: 8_000, memory: 16 * GIB + (i * GIB) / 4 },
		gpu: null,
	}));
	const preempt = (i) => {
		const pod = cluster.submit(specs[i % CLASSES]);
		const { preemptions, nominations } = cluster.decide(pod);
		if (preemptions.length === 0) throw new Error("nobody was preempted");
		for (const victim of preemptions) cell.endPod(victim, "deleted");
		for (const { pod: id, node } of nominations) cell.api.nominations.promise(cell.pod(id), node, 0);
		if (cluster.decide(pod).placements.length === 0) throw new Error("the preemptor was not placed");
	};
	const form = keeps === "nothing" ? "readable" : "kept";
	if (form === "kept") for (let i = 0; i < 2 * CLASSES; i++) preempt(i);
	return cluster.measure(PREEMPTIONS[form], preempt);
}
