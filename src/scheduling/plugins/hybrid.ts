/**
 * The hybrid of the Borg paper (section 3.2): between worst fit, which leaves nothing whole, and best fit, it "tries to reduce the
 * amount of stranded resources - ones that cannot be used because another resource on the machine is fully allocated".
 *
 * What is stranded is measured as it would be if the rest of the node were filled in the node's own proportions: with f(r) the share of
 * resource r that is free once the pod is there, the scarcest resource runs out when min f is used up, and of every other resource
 * f(r) - min f is left over for nobody. The score is 100 less the mean of that over the node's resources, in percent:
 *
 *     free after placing: cpu 10 %, memory 40 %   ->  stranded: 0 % and 30 %, mean 15 %  ->  85
 *     free after placing: cpu 20 %, memory 25 %   ->  stranded: 0 % and  5 %, mean 2.5 % ->  97.5
 *
 * Divergence from Borg: the paper gives no formula. This one looks at nothing but what is stranded: how full a node is does not count.
 */
import { comparedResources } from "../compared-resources.js";
import type { ScorePlugin } from "../plugin.js";

export const hybrid: ScorePlugin = {
	name: "hybrid",
	summary: "Prefers the node where least would be stranded: free, but of no use since another resource runs out first.",
	score(pod, node) {
		let scarcest = 1;
		let sum = 0;
		let counted = 0;
		for (const r of comparedResources(node.columns)) {
			const allocatable = node.allocatable(r);
			if (allocatable === 0) continue;
			const left = (node.free(r) - (pod.request[r] ?? 0)) / allocatable;
			scarcest = Math.min(scarcest, left);
			sum += left;
			counted++;
		}
		return counted === 0 ? 100 : 100 * (1 - (sum / counted - scarcest));
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const compared = comparedResources(nodes);
		const { free, allocatable } = nodes;
		const scale = 100 * weight;
		for (let i = 0; i < count; i++) {
			const node = list[i]!;
			let scarcest = 1;
			let sum = 0;
			let counted = 0;
			for (let k = 0; k < compared.length; k++) {
				const r = compared[k]!;
				const offered = allocatable[r]![node]!;
				if (offered === 0) continue;
				const left = (free[r]![node]! - (pod.request[r] ?? 0)) / offered;
				if (left < scarcest) scarcest = left;
				sum += left;
				counted++;
			}
			scores[i]! += counted === 0 ? scale : scale * (1 - (sum / counted - scarcest));
		}
	},
};
