/**
 * What people declare, reduced to what a simulation needs: the canonical node and pod that every input format produces.
 * Canonical units (see `resources.ts`), no Kubernetes text forms left.
 */

import type { AttributeConstraints } from "./attribute-constraints.js";
import type { PodDemands } from "./pod-demands.js";
import type { PodRun } from "./pod-run.js";
import type { ResourceList } from "./resources.js";
import type { NodeSelectorTerm, PreferredNodeTerm } from "./selector.js";
import type { ServicePlacement } from "./service-placement.js";

export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

/** Kubernetes core/v1 Taint. */
export interface Taint {
	readonly key: string;
	readonly value: string;
	readonly effect: TaintEffect;
}

/** Kubernetes core/v1 Toleration; an absent key with `Exists` tolerates everything, an absent effect means every effect. */
export interface Toleration {
	readonly key: string | null;
	readonly operator: "Exists" | "Equal";
	readonly value: string;
	readonly effect: TaintEffect | null;
	/** For NoExecute: how long the pod stays once the taint is there, seconds from 0; null stays for ever. */
	readonly tolerationSeconds: number | null;
}

/** GPU devices of a node; each device offers 1000 milli. */
export interface GpuDevices {
	readonly count: number;
	/** Card model, "" if unknown. */
	readonly model: string;
}

/** GPU request of a pod: `count` devices, `milli` of each (1000 = a whole device; less only with one device). */
export interface GpuRequest {
	readonly count: number;
	readonly milli: number;
	/** Card models the pod accepts; empty accepts any. */
	readonly models: readonly string[];
}

export interface NodeSpec {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly taints: readonly Taint[];
	/** Kubernetes `spec.unschedulable` (cordoned). */
	readonly unschedulable: boolean;
	/** What pods may request. `gpu` is not listed here: it follows from `gpu`. `pods` absent means 110, the kubelet's default. */
	readonly allocatable: ResourceList;
	/** What there really is for pods, where an overcommit policy offers something else; absent: `allocatable`. */
	readonly backed?: ResourceList;
	readonly gpu: GpuDevices | null;
	/** The alloc set of which it is an alloc, the part of a machine that a pod reserves; absent for machines. */
	readonly alloc?: string;
	/** What it costs an hour, in any currency; absent means nothing. */
	readonly price?: number;
	/** Container images on the node; absent means none. */
	readonly images?: readonly NodeImage[];
}

/** A container image on a node, under all its names. */
export interface NodeImage {
	readonly names: readonly string[];
	readonly sizeBytes: number;
}

/** Everything about a pod that is not an amount. Pods made from one template share one object, so that interning is a pointer look-up. */
export interface PodFacts {
	readonly namespace: string;
	readonly labels: Readonly<Record<string, string>>;
	/** Higher goes first; Kubernetes `spec.priority`. */
	readonly priority: number;
	/** Workload class for grouping in metrics, e.g. the priority class name or the QoS of a trace; "" if none. */
	readonly className: string;
	readonly schedulerName: string;
	/** Kubernetes `spec.nodeName` in the input: the only node allowed, or null. */
	readonly nodeName: string | null;
	readonly nodeSelector: Readonly<Record<string, string>>;
	/** Required node affinity: terms are alternatives; null places no demand. */
	readonly requiredNodeTerms: readonly NodeSelectorTerm[] | null;
	readonly preferredNodeTerms: readonly PreferredNodeTerm[];
	readonly tolerations: readonly Toleration[];
	/** The alloc set of which it is an alloc: it reserves, and other pods run in it; absent for pods that run themselves. */
	readonly alloc?: string;
	/** What only Marathon's scheduler looks at; absent if there is nothing of it. */
	readonly constraints?: AttributeConstraints;
	/** What only Swarm's scheduler looks at; absent if there is nothing of it. */
	readonly placement?: ServicePlacement;
	/** What only schedulers of Kubernetes' kind look at; absent if there is nothing of it. */
	readonly demands?: PodDemands;
}

export interface PodSpec {
	readonly facts: PodFacts;
	/** Effective requests (init containers, sidecars, overhead counted in), without `pods` and `gpu`; zeros left out. */
	readonly requests: ResourceList;
	readonly gpu: GpuRequest | null;
	/** Its containers; absent if only the sum is known. Not part of what makes a pod class: ask the pod's own spec. */
	readonly run?: PodRun;
}

/** Facts of a pod that asks for nothing special. */
export const PLAIN_FACTS: PodFacts = {
	namespace: "default",
	labels: {},
	priority: 0,
	className: "",
	schedulerName: "default-scheduler",
	nodeName: null,
	nodeSelector: {},
	requiredNodeTerms: null,
	preferredNodeTerms: [],
	tolerations: [],
};
