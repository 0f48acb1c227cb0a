/** Says how much the containers of a job need, by what they used. One recommender looks after one container of all pods of a job. */
import type { SimTime } from "../../engine/time.js";
import type { Definition } from "../../objects/definition.js";

/** What one pod's container used since the last look. */
export interface UsageSample {
	readonly atUs: SimTime;
	/** Mean milli-CPU. */
	readonly cpuMilli: number;
	/** The most memory without page cache, bytes. */
	readonly memoryBytes: number;
	/** milli-CPU that it requests at the time. */
	readonly requestMilli: number;
	/** Whether it was killed for want of memory since the last look. */
	readonly oomKilled: boolean;
}

export interface Recommendation {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	/** A value outside of these is changed, one inside is left alone; absent: every difference is changed. */
	readonly low?: { readonly cpuMilli: number; readonly memoryBytes: number };
	readonly high?: { readonly cpuMilli: number; readonly memoryBytes: number };
}

export interface Recommender {
	observe(sample: UsageSample): void;
	/** Null as long as it knows too little. */
	recommend(nowUs: SimTime): Recommendation | null;
}

/** Makes the recommenders of a run. */
export interface RecommenderPolicy {
	/** Time between two looks, above 0. */
	readonly periodUs: SimTime;
	/** Whether requests are set to what is recommended and limits kept in proportion (VPA), or both are set to it (Autopilot). */
	readonly sets: "requests" | "both";
	make(): Recommender;
}

export function defineRecommender<Parameters>(
	definition: Definition<Parameters, RecommenderPolicy>,
): Definition<Parameters, RecommenderPolicy> {
	return definition;
}
