/**
 * E-PVM (Amir, Awerbuch, Barak, Borgstrom, Keren, "An opportunity cost approach for job assignment in a scalable computing cluster",
 * IEEE TPDS 2000), which Borg used first: a resource that is used to the share u costs n^u, and a pod goes where it adds least to the
 * sum over resources. The cost rises steeply, so that load is spread over all machines: "in practice, worst fit" (Borg paper, 3.2).
 *
 * The score is the logarithm of what is added, turned round: the same order of nodes, without all but full nodes getting the same 100.
 *
 * Divergence from E-PVM: n is the number of machines there; here it is 1,000 in every cell, so that a node's score does not change when
 * other nodes come and go. It says how steep the cost is, and only its order of magnitude matters.
 */
import { comparedResources } from "../compared-resources.js";
import type { ScorePlugin } from "../plugin.js";

const MACHINES = 1000;

export const ePvm: ScorePlugin = {
	name: "e-pvm",
	summary: "Prefers the node where the pod adds least to a cost that rises steeply with use, so that pods spread.",
	score(pod, node) {
		const compared = comparedResources(node.columns);
		let added = 0;
		for (const r of compared) {
			const allocatable = node.allocatable(r);
			const request = pod.request[r] ?? 0;
			if (request > 0) added += costAdded(allocatable, node.free(r), request);
		}
		return 100 * (1 - Math.log1p(added) / mostAdded(compared.length));
	},
	scoreAll(pod, nodes, { nodes: list, count }, scores, weight) {
		const compared = comparedResources(nodes);
		const asked = compared.filter((r) => (pod.request[r] ?? 0) > 0);
		const scale = (100 * weight) / mostAdded(compared.length);
		for (let i = 0; i < count; i++) {
			const node = list[i]!;
			let added = 0;
			for (let k = 0; k < asked.length; k++) {
				const r = asked[k]!;
				added += costAdded(nodes.allocatable[r]![node]!, nodes.free[r]![node]!, pod.request[r]!);
			}
			scores[i]! += 100 * weight - Math.log1p(added) * scale;
		}
	},
};

/** By how much the cost of one resource of a node rises. */
function costAdded(allocatable: number, free: number, request: number): number {
	const before = MACHINES ** (1 - free / allocatable);
	return before * (MACHINES ** (request / allocatable) - 1);
}

/** The logarithm of what is added where all resources go from empty to full at once. */
function mostAdded(resources: number): number {
	return Math.log1p(Math.max(1, resources) * (MACHINES - 1));
}
