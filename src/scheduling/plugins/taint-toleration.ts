import type { TaintEffect } from "../../objects/spec.js";
import { firstUntolerated } from "../../objects/tolerations.js";
import type { FilterPlugin } from "../plugin.js";

const REPELLING: readonly TaintEffect[] = ["NoSchedule", "NoExecute"];

/** Taints with effect NoSchedule or NoExecute keep pods away that do not tolerate them, as Kubernetes' TaintToleration. */
export const taintToleration: FilterPlugin = {
	name: "taint-toleration",
	skips: (_pod, nodes) => nodes.restricted === 0,
	accepts(pod, node) {
		const taint = firstUntolerated(pod.spec.facts.tolerations, node.spec.taints, REPELLING);
		if (taint === null) return null;
		return { plugin: "taint-toleration", reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value}}`] };
	},
};
