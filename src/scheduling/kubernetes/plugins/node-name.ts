import { nodeName } from "../../plugins/index.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { localFilter } from "./local-filter.js";

export const NodeName: PlainPlugin = {
	name: "NodeName",
	summary: "Turns down all nodes but the one in `spec.nodeName`, if there is one.",
	looksAt: "declaration",
	filter: localFilter(nodeName),
	wakes: ({ kind }) => kind === "node-added" || kind === "node-taints",
};
