import type { PodClass } from "../../objects/pod-class.js";

/** The priority of a pod: higher goes first, and stops lower ones if it must. */
export function priorityOf({ spec }: PodClass): number {
	return spec.facts.priority;
}
