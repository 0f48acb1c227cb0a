/**
 * Nodes as the API server has them: what users and controllers say of a node (labels, taints, cordon), and what its kubelet says.
 *
 * Divergence from Kubernetes: of the conditions only Ready is kept; the pressure conditions become Unknown with it. Capacity and
 * addresses are not there.
 */
import { z } from "zod";
import type { SimTime } from "../../engine/time.js";
import { orAbsent } from "../../objects/absent.js";
import { strictObject } from "../../objects/kubernetes-object.js";
import type { ResourceList } from "../../objects/resources.js";
import type { Taint } from "../../objects/spec.js";
import { taintSchema } from "../../objects/toleration-schemas.js";
import type { ApiObject } from "../api-object.js";
import { defineKind } from "./kind.js";

export interface NodeObjectSpec {
	readonly taints: readonly Taint[];
	/** Cordoned: no new pods. */
	readonly unschedulable: boolean;
}

export interface NodeReadiness {
	/** Unknown if its kubelet has not been heard of for too long. */
	readonly status: "True" | "False" | "Unknown";
	readonly reason: string;
	readonly sinceUs: SimTime;
}

export interface NodeObjectStatus {
	readonly ready: NodeReadiness;
	/** What pods can be given of it, canonical units. */
	readonly allocatable: ResourceList;
}

export type NodeObject = ApiObject<NodeObjectSpec, NodeObjectStatus>;

export const nodeKind = defineKind<NodeObjectSpec, NodeObjectStatus>({
	kind: "Node",
	summary: "Labels, taints and cordon of a machine, as the API server has them; the machines come from spec.cluster.",
	apiVersion: "v1",
	names: ["node", "nodes", "no"],
	actions: ["patch", "cordon", "uncordon", "drain", "upgrade"],
	namespaced: false,
	spec: z.strictObject({
		taints: orAbsent(z.array(taintSchema(strictObject)), []),
		unschedulable: orAbsent(z.boolean(), false),
	}),
	status: { ready: { status: "Unknown", reason: "NodeStatusNeverUpdated", sinceUs: 0 }, allocatable: {} },
});

/** Of a node, in the store and in caches. */
export function nodeKey(name: string): string {
	return `/${name}`;
}
