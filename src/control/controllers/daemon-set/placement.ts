/**
 * Which nodes a DaemonSet has pods on, and what its pods are made from there. Source: pkg/controller/daemon (daemon_controller.go,
 * util/daemonset_util.go).
 */

import { containsLabels, matchesTerm, NODE_NAME_FIELD } from "../../../objects/selector.js";
import type { PodFacts } from "../../../objects/spec.js";
import { firstUntolerated } from "../../../objects/tolerations.js";
import type { NodeObject } from "../../kinds/node.js";
import { podSpecOf } from "../../kinds/pod-template.js";
import type { PodTemplate } from "../../pod.js";

export interface Fit {
	/** A pod shall be there. */
	readonly runs: boolean;
	/** A pod that is there may stay. */
	readonly stays: boolean;
}

/** What keeps other pods away from a node does not keep daemons away: `key: effects`. */
const TOLERATED: readonly (readonly [string, string])[] = [
	["node.kubernetes.io/not-ready", "NoExecute"],
	["node.kubernetes.io/unreachable", "NoExecute"],
	["node.kubernetes.io/disk-pressure", "NoSchedule"],
	["node.kubernetes.io/memory-pressure", "NoSchedule"],
	["node.kubernetes.io/pid-pressure", "NoSchedule"],
	["node.kubernetes.io/unschedulable", "NoSchedule"],
];
const ON_HOST_NETWORK = ["node.kubernetes.io/network-unavailable", "NoSchedule"] as const;

/** The pods of `template`, made by a DaemonSet in `namespace`, on a node. */
export function fitOf(template: PodTemplate, namespace: string, { metadata, spec }: NodeObject): Fit {
	const facts = factsOf(template, namespace);
	const { requiredNodeTerms, nodeSelector, nodeName, tolerations } = facts;
	const isSelected =
		(nodeName === null || nodeName === metadata.name) &&
		containsLabels(metadata.labels, nodeSelector) &&
		(requiredNodeTerms === null || requiredNodeTerms.some((term) => matchesTerm(term, metadata.name, metadata.labels)));
	if (!isSelected) return { runs: false, stays: false };
	const stays = firstUntolerated(tolerations, spec.taints, ["NoExecute"]) === null;
	return { runs: stays && firstUntolerated(tolerations, spec.taints, ["NoSchedule"]) === null, stays };
}

/** The template of its pod for one node: it may go to that node only. Each node has one object of it. */
export function templateFor(template: PodTemplate, node: string): PodTemplate {
	let ofNodes = byNode.get(template);
	if (ofNodes === undefined) {
		ofNodes = new Map();
		byNode.set(template, ofNodes);
	}
	let own = ofNodes.get(node);
	if (own === undefined) {
		own = pinned(tolerant(template), node);
		ofNodes.set(node, own);
	}
	return own;
}

const byNode = new WeakMap<PodTemplate, Map<string, PodTemplate>>();

function factsOf(template: PodTemplate, namespace: string): PodFacts {
	return podSpecOf(tolerant(template), namespace, []).facts;
}

function tolerant(template: PodTemplate): PodTemplate {
	let own = tolerants.get(template);
	if (own === undefined) {
		const written = (template.spec["tolerations"] ?? []) as readonly unknown[];
		const keys = template.spec["hostNetwork"] === true ? [...TOLERATED, ON_HOST_NETWORK] : TOLERATED;
		const added = keys.map(([key, effect]) => ({ key, operator: "Exists", effect }));
		own = { ...template, spec: { ...template.spec, tolerations: [...written, ...added] } };
		tolerants.set(template, own);
	}
	return own;
}

const tolerants = new WeakMap<PodTemplate, PodTemplate>();

/** Its own terms have been looked at: the name takes their place. */
function pinned(template: PodTemplate, node: string): PodTemplate {
	const affinity = (template.spec["affinity"] ?? {}) as { readonly nodeAffinity?: object };
	const terms = [{ matchFields: [{ key: NODE_NAME_FIELD, operator: "In", values: [node] }] }];
	const nodeAffinity = {
		...affinity.nodeAffinity,
		requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
	};
	return { ...template, spec: { ...template.spec, affinity: { ...affinity, nodeAffinity } } };
}
