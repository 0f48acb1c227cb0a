import { tolerated } from "../../objects/tolerations.js";
import type { FilterPlugin } from "../plugin.js";

/** Taints with effect NoSchedule or NoExecute keep pods away that do not tolerate them, as Kubernetes' TaintToleration. */
export const taintToleration: FilterPlugin = {
	name: "taint-toleration",
	skips: (_pod, nodes) => nodes.restricted === 0,
	accepts(pod, node) {
		for (const taint of node.spec.taints) {
			if (taint.effect === "PreferNoSchedule" || tolerated(pod.spec.facts.tolerations, taint)) continue;
			return { plugin: "taint-toleration", reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value}}`] };
		}
		return null;
	},
};
