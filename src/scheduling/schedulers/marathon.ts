import { z } from "zod";
import { NO_NODE, type NodeId } from "../../cell/ids.js";
import type { Snapshot } from "../../cell/snapshot.js";
import type { PodClass } from "../../objects/pod-class.js";
import { PODS } from "../../objects/resources.js";
import { FitIndex } from "../fit-index.js";
import { PlacedGroups } from "../marathon/placed-groups.js";
import { FilterSet } from "../plugin.js";
import { defaultFilters, nodeReady, resourcesFit } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler } from "../scheduler.js";

/**
 * How Marathon launches on offers: all offers that have come are matched side by side, each takes a task in turn, and the constraints of the
 * app decide whether an agent may have one. Source: core/matcher/manager/impl/OfferMatcherManagerActor.scala.
 *
 * Divergence from Marathon: waiting instances are tried in the order in which they were wanted; Marathon asks the apps in a random order.
 */
export const marathonScheduler = defineScheduler({
	name: "marathon",
	summary: "One task on each offered agent in turn, where the constraints of its app allow it (Marathon).",
	params: z.strictObject({
		matching: z
			.enum(["in-turn", "first"])
			.default("in-turn")
			.describe(
				"in-turn: the agent on which it launches least at the moment; first: the first agent that fits, as Chronos does",
			),
	}),
	create: ({ matching }) => {
		const index = new FitIndex();
		const placed = new PlacedGroups();
		const others = [
			...defaultFilters.filter((filter) => filter !== nodeReady && filter !== resourcesFit),
			placed.filter,
		];
		const filters = new FilterSet(others);
		const launching = podByPod([...defaultFilters, placed.filter], (pod, snapshot) => {
			const { nodes } = snapshot;
			index.follow(nodes);
			placed.prepare(pod, snapshot);
			const start = matching === "first" ? 0 : snapshot.assumptions % Math.max(1, nodes.count);
			let [best, fewest, looks] = [NO_NODE as NodeId, Number.POSITIVE_INFINITY, 0];
			for (const node of fitting(index, pod, start)) {
				if (!filters.accept(pod, nodes, node)) continue;
				const launched = matching === "first" ? 0 : launchedOn(snapshot, node);
				if (launched === 0) return node;
				if (launched < fewest) [best, fewest] = [node, launched];
				if (++looks === LOOKS) break;
			}
			return best;
		});
		return {
			...launching,
			judge(pod, node, snapshot) {
				placed.prepare(pod.podClass, snapshot);
				return launching.judge!(pod, node, snapshot);
			},
		};
	},
});

/** Agents that are compared: in larger cells every one has its turn without that. */
const LOOKS = 64;

/** The nodes that a pod fits on, by amounts, from `start` on and round again. */
function* fitting(index: FitIndex, pod: PodClass, start: number): Generator<NodeId> {
	for (let node = index.firstFit(pod, start); node !== NO_NODE; node = index.firstFit(pod, node + 1)) yield node;
	for (let node = index.firstFit(pod, 0); node !== NO_NODE && node < start; node = index.firstFit(pod, node + 1))
		yield node;
}

/** Pods that are decided on for the node, and not there yet. */
function launchedOn({ cell, nodes }: Snapshot, node: NodeId): number {
	return cell.nodes.free[PODS]![node]! - nodes.free[PODS]![node]!;
}
