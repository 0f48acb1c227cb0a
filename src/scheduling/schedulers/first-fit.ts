import { NO_NODE } from "../../cell/ids.js";
import { FitIndex } from "../fit-index.js";
import { FilterSet } from "../plugin.js";
import { defaultFilters, nodeReady, resourcesFit } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler } from "../scheduler.js";

export const firstFitScheduler = defineScheduler({
	name: "first-fit",
	summary: "The first node, in order of addition, that the pod fits on; found by an index, not a scan.",
	create: () => {
		const index = new FitIndex();
		// The index has looked at health and amounts.
		const others = new FilterSet(defaultFilters.filter((filter) => filter !== nodeReady && filter !== resourcesFit));
		return podByPod(defaultFilters, (pod, { nodes }) => {
			index.follow(nodes);
			for (let node = index.firstFit(pod, 0); node !== NO_NODE; node = index.firstFit(pod, node + 1)) {
				if (others.accept(pod, nodes, node)) return node;
			}
			return NO_NODE;
		});
	},
});
