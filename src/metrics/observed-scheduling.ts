import type { Job } from "../cell/job.js";
import type { SimTime } from "../engine/time.js";
import type { ResourceIndex } from "../objects/resources.js";

/**
 * What metrics see of the schedulers beside the change feed. An `Architecture` is one; metrics get it through a function, because
 * they begin to watch before it is made, and ask when the run is under way.
 */
export interface ObservedScheduling {
	/** By index of the process. */
	readonly processes: readonly ObservedProcess[];
	/**
	 * How much of a resource is locked now, over all nodes, canonical units: free, but out in an offer, so that only its holder
	 * may take it. An architecture that never locks anything leaves it out.
	 */
	locked?(resource: ResourceIndex): number;
}

export interface ObservedProcess {
	/** Its name, and the entry of the experiment file that it comes from; replicas share one. */
	readonly options: {
		readonly name: string;
		readonly entry: string;
		/** How much its policy has looked at, if it counts. */
		readonly scheduler?: { readonly work?: ObservedWork };
	};
	/** Decisions under way. */
	readonly open: readonly {
		readonly job: Job;
		readonly beginUs: SimTime;
		readonly takesUs: SimTime;
	}[];
}

/** Looks at pairs of a pod and a node so far: whether it may go there, and how good that would be. */
export interface ObservedWork {
	readonly feasibilityEvaluations: number;
	readonly scoreEvaluations: number;
}

/** The schedulers of a cell in which nobody schedules; a process that appears there all the same goes by its index. */
export const NO_SCHEDULING: ObservedScheduling = { processes: [] };
