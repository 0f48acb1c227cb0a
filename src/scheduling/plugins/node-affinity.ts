import { matchesTerm } from "../../objects/selector.js";
import type { FilterPlugin } from "../plugin.js";

const REJECTION = {
	plugin: "node-affinity",
	reasons: ["node(s) didn't match Pod's node affinity/selector"],
	unresolvable: true,
};

/** `nodeSelector` and required node affinity, as Kubernetes' NodeAffinity: every pair of the selector and one of the terms. */
export const nodeAffinity: FilterPlugin = {
	name: "node-affinity",
	summary: "Turns down nodes that the pod's node selector or required node affinity does not match.",
	skips: ({ spec: { facts } }) => facts.requiredNodeTerms === null && Object.keys(facts.nodeSelector).length === 0,
	accepts({ spec: { facts } }, { name, labels }) {
		for (const [key, value] of Object.entries(facts.nodeSelector)) if (labels[key] !== value) return REJECTION;
		const terms = facts.requiredNodeTerms;
		return terms === null || terms.some((term) => matchesTerm(term, name, labels)) ? null : REJECTION;
	},
};
