import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { CPU, MEMORY } from "../../../objects/resources.js";
import { type Beta, betaWith, cumulative } from "../beta-distribution.js";
import { type KubernetesPlugin, MAX_SCORE } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { amountsOf, amountsOn, METRICS_ARGS } from "../trimaran.js";

export interface OverCommitmentArgs {
	/** Over how many windows the metrics are means: deviations are taken for the root of so many times larger. */
	readonly smoothingWindowSize: number;
	/** How much what limits allow counts beside what was measured, 0..1. */
	readonly riskLimitWeights: { readonly cpu: number; readonly memory: number };
}

const weight = orAbsent(z.number().min(0).max(1), 0.5);

export const lowRiskOverCommitmentDefinition = definePlugin({
	name: "LowRiskOverCommitment",
	summary: "Prefers nodes where limits beyond requests are least likely to be called in.",
	byDefault: false,
	args: argsObject({
		...METRICS_ARGS,
		smoothingWindowSize: orAbsent(z.int().min(1), 5),
		riskLimitWeights: orAbsent(z.strictObject({ cpu: weight, memory: weight }), { cpu: 0.5, memory: 0.5 }),
	}),
	make: makeLowRiskOverCommitment,
});

/** One resource of a node, canonical units. */
interface Commitment {
	readonly capacity: number;
	/** With the pod, and without it; requests at most the capacity. */
	readonly request: number;
	readonly limit: number;
	readonly requestBefore: number;
	readonly limitBefore: number;
}

/**
 * Prefers nodes where limits beyond requests are least likely to be called in: by what limits allow, and by how likely it is,
 * from measured load, that more is used than requested (pkg/trimaran/lowriskovercommitment). A pod that requests nothing and has
 * no limits gets 0 everywhere, and every pod on a node that nobody has measured.
 */
function makeLowRiskOverCommitment({ smoothingWindowSize, riskLimitWeights }: OverCommitmentArgs): KubernetesPlugin {
	const stretch = Math.sqrt(smoothingWindowSize);
	return {
		name: "LowRiskOverCommitment",
		looksAt: "node",
		readsLoad: true,
		score({ pod }) {
			const own = amountsOf(pod);
			const nothing = own.limits.cpu === 0 && own.limits.memory === 0;
			return {
				score(node) {
					const { cpuMean, cpuDeviation, memoryMean, memoryDeviation } = node.load;
					if (nothing || (Number.isNaN(cpuMean) && Number.isNaN(memoryMean))) return 0;
					const there = amountsOn(node);
					const risk = (name: "cpu" | "memory", resource: number, mean: number, deviation: number) => {
						const capacity = node.allocatable(resource);
						const commitment: Commitment = {
							capacity,
							request: Math.min(capacity, there.requests[name] + own.requests[name]),
							limit: there.limits[name] + own.limits[name],
							requestBefore: Math.min(capacity, there.requests[name]),
							limitBefore: there.limits[name],
						};
						const ofLoad = Number.isNaN(mean) ? 0 : loadRisk(commitment, mean, deviation * stretch);
						const share = riskLimitWeights[name];
						return share * limitRisk(commitment) + (1 - share) * ofLoad;
					};
					const worst = Math.max(
						risk("cpu", CPU, cpuMean, cpuDeviation),
						risk("memory", MEMORY, memoryMean, memoryDeviation),
					);
					return Math.round((1 - worst) * MAX_SCORE);
				},
			};
		},
	};
}

/** How much of what limits allow beyond requests the node does not have. */
function limitRisk({ capacity, request, limit }: Commitment): number {
	return limit > capacity ? (limit - capacity) / (limit - request) : 0;
}

/** Close to the most that a deviation can be for its mean. */
const LARGEST_VARIANCE = 0.99;

/** How likely the pods that are there use more than they request, by the beta distribution of the measured mean and deviation. */
function loadRisk(commitment: Commitment, mean: number, deviation: number): number {
	const { capacity, requestBefore, limitBefore } = commitment;
	const sigma = Math.min(deviation, Math.sqrt(mean * (1 - mean) * LARGEST_VARIANCE));
	const threshold = capacity === 0 ? 0 : requestBefore / capacity;
	const fitted = mean > 0 && sigma > 0 ? betaWith(mean, sigma) : null;
	let below = fitted === null ? certainlyBelow(mean, sigma, threshold) : cumulative(fitted, threshold);
	// More than the limits cannot be used.
	if (limitBefore < capacity && requestBefore <= limitBefore)
		below = limitBefore === 0 ? 1 : given(below, fitted, limitBefore / capacity);
	return 1 - below;
}

/** Where there is no distribution: the load is always its mean, or cannot be fitted. */
function certainlyBelow(mean: number, sigma: number, threshold: number): number {
	return mean === 0 || (sigma === 0 && mean <= threshold) ? 1 : 0;
}

/** The probability, given that the load is below a limit. */
function given(below: number, fitted: Beta | null, limit: number): number {
	const belowLimit = fitted === null ? 0 : cumulative(fitted, limit);
	return belowLimit > 0 ? Math.min(1, below / belowLimit) : below;
}
