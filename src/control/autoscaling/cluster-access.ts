/** What autoscalers need besides what every controller has: the cell for trials, who rents out machines, and what schedulers would say. */
import type { Cell } from "../../cell/cell.js";
import type { NodeId, PodId } from "../../cell/ids.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { NodeSpec } from "../../objects/spec.js";
import type { ControllerContext } from "../controller.js";
import { fitOf } from "../controllers/daemon-set/placement.js";
import type { DaemonSet } from "../kinds/daemon-set.js";
import type { NodeObject } from "../kinds/node.js";
import { podSpecOf } from "../kinds/pod-template.js";
import type { Pod, PodTemplate } from "../pod.js";
import type { Cloud } from "./cloud.js";
import { type PodFilters, type TrialPod, WhatIfCluster } from "./what-if-cluster.js";

export interface ClusterAccess {
	readonly cell: Cell;
	readonly cloud: Cloud;
	readonly filters: PodFilters;
	/** The pod of the cell behind an object; undefined while there is none. */
	readonly podOf: (uid: number) => PodId | undefined;
}

/** A pod without a node. */
export interface PendingPod extends TrialPod {
	readonly object: Pod;
}

/** Looks at the cluster for an autoscaler. */
export class ClusterView {
	readonly #access: ClusterAccess;
	readonly #seen: ControllerContext["seen"];
	/** Of the templates of DaemonSets, kept. */
	readonly #daemons = new Map<PodTemplate, PodClass>();

	constructor(access: ClusterAccess, seen: ControllerContext["seen"]) {
		this.#access = access;
		this.#seen = seen;
		access.cell.trackPods();
	}

	whatIf(): WhatIfCluster {
		return new WhatIfCluster(this.#access.cell, this.#access.filters);
	}

	nodeNamed(name: string): NodeId | undefined {
		return this.#access.cell.nodeNamed(name);
	}

	inCell({ metadata }: Pod): PodId | undefined {
		const id = this.#access.podOf(metadata.uid);
		return id !== undefined && this.#access.cell.pods.has(id) ? id : undefined;
	}

	/** As trials put it on nodes; null for a pod that the cell does not have. */
	trialOf(pod: Pod): PendingPod | null {
		const id = this.inCell(pod);
		if (id === undefined) return null;
		return { object: pod, podClass: this.#access.cell.pod(id).podClass, name: pod.metadata.name };
	}

	/**
	 * Pods that were turned down by all nodes and wait, but for those of DaemonSets and those that were promised a node. Pods like them
	 * count too: a queue may try one of many that are equal.
	 */
	unschedulable(priorityCutoff = Number.NEGATIVE_INFINITY): readonly PendingPod[] {
		const waiting = [...this.#seen.all("Pod").values()].flatMap((object) => {
			const pod = object as Pod;
			const { spec, status, metadata } = pod;
			if (spec.nodeName !== "" || metadata.deletedUs !== null || status.phase !== "Pending") return [];
			if (metadata.owner?.kind === "DaemonSet" || status.nominatedNode !== "") return [];
			const trial = this.trialOf(pod);
			return trial === null || trial.podClass.spec.facts.priority < priorityCutoff ? [] : [trial];
		});
		const turnedDown = new Set(
			waiting.filter(({ object }) => object.status.unschedulable !== "").map(({ podClass }) => podClass),
		);
		return waiting.filter(({ podClass }) => turnedDown.has(podClass));
	}

	/** What DaemonSets would put on a node. */
	daemonsOn({ name, labels, taints, unschedulable, allocatable }: NodeSpec): readonly TrialPod[] {
		const metadata = { name, labels } as NodeObject["metadata"];
		const node = { kind: "Node", metadata, spec: { taints, unschedulable }, status: { allocatable } } as NodeObject;
		const daemons: TrialPod[] = [];
		for (const object of this.#seen.all("DaemonSet").values()) {
			const { spec, metadata } = object as DaemonSet;
			if (!fitOf(spec.template, metadata.namespace, node).runs) continue;
			let podClass = this.#daemons.get(spec.template);
			if (podClass === undefined) {
				podClass = this.#access.cell.classes.intern(podSpecOf(spec.template, metadata.namespace, []));
				this.#daemons.set(spec.template, podClass);
			}
			daemons.push({ podClass, name: metadata.name });
		}
		return daemons;
	}
}
