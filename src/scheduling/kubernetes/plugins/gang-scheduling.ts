/**
 * Gang scheduling of Kubernetes 1.35 (KEP-4671, alpha; pkg/scheduler/framework/plugins/gangscheduling). The pods of a group are
 * not tried before `minCount` of them are there (PreEnqueue); one that has found its node waits there until as many have found
 * theirs (Permit), for five minutes at most. Under the policy `basic` pods are on their own. Pods are tried one by one still, so
 * that two groups may each hold half of what they need until their time is over.
 *
 * Divergence from Kubernetes: Workloads are declared before a run, so that none comes that wakes a pod. A pod counts until it has
 * ended: there are none that are being deleted. If one that waits is given up (deleted, its node lost, its time over), so are all that
 * wait with it, at once. They make room for others, not for pods of their own group. Newer versions (v1alpha2 and later) place a
 * group in one cycle of its own; that is not simulated.
 */
import type { PodClass } from "../../../objects/pod-class.js";
import { workloadGroupOf } from "../../../objects/workload.js";
import type { Rejection } from "../../plugin.js";
import type { CycleView, Known, Permission } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";

const NAME = "GangScheduling";
const TIMEOUT_US = 300_000_000;

export const gangSchedulingDefinition = definePlugin({
	name: NAME,
	summary: "Pod groups of Workloads get nodes together or not at all (Kubernetes 1.35, alpha).",
	byDefault: false,
	args: argsObject({}),
	make: () => ({
		name: NAME,
		looksAt: "pods",
		admits,
		permits,
		wakes: (event, pod) => event.kind === "pod-added" && isSibling(event.pod, pod),
	}),
});

/** PreEnqueue: the pod waits for its Workload, and for enough pods of its group. */
function admits({ spec: { facts } }: PodClass, known: Known): Rejection | null {
	const gang = gangNamed(facts, known.objects);
	if (gang === null) return null;
	if ("missing" in gang) return gang.missing;
	if (known.groups().pods(gang.key).size >= gang.minCount) return null;
	return rejected("waiting for minCount pods from a gang to appear in scheduling queue");
}

/** Permit: the pod counts already, although it is not on its node yet. */
function permits({ pod, objects, groups }: CycleView): Permission {
	const gang = gangNamed(pod.spec.facts, objects);
	if (gang === null) return { kind: "allow", group: null };
	if ("missing" in gang) return { kind: "deny", rejection: gang.missing };
	const { key, minCount } = gang;
	if (groups().assigned(key) + 1 >= minCount) return { kind: "allow", group: key };
	return { kind: "wait", group: key, timeoutUs: TIMEOUT_US, stirs: true };
}

type Named = { readonly key: string; readonly minCount: number } | { readonly missing: Rejection };

/** The gang that the pod names; null if it names none, or one whose pods are on their own. */
function gangNamed(facts: PodClass["spec"]["facts"], { workloads }: Known["objects"]): Named | null {
	const ref = facts.demands?.workload;
	const key = workloadGroupOf(facts);
	if (ref === undefined || key === null) return null;
	const workload = workloads.get(`${facts.namespace}/${ref.name}`);
	if (workload === undefined)
		return { missing: rejected(`waiting for pods's workload "${ref.name}" to appear in scheduling queue`) };
	const group = workload.podGroups.get(ref.podGroup);
	if (group === undefined)
		return { missing: rejected(`pod group "${ref.podGroup}" doesn't exist for a workload "${ref.name}"`) };
	return group.minCount === null ? null : { key, minCount: group.minCount };
}

function isSibling(a: PodClass, b: PodClass): boolean {
	const group = workloadGroupOf(a.spec.facts);
	return group !== null && group === workloadGroupOf(b.spec.facts);
}

function rejected(reason: string): Rejection {
	return { plugin: NAME, reasons: [reason], unresolvable: true };
}
