import { z } from "zod";
import { NO_NODE } from "../../cell/ids.js";
import { FitIndex } from "../fit-index.js";
import { defaultFilters } from "../plugins/index.js";
import { podByPod } from "../pod-by-pod.js";
import { defineScheduler } from "../scheduler.js";

export const firstFitScheduler = defineScheduler({
	name: "first-fit",
	summary: "The first node, in order of addition, that the pod fits on; found by an index, not a scan.",
	params: z.strictObject({}),
	create: () => {
		const index = new FitIndex();
		return podByPod(defaultFilters, (pod, { nodes }) => {
			index.follow(nodes);
			const asked = defaultFilters.filter((filter) => !filter.skips?.(pod, nodes));
			for (let node = index.firstFit(pod, 0); node !== NO_NODE; node = index.firstFit(pod, node + 1)) {
				const view = nodes.view(node);
				if (asked.every((filter) => filter.accepts(pod, view) === null)) return node;
			}
			return NO_NODE;
		});
	},
});
