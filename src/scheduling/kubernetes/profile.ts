/** A profile: the plugins that decide for the pods of one `schedulerName`, in the order in which they are asked. */
import type { KubernetesPlugin, PreemptionArgs } from "./plugin.js";

export interface WeightedPlugin {
	readonly plugin: KubernetesPlugin;
	readonly weight: number;
}

export interface Profile {
	readonly schedulerName: string;
	readonly preEnqueue: readonly KubernetesPlugin[];
	readonly preFilters: readonly KubernetesPlugin[];
	readonly filters: readonly KubernetesPlugin[];
	readonly scores: readonly WeightedPlugin[];
	/** What looks for victims when no node was found; null for nothing. */
	readonly preemption: PreemptionArgs | null;
	/** How many of the nodes are looked at, percent; 0 adapts to the size of the cell. */
	readonly percentageOfNodesToScore: number;
}
