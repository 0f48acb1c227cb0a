/**
 * Which pods a node would have to give up for a pod, and on which of several nodes that does least harm
 * (pkg/scheduler/framework/plugins/defaultpreemption).
 */
import type { NodeId, PodId } from "../../cell/ids.js";
import type { PlacedPod } from "../../cell/placed-pod.js";
import { Trial } from "../../cell/trial.js";
import { type DisruptionBudget, protects } from "../../objects/disruption-budget.js";
import { type ActiveFilters, filterWithNominated, forkFilters, movePod, type PluginRejection } from "./cycle.js";
import type { CycleView } from "./plugin.js";
import { priorityOf } from "./priority.js";
import type { VictimRules } from "./victim-rules.js";

/** A node on which stopping `victims` would make room. */
export interface Candidate {
	readonly node: NodeId;
	/** The most important first; at least one. */
	readonly victims: readonly PlacedPod[];
	/** Victims that a disruption budget protects. */
	readonly violations: number;
}

const NO_VICTIMS: PluginRejection = {
	plugin: "DefaultPreemption",
	rejection: {
		plugin: "DefaultPreemption",
		reasons: ["No preemption victims found for incoming pod"],
		unresolvable: true,
	},
};

/**
 * Takes all pods that may be stopped off the node, and brings them back one by one, those that a budget protects first, then the
 * more important first, as long as the pod still fits. Those that cannot come back are the victims.
 */
export function selectVictims(
	view: CycleView,
	filters: ActiveFilters,
	id: NodeId,
	rules: VictimRules,
): Candidate | PluginRejection {
	const node = view.nodes.view(id);
	const rule = rules.onNode();
	const inOrder = rule.order(node.pods);
	if (!inOrder.some((pod) => rule.mayStop(pod))) return NO_VICTIMS;
	const trial = new Trial(view.nodes, id);
	const forked = forkFilters(filters);
	const move = (pod: PlacedPod, change: 1 | -1) => {
		if (change > 0) trial.add(pod);
		else trial.remove(pod);
		movePod(forked, pod, node, change);
		rule.moved(pod, change);
	};
	const gone: PlacedPod[] = [];
	for (const pod of inOrder) {
		if (!rule.mayStop(pod)) continue;
		move(pod, -1);
		gone.push(pod);
	}
	const rejection = filterWithNominated(forked, view, id) ?? rule.forbids();
	if (rejection !== null) {
		trial.end();
		return rejection;
	}
	const { violating, others } = splitByBudgets(gone.sort(byImportance), view.objects.budgets);
	const victims: PlacedPod[] = [];
	let violations = 0;
	for (const pod of [...violating, ...others]) {
		move(pod, 1);
		if (filterWithNominated(forked, view, id) === null && rule.mayStay()) continue;
		move(pod, -1);
		victims.push(pod);
		if (violating.includes(pod)) violations++;
	}
	trial.end();
	return victims.length === 0 ? NO_VICTIMS : { node: id, victims: victims.sort(byImportance), violations };
}

/** The more important pod first: higher priority, then longer on its node. */
export function byImportance(a: PlacedPod, b: PlacedPod): number {
	return priorityOf(b.podClass) - priorityOf(a.podClass) || a.sinceUs - b.sinceUs;
}

/** Goes through the pods and counts each down in its budgets; once a budget has nothing left, its pods violate it. */
function splitByBudgets(pods: readonly PlacedPod[], budgets: readonly DisruptionBudget[]) {
	const left = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed);
	const violating: PlacedPod[] = [];
	const others: PlacedPod[] = [];
	for (const pod of pods) {
		let violates = false;
		budgets.forEach((budget, i) => {
			if (!protects(budget, pod.podClass.spec.facts) || budget.disrupted.has(shortName(pod))) return;
			left[i]!--;
			if (left[i]! < 0) violates = true;
		});
		(violates ? violating : others).push(pod);
	}
	return { violating, others };
}

/** Without the namespace, which importers put in front. */
function shortName({ name }: PlacedPod): string {
	return name.slice(name.lastIndexOf("/") + 1);
}

/** The candidates that are best by all five criteria, in order of addition of their nodes. At least one candidate. */
export function bestCandidates(candidates: readonly Candidate[]): readonly Candidate[] {
	let best = candidates;
	for (const harm of HARMS) {
		const least = Math.min(...best.map(harm));
		best = best.filter((candidate) => harm(candidate) === least);
	}
	return [...best].sort((a, b) => a.node - b.node);
}

/** Less is better; an earlier criterion decides. */
const HARMS: readonly ((candidate: Candidate) => number)[] = [
	({ violations }) => violations,
	({ victims }) => priorityOf(victims[0]!.podClass),
	// Shifted, so that a few pods of negative priority are not worse than one.
	({ victims }) => victims.reduce((sum, { podClass }) => sum + priorityOf(podClass) + 2 ** 31, 0),
	({ victims }) => victims.length,
	({ victims }) => -earliestOfHighest(victims),
];

function earliestOfHighest(victims: readonly PlacedPod[]): number {
	const highest = priorityOf(victims[0]!.podClass);
	return Math.min(...victims.filter((pod) => priorityOf(pod.podClass) === highest).map((pod) => pod.sinceUs));
}

/** Pods of lower priority that wait for the node: they lose their claim to it. */
export function outranked(view: CycleView, node: NodeId): readonly PodId[] {
	const priority = priorityOf(view.pod);
	return view.nominations
		.on(node)
		.filter((pod) => priorityOf(pod.podClass) < priority)
		.map((pod) => pod.id);
}
