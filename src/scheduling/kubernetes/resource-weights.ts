/** Resources that a score looks at, with their weights, and what a node has of them for a pod. */
import type { NodeView } from "../../cell/node-view.js";
import { isExtended } from "../../objects/resource-list.js";
import { CPU, MEMORY } from "../../objects/resources.js";

export interface ResourceWeight {
	readonly name: string;
	readonly weight: number;
}

export const CPU_AND_MEMORY: readonly ResourceWeight[] = [
	{ name: "cpu", weight: 1 },
	{ name: "memory", weight: 1 },
];

/** The dimension of a resource, or -1 if the cell has never heard of it. */
export function dimensionOf(node: NodeView, name: string): number {
	if (name === "cpu") return CPU;
	return name === "memory" ? MEMORY : node.columns.resources.names.indexOf(name);
}

/** Whether a resource only counts for pods that ask for it: extended resources and huge pages. */
export function countsWhenAsked(name: string): boolean {
	return isExtended(name) || name.startsWith("hugepages-") || name.startsWith("attachable-volumes-");
}
