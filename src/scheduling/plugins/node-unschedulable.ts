import type { Taint } from "../../objects/spec.js";
import { tolerated } from "../../objects/tolerations.js";
import type { FilterPlugin } from "../plugin.js";

const REJECTION = { plugin: "node-unschedulable", reasons: ["node(s) were unschedulable"], unresolvable: true };
/** The taint that stands for a cordoned node. */
export const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };

/** Cordoned nodes (`spec.unschedulable`) take only pods that tolerate it, as Kubernetes' NodeUnschedulable. */
export const nodeUnschedulable: FilterPlugin = {
	name: "node-unschedulable",
	summary: "Turns down cordoned nodes, unless the pod tolerates that.",
	skips: (_pod, nodes) => nodes.restricted === 0,
	accepts: (pod, node) =>
		node.spec.unschedulable && !tolerated(pod.spec.facts.tolerations, UNSCHEDULABLE) ? REJECTION : null,
};
