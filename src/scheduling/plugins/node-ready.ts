import type { FilterPlugin } from "../plugin.js";

const NOT_READY = { plugin: "node-ready", reasons: ["node(s) were not ready"] };

/** Only healthy nodes take pods. The candidates start with these, so there is nothing to narrow. */
export const nodeReady: FilterPlugin = {
	name: "node-ready",
	summary: "Turns down nodes that are not ready.",
	accepts: (_pod, node) => (node.ready ? null : NOT_READY),
	narrow: () => {},
};
