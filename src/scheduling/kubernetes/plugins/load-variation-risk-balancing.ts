import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { CPU, MEMORY } from "../../../objects/resources.js";
import { type KubernetesPlugin, MAX_SCORE } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { METRICS_ARGS } from "../trimaran.js";

export interface RiskArgs {
	/** The deviation counts so many times. */
	readonly safeVarianceMargin: number;
	/** And as its root of this power: the higher, the more a small deviation counts; 0 leaves all but a deviation of 1 out. */
	readonly safeVarianceSensitivity: number;
}

export const loadVariationRiskBalancingDefinition = definePlugin({
	name: "LoadVariationRiskBalancing",
	summary: "Prefers nodes whose measured utilisation is low in the mean and varies little.",
	byDefault: false,
	args: argsObject({
		...METRICS_ARGS,
		safeVarianceMargin: orAbsent(z.number().min(0), 1),
		safeVarianceSensitivity: orAbsent(z.number().min(0), 1),
	}),
	make: makeLoadVariationRiskBalancing,
});

/**
 * Balances the risk of nodes: the mean of measured utilisation, with the request of the pod on top, and its deviation
 * (pkg/trimaran/loadvariationriskbalancing). The worse of CPU and memory counts. A node that nobody has measured gets 0.
 */
function makeLoadVariationRiskBalancing(args: RiskArgs): KubernetesPlugin {
	return {
		name: "LoadVariationRiskBalancing",
		looksAt: "node",
		readsLoad: true,
		score({ pod }) {
			const { cpu = 0, memory = 0 } = pod.spec.requests;
			return {
				score(node) {
					const { cpuMean, cpuDeviation, memoryMean, memoryDeviation } = node.load;
					const ofCpu = safety(cpuMean, cpuDeviation, cpu, node.allocatable(CPU), args);
					const ofMemory = safety(memoryMean, memoryDeviation, memory, node.allocatable(MEMORY), args);
					return Math.round(Math.min(ofCpu ?? ofMemory ?? 0, ofMemory ?? ofCpu ?? 0));
				},
			};
		},
	};
}

/** 0..100, the higher the safer; null where nothing was measured. */
function safety(
	mean: number,
	deviation: number,
	request: number,
	allocatable: number,
	{ safeVarianceMargin, safeVarianceSensitivity }: RiskArgs,
): number | null {
	if (Number.isNaN(mean)) return null;
	if (allocatable === 0) return 0;
	const mu = within0And1(mean + request / allocatable);
	// 1 to the power of infinity is no number in JavaScript, and 1 in Go.
	const root = deviation === 1 ? 1 : deviation ** (1 / safeVarianceSensitivity);
	const risk = (mu + within0And1(root * safeVarianceMargin)) / 2;
	return (1 - risk) * MAX_SCORE;
}

function within0And1(value: number): number {
	return Math.min(1, Math.max(0, value));
}
