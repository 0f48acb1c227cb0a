import { tolerated } from "../../../objects/tolerations.js";
import { nodeUnschedulable } from "../../plugins/index.js";
import { UNSCHEDULABLE } from "../../plugins/node-unschedulable.js";
import type { KubernetesPlugin } from "../plugin.js";
import { localFilter } from "./local-filter.js";

/** Cordoned nodes. */
export const NodeUnschedulable: KubernetesPlugin = {
	name: "NodeUnschedulable",
	looksAt: "declaration",
	filter: localFilter(nodeUnschedulable),
	wakes(event, _pod, own) {
		if (event.kind === "node-added") return !event.after.unschedulable;
		if (event.kind === "node-taints") return event.before.unschedulable && !event.after.unschedulable;
		return event.kind === "pod-tolerations" && own && tolerated(event.after.spec.facts.tolerations, UNSCHEDULABLE);
	},
};
