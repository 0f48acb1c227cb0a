import { nodeName } from "../../plugins/index.js";
import type { KubernetesPlugin } from "../plugin.js";
import { localFilter } from "./local-filter.js";

export const NodeName: KubernetesPlugin = {
	name: "NodeName",
	looksAt: "node",
	filter: localFilter(nodeName),
	wakes: ({ kind }) => kind === "node-added" || kind === "node-taints",
};
