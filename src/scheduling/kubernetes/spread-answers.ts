/**
 * What PodTopologySpread says of a node once the matching pods are counted, whoever counts them: afresh (the plugin itself) or
 * from one attempt to the next (`kept/kept-spread.ts`).
 */
import type { NodeView } from "../../cell/node-view.js";
import type { PodClass } from "../../objects/pod-class.js";
import { type ForkedFilter, MAX_SCORE, type NodeScorer } from "./plugin.js";
import { type ActiveConstraint, hasAllKeys, includes } from "./spread-constraints.js";
import type { SpreadDomains } from "./spread-domains.js";

const TOO_SKEWED = {
	plugin: "PodTopologySpread",
	reasons: ["node(s) didn't match pod topology spread constraints"],
};
const NO_KEY = {
	plugin: "PodTopologySpread",
	reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
	unresolvable: true,
};

/** Matching pods by domain. */
export interface DomainCounts {
	/** 0 where none was counted. */
	at(domain: string): number;
	/** In the emptiest domain; 0 if there are fewer than `minDomains`. */
	least(minDomains: number): number;
	/** For a trial. */
	copy(): SpreadDomains;
}

/** `domains` by constraint. */
export function spreadFilter(
	pod: PodClass,
	constraints: readonly ActiveConstraint[],
	domains: readonly DomainCounts[],
): ForkableFilter {
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
		fork: () => forkedSpreadFilter(pod, constraints, domains),
	};
}

type ForkableFilter = Pick<ForkedFilter, "rejects"> & { fork(): ForkedFilter };

function forkedSpreadFilter(
	pod: PodClass,
	constraints: readonly ActiveConstraint[],
	before: readonly DomainCounts[],
): ForkedFilter {
	const domains = before.map((each) => each.copy());
	return {
		...spreadFilter(pod, constraints, domains),
		podMoved({ podClass }, node, change) {
			if (!hasAllKeys(node, constraints)) return;
			constraints.forEach((active, i) => {
				if (!active.matches(podClass) || !includes(active, pod, node)) return;
				domains[i]!.move(node.labels[active.constraint.topologyKey]!, change);
			});
		},
	};
}

/**
 * `domains` by constraint: how many there are among the feasible nodes, for the host name the nodes themselves. `countAt`: matching
 * pods in the domain of a feasible node, by constraint.
 */
export function spreadScorer(
	constraints: readonly ActiveConstraint[],
	allKeys: boolean,
	domains: readonly number[],
	countAt: (node: NodeView, constraint: number) => number,
): NodeScorer {
	const weights = domains.map((count) => Math.log(count + 2));
	return {
		score(node) {
			if (allKeys && !hasAllKeys(node, constraints)) return IGNORED;
			let score = 0;
			constraints.forEach(({ constraint: { topologyKey, maxSkew } }, i) => {
				if (Object.hasOwn(node.labels, topologyKey)) score += countAt(node, i) * weights[i]! + (maxSkew - 1);
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
