import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeId, PodId } from "../../../src/cell/ids.js";
import { Snapshot } from "../../../src/cell/snapshot.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { nodeFromManifest, nodeSchema } from "../../../src/objects/node.js";
import { kubernetesConfigurationSchema } from "../../../src/scheduling/kubernetes/configuration.js";
import { type Attempted, KubernetesScheduler } from "../../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import type { Candidate } from "../../../src/scheduling/kubernetes/victims.js";
import type { Decision } from "../../../src/scheduling/scheduler.js";
import { KubeCell } from "../../support/kubernetes.js";
import {
	type DrawnEvent,
	type DrawnNode,
	drawnConfiguration,
	drawnEvent,
	drawnLoadConfiguration,
	drawnNode,
	drawnPod,
	KEYS,
} from "./arbitrary-cluster.js";

const OBJECTS = {
	Service: [{ metadata: { name: "s", namespace: "default" }, spec: { selector: { app: "a" } } }],
	PodDisruptionBudget: [
		{
			metadata: { name: "b", namespace: "default" },
			spec: { minAvailable: 1, selector: { matchLabels: { app: "b" } } },
			status: { disruptionsAllowed: 1 },
		},
	],
};

/** A scheduler with a snapshot of its own. */
class Side {
	readonly scheduler: KubernetesScheduler;
	readonly snapshot: Snapshot;
	readonly #random = new SeededRandomSource("1").stream("scheduler/0");
	readonly #cell: KubeCell["cell"];

	constructor(cell: KubeCell["cell"], configuration: object, tieBreak: "first" | "random", keeps: "all" | "nothing") {
		const { profiles } = kubernetesConfigurationSchema.parse({
			apiVersion: "kubescheduler.config.k8s.io/v1",
			kind: "KubeSchedulerConfiguration",
			...configuration,
		});
		this.scheduler = new KubernetesScheduler({ profiles, tieBreak, keeps });
		this.snapshot = new Snapshot(cell);
		this.#cell = cell;
	}

	attempt(pod: PodId) {
		this.snapshot.refresh();
		return written(this.scheduler.attempt(this.#cell.pod(pod), this.snapshot, this.#random));
	}

	decide(pods: readonly PodId[]): Decision {
		this.snapshot.refresh();
		const views = pods.map((pod) => this.#cell.pod(pod));
		return this.scheduler.decide(views, this.snapshot, this.#random);
	}
}

/** Everything that was decided and found out, as plain data. */
function written({ findings, node, preemption, nominations }: Attempted) {
	const candidates = (list: readonly Candidate[]) =>
		list.map((candidate) => ({ ...candidate, victims: candidate.victims.map(({ id }) => id) }));
	return {
		node,
		nominations,
		...(findings !== null && {
			...findings,
			filters: null,
			rejected: findings.rejected.map(({ node: id, plugin, rejection }) => ({
				id,
				plugin,
				reasons: rejection.reasons,
				unresolvable: rejection.unresolvable === true,
			})),
		}),
		preemption: preemption && {
			...preemption,
			candidates: candidates(preemption.candidates),
			tied: candidates(preemption.tied),
			chosen: preemption.chosen && candidates([preemption.chosen]),
		},
	};
}

function plain({ placements, unplaced, preemptions, nominations }: Decision) {
	return {
		placements,
		preemptions,
		nominations,
		unplaced: unplaced.map(({ pod, rejections, nodes }) => ({
			pod: pod.id,
			nodes,
			rejections: [...rejections].sort(),
		})),
	};
}

class Cluster {
	readonly kube = new KubeCell({ objects: OBJECTS });
	readonly pods: PodId[] = [];
	#nodes = 0;

	constructor() {
		this.kube.cell.leavingTakesTime = true;
	}

	manifest(name: string, { labels, spec, allocatable, images }: DrawnNode) {
		const own = labels[KEYS[2]] === undefined ? { [KEYS[2]]: name } : {};
		const metadata = {
			name,
			labels: labels[KEYS[2]] === "" ? { ...labels, [KEYS[2]]: undefined } : { ...labels, ...own },
		};
		const clean = JSON.parse(JSON.stringify({ metadata, spec, status: { allocatable, images } }));
		return nodeFromManifest(nodeSchema.parse(clean));
	}

	add(node: DrawnNode): void {
		this.kube.cell.addNode(this.manifest(`node-${this.#nodes++}`, node));
	}

	get bound(): readonly PodId[] {
		const { cell } = this.kube;
		return this.pods.filter((pod) => cell.pods.has(pod) && cell.pod(pod).node >= 0);
	}

	leave(pod: PodId, why: "deleted" | "preempted"): void {
		this.kube.cell.stopPod(pod, why);
	}

	/** A Service comes or goes, an owner comes that nobody has, a budget allows more or less. */
	declare(which: number): void {
		const { api } = this.kube.cell;
		const { services, owners, budgets } = api.declared;
		const selector = { app: which % 8 < 4 ? "a" : "b" };
		const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "default", name: "r" };
		const changes = [
			{ services: services.length > 1 ? services.slice(1) : [...services, { namespace: "default", selector }] },
			{ services: [] },
			{ owners: [...owners, { ...owner, selector: { matchLabels: selector, matchExpressions: [] } }] },
			{ budgets: budgets.map((budget) => ({ ...budget, disruptionsAllowed: 1 - budget.disruptionsAllowed })) },
		];
		api.declared = { ...api.declared, ...changes[which % 4]! };
	}

	/** `next` is the pod that comes now. */
	happen({ kind, which, node, load }: DrawnEvent, next: PodId): void {
		const { cell } = this.kube;
		const present = cell.nodes.specs.map((_, id) => id as NodeId).filter((id) => cell.nodes.present[id] === 1);
		const chosen = present[which % present.length];
		const bound = this.bound;
		const pod = bound[which % bound.length];
		const pending = this.pods.filter((id) => cell.pods.has(id) && cell.pod(id).node < 0);
		if (kind === "add") this.add(node);
		if (kind === "end" && pod !== undefined) cell.endPod(pod, "deleted");
		if (kind === "objects") this.declare(which);
		if (kind === "leave" && pod !== undefined) this.leave(pod, which % 2 === 0 ? "deleted" : "preempted");
		if (chosen === undefined) return;
		// Measurements of one node, or of all nodes but one, each with other numbers.
		for (const id of kind === "load" ? present.filter((other) => (other === chosen) === (which % 2 === 0)) : []) {
			const [cpuMean, cpuDeviation, memoryMean, memoryDeviation] = [0, 1, 2, 3].map((i) => load[(id + i) % 4]!) as [
				...[number, number, number, number],
			];
			const untilUs = Math.max(0, cell.nowUs - (which % 4) * 20e6);
			cell.nodes.load.report(id, { cpuMean, cpuDeviation, memoryMean, memoryDeviation, untilUs });
		}
		if (kind === "ready") cell.setNodeReady(chosen, cell.nodes.ready[chosen] === 0);
		if (kind === "declare") cell.updateNode(chosen, this.manifest(cell.nodes.specs[chosen]!.name, node));
		if (kind === "remove" && present.length > 1) {
			for (const id of bound) if (cell.pod(id).node === chosen) cell.endPod(id, "deleted");
			cell.removeNode(chosen);
		}
		if (kind !== "promise") return;
		const waits = which % 2 === 0 ? next : pending[which % pending.length]!;
		cell.api.nominations.promise(cell.pod(waits), chosen, cell.nowUs);
	}
}

const scenario = (
	nodes: { minLength: number; maxLength: number },
	steps: number,
	configuration = drawnConfiguration,
	events: fc.Arbitrary<DrawnEvent> = drawnEvent,
) =>
	fc.record({
		nodes: fc.array(drawnNode, { ...nodes, size: "max" }),
		classes: fc.array(drawnPod, { minLength: 1, maxLength: 5, size: "max" }),
		configuration,
		tieBreak: fc.constantFrom("first" as const, "random" as const),
		steps: fc.array(fc.record({ which: fc.nat({ max: 4 }), event: events }), {
			minLength: steps / 2,
			maxLength: steps,
			size: "max",
		}),
	});

type Scenario = typeof scenario extends (...args: never[]) => fc.Arbitrary<infer T> ? T : never;

/** Both schedulers try and decide every pod; what the readable one decides happens. Returns the other. */
function run({ nodes, classes, configuration, tieBreak, steps }: Scenario) {
	const cluster = new Cluster();
	const { cell } = cluster.kube;
	for (const node of nodes) cluster.add(node);
	const [kept, readable] = (["all", "nothing"] as const).map(
		(keeps) => new Side(cell, configuration, tieBreak, keeps),
	) as [Side, Side];
	steps.forEach(({ which, event }, i) => {
		// Pods are new for a minute, to plugins that look at load.
		cluster.kube.clock.nowUs = i * 20e6;
		const drawn = classes[which % classes.length]!;
		const pods = [0, 1].map((n) => cluster.kube.pod(`p${i}-${n}`, { ...drawn.spec }, { ...drawn.metadata }));
		cluster.pods.push(...pods);
		cluster.happen(event, pods[0]!);
		expect(kept.attempt(pods[0]!)).toEqual(readable.attempt(pods[0]!));
		const decision = readable.decide(pods);
		expect(plain(kept.decide(pods))).toEqual(plain(decision));
		expect(kept.scheduler.nextStart).toBe(readable.scheduler.nextStart);
		const { placements, preemptions = [], nominations = [] } = decision;
		cell.commit({ placements, preemptions: [], conflictRule: "fit", atomicity: "incremental" });
		for (const victim of preemptions)
			if (event.which % 2 === 0) cell.endPod(victim, "deleted");
			else cluster.leave(victim, "preempted");
		for (const { pod, node } of nominations) cell.api.nominations.promise(cell.pod(pod), node, cell.nowUs);
	});
	return kept.scheduler;
}

test("what is kept answers as the readable form does: nodes, reasons, scores, winners, victims", () => {
	let [attempts, answered] = [0, 0];
	fc.assert(
		fc.property(scenario({ minLength: 1, maxLength: 9 }, 24), (drawn) => {
			const counters = run(drawn).counters!;
			attempts += counters.attempts;
			answered += counters.kept;
		}),
		{ seed: 5, numRuns: 120 },
	);
	expect(answered / attempts).toBeGreaterThan(0.8);
});

test("so too where only some of the nodes are looked at", () => {
	let sampled = 0;
	fc.assert(
		fc.property(scenario({ minLength: 150, maxLength: 180 }, 12), (drawn) => {
			// The next search begins elsewhere only after a search that stopped early.
			if (run(drawn).nextStart > 0) sampled++;
		}),
		{ seed: 6, numRuns: 12 },
	);
	expect(sampled).toBeGreaterThan(2);
});

test("so too where plugins look at load", () => {
	const often = drawnEvent.chain((event) => fc.constantFrom(event, { ...event, kind: "load" }));
	fc.assert(
		fc.property(scenario({ minLength: 6, maxLength: 9 }, 14, drawnLoadConfiguration, often), (drawn) => {
			run(drawn);
		}),
		{ seed: 7, numRuns: 80 },
	);
});

test("so too where Services, owners and budgets change all the time", () => {
	const often = drawnEvent.chain((event) => fc.constantFrom(event, { ...event, kind: "objects" }));
	fc.assert(
		fc.property(scenario({ minLength: 4, maxLength: 9 }, 24, drawnConfiguration, often), (drawn) => {
			run(drawn);
		}),
		{ seed: 8, numRuns: 80 },
	);
	// Victims are looked for where little room is left, and kept while nothing else changes.
	const budgets = drawnEvent.map((event) => ({ ...event, kind: "objects" as const, which: 4 * event.which + 3 }));
	fc.assert(
		fc.property(scenario({ minLength: 3, maxLength: 4 }, 30, drawnConfiguration, budgets), (drawn) => {
			run(drawn);
		}),
		{ seed: 9, numRuns: 60 },
	);
});
