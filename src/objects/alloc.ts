/** How a pod says that it is an alloc, or that it runs in one. */
import type { PodFacts } from "./spec.js";

/** Label and taint of the nodes that allocs are; the value is the name of their set. */
export const ALLOC_SET = "cellsim.io/alloc-set";

/** The facts of a pod that runs in an alloc of the set, and nowhere else. */
export function runsInAlloc(facts: PodFacts, set: string): PodFacts {
	return {
		...facts,
		nodeSelector: { ...facts.nodeSelector, [ALLOC_SET]: set },
		tolerations: [
			...facts.tolerations,
			{ key: ALLOC_SET, operator: "Equal", value: set, effect: "NoSchedule", tolerationSeconds: null },
		],
	};
}
