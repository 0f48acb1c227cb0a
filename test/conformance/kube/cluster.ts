/** The cluster of a scenario: a cell with its nodes and pods, and the objects around them. */
import { Cell } from "../../../src/cell/cell.js";
import type { NodeId, PodId } from "../../../src/cell/ids.js";
import { Snapshot } from "../../../src/cell/snapshot.js";
import {
	CLUSTER_KINDS,
	type ClusterKind,
	type ClusterManifest,
	clusterObjectsOf,
} from "../../../src/objects/cluster-manifests.js";
import type { ClusterObjects } from "../../../src/objects/cluster-objects.js";
import { nodeFromManifest, nodeSchema } from "../../../src/objects/node.js";
import { podFromManifest, podSchema } from "../../../src/objects/pod.js";
import type { NodeSpec, PodSpec } from "../../../src/objects/spec.js";
import { arrivalOf } from "../../support/cells.js";
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
		const pod = arrivalOf(spec, Number.POSITIVE_INFINITY, key);
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

export function objectsOf(scenario: Scenario): ClusterObjects {
	const read = (kind: ClusterKind, raws: readonly Raw[] = []) =>
		raws.map((raw) => ({ kind, manifest: CLUSTER_KINDS[kind].schema.parse(raw) }) as ClusterManifest);
	return clusterObjectsOf([
		...read("Namespace", scenario.namespaces),
		...read("Service", scenario.services),
		...read("ReplicationController", scenario.replicationControllers),
		...read("ReplicaSet", scenario.replicaSets),
		...read("StatefulSet", scenario.statefulSets),
		...read("PodDisruptionBudget", scenario.podDisruptionBudgets),
	]);
}
