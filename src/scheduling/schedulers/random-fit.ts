import { z } from "zod";
import { NO_NODE, type NodeId } from "../../cell/ids.js";
import { filterNodes } from "../pipeline.js";
import { Candidates } from "../plugin.js";
import { defaultFilters } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler } from "../scheduler.js";

export const randomFitScheduler = defineScheduler({
	name: "random-fit",
	summary: "A node drawn uniformly from those that the pod fits on.",
	params: z.strictObject({
		tries: z
			.int()
			.min(0)
			.default(16)
			.describe("Nodes drawn blindly before all are filtered; changes the cost, not the distribution"),
	}),
	create: ({ tries }) => {
		const candidates = new Candidates();
		return podByPod(defaultFilters, (pod, { nodes }, random) => {
			if (nodes.count === 0) return NO_NODE;
			const asked = defaultFilters.filter((filter) => !filter.skips?.(pod, nodes));
			for (let i = 0; i < tries; i++) {
				const node = random.integer(nodes.count) as NodeId;
				const view = nodes.view(node);
				if (asked.every((filter) => filter.accepts(pod, view) === null)) return node;
			}
			filterNodes(pod, nodes, defaultFilters, candidates);
			return candidates.count === 0 ? NO_NODE : (candidates.nodes[random.integer(candidates.count)]! as NodeId);
		});
	},
});
