import { tolerated } from "../../../objects/tolerations.js";
import { nodeUnschedulable } from "../../plugins/index.js";
import { UNSCHEDULABLE } from "../../plugins/node-unschedulable.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { localFilter } from "./local-filter.js";

export const NodeUnschedulable: PlainPlugin = {
	name: "NodeUnschedulable",
	summary: "Turns down cordoned nodes, unless the pod tolerates that.",
	looksAt: "declaration",
	filter: localFilter(nodeUnschedulable),
	wakes(event, _pod, own) {
		if (event.kind === "node-added") return !event.after.unschedulable;
		if (event.kind === "node-taints") return event.before.unschedulable && !event.after.unschedulable;
		return event.kind === "pod-tolerations" && own && tolerated(event.after.spec.facts.tolerations, UNSCHEDULABLE);
	},
};
