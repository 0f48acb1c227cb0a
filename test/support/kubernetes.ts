/** Cells made of manifests, and what the Kubernetes scheduler finds out in them. */
import { Cell } from "../../src/cell/cell.js";
import type { PodId } from "../../src/cell/ids.js";
import { Snapshot } from "../../src/cell/snapshot.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import {
	CLUSTER_KINDS,
	type ClusterKind,
	type ClusterManifest,
	clusterObjectsOf,
} from "../../src/objects/cluster-manifests.js";
import { nodeFromManifest, nodeSchema } from "../../src/objects/node.js";
import { podFromManifest, podSchema } from "../../src/objects/pod.js";
import { DEFAULT_CONFIGURATION, kubernetesConfigurationSchema } from "../../src/scheduling/kubernetes/configuration.js";
import {
	type Attempted,
	type KubernetesOptions,
	KubernetesScheduler,
} from "../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import { failureMessage } from "../../src/scheduling/kubernetes/messages.js";
import { arrivalOf } from "./cells.js";

export interface KubeCellOptions {
	/** Fields of a KubeSchedulerConfiguration. */
	readonly configuration?: object;
	readonly tieBreak?: "first" | "random";
	readonly keeps?: KubernetesOptions["keeps"];
	/** Objects besides nodes and pods, by kind. */
	readonly objects?: Partial<Record<ClusterKind, readonly object[]>>;
}

export class KubeCell {
	readonly clock = { nowUs: 0 };
	readonly cell = new Cell(this.clock);
	readonly snapshot = new Snapshot(this.cell);
	readonly scheduler: KubernetesScheduler;
	readonly #random = new SeededRandomSource("1").stream("scheduler/0");

	constructor({ configuration, tieBreak = "first", keeps, objects = {} }: KubeCellOptions = {}) {
		const written = {
			apiVersion: "kubescheduler.config.k8s.io/v1",
			kind: "KubeSchedulerConfiguration",
			...configuration,
		};
		const { profiles } =
			configuration === undefined ? DEFAULT_CONFIGURATION : kubernetesConfigurationSchema.parse(written);
		this.scheduler = new KubernetesScheduler({ profiles, tieBreak, ...(keeps && { keeps }) });
		this.cell.api.declared = clusterObjectsOf(
			Object.entries(objects).flatMap(([kind, list]) =>
				list.map((raw) => {
					const { schema } = CLUSTER_KINDS[kind as ClusterKind];
					return { kind, manifest: schema.parse(raw) } as ClusterManifest;
				}),
			),
		);
		this.cell.trackPods();
	}

	/** A node of 4 cpu and 8 Gi, its name its hostname, unless told otherwise. */
	node(name: string, labels: Readonly<Record<string, string>> = {}, spec: object = {}): this {
		const metadata = { name, labels: { "kubernetes.io/hostname": name, ...labels } };
		this.cell.addNode(
			nodeFromManifest(nodeSchema.parse({ metadata, spec, status: { allocatable: { cpu: "4", memory: "8Gi" } } })),
		);
		return this;
	}

	/** A pending pod of one container that requests 1 cpu and 1 Gi, unless `spec` says otherwise. */
	pod(name: string, spec: object = {}, metadata: object = {}): PodId {
		const containers = [{ name: "c", resources: { requests: { cpu: "1", memory: "1Gi" } } }];
		const manifest = podSchema.parse({ metadata: { name, ...metadata }, spec: { containers, ...spec } });
		const pod = arrivalOf(podFromManifest(manifest, []).spec, Number.POSITIVE_INFINITY, name);
		return this.cell.submit({ timeUs: 0, name, gang: false, pods: [pod] }).pending[0]!;
	}

	try(pod: PodId): Attempted {
		this.snapshot.refresh();
		return this.scheduler.attempt(this.cell.pod(pod), this.snapshot, this.#random);
	}

	/** Tries a pod and binds it if there is a node: its name, or why there is none. */
	place(pod: PodId): string {
		const attempted = this.try(pod);
		if (attempted.node < 0) return failureMessage(attempted);
		this.cell.adoptPod(pod, attempted.node);
		return this.cell.node(attempted.node).name;
	}
}
