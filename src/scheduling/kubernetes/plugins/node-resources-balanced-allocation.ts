import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import { type KubernetesPlugin, MAX_SCORE } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { CPU_AND_MEMORY, countsWhenAsked, dimensionOf, type ResourceWeight } from "../resource-weights.js";

const resource = z.strictObject({
	name: z.string().min(1),
	weight: orAbsent(
		z.int().refine((weight) => weight === 0 || weight === 1, { error: "must be 1" }),
		1,
	),
});

export const balancedAllocationDefinition = definePlugin({
	name: "NodeResourcesBalancedAllocation",
	summary: "Prefers nodes whose resources would be used to equal parts.",
	args: argsObject({ resources: orAbsent(z.array(resource), []) })
		.superRefine(({ resources }, context) => {
			resources.forEach(({ name }, i) => {
				if (resources.findIndex((other) => other.name === name) === i) return;
				context.addIssue({ code: "custom", path: ["resources", i, "name"], message: `'${name}' is there already` });
			});
		})
		.transform(({ resources }): readonly ResourceWeight[] => (resources.length === 0 ? CPU_AND_MEMORY : resources)),
	make: makeBalancedAllocation,
});

/** Prefers nodes whose resources would be used to equal parts. Pods that request none of them are left alone. */
function makeBalancedAllocation(resources: readonly ResourceWeight[]): KubernetesPlugin {
	return {
		name: "NodeResourcesBalancedAllocation",
		looksAt: "node",
		score({ pod, nodes }) {
			const asked = resources.map(({ name }) => pod.request[nodes.resources.names.indexOf(name)] ?? 0);
			if (asked.every((amount) => amount === 0)) return null;
			const counted = resources
				.map(({ name }, i) => ({ name, amount: asked[i]! }))
				.filter(({ name, amount }) => amount > 0 || !countsWhenAsked(name));
			// Filled anew for each node.
			const fractions = new Float64Array(counted.length);
			return {
				score(node) {
					let count = 0;
					for (const { name, amount } of counted) {
						const resource = dimensionOf(node, name);
						const allocatable = node.allocatable(resource);
						if (allocatable === 0) continue;
						fractions[count++] = Math.min(1, (node.requested(resource) + amount) / allocatable);
					}
					return Math.trunc((1 - deviation(fractions, count)) * MAX_SCORE);
				},
			};
		},
	};
}

/** Population standard deviation of the first `count`, in the order and by the formulas of the original, so that roundings agree. */
function deviation(fractions: Float64Array, count: number): number {
	if (count === 2) return Math.abs((fractions[0]! - fractions[1]!) / 2);
	if (count < 2) return 0;
	let total = 0;
	for (let i = 0; i < count; i++) total += fractions[i]!;
	const mean = total / count;
	let sum = 0;
	for (let i = 0; i < count; i++) sum += (fractions[i]! - mean) * (fractions[i]! - mean);
	return Math.sqrt(sum / count);
}
