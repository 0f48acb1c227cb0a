import { z } from "zod";
import type { NodeId } from "../../../cell/ids.js";
import type { NodeView } from "../../../cell/node-view.js";
import { orAbsent } from "../../../objects/absent.js";
import { NO_OBJECTS } from "../../../objects/cluster-objects.js";
import { strictObject } from "../../../objects/kubernetes-object.js";
import type { PodClass } from "../../../objects/pod-class.js";
import { spreadConstraintSchema } from "../../../objects/topology-spread.js";
import { type CycleView, type ForkedFilter, type KubernetesPlugin, MAX_SCORE, type NodeScorer } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
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

const TOO_SKEWED = {
	plugin: "PodTopologySpread",
	reasons: ["node(s) didn't match pod topology spread constraints"],
};
const NO_KEY = {
	plugin: "PodTopologySpread",
	reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
	unresolvable: true,
};

const constraint = spreadConstraintSchema(strictObject).superRefine(({ selector }, context) => {
	if (selector === null) return;
	const message = "a default constraint has no selector: each pod's services and controller give it";
	context.addIssue({ code: "custom", path: ["labelSelector"], message, params: { at: "key" } });
});

export const podTopologySpreadDefinition = definePlugin({
	name: "PodTopologySpread",
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
			return spreadScorer(view, feasible, constraints, needsAllKeys(view.pod, args));
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

function spreadFilter(
	pod: PodClass,
	constraints: readonly ActiveConstraint[],
	domains: readonly SpreadDomains[],
): ForkedFilter {
	return {
		rejects({ labels }) {
			for (let i = 0; i < constraints.length; i++) {
				const { constraint, self } = constraints[i]!;
				if (!Object.hasOwn(labels, constraint.topologyKey)) return NO_KEY;
				const there = domains[i]!.at(labels[constraint.topologyKey]!);
				const skew = there + (self ? 1 : 0) - domains[i]!.least(constraint.minDomains);
				if (skew > constraint.maxSkew) return TOO_SKEWED;
			}
			return null;
		},
		fork: () =>
			spreadFilter(
				pod,
				constraints,
				domains.map((each) => each.copy()),
			),
		podMoved({ podClass }, node, change) {
			if (!hasAllKeys(node, constraints)) return;
			constraints.forEach((active, i) => {
				if (!active.matches(podClass) || !includes(active, pod, node)) return;
				domains[i]!.move(node.labels[active.constraint.topologyKey]!, change);
			});
		},
	};
}

function spreadScorer(
	{ pod, nodes, order }: CycleView,
	feasible: readonly NodeId[],
	constraints: readonly ActiveConstraint[],
	allKeys: boolean,
): NodeScorer {
	const lacks = (node: NodeView) => allKeys && !hasAllKeys(node, constraints);
	const counts = constraints.map(() => new Map<string, number>());
	const candidates = feasible.map((id) => nodes.view(id)).filter((node) => !lacks(node));
	for (const { labels } of candidates)
		constraints.forEach(({ constraint: { topologyKey } }, i) => {
			if (topologyKey !== HOSTNAME) counts[i]!.set(labels[topologyKey] ?? "", 0);
		});
	const weights = constraints.map(({ constraint }, i) =>
		Math.log((constraint.topologyKey === HOSTNAME ? candidates.length : counts[i]!.size) + 2),
	);
	for (const id of order) {
		const node = nodes.view(id);
		if (lacks(node)) continue;
		constraints.forEach((active, i) => {
			const value = node.labels[active.constraint.topologyKey] ?? "";
			const count = counts[i]!.get(value);
			if (count === undefined || !includes(active, pod, node)) return;
			counts[i]!.set(value, count + countOn(node, active));
		});
	}
	return {
		score(node) {
			if (lacks(node)) return IGNORED;
			let score = 0;
			constraints.forEach((active, i) => {
				const { topologyKey, maxSkew } = active.constraint;
				if (!Object.hasOwn(node.labels, topologyKey)) return;
				const count = topologyKey === HOSTNAME ? countOn(node, active) : counts[i]!.get(node.labels[topologyKey]!)!;
				score += count * weights[i]! + (maxSkew - 1);
			});
			return Math.round(score);
		},
		normalize: normalizeSpread,
	};
}

/** Score of a node that lacks a key: the worst, whatever the others have. */
const IGNORED = -1;

/** The fewer matching pods, the better; 0 for ignored nodes. */
function normalizeSpread(scores: Float64Array): void {
	let least = Number.POSITIVE_INFINITY;
	let most = 0;
	for (const score of scores) {
		if (score === IGNORED) continue;
		least = Math.min(least, score);
		most = Math.max(most, score);
	}
	for (let i = 0; i < scores.length; i++) {
		const score = scores[i]!;
		if (score === IGNORED) scores[i] = 0;
		else scores[i] = most === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (most + least - score)) / most);
	}
}
