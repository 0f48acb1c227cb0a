import type { FilterPlugin } from "../plugin.js";

const NOT_READY = { plugin: "node-ready", reasons: ["node(s) were not ready"] };

/** Only healthy nodes take pods. The candidates start with these, so there is nothing to narrow. */
export const nodeReady: FilterPlugin = {
	name: "node-ready",
	summary: "Turns down nodes that are not ready.",
	accepts: (_pod, node) => (node.ready ? null : NOT_READY),
	narrow: () => {},
	sift(_pod, { ready }, candidates, tally) {
		const list = candidates.nodes;
		let kept = 0;
		for (let i = 0; i < candidates.count; i++) {
			const node = list[i]!;
			list[kept] = node;
			kept += ready[node]!;
		}
		if (kept < candidates.count) tally.add(NOT_READY, candidates.count - kept);
		candidates.count = kept;
	},
};
