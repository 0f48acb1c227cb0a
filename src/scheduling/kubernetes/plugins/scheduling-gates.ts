import type { KubernetesPlugin } from "../plugin.js";

/** A pod with `spec.schedulingGates` waits until somebody has removed them all. */
export const SchedulingGates: KubernetesPlugin = {
	name: "SchedulingGates",
	looksAt: "node",
	admits: ({ spec: { facts } }) => {
		const gates = facts.demands?.gates ?? [];
		if (gates.length === 0) return null;
		const reason = `waiting for scheduling gates: [${gates.join(" ")}]`;
		return { plugin: "SchedulingGates", reasons: [reason], unresolvable: true };
	},
	wakes: ({ kind }, _pod, own) => kind === "pod-gates" && own,
};
