import { nodeName } from "../../plugins/index.js";
import type { KubernetesPlugin } from "../plugin.js";
import { localFilter } from "./local-filter.js";

/** `spec.nodeName`; see the plugin of the same name that looks at one node. */
export const NodeName: KubernetesPlugin = {
	name: "NodeName",
	looksAt: "declaration",
	filter: localFilter(nodeName),
	wakes: ({ kind }) => kind === "node-added" || kind === "node-taints",
};
