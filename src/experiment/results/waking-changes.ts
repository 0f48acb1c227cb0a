/**
 * The changes in a cluster after which kube-scheduler tries a pod again that it has turned down: the queueing hints of the plugins
 * that did, in words (the events are those that `scheduling/kubernetes` and Kubernetes 1.34 register).
 */
import type { PodClass } from "../../objects/pod-class.js";
import { formatQuantity } from "../../objects/quantity.js";

/** One entry a plugin; plugins for which no change helps say so. */
export function wakingChanges(
	pod: PodClass,
	plugins: readonly string[],
): readonly { readonly plugin: string; readonly changes: string }[] {
	return plugins.map((plugin) => ({ plugin, changes: CHANGES[plugin]?.(pod) ?? "five minutes without an attempt" }));
}

const COMES_OR_LABELS = "a node comes, or gets other labels";

const CHANGES: Readonly<Record<string, (pod: PodClass) => string>> = {
	SchedulingGates: ({ spec }) => `its scheduling gates are taken away: ${spec.facts.demands?.gates.join(", ") ?? ""}`,
	NodeReady: () => "a node becomes ready",
	NodeUnschedulable: () => "a node comes that is not cordoned, or one is uncordoned",
	NodeName: ({ spec }) => `the node '${spec.facts.nodeName}' comes`,
	TaintToleration: () => "a node comes, or loses taints, so that the pod tolerates the rest; or the pod tolerates more",
	NodeAffinity: () => "a node comes, or gets labels, that the pod's node selector and affinity want",
	NodePorts: () => "a pod with the same host port ends, or a node comes",
	NodeResourcesFit: (pod) =>
		`any pod ends or asks for less, or a node comes or grows to offer ${requestText(pod)} when empty`,
	VolumeRestrictions: () => "a pod that uses the same volume ends, or a node comes",
	NodeVolumeLimits: () => "a pod with claims ends, or a node comes",
	VolumeBinding: () => COMES_OR_LABELS,
	VolumeZone: () => COMES_OR_LABELS,
	PodTopologySpread: () =>
		"a pod that its constraints count comes to a node or ends, or a node comes, goes or is relabelled",
	InterPodAffinity: () =>
		"a pod that its terms want comes to a node, one that they shun ends, or a node comes or is relabelled",
	Coscheduling: () => "a pod comes, ends or asks for less, or a node comes or is changed",
	GangScheduling: () => "a pod of its group comes",
	CapacityScheduling: () => "any pod ends",
};

function requestText({ spec: { requests } }: PodClass): string {
	const wanted = Object.entries(requests).filter(([, amount]) => amount > 0);
	if (wanted.length === 0) return "room for one pod more";
	return wanted.map(([name, amount]) => `${name} ${formatQuantity(amount, name)}`).join(", ");
}
