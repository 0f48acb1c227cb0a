/** Makes a filter that looks at one node only do for Kubernetes' framework. */
import type { FilterPlugin } from "../../plugin.js";
import type { CycleView, Prepared } from "../plugin.js";

export function localFilter(filter: FilterPlugin): (view: CycleView) => Prepared {
	return ({ pod, nodes }) =>
		filter.skips?.(pod, nodes) ? "skip" : { filter: { rejects: (node) => filter.accepts(pod, node) } };
}
