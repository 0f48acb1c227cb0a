/** Runs a scenario through our scheduler and writes down what it decided. */
import type { PodId } from "../../../src/cell/ids.js";
import { placedPod } from "../../../src/cell/placed-pod.js";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { PLAIN_FACTS } from "../../../src/objects/spec.js";
import {
	type KubernetesConfiguration,
	kubernetesConfigurationSchema,
} from "../../../src/scheduling/kubernetes/configuration.js";
import {
	type Attempted,
	type KubernetesOptions,
	KubernetesScheduler,
} from "../../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import { Cluster, EPOCH_US, keyOf, nodeSpec, objectsOf, podSpec } from "./cluster.js";
import type { Golden, Raw, Scenario, Step } from "./golden.js";
import { decisionOf } from "./record.js";

/** Seconds, cut to whole milliseconds. */
export function wholeMillis(us: number): number {
	return Math.floor(us / 1000) / 1000;
}

export class Replay {
	readonly cluster: Cluster;
	readonly configuration: KubernetesConfiguration;
	readonly scheduler: KubernetesScheduler;
	readonly #scenario: Scenario;
	readonly #random = new SeededRandomSource("conformance").stream("scheduler/0");
	readonly #attempts = new Map<string, number>();
	readonly #preempted: string[] = [];
	#bindings = 0;
	/** Victims that still run. */
	readonly #leaving = new Set<PodId>();
	readonly #parallelism: number;

	constructor(scenario: Scenario, keeps: KubernetesOptions["keeps"]) {
		this.#scenario = scenario;
		this.cluster = new Cluster(scenario);
		this.cluster.cell.api.declared = objectsOf(scenario);
		this.configuration = kubernetesConfigurationSchema.parse(scenario.schedulerConfiguration);
		const { profiles } = this.configuration;
		this.scheduler = new KubernetesScheduler({ profiles, tieBreak: "first", ...(keeps && { keeps }) });
		this.#parallelism = scenario.schedulerConfiguration["parallelism"] as number;
	}

	run(): Golden {
		const { pods, steps, order } = this.#scenario;
		const decisions: Raw[] = [];
		for (const raw of pods) this.cluster.submit(keyOf(raw), podSpec(raw));
		const header = this.header();
		if (steps !== undefined && steps.length > 0) for (const step of steps) decisions.push(...this.#step(step));
		else {
			const keys = pods.map(keyOf);
			for (const key of order === "queue" ? this.#queueOrder(keys) : keys) decisions.push(...this.#schedule(key));
		}
		return { ...header, decisions, ...this.outcome() };
	}

	/** What is known before the first decision. */
	header(): Raw {
		const { snapshot } = this.cluster;
		const { scores, filters } = this.configuration.profiles[0]!;
		snapshot.refresh();
		return {
			scoreWeights: Object.fromEntries(scores.map(({ plugin, weight }) => [plugin.name, weight])),
			filterOrder: filters.map(({ name }) => name),
			snapshotNodeOrder: this.scheduler.nodeOrder(snapshot).map((node) => this.cluster.nodeName(node)),
		};
	}

	/** Priority, then arrival; gated pods never come to the head. */
	#queueOrder(keys: readonly string[]): readonly string[] {
		const view = (key: string) => this.cluster.cell.pod(this.cluster.pod(key)!);
		const gated = (key: string) => (view(key).podClass.spec.facts.demands?.gates.length ?? 0) > 0;
		const open = keys.filter((key) => !gated(key)).sort((a, b) => view(b).priority - view(a).priority);
		return [...open, ...keys.filter(gated)];
	}

	#step({ op, pod: key, node }: Step): readonly Raw[] {
		const { cell } = this.cluster;
		switch (op) {
			case "schedule":
				return this.#schedule(key!);
			case "removeVictims":
				for (const victim of this.#leaving) if (cell.pods.has(victim)) this.remove(victim);
				this.#leaving.clear();
				return [];
			case "removeGates":
				this.#replace(key!, { gates: [] });
				return [];
			case "addNode":
				cell.addNode(nodeSpec(node!));
				return [];
			case "updateNode": {
				const spec = nodeSpec(node!);
				cell.updateNode(this.cluster.nodeNamed(spec.name), spec);
				return [];
			}
			case "deletePod": {
				const pod = this.cluster.pod(key!);
				if (pod !== undefined) cell.endPod(pod, "deleted");
				return [];
			}
		}
	}

	/** A pod's demands change while it waits. */
	#replace(key: string, change: { readonly gates: readonly string[] }): void {
		const { cell } = this.cluster;
		const pod = this.cluster.pod(key)!;
		const { spec } = cell.pod(pod).podClass;
		cell.endPod(pod, "deleted");
		const demands = { ...spec.facts.demands!, ...change };
		this.cluster.submit(key, { ...spec, facts: { ...spec.facts, demands } });
	}

	#schedule(key: string): readonly Raw[] {
		const decisions: Raw[] = [];
		for (;;) {
			const pod = this.cluster.pod(key);
			if (pod === undefined || this.cluster.cell.pod(pod).node >= 0) return decisions;
			const attempted = this.attempt(key, pod);
			decisions.push(this.record(key, attempted));
			this.nominate(attempted);
			this.#hollowOut(pod);
			if (attempted.node >= 0) this.#bind(pod, attempted);
			const victims = attempted.preemption?.chosen?.victims ?? [];
			if (victims.length === 0) return decisions;
			if (this.#scenario.preemptionMode === "deferred") {
				this.cluster.cell.leavingTakesTime = true;
				for (const { id } of victims) this.cluster.cell.stopPod(id, "preempted");
				for (const { id } of victims) this.#leaving.add(id);
				return decisions;
			}
			for (const { id } of victims) this.remove(id);
		}
	}

	/**
	 * The recorder keeps pods out of the queue, where the real scheduler looks up what the pods that wait for a node demand. It
	 * finds nothing: to the filters of others they are pods without any demand. Their priority counts when claims are cleared.
	 */
	#hollowOut(pod: PodId): void {
		const { cell } = this.cluster;
		const node = cell.api.nominations.nodeOf(pod);
		if (node === undefined) return;
		const { namespace, priority } = cell.pod(pod).podClass.spec.facts;
		const facts = { ...PLAIN_FACTS, namespace, priority };
		const podClass = cell.classes.intern({ facts, requests: {}, gpu: null });
		cell.api.nominations.add({ ...placedPod(cell.pod(pod), 0, this.cluster.clock.nowUs), podClass }, node);
	}

	/** What the API server is told of an attempt. */
	nominate({ nominations }: Attempted): void {
		const { cell } = this.cluster;
		for (const { pod, node } of nominations) cell.api.nominations.promise(cell.pod(pod), node, cell.nowUs);
	}

	remove(victim: PodId): void {
		this.#preempted.push(this.cluster.podName(victim));
		this.cluster.cell.endPod(victim, "deleted");
	}

	attempt(key: string, pod: PodId): Attempted {
		const { snapshot, cell } = this.cluster;
		snapshot.refresh();
		this.#attempts.set(key, (this.#attempts.get(key) ?? 0) + 1);
		return this.scheduler.attempt(cell.pod(pod), snapshot, this.#random);
	}

	record(key: string, attempted: Attempted, timed?: { readonly attempt: number; readonly timeUs: number }): Raw {
		const startUs = timed === undefined ? (this.#bindings + 1) * 1_000_000 : timed.timeUs;
		return decisionOf(this.cluster, attempted, {
			pod: key,
			attempt: timed?.attempt ?? this.#attempts.get(key)!,
			startTime: `${new Date((EPOCH_US + startUs) / 1000).toISOString().slice(0, 19)}Z`,
			nextStart: this.#parallelism === 1 ? this.scheduler.nextStart : null,
			time: timed === undefined ? null : wholeMillis(timed.timeUs),
		});
	}

	#bind(pod: PodId, { node }: Attempted): void {
		this.cluster.clock.nowUs = EPOCH_US + ++this.#bindings * 1_000_000;
		this.cluster.cell.adoptPod(pod, node);
	}

	outcome(): Raw {
		const finalAssignments: Record<string, string> = {};
		const finalNominations: Record<string, string> = {};
		for (const raw of this.#scenario.pods) {
			const key = keyOf(raw);
			const pod = this.cluster.pod(key);
			if (pod === undefined) continue;
			const { node, podClass } = this.cluster.cell.pod(pod);
			// What a manifest names stays, whether the scheduler agrees or not.
			finalAssignments[key] = this.cluster.nodeName(node) || (podClass.spec.facts.nodeName ?? "");
			const nominated = this.cluster.cell.api.nominations.nodeOf(pod);
			if (nominated !== undefined) finalNominations[key] = this.cluster.nodeName(nominated);
		}
		return {
			finalAssignments,
			...(Object.keys(finalNominations).length > 0 && { finalNominations }),
			...(this.#preempted.length > 0 && { preempted: this.#preempted }),
		};
	}
}
