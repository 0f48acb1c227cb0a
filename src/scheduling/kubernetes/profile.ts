/** A profile: the plugins that decide for the pods of one `schedulerName`, in the order in which they are asked. */
import type { InQueue, KubernetesPlugin, PreemptionArgs } from "./plugin.js";

export interface WeightedPlugin {
	readonly plugin: KubernetesPlugin;
	readonly weight: number;
}

export interface Profile {
	readonly schedulerName: string;
	/** The order of the queue: negative if `a` is tried before `b`. */
	readonly queueSort: (a: InQueue, b: InQueue) => number;
	readonly preEnqueue: readonly KubernetesPlugin[];
	readonly preFilters: readonly KubernetesPlugin[];
	readonly filters: readonly KubernetesPlugin[];
	readonly scores: readonly WeightedPlugin[];
	/** What is done when no node was found. */
	readonly postFilters: readonly KubernetesPlugin[];
	/** Whether a pod of lower priority keeps its claim to a node, as the first of them that stops pods says; null for never. */
	readonly keepsClaim: NonNullable<PreemptionArgs["keepsClaim"]> | null;
	/** What may make a pod wait that has found its node. */
	readonly permits: readonly KubernetesPlugin[];
	/** How many of the nodes are looked at, percent; 0 adapts to the size of the cell. */
	readonly percentageOfNodesToScore: number;
}
