import { NO_NODE } from "../../cell/ids.js";
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
	create: () => {
		const index = new FitIndex();
		const placed = new PlacedGroups();
		const others = [
			...defaultFilters.filter((filter) => filter !== nodeReady && filter !== resourcesFit),
			placed.filter,
		];
		const filters = new FilterSet(others);
		/** Whose turn it is. */
		let next = 0;
		return podByPod([...defaultFilters, placed.filter], (pod, snapshot) => {
			const { nodes } = snapshot;
			index.follow(nodes);
			placed.prepare(pod, snapshot);
			for (const [from, to] of [
				[next, nodes.count],
				[0, next],
			] as const)
				for (
					let node = index.firstFit(pod, from);
					node !== NO_NODE && node < to;
					node = index.firstFit(pod, node + 1)
				) {
					if (!filters.accept(pod, nodes, node)) continue;
					next = node + 1;
					return node;
				}
			return NO_NODE;
		});
	},
});
