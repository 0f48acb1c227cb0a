/** The cluster of a scenario: a cell with its nodes and pods, and the objects around them. */
import { Cell } from "../../../src/cell/cell.js";
import type { NodeId, PodId } from "../../../src/cell/ids.js";
import { Snapshot } from "../../../src/cell/snapshot.js";
import type { ClusterObjects, PodOwner } from "../../../src/objects/cluster-objects.js";
import { disruptionBudgetSchema } from "../../../src/objects/disruption-budget.js";
import { lenientObject } from "../../../src/objects/kubernetes-object.js";
import { nodeFromManifest, nodeSchema } from "../../../src/objects/node.js";
import { podFromManifest, podSchema } from "../../../src/objects/pod.js";
import { labelSelectorSchema } from "../../../src/objects/selector-schemas.js";
import type { NodeSpec, PodSpec } from "../../../src/objects/spec.js";
import { NO_STORAGE } from "../../../src/objects/storage.js";
import type { Raw, Scenario } from "./golden.js";

/** 2026-01-01T00:00:00Z, microseconds since 1970. */
export const EPOCH_US = Date.UTC(2026, 0, 1) * 1000;

export class Cluster {
	readonly clock = { nowUs: EPOCH_US };
	readonly cell = new Cell(this.clock);
	readonly snapshot = new Snapshot(this.cell);
	readonly #pods = new Map<string, PodId>();

	constructor(scenario: Scenario) {
		this.cell.trackPods();
		for (const node of scenario.nodes) this.cell.addNode(nodeSpec(node));
		for (const raw of scenario.boundPods ?? []) {
			const { spec, startedUs, key } = boundPod(raw);
			this.clock.nowUs = startedUs;
			const id = this.submit(key, { ...spec, facts: { ...spec.facts, nodeName: null } });
			this.cell.adoptPod(id, this.nodeNamed(spec.facts.nodeName!));
		}
		this.clock.nowUs = EPOCH_US;
	}

	submit(key: string, spec: PodSpec): PodId {
		const pod = {
			name: key,
			spec,
			durationUs: Number.POSITIVE_INFINITY,
			exit: "succeeded" as const,
			cpuUsageFraction: 1,
			memoryUsageFraction: 1,
			observedStartUs: Number.NaN,
			censored: false,
		};
		const job = this.cell.submit({ timeUs: this.clock.nowUs, name: key, gang: false, pods: [pod] });
		const id = job.pending[0]!;
		this.#pods.set(key, id);
		return id;
	}

	/** The pod by `namespace/name`, or undefined if it is gone. */
	pod(key: string): PodId | undefined {
		const id = this.#pods.get(key);
		return id !== undefined && this.cell.pods.has(id) ? id : undefined;
	}

	nodeNamed(name: string): NodeId {
		const node = this.cell.nodeNamed(name);
		if (node === undefined) throw new Error(`no node '${name}'`);
		return node;
	}

	/** "" for no node. */
	nodeName(node: NodeId): string {
		return node < 0 ? "" : this.cell.node(node).name;
	}

	podName(pod: PodId): string {
		return this.cell.pod(pod).name;
	}
}

export function keyOf(raw: Raw): string {
	const { namespace, name } = podSchema.parse(raw).metadata;
	return `${namespace}/${name}`;
}

export function podSpec(raw: Raw): PodSpec {
	return podFromManifest(podSchema.parse(raw), []).spec;
}

export function nodeSpec(raw: Raw): NodeSpec {
	return nodeFromManifest(nodeSchema.parse(raw));
}

function boundPod(raw: Raw) {
	const manifest = podSchema.parse(raw);
	const { namespace, name, spec, acknowledgedAtUs } = podFromManifest(manifest, []);
	return { key: `${namespace}/${name}`, spec, startedUs: acknowledgedAtUs! };
}

interface Named {
	readonly name: string;
	readonly namespace?: string;
	readonly labels?: Readonly<Record<string, string>>;
}

interface Selecting {
	readonly metadata: Named;
	readonly spec?: { readonly selector?: unknown };
}

const selector = labelSelectorSchema(lenientObject);

export function objectsOf(scenario: Scenario): ClusterObjects {
	const typed = (raws: readonly Raw[] | undefined) => (raws ?? []) as unknown as readonly Selecting[];
	const owner = (apiVersion: string, kind: string, raws: readonly Raw[] | undefined): PodOwner[] =>
		typed(raws).map(({ metadata: { namespace = "default", name }, spec }) => {
			const given = kind === "ReplicationController" ? { matchLabels: spec?.selector } : spec?.selector;
			return { apiVersion, kind, namespace, name, selector: selector.parse(given) };
		});
	return {
		namespaces: new Map(typed(scenario.namespaces).map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
		services: typed(scenario.services).flatMap(({ metadata: { namespace = "default" }, spec }) =>
			spec?.selector ? [{ namespace, selector: spec.selector as Readonly<Record<string, string>> }] : [],
		),
		owners: [
			...owner("v1", "ReplicationController", scenario.replicationControllers),
			...owner("apps/v1", "ReplicaSet", scenario.replicaSets),
			...owner("apps/v1", "StatefulSet", scenario.statefulSets),
		],
		budgets: (scenario.podDisruptionBudgets ?? []).map((raw) => disruptionBudgetSchema.parse(raw)),
		storage: NO_STORAGE,
	};
}
