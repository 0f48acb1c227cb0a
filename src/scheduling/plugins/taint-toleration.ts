import type { PodClass } from "../../objects/pod-class.js";
import type { Taint, TaintEffect } from "../../objects/spec.js";
import { firstUntolerated } from "../../objects/tolerations.js";
import type { FilterPlugin } from "../plugin.js";

const REPELLING: readonly TaintEffect[] = ["NoSchedule", "NoExecute"];
const REJECTION = { plugin: "taint-toleration", reasons: ["node(s) had untolerated taint(s)"], unresolvable: true };

/** Taints with effect NoSchedule or NoExecute keep pods away that do not tolerate them, as Kubernetes' TaintToleration. */
export const taintToleration: FilterPlugin = {
	name: "taint-toleration",
	summary: "Turns down nodes with a taint that the pod does not tolerate.",
	skips: (_pod, nodes) => nodes.restricted === 0,
	accepts: (pod, node) => (toleratesAll(pod, node.spec.taints) ? null : REJECTION),
};

/** Whether none of the taints keeps the pod away. */
export function toleratesAll({ spec: { facts } }: PodClass, taints: readonly Taint[]): boolean {
	return firstUntolerated(facts.tolerations, taints, REPELLING) === null;
}
