import { NO_NODE, type NodeId } from "../../cell/ids.js";
import { filterNodes } from "../pipeline.js";
import { Candidates, FilterSet } from "../plugin.js";
import { defaultFilters } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler } from "../scheduler.js";

/** Nodes drawn blindly before all are filtered: rejection sampling, so the draw is uniform over the feasible nodes either way. */
const BLIND_TRIES = 16;

export const randomFitScheduler = defineScheduler({
	name: "random-fit",
	summary: "A node drawn uniformly from those that the pod fits on.",
	create: () => {
		const candidates = new Candidates();
		const filters = new FilterSet(defaultFilters);
		return podByPod(defaultFilters, (pod, { nodes }, random) => {
			if (nodes.count === 0) return NO_NODE;
			for (let i = 0; i < BLIND_TRIES; i++) {
				const node = random.integer(nodes.count) as NodeId;
				if (filters.accept(pod, nodes, node)) return node;
			}
			filterNodes(pod, nodes, defaultFilters, candidates);
			return candidates.count === 0 ? NO_NODE : (candidates.nodes[random.integer(candidates.count)]! as NodeId);
		});
	},
});
