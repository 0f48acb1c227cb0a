import type { FilterPlugin } from "../plugin.js";

const REJECTION = {
	plugin: "node-name",
	reasons: ["node(s) didn't match the requested node name"],
	unresolvable: true,
};

/** A pod that names its node runs nowhere else, as Kubernetes' NodeName. */
export const nodeName: FilterPlugin = {
	name: "node-name",
	summary: "Turns down all nodes but the one that the pod names, if it names one.",
	skips: (pod) => pod.spec.facts.nodeName === null,
	accepts({ spec: { facts } }, { name }) {
		return facts.nodeName === null || facts.nodeName === name ? null : REJECTION;
	},
};
