import type { Taint, Toleration } from "../../../objects/spec.js";
import { tolerated } from "../../../objects/tolerations.js";
import { taintToleration } from "../../plugins/index.js";
import { toleratesAll } from "../../plugins/taint-toleration.js";
import { normalizeByHighest } from "../plugin.js";
import type { PlainPlugin } from "../plugin-definition.js";
import { localFilter } from "./local-filter.js";

export const TaintToleration: PlainPlugin = {
	name: "TaintToleration",
	summary:
		"Keeps pods off nodes with taints they do not tolerate, and prefers nodes with few of effect PreferNoSchedule.",
	looksAt: "declaration",
	filter: localFilter(taintToleration),
	score: ({ pod }) => {
		const preferring = pod.spec.facts.tolerations.filter(
			({ effect }) => effect === null || effect === "PreferNoSchedule",
		);
		return {
			score: (node) => node.spec.taints.filter((taint) => repels(taint, preferring)).length,
			normalize: (scores) => normalizeByHighest(scores, true),
		};
	},
	wakes(event, pod, own) {
		if (event.kind === "pod-tolerations") return own;
		if (event.kind === "node-added") return toleratesAll(pod, event.after.taints);
		return (
			event.kind === "node-taints" && !toleratesAll(pod, event.before.taints) && toleratesAll(pod, event.after.taints)
		);
	},
};

function repels(taint: Taint, tolerations: readonly Toleration[]): boolean {
	return taint.effect === "PreferNoSchedule" && !tolerated(tolerations, taint);
}
