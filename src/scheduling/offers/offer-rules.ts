/**
 * What an allocator and its frameworks do that is no parameter: small switches for a profile that replays another simulator.
 */
import type { PodClass } from "../../objects/pod-class.js";
import { CPU, MEMORY, type ResourceIndex } from "../../objects/resources.js";

/** Amounts of what is left of an offer, by resource; places for pods are not counted. */
export type OfferRest = ArrayLike<number>;

export interface OfferRules {
	/** Asked before each job: whether a framework that has tried so many with the offer takes one more from its queue. */
	takesJob(tried: number, rest: OfferRest): boolean;
	/** Whether the framework looks for nodes for a job, by its first pod; if not, the attempt passes without. */
	looks(podClass: PodClass, rest: OfferRest): boolean;
	/**
	 * `in-turn`: each decision begins when the one before it has ended, and all are settled with the answer. `at-once`: all are made when
	 * the offer comes, pods without a node go back to the queue at that instant, and the answer follows after the sum of
	 * the decision times; meanwhile the framework may get other offers.
	 */
	readonly decides: "in-turn" | "at-once";
	/** Whose end of life makes the allocator look again: any pod's, or only that of pods which a framework placed. */
	readonly looksAgainAfter: "any-pod" | "placed-pod";
}

/** Every offer serves to try one job at least, and goes on as long as there are cpu and memory left. */
export const OFFER_RULES: OfferRules = {
	takesJob: (tried, rest) => tried === 0 || (amountOf(rest, CPU) > 0 && amountOf(rest, MEMORY) > 0),
	looks: () => true,
	decides: "in-turn",
	looksAgainAfter: "any-pod",
};

function amountOf(rest: OfferRest, resource: ResourceIndex): number {
	return rest[resource] ?? 0;
}
