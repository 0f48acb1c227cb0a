import { z } from "zod";
import type { NodeId } from "../../../cell/ids.js";
import { orAbsent } from "../../../objects/absent.js";
import { NO_OBJECTS } from "../../../objects/cluster-objects.js";
import { strictObject } from "../../../objects/kubernetes-object.js";
import { spreadConstraintSchema } from "../../../objects/topology-spread.js";
import { KeptSpread } from "../kept/kept-spread.js";
import type { CycleView, KubernetesPlugin, NodeScorer } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { spreadFilter, spreadScorer } from "../spread-answers.js";
import {
	type ActiveConstraint,
	constraintsOf,
	countOn,
	HOSTNAME,
	hasAllKeys,
	includes,
	needsAllKeys,
	type SpreadArgs,
} from "../spread-constraints.js";
import { SpreadDomains } from "../spread-domains.js";
import { wakesForSpread } from "../spread-hints.js";

const constraint = spreadConstraintSchema(strictObject).superRefine(({ selector }, context) => {
	if (selector === null) return;
	const message = "a default constraint has no selector: each pod's services and controller give it";
	context.addIssue({ code: "custom", path: ["labelSelector"], message, params: { at: "key" } });
});

export const podTopologySpreadDefinition = definePlugin({
	name: "PodTopologySpread",
	summary: "Spreads the pods that a selector finds over zones, hosts or other domains of nodes.",
	args: argsObject({
		defaultingType: orAbsent(z.enum(["System", "List"]), "System"),
		defaultConstraints: orAbsent(z.array(constraint), []),
	})
		.superRefine(({ defaultingType, defaultConstraints: list }, context) => {
			if (defaultingType === "System" && list.length > 0) {
				const message = "System comes with its own constraints: write defaultingType: List to use these";
				context.addIssue({ code: "custom", path: ["defaultConstraints"], message });
			}
			list.forEach(({ topologyKey, whenUnsatisfiable }, i) => {
				const twin = list.findIndex((c) => c.topologyKey === topologyKey && c.whenUnsatisfiable === whenUnsatisfiable);
				if (twin === i) return;
				const message = `there is a ${whenUnsatisfiable} constraint for ${topologyKey} already`;
				context.addIssue({ code: "custom", path: ["defaultConstraints", i, "topologyKey"], message });
			});
		})
		.transform(({ defaultingType, defaultConstraints }) => ({
			defaulting: defaultingType,
			constraints: defaultConstraints,
		})),
	make: makePodTopologySpread,
});

/** Spreads the pods that a selector finds over zones, hosts or other domains of nodes. */
function makePodTopologySpread(args: SpreadArgs): KubernetesPlugin {
	return {
		name: "PodTopologySpread",
		looksAt: "pods",
		filter(view) {
			const constraints = constraintsOf(view.pod, view.objects, args, "DoNotSchedule");
			if (constraints.length === 0) return "skip";
			return { filter: spreadFilter(view.pod, constraints, countDomains(view, constraints)) };
		},
		score(view, feasible) {
			const constraints = constraintsOf(view.pod, view.objects, args, "ScheduleAnyway");
			if (constraints.length === 0) return null;
			return countForScores(view, feasible, constraints, needsAllKeys(view.pod, args));
		},
		keep(pod, objects) {
			const hard = constraintsOf(pod, objects, args, "DoNotSchedule");
			const soft = constraintsOf(pod, objects, args, "ScheduleAnyway");
			return hard.length + soft.length === 0 ? null : new KeptSpread(pod, hard, soft, needsAllKeys(pod, args));
		},
		// Defaults depend on objects that the queue does not see; only own constraints are looked at.
		wakes: (event, pod, own) => wakesForSpread(event, pod, own, constraintsOf(pod, NO_OBJECTS, args, "DoNotSchedule")),
	};
}

/** Matching pods by domain, one count per constraint. Only nodes with all keys take part. */
function countDomains({ pod, nodes, order }: CycleView, constraints: readonly ActiveConstraint[]): SpreadDomains[] {
	const domains = constraints.map(() => new SpreadDomains());
	for (const id of order) {
		const node = nodes.view(id);
		if (!hasAllKeys(node, constraints)) continue;
		constraints.forEach((active, i) => {
			if (!includes(active, pod, node)) return;
			domains[i]!.count(node.labels[active.constraint.topologyKey]!, countOn(node, active));
		});
	}
	for (const each of domains) each.settle();
	return domains;
}

/** Matching pods by domain, of the domains in which there are feasible nodes. */
function countForScores(
	{ pod, nodes, order }: CycleView,
	feasible: readonly NodeId[],
	constraints: readonly ActiveConstraint[],
	allKeys: boolean,
): NodeScorer {
	const takesPart = (id: NodeId) => !allKeys || hasAllKeys(nodes.view(id), constraints);
	const counts = constraints.map(() => new Map<string, number>());
	const candidates = feasible.filter(takesPart).map((id) => nodes.view(id));
	for (const { labels } of candidates)
		constraints.forEach(({ constraint: { topologyKey } }, i) => {
			if (topologyKey !== HOSTNAME) counts[i]!.set(labels[topologyKey] ?? "", 0);
		});
	for (const id of order) {
		if (!takesPart(id)) continue;
		const node = nodes.view(id);
		constraints.forEach((active, i) => {
			const value = node.labels[active.constraint.topologyKey] ?? "";
			const count = counts[i]!.get(value);
			if (count === undefined || !includes(active, pod, node)) return;
			counts[i]!.set(value, count + countOn(node, active));
		});
	}
	const domains = constraints.map(({ constraint }, i) =>
		constraint.topologyKey === HOSTNAME ? candidates.length : counts[i]!.size,
	);
	return spreadScorer(constraints, allKeys, domains, (node, i) =>
		constraints[i]!.constraint.topologyKey === HOSTNAME
			? countOn(node, constraints[i]!)
			: counts[i]!.get(node.labels[constraints[i]!.constraint.topologyKey]!)!,
	);
}
