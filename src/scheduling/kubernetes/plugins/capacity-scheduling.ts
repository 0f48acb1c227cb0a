/**
 * Namespaces share the cluster by ElasticQuotas: each may use more than it is guaranteed as long as all together use no more than
 * all are guaranteed, and what it has borrowed is taken back when others want what is theirs (pkg/capacityscheduling of
 * kubernetes-sigs/scheduler-plugins). In a profile it takes the place of DefaultPreemption, which knows nothing of quotas.
 *
 * Divergence from CapacityScheduling: who takes back what its namespace is guaranteed keeps its claim to the node also against pods
 * of higher priority. Pods that were stopped are back in the queue at once, where in a cluster they first have to end and to be
 * made anew: those of higher priority would take the room again before it comes to the one that made it. And nobody stops others
 * for what its quota does not allow together with those that wait for their nodes, which PreFilter would not let it have: in the
 * original each of two such pods makes room, and keeps the other from it.
 */
import type { PlacedPod } from "../../../cell/placed-pod.js";
import type { ResourceList } from "../../../objects/resources.js";
import type { PluginRejection } from "../cycle.js";
import type { CycleView, KubernetesPlugin } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { priorityOf } from "../priority.js";
import type { QuotaLedger } from "../quota-usage.js";
import { lowerPriority, type NodeVictims, type VictimRules } from "../victim-rules.js";
import { byImportance } from "../victims.js";

const NAME = "CapacityScheduling";

export const capacitySchedulingDefinition = definePlugin({
	name: NAME,
	summary: "Namespaces share the cluster by ElasticQuotas, and lend what they do not use.",
	byDefault: false,
	args: argsObject({}),
	make: (): KubernetesPlugin => ({
		name: NAME,
		looksAt: "pods",
		turnsDown(view) {
			const { namespace } = view.pod.spec.facts;
			const quota = view.objects.quotas.get(namespace);
			if (quota === undefined) return null;
			const ledger = view.quotas();
			const { ofNamespace, ofAll } = expected(view, ledger);
			if (ledger.overMaxWith(quota, ofNamespace))
				return { plugin: NAME, reasons: [`ElasticQuota ${namespace} is more than Max`] };
			if (ledger.overAllMinsWith(ofAll)) return { plugin: NAME, reasons: ["total ElasticQuota used is more than min"] };
			return null;
		},
		wakes: ({ kind }) => kind === "pod-removed",
		preempts: {
			minCandidateNodesPercentage: 100,
			minCandidateNodesAbsolute: 0,
			fromFirst: true,
			rules: quotaRules,
			keepsClaim,
		},
	}),
});

/**
 * The request of the pod, and of those that wait for a node of their own: of its namespace those of at least its priority, and of
 * all namespaces those too that do not use more than they are guaranteed.
 */
function expected(view: CycleView, ledger: QuotaLedger) {
	const { pod, podId, nominations } = view;
	const ofNamespace: Record<string, number> = { ...pod.spec.requests };
	const ofAll: Record<string, number> = { ...pod.spec.requests };
	const { namespace } = pod.spec.facts;
	for (const node of nominations.nodes) {
		for (const { id, podClass } of nominations.on(node)) {
			const quota = ledger.quotaOf(podClass);
			if (id === podId || quota === undefined) continue;
			const own = podClass.spec.facts.namespace === namespace;
			if (own && priorityOf(podClass) < priorityOf(pod)) continue;
			if (!own && ledger.overMin(quota)) continue;
			if (own) add(ofNamespace, podClass.spec.requests);
			add(ofAll, podClass.spec.requests);
		}
	}
	return { ofNamespace, ofAll };
}

function add(amounts: Record<string, number>, more: ResourceList): void {
	for (const [name, amount] of Object.entries(more)) amounts[name] = (amounts[name] ?? 0) + amount;
}

const EXCEEDED: PluginRejection = {
	plugin: NAME,
	rejection: { plugin: NAME, reasons: ["global quota max exceeded"] },
};

/**
 * Whom a pod may stop. Within what its namespace is guaranteed: pods of other namespaces that use more than they are guaranteed,
 * whatever their priority, and no more of them than that. Beyond it: pods of lower priority of its own namespace. Pods of namespaces
 * without a quota are a world of their own.
 */
function quotaRules(view: CycleView): VictimRules {
	const { objects } = view;
	const { namespace } = view.pod.spec.facts;
	const quota = objects.quotas.get(namespace);
	const isLower = lowerPriority(view).makesRoom;
	const hasQuota = ({ podClass }: PlacedPod) => objects.quotas.has(podClass.spec.facts.namespace);
	if (quota === undefined) {
		const mayStop = (other: PlacedPod) => !hasQuota(other) && isLower(other);
		return { onNode: () => ({ ...lowerPriority(view).onNode(), mayStop }), makesRoom: mayStop, local: true };
	}
	const before = view.quotas();
	const { ofNamespace, ofAll } = expected(view, before);
	const borrows = before.overMinWith(quota, ofNamespace);
	const isOwn = ({ podClass }: PlacedPod) => podClass.spec.facts.namespace === namespace;
	const hasBorrowed = ({ podClass }: PlacedPod, ledger: QuotaLedger) => ledger.overMin(ledger.quotaOf(podClass)!);
	const exceeds = (ledger: QuotaLedger) => ledger.overMaxWith(quota, ofNamespace) || ledger.overAllMinsWith(ofAll);
	const onNode = (): NodeVictims => {
		const ledger = before.copy();
		return {
			// Of what was borrowed the least important goes first.
			order: (pods) => [...pods].sort((a, b) => byImportance(b, a) || b.id - a.id),
			mayStop: (other) =>
				hasQuota(other) && (borrows ? isOwn(other) && isLower(other) : !isOwn(other) && hasBorrowed(other, ledger)),
			moved: ({ podClass }, change) => ledger.moved(podClass, change),
			forbids: () => (exceeds(ledger) ? EXCEEDED : null),
			mayStay: () => !exceeds(ledger),
		};
	};
	const makesRoom = (other: PlacedPod) =>
		hasQuota(other) && (isOwn(other) ? isLower(other) : !borrows && hasBorrowed(other, before));
	return { onNode, makesRoom, local: false };
}

/** Whether the claimant only takes what its namespace is guaranteed, and not from its own. */
function keepsClaim(view: CycleView, { podClass }: PlacedPod): boolean {
	const { facts, requests } = podClass.spec;
	const quota = view.objects.quotas.get(facts.namespace);
	if (quota === undefined || facts.namespace === view.pod.spec.facts.namespace) return false;
	return !view.quotas().overMinWith(quota, requests);
}
